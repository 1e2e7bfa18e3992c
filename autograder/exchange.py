"""nbgrader's exchange, for people who need not be believed.

    c.ExchangeFactory.collect = "autograder.exchange.Collect"

nbgrader's own `collect` takes the student's word for whose a hand-in is and when it was handed in,
follows links with the instructor's rights, and takes what stands there when it looks, however late
it was changed. Here: whose it is says the folder's owner, when it was says the file system
(inbound.py), and each state of it that was seen is kept, so that no later change undoes one that
was in time; of very many the newest. What was taken is receipted where the student can read it.
"""

from __future__ import annotations

import hashlib
import os
import pwd
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.exchange.default import ExchangeCollect
from traitlets import Bool

from autograder.course.attempts import KEPT, attempts, chosen, clear, name_of, packed, put, unpacked
from autograder.course.ids import is_plain
from autograder.course.inbound import (
    CROWD,
    HandedIn,
    RefusedError,
    is_folder,
    owned_names,
    read_inbound,
)
from autograder.course.newbook import prepare

RECEIPTS = "receipts"  # in the exchange
SAME = ".same"  # beside an attempt: the name of a later one that is the same, as one restored
DROPPED = ".dropped"  # beside them: the name of the newest that made room for later ones
MAX_ATTEMPTS = 100  # kept of one student and assignment, and looked at
MAX_NAME = 200  # bytes of a folder's name: a receipt bears it, too
MAX_KEPT = 512 * 2**20  # bytes of these
TOLD = 3  # refused of one student


class Place(NamedTuple):
    """An open folder in which hand-ins stand, the names in it, and whose is what a uid owns."""

    folder: int
    names: Iterator[str]
    whose: Callable[[int], str]


