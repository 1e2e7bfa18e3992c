"""What the gradebook holds of an assignment, and where that is not what a kept result says.

It may have been written since: by nbgrader's own autograder, or by a script. What a person gave is
that person's, and is not compared: scores and extra credit, comments, and the flag, which the
form-grader lets a person set and take away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from nbgrader.api import Assignment as Asked
from nbgrader.api import Comment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook

from autograder.records.questions import COMMENTED, GRADED, cells_of
from autograder.records.result import EMPTY, GradeResult, QuestionResult

BY_HAND = ("manual", "fault")  # states in which a person decides
UNANSWERED = "No response."  # nbgrader's comment
OTHER_POINTS = "other points"


def automatic_score(question: QuestionResult) -> float | None:
    """The points that the gradebook has of a question before a person has looked at it."""
    return None if question.state in BY_HAND else question.score


def automatic_comment(question: QuestionResult | None) -> str | None:
    """What stands beside an answer by itself; a cell that is no question has no result."""
    return UNANSWERED if question is not None and question.state in EMPTY else None


def is_by_hand(grade: Any) -> bool:
    """Whether a person has given points for it."""
    return grade.manual_score is not None or bool(grade.extra_credit)


def fill_up(grade: Any, question: QuestionResult, was_cancelled: bool) -> None:
    """Have a cancelled question give full marks where a person gave fewer: as extra credit beside
    that person's points, which stay, and which are all that is left when it counts again."""
    if grade.manual_score is None:
        return
    missing = question.max_score - grade.manual_score
    if question.how == "cancelled":
        if missing > 0 and not grade.extra_credit:
            grade.extra_credit = missing
    elif was_cancelled and grade.extra_credit == missing:
        grade.extra_credit = None


def naive_time(timestamp: datetime | None) -> datetime | None:
    """A time as nbgrader keeps it: UTC, and without saying so."""
    return timestamp.astimezone(UTC).replace(tzinfo=None) if timestamp else None


def penalty(late_plugin: Any, student: str, score: float, late: float) -> float | None:
    """What a notebook loses for its seconds after the date, by the course's plug-in."""
    asked = late_plugin.late_submission_penalty(student, score, late) if late > 0 else None
    return None if asked is None else min(max(asked, 0.0), score)


def seconds_late(submission: Any, asked: Asked) -> float:
    """The seconds after the date, which a person may have put off for a student.

    nbgrader's own `total_seconds_late` raises where that was done without any date.
    """
    if submission.timestamp is None or asked.duedate is None:
        return 0.0
    due = asked.duedate + (submission.extension or timedelta())
    return max(0.0, (submission.timestamp - due).total_seconds())


@dataclass
class Standing:
    """A student's submission in the gradebook: what it holds by notebook, and by the cell's id."""

    timestamp: datetime | None
    extension: timedelta | None
    penalties: dict[str, float | None] = field(default_factory=dict)
    grades: dict[str, Any] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)
    words: dict[str, str | None] = field(default_factory=dict)  # a person's comments
    flagged: bool = False

    @property
    def waits(self) -> bool:
        """Whether a person has to give points, or to look at it, which takes the flag away."""
        return self.flagged or any(grade.needs_manual_grade for grade in self.grades.values())

    def __str__(self) -> str:
        """All that feedback says of it, the same as long as nobody has changed anything."""
        rows = (self.penalties, {cell: tuple(row) for cell, row in self.grades.items()}, self.words)
        return "\n".join([str(self.timestamp), *(repr(sorted(row.items())) for row in rows)])

    def score(self, notebook: str) -> float:
        """nbgrader's: a person's points before the automatic ones, and what a person adds."""
        return sum(
            (g.auto_score or 0.0 if g.manual_score is None else g.manual_score)
            + (g.extra_credit or 0.0)
            for g in self.grades.values()
            if g.notebook == notebook
        )


