"""A download from a learning platform, or a folder: its hand-ins, with all their files.

Nothing in it is believed but the names that the platform gave (forms.py). A file that says when it
was handed in, as nbgrader's exchange writes it, is a student's word here, and stays out.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from autograder.course.course import CourseError
from autograder.course.stamp import FILE as STAMP
from autograder.course.submission import MAX_FILES, MAX_NOTEBOOK, MAX_TOTAL, is_dropping
from autograder.course.unpack import is_archive, of_a_class, unpack
from autograder.term.forms import FOLDERS, FORMS, Named, recognised
from autograder.term.people import Who

WORDS = {STAMP, "submission_secret.txt"}  # what nbgrader's exchange writes beside a hand-in
PLATFORMS_OWN = {"index.html"}  # Brightspace's list of what is in the download
RECEIPT = re.compile(r"Name:\s*(?P<name>.*?)\s*\((?P<login>[^()]+)\)\s*")  # Blackboard's first line
AGAIN = re.compile(r"(?:-\d+| \(\d+\))(?=\.[^.]+$)")  # what platforms and browsers add to a name


@dataclass
class HandIn:
    """What one person has handed in at once; `files` by the name that they get."""

    place: str
    who: Who
    files: dict[str, Path] = field(default_factory=dict)
    time: datetime | None = None
    late: bool = False
    attempt: str = ""
    notes: list[str] = field(default_factory=list)

    def contents(self) -> dict[str, bytes]:
        """The files, as far as a submission's limits go."""
        taken: dict[str, bytes] = {}
        room = MAX_TOTAL
        for name, path in self.files.items():
            with open(path, "rb") as file:
                content = file.read(MAX_NOTEBOOK + 1)
            if len(taken) < MAX_FILES and len(content) <= min(room, MAX_NOTEBOOK):
                taken[name] = content
                room -= len(content)
        return taken


@dataclass(frozen=True)
class Download:
    """The form that it has, its hand-ins by their place, and what did not come out of it."""

    form: str
    hand_ins: dict[str, HandIn]
    lost: tuple[str, ...]


def read_download(source: Path, scratch: Path, assignment: str, released: set[str]) -> Download:
    """What is in an archive or a folder; archives in it are unpacked below `scratch`.

    `released` are the names of the files that students were given. CourseError: there is nothing.
    """
    lost: list[str] = []
    files = {name: path for name, path in _files(source, scratch, lost) if not is_dropping(name)}
    if not files:
        raise CourseError("; ".join([f"there are no files in {source}", *lost]))
    files = {
        name: path
        for name, path in _without_folder_around(files).items()
        if name not in PLATFORMS_OWN
    }
    form = recognised({_top(name) for name in files})
    hand_ins = _hand_ins(files, form, lost)
    for one in hand_ins.values():
        _name_files(one, assignment, released)
        _note_left_out(one)
    return Download(form, hand_ins, tuple(lost))


def _files(source: Path, scratch: Path, lost: list[str]) -> Iterator[tuple[str, Path]]:
    """Regular files by their place; links and whatever else is none are told."""
    if source.is_file():
        yield from _unpacked(source, scratch / "0", "", lost)
        return
    if not source.is_dir():
        raise CourseError(f"{source} is neither a folder nor a .zip: name what was downloaded")
    for parent, folders, names in os.walk(source):
        folders.sort()
        for name in [*folders, *sorted(names)]:
            path = Path(parent, name)
            place, mode = path.relative_to(source).as_posix(), path.lstat().st_mode
            if stat.S_ISREG(mode) and is_archive(name):
                into = scratch / str(len(os.listdir(scratch)))
                yield from _unpacked(path, into, place[: -len(".zip")], lost)
            elif stat.S_ISREG(mode):
                yield place, path
            elif not stat.S_ISDIR(mode):
                lost.append(f"{place} is a link, or no regular file")