class Collect(ExchangeCollect):
    """nbgrader's `collect`, with its options `update` and `before_duedate`."""

    only_roll = Bool(
        False, help="whether those alone are collected who are on the gradebook's roll"
    ).tag(config=True)

    def init_src(self) -> None:
        """The folder in which students may make folders. ExchangeError: there is none."""
        course = self.coursedir.course_id
        self.collected, self.refused = list[str](), list[str]()
        self.told = Counter[str]()
        if not course:
            self.fail("No course id specified. Re-run with --course flag.")
        self.course_path = os.path.join(self.root, course)
        self.inbound_path = os.path.join(self.course_path, "inbound")
        if not os.path.isdir(self.inbound_path):
            self.fail(f"Course not found: {self.inbound_path}")
        self.kept = Path(self.coursedir.root, KEPT, self.coursedir.assignment_id)

    def copy_files(self) -> None:
        """Keep what is there, and put of each student's attempts the one that counts into place."""
        prepare(self.coursedir.db_url)
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            self.due = partial(self._due, gradebook)
            roster = {student.id for student in gradebook.students}
            students = set(self._keep_all(roster))
            if self.kept.is_dir():
                students |= {path.name for path in self.kept.iterdir() if self._is_asked(path.name)}
            for student in sorted(students):
                if chosen(self.kept / student):
                    continue  # `autograder attempts` has put it there
                if there := attempts(self.kept / student):
                    self._put(student, self._choose(there, self.due(student)))
        if self.refused:
            self.fail("Not collected: " + "; ".join(self.refused))

    def _is_asked(self, student: str) -> bool:
        return self.coursedir.student_id in ("", "*", student)

    def _keep_all(self, roster: set[str]) -> Iterator[str]:
        """Keep what can be taken; whose it is. Who has made the fewest folders comes first: whoever
        makes very many waits for their own."""
        inbound = os.open(self.inbound_path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for place in self._places(inbound):
                owned = self._owned(place)
                for owner in sorted(owned, key=lambda owner: (len(owned[owner]), owner)):
                    for name in owned[owner]:
                        try:
                            yield self._take(place, name, owner, roster)
                        except RefusedError as reason:
                            self._refuse(name, str(reason), _said(place, owner))
        finally:
            os.close(inbound)
        for whose, number in self.told.items():
            if number > TOLD:
                self.refused.append(f"and more of {whose}'s")

    def _places(self, inbound: int) -> Iterator[Place]:
        """The open folders in which hand-ins stand: here one for all, of many owners."""
        with os.scandir(inbound) as entries:
            yield Place(inbound, (entry.name for entry in entries), _name_of)

    def _owned(self, place: Place) -> dict[int, list[str]]:
        """By owner the newest of what is called a hand-in. Who has made more is told of, and who
        has made most where nobody can want so many."""
        mark = f"+{self.coursedir.assignment_id}+"

        def wanted(name: str) -> bool:
            claimed, found, _ = name.partition(mark)
            return bool(found) and self._is_asked(claimed)

        owned = owned_names(place.folder, place.names, wanted, MAX_ATTEMPTS)
        for owner in owned.more:
            reason = f"more than {MAX_ATTEMPTS} folders: the newest are looked at"
            self._refuse(_said(place, owner), reason)
        if owned.crowd is not None:
            reason = f"most of more than {CROWD} names in {self.inbound_path}: remove them"
            self._refuse(_said(place, owned.crowd), reason)
        return owned.newest

    def _take(self, place: Place, name: str, owner: int, roster: set[str]) -> str:
        """Keep a folder that bears its owner's name; the owner's. RefusedError: nothing is kept."""
        claimed = name.partition(f"+{self.coursedir.assignment_id}+")[0]
        student = place.whose(owner)
        if len(os.fsencode(name)) > MAX_NAME or not name.isprintable():
            raise RefusedError("that is no name")
        if not is_folder(place.folder, name):
            raise RefusedError("it is no folder")
        if student != claimed or not is_plain(student):
            raise RefusedError(f"it is {student or 'nobody'}'s")
        if self.only_roll and student not in roster:
            raise RefusedError(f"{student} is not on the gradebook's roll")
        seen = read_inbound(place.folder, name, owner, contents=False)
        if not self._is_known(self._kept_at(student, name, seen.time)):
            self._keep(student, name, read_inbound(place.folder, name, owner))
        return student

    def _refuse(self, name: str, reason: str, whose: str = "") -> None:
        """Tell of a few of the same person's: nobody's are to be overlooked for another's."""
        self.told[whose or name] += 1
        if self.told[whose or name] <= TOLD:
            self.refused.append(f"{name[:120]!r} ({reason})")

    def _kept_at(self, student: str, name: str, time: datetime) -> Path:
        return self.kept / student / name_of(time, name)

    def _is_known(self, path: Path) -> bool:
        """Whether an attempt was kept, or is the same as one, or older than those that are kept:
        then it need not be read again."""
        same = path.parent.glob(f"*{_origin(path)}{SAME}")
        return (
            path.exists()
            or any(mark.read_text() == path.name for mark in same)
            or path.name <= _said_in(path.parent / DROPPED)
        )

    def _keep(self, student: str, name: str, found: HandedIn) -> None:
        """Keep an attempt as an archive, which no page opens, and give a receipt for it.

        What is there as it was kept is no new one, though its time be new: it was restored.
        """
        path = self._kept_at(student, name, found.time)
        before = sorted(path.parent.glob(f"*{_origin(path)}.zip"))
        if path in before:
            return
        if before and unpacked(before[-1]) == found.files:
            before[-1].with_suffix(SAME).write_text(path.name)
            return
        content = packed(found.files)
        self._make_room(student, path.parent, len(content))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(content)
        self._receipt(self._receipts(student), name, found)
        part.rename(path)  # last: what a kill has interrupted is done again

    def _make_room(self, student: str, folder: Path, size: int) -> None:
        """Drop the oldest attempts until there is room for a new one; not what a person chose, nor
        the last that was in time: no later one undoes that. RefusedError: there is no room."""
        kept = {path: path.stat().st_size for path in folder.glob("*.zip")}
        there, due = attempts(folder), self.due(student)
        in_time = [path for time, path in there.items() if due and time <= due]
        spared = {chosen(folder), *in_time[-1:]}
        oldest = (path for path in there.values() if path not in spared)
        while len(kept) >= MAX_ATTEMPTS or sum(kept.values()) + size > MAX_KEPT:
            if not (path := next(oldest, None)):
                raise RefusedError("there are too many attempts, or too large ones")
            (folder / DROPPED).write_text(max(path.name, _said_in(folder / DROPPED)))
            path.with_suffix(SAME).unlink(missing_ok=True)
            path.unlink()
            del kept[path]

    def _receipts(self, student: str) -> Path:
        """The folder of receipts: one for all, in which nobody else knows their names."""
        folder = Path(self.course_path, RECEIPTS)
        folder.mkdir(mode=0o711, exist_ok=True)
        return folder

    def _receipt(self, folder: Path, name: str, found: HandedIn) -> None:
        """Under the hand-in's name: what was taken, and when."""
        lines = [f"handed in {found.time:%Y-%m-%d %H:%M:%S.%f} UTC"]
        for place, content in sorted(found.files.items()):
            lines.append(f"{hashlib.sha256(content).hexdigest()}  {place}")
        lines += [f"left out: {place!r}" for place in found.left_out[:100]]
        path = folder / f"{name}.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="replace")
        path.chmod(0o644)

    def _due(self, gradebook: Any, student: str) -> datetime | None:
        """When this student's work is due, in UTC, an extension included."""
        name = self.coursedir.assignment_id
        try:
            due = gradebook.find_assignment(name).duedate
        except MissingEntry:
            return None
        try:
            extension = gradebook.find_submission(name, student).extension
        except MissingEntry:
            extension = None
        return due.replace(tzinfo=UTC) + (extension or timedelta()) if due else None

    def _choose(self, there: dict[datetime, Path], due: datetime | None) -> tuple[datetime, Path]:
        """The last one, or with `before_duedate` the last that was in time, if there is one."""
        in_time = [time for time in there if due is None or time <= due]
        times = in_time if self.before_duedate and in_time else there
        return max(times), there[max(times)]

    def _put(self, student: str, chosen: tuple[datetime, Path]) -> None:
        time, path = chosen
        name = self.coursedir.assignment_id
        target = Path(self.coursedir.format_path(self.coursedir.submitted_directory, student, name))
        clear(target)
        there = self.coursedir.get_existing_timestamp(str(target)) if target.is_dir() else None
        if target.is_dir():
            newer = there is None or time.replace(tzinfo=None) > there
            other = there is None or time.replace(tzinfo=None) != there
            if not (self.update and newer) and not (self.before_duedate and other):
                told = "No newer submission" if self.update else "Submission already exists"
                self.log.info("%s: %s %s", told, student, name)
                return
        self.log.info("Collecting submission: %s %s", student, name)
        put(target, path, time)
        self.collected.append(student)


def _said(place: Place, owner: int) -> str:
    return place.whose(owner) or f"user {owner}"


def _origin(path: Path) -> str:
    """What the name of an attempt says of where it came from, with what parts it from the time."""
    return f" {path.stem.rpartition(' ')[2]}"


def _said_in(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""