def standings(gradebook: Gradebook, asked: Asked) -> dict[str, Standing]:
    """What the gradebook holds, by student, in two queries for the whole class."""
    query = gradebook.db.query
    found: dict[str, Standing] = {}
    grades = (
        query(
            *(SubmittedAssignment.student_id, SubmittedAssignment.timestamp),
            SubmittedAssignment.extension,
            *(SubmittedNotebook.id.label("notebook"), SubmittedNotebook.late_submission_penalty),
            SubmittedNotebook.flagged,
            *(Grade.cell_id, Grade.auto_score, Grade.manual_score, Grade.extra_credit),
            Grade.needs_manual_grade,
        )
        .outerjoin(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .outerjoin(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .filter(SubmittedAssignment.assignment_id == asked.id)
    )
    for row in grades:
        standing = found.get(row.student_id)
        if standing is None:
            standing = found[row.student_id] = Standing(row.timestamp, row.extension)
        if row.notebook:
            standing.penalties[row.notebook] = row.late_submission_penalty
            standing.flagged |= bool(row.flagged)
        if row.cell_id:
            standing.grades[row.cell_id] = row
    comments = (
        query(
            *(SubmittedAssignment.student_id, Comment.cell_id),
            *(Comment.auto_comment, Comment.manual_comment),
        )
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Comment, Comment.notebook_id == SubmittedNotebook.id)
        .filter(SubmittedAssignment.assignment_id == asked.id)
    )
    for student, cell, automatic, words in comments:
        found[student].comments[cell], found[student].words[cell] = automatic, words
    return found


class Comparison:
    """Kept results against what the gradebook holds."""

    def __init__(self, gradebook: Gradebook, asked: Asked, late_plugin: Any):
        self.asked, self.late_plugin = asked, late_plugin
        self.there = standings(gradebook, asked)
        self.graded, self.commented = (
            {cell.id: cell.name for notebook in asked.notebooks for cell in cells_of(notebook, of)}
            for of in (GRADED, COMMENTED)
        )

    def has(self, notebook: SubmittedNotebook) -> bool:
        """Whether the entry was there, and is not made anew."""
        there = self.there.get(notebook.assignment.student_id)
        return there is not None and notebook.id in there.penalties

    def differences(self, result: GradeResult, timestamp: datetime | None) -> list[str]:
        """What the gradebook has otherwise than a kept result, in words."""
        there = self.there.get(result.student)
        if there is None:
            return [] if result.state == "absent" else ["no entry"]
        if not self._is_whole(there):
            return ["missing entries"]
        questions = {question.id: question for question in result.questions}
        grades = [(questions[self.graded[id]], grade) for id, grade in there.grades.items()]
        untouched = [(q, g) for q, g in grades if not is_by_hand(g)]
        comments = {self.commented[id]: comment for id, comment in there.comments.items()}
        differs = {
            OTHER_POINTS: any(g.auto_score != automatic_score(q) for q, g in grades),
            "other answers that wait for a person": any(
                g.needs_manual_grade != (q.state in BY_HAND) for q, g in untouched
            ),
            "another time of hand-in": there.timestamp != naive_time(timestamp),
            "another late penalty": self._is_penalised_otherwise(result.student, there),
            "other automatic comments": any(
                comment != automatic_comment(questions.get(name))
                for name, comment in comments.items()
            ),
        }
        return [what for what, is_so in differs.items() if is_so]

    def _is_whole(self, there: Standing) -> bool:
        """Whether there is an entry for all that is asked, and for nothing else."""
        whole = len(there.penalties) == len(self.asked.notebooks)
        same = there.grades.keys() == self.graded.keys()
        return whole and same and there.comments.keys() == self.commented.keys()

    def _is_penalised_otherwise(self, student: str, there: Standing) -> bool:
        late = seconds_late(there, self.asked)
        return any(
            not math.isclose(
                penalty(self.late_plugin, student, there.score(notebook), late) or 0.0,
                written or 0.0,
                abs_tol=1e-6,
            )
            for notebook, written in there.penalties.items()
        )
