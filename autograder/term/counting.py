"""`autograder attempts`: which of a student's attempts counts, the first, the last or the best.

What was chosen is put where it is graded, and noted: a later `nbgrader collect` leaves it there
until the student hands in again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.course.assignment import Assignment
from autograder.course.attempts import CHOSEN, KEPT, attempts, put, unpacked, untimed
from autograder.course.course import Course, CourseError
from autograder.course.submission import Submission, read_submission
from autograder.grading.engine import write_whole
from autograder.grading.grading import grade_submission
from autograder.records.standing import penalty
from autograder.term.allowed import Allowed
from autograder.term.dates import dates

RULES = ("last", "first", "best")


@dataclass(frozen=True)
class Attempt:
    """An attempt, when it was handed in (None: nobody knows), whether it is the one that is graded,
    and its score where it was asked for."""

    student: str
    time: datetime | None
    path: Path
    counts: bool
    score: float | None = None


def kept(course: Course, name: str, students: list[str]) -> dict[str, list[Attempt]]:
    """The attempts of those who have several, the earliest first, then what has no time."""
    found = {}
    for student in students:
        folder = course.root / KEPT / name / student
        timed, rest = attempts(folder), untimed(folder)
        if len(timed) + len(rest) > 1:
            graded = read_submission(course.submitted / student / name, student)
            mine = [Attempt(student, t, path, graded.timestamp == t) for t, path in timed.items()]
            for path in rest:
                counts = graded.timestamp is None and graded.files == unpacked(path)
                mine.append(Attempt(student, None, path, counts))
            found[student] = mine
    return found


def choose(
    course: Course, assignment: Assignment, mine: list[Attempt], rule: str, confined: bool
) -> list[Attempt]:
    """The attempts with the one that counts by a rule; of equally good ones the first is best.

    What waits for a person has no points yet, so the best is the best of what tests say.
    CourseError: the rule asks which came first, and nobody knows.
    """
    if rule != "best" and any(one.time is None for one in mine):
        raise CourseError(
            "nobody knows when all of it was handed in: give the times, or ask for best"
        )
    scores: list[float | None] = [None] * len(mine)
    if rule == "best":
        scores = [_score(course, assignment, one, confined) for one in mine]
    at = {"last": len(mine) - 1, "first": 0}.get(rule)
    if at is None:
        at = max(range(len(mine)), key=lambda i: (scores[i] or 0.0, -i))
    return [
        Attempt(one.student, one.time, one.path, i == at, scores[i]) for i, one in enumerate(mine)
    ]


def _score(course: Course, assignment: Assignment, one: Attempt, confined: bool) -> float:
    """Its points, late as it would be: grace and late days are for the attempt that counts."""
    work = Submission(one.student, unpacked(one.path), one.time)
    result = grade_submission(assignment, work, confined)
    times = {one.student: one.time} if one.time else {}
    # None where nothing is due, or nobody knows when it came.
    found = dates(course, assignment.name, Allowed.of(course), times=times) if times else []
    late = sum(date.late.total_seconds() for date in found)
    lost = penalty(course.late_plugin, one.student, result.raw_score, late) or 0.0
    return result.raw_score - lost


def take(course: Course, name: str, mine: list[Attempt]) -> None:
    """Put the one that counts where it is graded, and note that it was chosen."""
    [one] = [attempt for attempt in mine if attempt.counts]
    put(course.submitted / one.student / name, one.path, one.time)
    known = "\n".join([one.path.name, *(other.path.name for other in mine)])
    write_whole(one.path.parent / CHOSEN, known.encode())
