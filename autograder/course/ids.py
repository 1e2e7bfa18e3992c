"""Names of students, assignments and notebooks: what can stand in a path, a page and an address."""

from __future__ import annotations

OBEYED = set("<>&\"'`\\/")  # by a page, a shell or a path


def is_plain(name: str) -> bool:
    """Whether a name is one: what can be printed, without markup, quotes and ways to other folders.

    Ids as platforms have them are ("a.b", "c_1@x.y", "é"); ".." and hidden names are not.
    """
    return name.isprintable() and not OBEYED & set(name) and name[:1] not in ("", ".", " ")