def _unpacked(archive: Path, into: Path, place: str, lost: list[str]) -> Iterator[tuple[str, Path]]:
    into.mkdir(parents=True)
    lost += unpack(archive, into, of_a_class())
    for path in sorted(into.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield str(PurePosixPath(place, path.relative_to(into).as_posix())), path


def _top(name: str) -> str:
    return name.partition("/")[0]


def _without_folder_around(files: dict[str, Path]) -> dict[str, Path]:
    """The files as the platform named them, where somebody has put them all into one folder."""
    inside = {name.partition("/")[2]: path for name, path in files.items()}
    around = {_top(name) for name in files}
    if len(around) > 1 or "" in inside or recognised(around) != FOLDERS:
        return files
    return files if recognised({_top(name) for name in inside}) == FOLDERS else inside


def _hand_ins(files: dict[str, Path], form: str, lost: list[str]) -> dict[str, HandIn]:
    """The files by whose they are. What a name does not say, is told."""
    found: dict[str, HandIn] = {}
    receipts: dict[str, Who] = {}  # of whom one is, all attempts are
    for name, path in files.items():
        top, _, below = name.partition("/")
        named = FORMS[form](top)
        if named is None:
            lost.append(f"{name} is not named as {form} names hand-ins: whose is it?")
            continue
        one = found.setdefault(named.place, _begun(named))
        if named.receipt:
            receipts[named.place.removesuffix(named.attempt)] = _receipt(path, one.who)
        inside = "/".join(part for part in (named.file, below) if part)
        if inside in one.files:
            lost.append(f"{name} stands there twice: one of the two was left out")
        one.files.setdefault(inside, path)
    for one in found.values():
        one.who = receipts.get(one.place.removesuffix(one.attempt), one.who)
    return found


def _begun(named: Named) -> HandIn:
    notes = [named.note] if named.note else []
    return HandIn(named.place, named.who, {}, named.time, named.late, named.attempt, notes)


def _receipt(path: Path, who: Who) -> Who:
    """Blackboard's first line, which is its own: `Name: Ada Lovelace (ada)`."""
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        line = RECEIPT.fullmatch(file.readline(500))
    if line and line["login"] in who.logins:
        return replace(who, logins=(line["login"],), name=line["name"])
    return who


def _name_files(one: HandIn, assignment: str, released: set[str]) -> None:
    """Give the files the names that they had: beside the notebook, and without what was added."""
    files = {name: path for name, path in one.files.items() if Path(name).name not in WORDS}
    if len(files) < len(one.files):
        one.notes.append("a time written by a student, left out")
    while files and all("/" in name for name in files):
        if len({_top(name) for name in files}) > 1:
            break
        files = {name.partition("/")[2]: path for name, path in files.items()}
    if f"{assignment}/" in {f"{_top(name)}/" for name in files if "/" in name}:
        inside = {name.removeprefix(f"{assignment}/"): path for name, path in files.items()}
        if len(inside) < len(files):
            one.notes.append(f"files stand there twice, in the folder {assignment} and beside it")
        files = inside if len(inside) == len(files) else files
    names: dict[str, list[str]] = {}
    for name in sorted(files):
        names.setdefault(AGAIN.sub("", name), []).append(name)
    for short, those in names.items():
        if short in released and short not in files and len(those) == 1:
            files[short] = files.pop(those[0])
        elif short in released and short not in files:
            one.notes.append(f"which of {', '.join(those)} is {short}? They stay as they are")
    one.files = dict(sorted(files.items()))


def _note_left_out(one: HandIn) -> None:
    sizes = [path.stat().st_size for path in one.files.values()]
    if len(sizes) > MAX_FILES or sum(sizes) > MAX_TOTAL or max(sizes, default=0) > MAX_NOTEBOOK:
        one.notes.append("more, or larger files than a hand-in may have: some are left out")
    if not one.files:
        one.notes.append("nothing is in it")
