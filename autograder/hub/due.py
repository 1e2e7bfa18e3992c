"""What is due, and of whom, by the assignment's file and the extensions in the gradebook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nbgrader.api import SubmittedAssignment

from autograder.course.course import Course, Faults
from autograder.course.settings import read_settings


@dataclass(frozen=True)
class Due:
    """An assignment at a moment: those whose date is over (of whom it has nobody where it has no
    date), when the last extension ends, and from when feedback is released, or whether it is."""

    name: str
    students: tuple[str, ...]
    closed: datetime | None
    release: bool | datetime


def assignments(course: Course) -> list[str]:
    """Those that are built: what is not, nobody can have been given."""
    with course.gradebook() as gradebook:
        names = [assignment.name for assignment in gradebook.assignments]
    return [name for name in names if (course.solutions / name).is_dir()]


def due(course: Course, name: str, now: datetime) -> Due:
    """Who is due by then. Faults: the assignment's file says something that cannot be."""
    faults: list[str] = []
    settings = read_settings(course.solutions / name, faults)
    if faults:
        raise Faults("; ".join(faults))
    date, everybody = settings.duedate, course.students(name)
    with course.gradebook() as gradebook:
        asked = gradebook.find_assignment(name)
        if asked.duedate != (naive := date and date.replace(tzinfo=None)):
            asked.duedate = naive  # as `grade` does, but `collect` asks for it before
            gradebook.db.commit()
        query = gradebook.db.query(SubmittedAssignment.student_id, SubmittedAssignment.extension)
        rows = query.filter(SubmittedAssignment.assignment_id == asked.id)
        longer = {student: extension for student, extension in rows if extension}
    if date is None:
        return Due(name, (), None, settings.release_feedback)
    dates = {student: date + longer.get(student, timedelta()) for student in everybody}
    over = tuple(student for student, until in dates.items() if until <= now)
    return Due(name, over, max([date, *dates.values()]), settings.release_feedback)


def moment() -> datetime:
    return datetime.now(UTC)
