"""How learning platforms name what they hand out in bulk: whose it is, and when it was handed in.

| | name in the download | source |
| --- | --- | --- |
| Canvas | `lovelaceada_LATE_4711_99_a3.ipynb`: name, mark, user, file | `lib/content_zipper.rb` |
| Moodle | `Ada Lovelace_4711_assignsubmission_file_/a3.ipynb`, or all in one name | |
| | | `mod/assign/classes/downloader.php` |
| Blackboard | `Homework 3_ada_attempt_2026-10-16-23-58-01_a3.ipynb`, and a .txt beside it | |
| | | help.blackboard.com, *Download assignments* |
| Brightspace | `12345-678 - Ada Lovelace - Oct 16, 2026 1158 PM/a3.ipynb` | |
| | | community.d2l.com, *Download all submissions* |
| a folder | `ada/a3.ipynb`, `ada/a3/a3.ipynb`, `ada.ipynb` | nbgrader's `submitted/` |

What stands in front of the platform's own mark is the platform's, what stands behind it a student
may have chosen: so the first mark counts. Display names are chosen by students on many platforms,
and are believed only as far as `people.Roll` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from autograder.term.people import Who


@dataclass(frozen=True)
class Named:
    """What a name says: `place` is the part that all files of a hand-in have in common, `file` what
    the student called it ("" for a folder); times are local, without a zone."""

    place: str
    who: Who
    file: str = ""
    time: datetime | None = None
    late: bool = False
    attempt: str = ""
    note: str = ""
    receipt: bool = False


CANVAS = re.compile(
    r"(?P<name>[^/]*?)(?P<late>_LATE)?_(?P<user>\d+)_(?:(?P<id>\d+)_(?P<file>.+)|(?P<text>text|link)\.html)"
)
ANONYMOUS = re.compile(r"(?:LATE_)?anon_(?P<user>[^_]+)_(?P<id>\d+)_(?P<file>.+)")
MOODLE = re.compile(
    r"(?P<name>[^/]+?)_(?P<user>\d+)_assignsubmission_(?P<plugin>[a-z]+)_?(?P<file>.*)"
)
BLACKBOARD = re.compile(
    r"(?P<start>[^/]+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)"
)
BRIGHTSPACE = re.compile(r"(?P<user>\d+)-\d+ - (?P<name>.*\S) ?- (?P<rest>[^/]+)")
BRIGHTSPACE_TIMES = ("%b %d, %Y %I%M %p", "%B %d, %Y %I%M %p", "%d %B, %Y %H%M", "%d %b, %Y %H%M")


def canvas(name: str) -> Named | None:
    """`sortable_name` in small letters, `_LATE`, the user's number, the file's, and its name.

    Where a student has taken a name such as `ada_999`, two numbers could be the user's: both are
    told, and `people.Roll` decides, or does not.
    """
    if hidden := ANONYMOUS.fullmatch(name):
        place, late = f"anon_{hidden['user']}", name.startswith("LATE_")
        note = "graded anonymously: only the platform knows who it is"
        return Named(place, Who(name=place), hidden["file"], late=late, note=note)
    found = CANVAS.fullmatch(name)
    if not found:
        return None
    numbers = [found["user"]]
    if found["file"] and re.match(r"\d+_", found["file"]):
        numbers.append(found["id"])
    late = bool(found["late"])
    return Named(
        f"{found['name']}{found['late'] or ''}_{found['user']}",
        Who(numbers=tuple(numbers), name=found["name"]),
        found["file"] or f"{found['text']}.html",
        late=late,
        note="handed in late, says the platform, and not when" if late else "",
    )


def moodle(name: str) -> Named | None:
    """The full name, a number of this assignment's, and the plug-in: `file` or `onlinetext`."""
    found = MOODLE.fullmatch(name)
    if not found:
        return None
    file = found["file"]
    if file and found["plugin"] != "file":
        file = f"{found['plugin']}_{file}"
    who = Who(numbers=(found["user"],), name=found["name"])
    return Named(f"{found['name']}_{found['user']}", who, file)


def blackboard(name: str) -> Named | None:
    """Title and login, of which both may hold `_`: each end of them may be the login."""
    found = BLACKBOARD.fullmatch(name)
    if not found:
        return None
    words = found["start"].split("_")
    ends = tuple("_".join(words[i:]) for i in range(len(words)))
    try:
        time = datetime.strptime(found["time"], "%Y-%m-%d-%H-%M-%S")
    except ValueError:
        return None
    place = f"{found['start']}_attempt_{found['time']}"
    file, attempt = found["file"] or "blackboard.txt", found["time"]
    return Named(
        place, Who(logins=ends), file, time, attempt=attempt, receipt=found["file"] is None
    )


def brightspace(name: str) -> Named | None:
    """A folder for each hand-in, with its time; in older ones each file has the name before it."""
    found = BRIGHTSPACE.fullmatch(name)
    if not found:
        return None
    who, rest = Who(numbers=(found["user"],), name=found["name"]), found["rest"]
    for pattern in BRIGHTSPACE_TIMES:
        with suppress(ValueError):
            return Named(name, who, time=datetime.strptime(rest, pattern), attempt=rest)
    if "." in rest:
        return Named(name[: found.end("name")], who, rest)
    return Named(name, who, attempt=rest, note=f"{rest!r} is no time that can be read")


def folder(name: str) -> Named | None:
    """A folder of a student's, called by the login or the name; or the one file."""
    stem, dot, _ = name.rpartition(".")
    login = stem if dot and name.endswith((".ipynb", ".py", ".html", ".pdf")) else name
    return Named(login, Who(logins=(login,), name=login), name if login != name else "")


FOLDERS = "a folder for each student"
FORMS: dict[str, Callable[[str], Named | None]] = {
    "Moodle": moodle,
    "Blackboard": blackboard,
    "Brightspace": brightspace,
    "Canvas": canvas,
    FOLDERS: folder,
}


def recognised(names: Iterable[str]) -> str:
    """Which platform's most names are; the plain folder's where none is a platform's."""
    there = list(names)
    counts = {
        form: sum(read(name) is not None for name in there)
        for form, read in FORMS.items()
        if read is not folder
    }
    best = max(counts, key=lambda form: counts[form])
    return best if counts[best] else FOLDERS
