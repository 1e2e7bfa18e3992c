"""Until when each student may hand in, by the due date and what is allowed (allowed.py).

It is written into nbgrader's gradebook as that student's extension, where the late penalty and
`collect` look.

An extension that something else has written there stays, and is the least that a student gets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from nbgrader.api import Assignment, Gradebook, SubmittedAssignment

from autograder.course.course import Course, CourseError
from autograder.course.ids import is_plain
from autograder.course.local import after
from autograder.course.settings import Settings
from autograder.course.stamp import FILE as STAMP
from autograder.course.stamp import MAX_BYTES, timestamp
from autograder.records.entries import complete
from autograder.records.standing import penalty
from autograder.term.allowed import FILE, Allowed
from autograder.term.due import assignments, settings_of, take_settings


@dataclass(frozen=True)
class Date:
    """Until when a student may hand in, and did: times in UTC; `days` of the bank are spent."""

    student: str
    until: datetime
    handed_in: datetime | None = None
    days: int = 0

    @property
    def late(self) -> timedelta:
        return max(timedelta(), self.handed_in - self.until) if self.handed_in else timedelta()


@dataclass(frozen=True)
class Change:
    """A student's date as the gradebook has it (None: it has none), and as it is now, with the
    points that being late costs; None where nothing is graded."""

    before: Date | None
    after: Date
    lost_before: float | None = None
    lost_after: float | None = None

    @property
    def is_one(self) -> bool:
        other = self.before is None or self.before.until != self.after.until
        return other or abs((self.lost_before or 0.0) - (self.lost_after or 0.0)) > 1e-6


def handed_in(course: Course, name: str) -> dict[str, datetime]:
    """When each student handed in what is to be graded, where that is known."""
    found = {}
    for path in course.submitted.glob(f"*/{name}/{STAMP}"):
        if path.is_file() and not path.is_symlink() and not path.parent.is_symlink():
            with open(path, "rb") as file:
                if time := timestamp(file.read(MAX_BYTES + 1)):
                    found[path.parent.parent.name] = time
    return found


def dates(
    course: Course,
    name: str,
    allowed: Allowed,
    changed: Settings | None = None,
    times: Mapping[str, datetime] | None = None,
) -> list[Date]:
    """Everybody's date; `changed` are the assignment's settings where they are not the file's.
    With `times` the dates of these students alone, as if they had handed in then.

    The bank is spent in the order of due dates, so those before come first. Nothing without a date.
    """
    known = {other: settings_of(course, other) for other in assignments(course)}
    if changed:
        known[name] = changed
    if name not in known:
        raise CourseError(f"the gradebook does not know {name}: run `autograder build {name}`")
    if known[name].duedate is None:
        return []
    due = {other: date for other, settings in known.items() if (date := settings.duedate)}
    order = sorted(due, key=lambda other: (due[other], other))
    left: dict[str, int] = {}
    found: list[Date] = []
    for other in order[: order.index(name) + 1] if allowed.late_days else [name]:
        those = times if other == name else None
        found = list(_dates(course, other, allowed, known[other], left, those))
        for one in found:
            left[one.student] = left.get(one.student, allowed.late_days) - one.days
    return found


def _dates(
    course: Course,
    name: str,
    allowed: Allowed,
    settings: Settings,
    left: dict[str, int],
    asked: Mapping[str, datetime] | None,
) -> Iterator[Date]:
    due, zone = settings.duedate, settings.zone
    times = handed_in(course, name) if asked is None else asked
    assert due is not None
    with course.gradebook() as gradebook:
        others = _set_elsewhere(gradebook, name, allowed)
    for student in filter(is_plain, course.students(name) if asked is None else asked):
        until = allowed.date(student, name, due, settings.opens, zone)
        until, time = max(until, due + others.get(student, timedelta())), times.get(student)
        days = 0
        if time and time > until:
            if time - until <= allowed.grace_time:
                until = time
            else:
                most = min(left.get(student, allowed.late_days), allowed.late_days_each or 10**4)
                days, until = _spent(until, time, most, zone)
        yield Date(student, until, time, days)


def _spent(
    until: datetime, time: datetime, most: int, zone: ZoneInfo | None
) -> tuple[int, datetime]:
    """Days of the local clock that a late hand-in takes, at most so many; the date with them."""
    days, moved = 0, until
    while moved < time and days < most:
        days += 1
        moved = after(until, days, timedelta(), zone)
    return days, moved


def _extensions(gradebook: Gradebook, name: str) -> dict[str, timedelta]:
    """The extensions that are in the gradebook."""
    query = gradebook.db.query(SubmittedAssignment.student_id, SubmittedAssignment.extension)
    rows = query.filter(SubmittedAssignment.assignment_id == gradebook.find_assignment(name).id)
    return {student: extension for student, extension in rows if extension}


def _set_elsewhere(gradebook: Gradebook, name: str, allowed: Allowed) -> dict[str, timedelta]:
    """Those that are none of ours, also where one of ours stands over them."""
    before = {s: timedelta(seconds=n) for s, n in allowed.elsewhere.get(name, {}).items()}
    ours = {s: timedelta(seconds=given) for s, given in allowed.given.get(name, {}).items()}
    there = _extensions(gradebook, name)
    found = {s: before.get(s) if ours.get(s) == longer else longer for s, longer in there.items()}
    return {s: extension for s, extension in found.items() if extension}


def changes(course: Course, name: str, found: list[Date]) -> list[Change]:
    """What dates change of those in the gradebook, and what of points."""
    with course.gradebook() as gradebook:
        asked = gradebook.find_assignment(name)
        there = {submission.student_id: submission for submission in asked.submissions}
        return [_change(course, asked, there.get(d.student), d) for d in found]


def _change(course: Course, asked: Assignment, submission: Any, date: Date) -> Change:
    if asked.duedate is None:
        return Change(None, date)
    longer = submission.extension if submission and submission.extension else timedelta()
    until = asked.duedate.replace(tzinfo=UTC) + longer
    before = Date(date.student, until, date.handed_in)
    if submission is None or submission.timestamp is None:
        return Change(before, date)
    late, books = date.late.total_seconds(), submission.notebooks
    lost = sum(penalty(course.late_plugin, date.student, n.score, late) or 0.0 for n in books)
    lost_before = sum(notebook.late_submission_penalty or 0.0 for notebook in books)
    return Change(before, date, lost_before, lost)


def apply(course: Course, name: str) -> list[Change]:
    """Take the due date from the file, write everybody's date into the gradebook, with the late
    penalty that follows from it; what has changed."""
    allowed, settings = Allowed.of(course), settings_of(course, name)
    found = dates(course, name, allowed)
    told = [change for change in changes(course, name, found) if change.is_one]
    take_settings(course, name)
    if settings.duedate is None:
        return []
    over = {date.student: date.until - settings.duedate for date in found}
    with course.gradebook() as gradebook:
        others, there = _set_elsewhere(gradebook, name, allowed), _extensions(gradebook, name)
        written = {change.after.student for change in told}
        written |= {s for s, longer in over.items() if longer != there.get(s, timedelta())}
        for date in found:
            if date.student in written:
                _write(course, gradebook, name, date, over[date.student])
        gradebook.db.commit()
    ours = {s: o.total_seconds() for s, o in over.items() if o and o != others.get(s)}
    before = {s: others[s].total_seconds() for s in ours if s in others}
    if (allowed.given.get(name, {}), allowed.elsewhere.get(name, {})) != (ours, before):
        allowed.given[name], allowed.elsewhere[name] = ours, before
        allowed.write(course)
    return told


def apply_allowed(course: Course, name: str) -> None:
    """The same before a grading, where anything is or was allowed at all."""
    if (course.root / FILE).is_file():
        apply(course, name)


def _write(
    course: Course, gradebook: Gradebook, name: str, date: Date, extension: timedelta
) -> None:
    there = any(s.student_id == date.student for s in gradebook.find_assignment(name).submissions)
    if not extension and not there:
        return  # nothing to be kept of who has handed in nothing
    gradebook.update_or_create_student(date.student)
    with gradebook.db.no_autoflush:  # nbgrader builds a submission before it adds it
        submission = gradebook.update_or_create_submission(
            name, date.student, extension=extension or None
        )
    complete(submission.assignment, submission)
    gradebook.db.flush()
    late = date.late.total_seconds() if submission.timestamp else 0.0
    for notebook in submission.notebooks:
        asked = penalty(course.late_plugin, date.student, notebook.score, late)
        notebook.late_submission_penalty = asked
