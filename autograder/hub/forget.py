"""`autograder forget`: one person's data, out of the course, its gradebook and its exchange.

What others are told of the class is written anew without the person. Called again after it was
stopped, it goes on; what this account may not remove is named, with what root has to type.
"""

from __future__ import annotations

import json
import shlex
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from nbgrader.api import MissingEntry
from nbgrader.utils import notebook_hash
from sqlalchemy import text

from autograder.course.course import BuildError, Course, CourseError, held
from autograder.course.ids import is_plain, several
from autograder.grading.cache import CACHE
from autograder.grading.engine import ATTEMPT, MAX_SECRET, kept_results, write_whole
from autograder.grading.regrade import SHOWN
from autograder.grading.shown import write_report
from autograder.hub.configured import Exchange, of_the_machine
from autograder.hub.give_back import FILE as NOTES
from autograder.hub.seen import FILE as SEEN
from autograder.hub.seen import LOCK
from autograder.records.changes import FILE as REPORTED
from autograder.records.similar import FILE as SIMILAR
from autograder.term.forgotten import rewrite

SECRET = ATTEMPT[1]
ELSEWHERE = (
    "the course does not hold, and does not remove: the account and its home (userdel), the hub's "
    "user (on a server of ours: out of hub/people/, and the hub anew), lines of the journal, and "
    "backups until they are the oldest"
)


def forget(course: Course, student: str, yes: bool) -> Iterator[tuple[str, bool]]:
    """What there is of a student, a line each, and whether that is no fault; with `yes` it is gone.

    CourseError: nothing is known of the student, or somebody is watching or grading.
    """
    if not is_plain(student):
        raise CourseError(f"{student!r} is no student's id")
    exchange = Exchange(course, of_the_machine()).folder
    names = assignments_of(course)
    places, rows = list(_places(course, exchange, student, names)), _rows(course, student)
    told = [name for name in names if _is_told_of(course, name, student)]
    noted = list(rewrite(course, names, student, False))
    if not places and rows is None and not told and not noted:
        raise CourseError(f"nothing is kept of {student!r}: is the id right?")
    with ExitStack() as locks:
        if yes:
            busy = "the course is being watched: stop `autograder watch` first"
            locks.enter_context(held(course.reports / LOCK, busy))
            for name in names:
                locks.enter_context(course.alone(name))
        for path in places:
            yield _remove(path, student) if yes else (str(path), True)
        if rows is not None:
            if yes:
                _remove_rows(course, student)
            yield f"the gradebook's entry, and {several(rows, 'submission')} in it", True
        yield from ((line, True) for line in rewrite(course, names, student, yes))
        for name in told:
            yield _tell_anew(course, name, student) if yes else (f"reports of {name}", True)


def assignments_of(course: Course) -> list[str]:
    """All of which something may be kept: in the gradebook, in `reports/` or `received/`."""
    with course.gradebook() as gradebook:
        names = {assignment.name for assignment in gradebook.assignments}
    folders = [*course.reports.glob("*/"), *(course.root / "received").glob("*/")]
    return sorted(names | {path.name for path in folders})


def _places(course: Course, exchange: Path, student: str, names: list[str]) -> Iterator[Path]:
    """The exchange first: what stands there would be collected again."""
    pages = {page for name in names for page in _pages(course, student, name)}
    for folder in ("inbound", "receipts", "feedback"):
        for path in _listed(exchange / folder):
            if path.name.startswith(f"{student}+") or path.name in (student, *pages):
                yield path
    steps = [folder / student for folder in (course.submitted, course.autograded, course.feedback)]
    kept = [course.root / "received" / name / student for name in names]
    below = (Path(), Path(CACHE), Path(SHOWN))
    results = [course.reports / n / place / f"{student}.json" for n in names for place in below]
    brought = sorted((course.root / "downloaded").glob("*/**/*_attempt_*"))
    mine = [path for path in brought if path.name.startswith(f"{student}_attempt_")]
    there = [path for path in [*steps, *kept, *results, *mine] if path.exists()]
    seen = course.reports / SEEN
    yield from [*there, seen] if seen.is_file() and student in seen.read_text() else there


def _listed(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _pages(course: Course, student: str, name: str) -> Iterator[str]:
    """The names of the pages that nbgrader has released: made of the secret of each attempt."""
    secrets = set[str]()
    for step in (course.submitted, course.autograded, course.feedback):
        path = step / student / name / SECRET
        if path.is_file():
            secrets.add(_secret(path.read_bytes()))
    for path in (course.root / "received" / name / student).glob("*.zip"):
        with zipfile.ZipFile(path) as packed:
            if SECRET in packed.namelist():
                secrets.add(_secret(packed.read(SECRET)))
    notebooks = [path.stem for path in (course.solutions / name).glob("*.ipynb")]
    for secret in filter(None, secrets):
        for notebook in notebooks:
            yield f"{notebook_hash(secret=secret, notebook_id=notebook)}.html"


def _secret(content: bytes) -> str:
    return content[:MAX_SECRET].decode(errors="replace")


def _rows(course: Course, student: str) -> int | None:
    """How many submissions the gradebook has of a student; None: it does not know the student."""
    with course.gradebook() as gradebook:
        try:
            return len(gradebook.find_student(student).submissions)
        except MissingEntry:
            return None


def _remove_rows(course: Course, student: str) -> None:
    """Out of the gradebook, whose file keeps removed rows until it is rewritten."""
    with course.gradebook() as gradebook:
        gradebook.remove_student(student)
        gradebook.db.remove()
        alone = gradebook.engine.execution_options(isolation_level="AUTOCOMMIT")
        with alone.connect() as opened:
            opened.execute(text("VACUUM"))


def _remove(path: Path, student: str) -> tuple[str, bool]:
    try:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    except OSError as error:
        pattern = ["find", str(path.parent), "-mindepth", "1", "-maxdepth", "1", "-name"]
        mine = f"{student}+"  # the rest of such a name is the student's
        there = f"{mine}*" if path.name.startswith(mine) else path.name
        line = shlex.join([*pattern, there, "-exec", "rm", "-rf", "--", "{}", "+"])
        return f"{path}: {error.strerror}: let root type: {line}", False
    return str(path), True


def _is_told_of(course: Course, name: str, student: str) -> bool:
    """Whether what is told of a class names a student: its notes, or its report and grades."""
    paths = [course.reports / name / NOTES, *_told(course, name)]
    return any(path.is_file() and student in path.read_text(errors="replace") for path in paths)


def _told(course: Course, name: str) -> list[Path]:
    beside = [course.reports / name / file for file in (REPORTED, SIMILAR)]
    return [*(course.reports / f"{name}.{kind}" for kind in ("html", "csv")), *beside]


def _tell_anew(course: Course, name: str, student: str) -> tuple[str, bool]:
    """Write the notes and the report of a class without a student; a report of nobody goes."""
    path, line = course.reports / name / NOTES, f"reports of {name}"
    if path.is_file():
        notes = json.loads(path.read_text())
        others = {step: {s: d for s, d in of.items() if s != student} for step, of in notes.items()}
        write_whole(path, json.dumps(others, indent=1).encode())
    there = [path for path in _told(course, name) if path.is_file()]
    if there and kept_results(course, name):
        try:
            write_report(course, name)
            return f"{line}: written anew", True
        except (CourseError, BuildError, LookupError) as error:
            for path in there:
                path.unlink()
            return f"{line}: removed, since it cannot be written: {error}", True
    for path in there:
        path.unlink()
    return line, True
