"""nbgrader's exchange, for people who need not be believed.

    c.ExchangeFactory.collect = "autograder.exchange.Collect"

nbgrader's own `collect` takes the student's word for whose a hand-in is and when it was handed in,
follows links with the instructor's rights, and takes what stands there when it looks, however late
it was changed. Here: whose it is says the folder's owner, when it was says the file system
(inbound.py), and each state of it that was seen is kept, so that no later change undoes one that
was in time. What was taken is receipted where the student can read it.
"""

from __future__ import annotations

import hashlib
import io
import os
import pwd
import re
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.exchange.default import ExchangeCollect
from traitlets import Bool

from autograder.course.ids import is_plain
from autograder.course.inbound import HandedIn, RefusedError, read_inbound
from autograder.course.newbook import prepare
from autograder.course.stamp import FILE

KEPT = "received"  # below the course's folder: <assignment>/<student>/<time>.zip
RECEIPTS = "receipts"  # in the exchange
MAX_ATTEMPTS = 100  # kept of one student and assignment
MAX_NAME = 200  # bytes of a folder's name: a receipt bears it, too
MAX_KEPT = 512 * 2**20  # bytes of these
STAMP = "%Y-%m-%d %H.%M.%S.%f"


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
            roster = {student.id for student in gradebook.students}
            students = set(self._keep_all(roster))
            if self.kept.is_dir():
                students |= {path.name for path in self.kept.iterdir() if self._is_asked(path.name)}
            for student in sorted(students):
                if attempts := self._attempts(student):
                    self._put(student, self._choose(attempts, self._due(gradebook, student)))
        if self.refused:
            self.fail("Not collected: " + "; ".join(self.refused))

    def _is_asked(self, student: str) -> bool:
        return self.coursedir.student_id in ("", "*", student)

    def _keep_all(self, roster: set[str]) -> Iterator[str]:
        """Keep what can be taken; whose it is."""
        inbound = os.open(self.inbound_path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for place in self._places(inbound):
                for student, name, owner in self._folders(place, roster):
                    try:
                        self._keep(student, name, read_inbound(place.folder, name, owner))
                        yield student
                    except RefusedError as reason:
                        self._refuse(name, str(reason))
        finally:
            os.close(inbound)

    def _places(self, inbound: int) -> Iterator[Place]:
        """The open folders in which hand-ins stand: here one for all, of many owners."""
        with os.scandir(inbound) as entries:
            yield Place(inbound, (entry.name for entry in entries), _name_of)

    def _folders(self, place: Place, roster: set[str]) -> Iterator[tuple[str, str, int]]:
        """Student, folder and owner of the hand-ins whose names are those of whose they are."""
        mark = f"+{self.coursedir.assignment_id}+"
        for name in place.names:
            claimed, found, _ = name.partition(mark)
            if not found or not self._is_asked(claimed):
                continue
            try:
                known = os.stat(name, dir_fd=place.folder, follow_symlinks=False)
            except OSError:  # it is gone already
                continue
            student = place.whose(known.st_uid)
            if len(os.fsencode(name)) > MAX_NAME or not name.isprintable():
                self._refuse(name, "that is no name")
            elif not stat.S_ISDIR(known.st_mode):
                self._refuse(name, "it is no folder")
            elif student != claimed or not is_plain(student):
                self._refuse(name, f"it is {student or 'nobody'}'s")
            elif self.only_roll and student not in roster:
                self._refuse(name, f"{student} is not on the gradebook's roll")
            else:
                yield student, name, known.st_uid

    def _refuse(self, name: str, reason: str) -> None:
        self.refused.append(f"{name[:120]!r} ({reason})")

    def _keep(self, student: str, name: str, found: HandedIn) -> None:
        """Keep an attempt as an archive, which no page opens, and give a receipt for it.

        What is there as it was kept is no new one, though its time be new: it was restored.
        """
        folder = self.kept / student
        place = hashlib.sha256(name.encode()).hexdigest()[:8]
        path = folder / f"{found.time:{STAMP}} {place}.zip"
        before = sorted(folder.glob(f"* {place}.zip"))
        if path in before or (before and _unpacked(before[-1]) == found.files):
            return
        kept = [p.stat().st_size for p in folder.glob("*.zip")]
        content = _packed(found.files)
        if len(kept) >= MAX_ATTEMPTS or sum(kept) + len(content) > MAX_KEPT:
            raise RefusedError("there are too many attempts, or too large ones")
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(content)
        self._receipt(self._receipts(student), name, found)
        part.rename(path)  # last: what a kill has interrupted is done again

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

    def _attempts(self, student: str) -> dict[datetime, Path]:
        """By their time, what was kept of a student."""
        paths = (self.kept / student).glob("*.zip")
        return {_time_of(path): path for path in sorted(paths)}

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

    def _choose(
        self, attempts: dict[datetime, Path], due: datetime | None
    ) -> tuple[datetime, Path]:
        """The last one, or with `before_duedate` the last that was in time, if there is one."""
        in_time = [time for time in attempts if due is None or time <= due]
        times = in_time if self.before_duedate and in_time else attempts
        return max(times), attempts[max(times)]

    def _put(self, student: str, chosen: tuple[datetime, Path]) -> None:
        time, path = chosen
        name = self.coursedir.assignment_id
        target = Path(self.coursedir.format_path(self.coursedir.submitted_directory, student, name))
        part, old = (target.with_name(f".{name}.{end}") for end in ("part", "old"))
        for left in (part, old):  # of a collecting that was killed
            shutil.rmtree(left, ignore_errors=True)
        there = self.coursedir.get_existing_timestamp(str(target)) if target.is_dir() else None
        if target.is_dir():
            newer = there is None or time.replace(tzinfo=None) > there
            other = there is None or time.replace(tzinfo=None) != there
            if not (self.update and newer) and not (self.before_duedate and other):
                told = "No newer submission" if self.update else "Submission already exists"
                self.log.info("%s: %s %s", told, student, name)
                return
        self.log.info("Collecting submission: %s %s", student, name)
        part.mkdir(parents=True)
        with zipfile.ZipFile(path) as packed:
            packed.extractall(part)
        (part / FILE).write_text(f"{time:%Y-%m-%d %H:%M:%S.%f} UTC")
        if target.is_dir():  # whoever reads it meanwhile finds one attempt or the other
            target.rename(old)
        part.rename(target)
        shutil.rmtree(old, ignore_errors=True)
        self.collected.append(student)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""


def _packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for place, content in sorted(files.items()):
            packed.writestr(zipfile.ZipInfo(place), content)
    return buffer.getvalue()


def _unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        return {place: packed.read(place) for place in packed.namelist()}


def _time_of(path: Path) -> datetime:
    stamp = re.sub(r" [0-9a-f]{8}$", "", path.stem)
    return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
