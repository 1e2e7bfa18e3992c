"""Names of students, assignments and notebooks: what can stand in a path, a page and an address;
and what is printed of them."""

from __future__ import annotations

import re

OBEYED = set("<>&\"'`\\/*[]{};")  # by a page, a shell, a path or a pattern
FEW = 5
# What nbgrader's form-grader does at an address: its buttons do not quote "release#1".
DOES = {"assign", "unrelease", "release", "collect", "autograde"}
DOES |= {"generate_feedback", "release_feedback"}


def is_plain(name: str) -> bool:
    """Whether a name is one: what can be printed, without markup, quotes and ways to other folders.

    Ids as platforms have them are ("a.b", "c_1@x.y", "é"); ".." and hidden names are not.
    """
    if re.split("[#?%]", name)[0] in DOES:
        return False
    begins_well = name[:1] not in ("", ".", " ", "-") and name == name.strip()
    return begins_well and name.isprintable() and not OBEYED & set(name)


def printable(text: str) -> str:
    """A text without what a terminal would obey."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def few(names: list[str]) -> str:
    """The first of some names, and how many there are more."""
    more = len(names) - FEW
    return ", ".join(names[:FEW]) + (f" and {more} more" if more > 0 else "")


def several(number: int, what: str) -> str:
    """A number of things, by the name of one: "1 page", "2 pages"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
