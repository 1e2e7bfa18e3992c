"""What is due, and of whom, by the assignment's file and the extensions in the gradebook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nbgrader.api import SubmittedAssignment

from autograder.course.course import Course, Faults
from autograder.course.settings import Settings, read_settings


@dataclass(frozen=True)
class Due:
    """An assignment at a moment: those whose date is over (of whom it has nobody where it has no
    date), when the last extension ends, and from when feedback is released, or whether it is."""

    name: str
    students: tuple[str, ...]
    closed: datetime | None
    release: bool | datetime

    @property
    def since(self) -> datetime | None:
        """From when feedback is released, if it is."""
        return self.closed if isinstance(self.release, bool) else self.release


def assignments(course: Course) -> list[str]:
    """Those that are built: what is not, nobody can have been given."""
    with course.gradebook() as gradebook:
        names = [assignment.name for assignment in gradebook.assignments]
    return [name for name in names if (course.solutions / name).is_dir()]


def settings_of(course: Course, name: str) -> Settings:
    """What the assignment's file says. Faults: something that cannot be."""
    faults: list[str] = []
    settings = read_settings(course.solutions / name, faults)
    if faults:
        raise Faults("; ".join(faults))
    return settings


def take_settings(course: Course, name: str) -> Settings:
    """What the assignment's file says, its date taken into the gradebook, where `collect` asks for
    it. Faults: the file says something that cannot be."""
    settings = settings_of(course, name)
    date = settings.duedate and settings.duedate.replace(tzinfo=None)
    with course.gradebook() as gradebook:
        asked = gradebook.find_assignment(name)
        if asked.duedate != date:
            asked.duedate = date
            gradebook.db.commit()
    return settings


def due(course: Course, name: str, settings: Settings, now: datetime) -> Due:
    """Who is due by then."""
    date, release = settings.duedate, settings.release_feedback
    if date is None:
        return Due(name, (), None, release)
    with course.gradebook() as gradebook:
        asked = gradebook.find_assignment(name)
        query = gradebook.db.query(SubmittedAssignment.student_id, SubmittedAssignment.extension)
        rows = query.filter(SubmittedAssignment.assignment_id == asked.id)
        longer = {student: extension for student, extension in rows if extension}
    dates = {s: date + longer.get(s, timedelta()) for s in course.students(name)}
    over = tuple(student for student, until in dates.items() if until <= now)
    return Due(name, over, max([date, *dates.values()]), release)


def moment() -> datetime:
    return datetime.now(UTC)
