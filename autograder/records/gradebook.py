"""Results into nbgrader's gradebook: one writer, and one transaction for many results."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from nbgrader.api import (
    Gradebook,
    GradeCell,
    MissingEntry,
    SolutionCell,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy.exc import SQLAlchemyError

from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.records.appeals import Reasons, reasons
from autograder.records.by_hand import with_hand_grades
from autograder.records.entries import entries
from autograder.records.questions import (
    GRADED,
    cells_of,
    changed_since,
    naive_utc,
)
from autograder.records.result import GradeResult
from autograder.records.standing import (
    BY_HAND,
    OTHER_POINTS,
    Comparison,
    Standing,
    automatic_comment,
    automatic_score,
    fill_up,
    is_by_hand,
    penalty,
    seconds_late,
)


@dataclass(frozen=True)
class Graded:
    """A result to be recorded, the time of its submission, and the digests of the answers that were
    recorded before (`answers_of`), with what was cancelled then and whether it was the same
    submission; `again` where it is a kept one, which a person may have seen."""

    result: GradeResult
    timestamp: datetime | None = None
    answers: dict[str, str] = field(default_factory=dict)
    cancelled: frozenset[str] = frozenset()
    unchanged: bool = False
    again: bool = False


def answers_of(result: GradeResult) -> dict[str, str]:
    """Digests of what the student wrote into the cells that are the student's, pictures with it, by
    the cell's id."""
    digests = {}
    for content in result.notebooks.values():
        for cell in json.loads(content)["cells"]:
            settings = cell["metadata"].get("nbgrader", {})
            if settings.get("solution") or settings.get("task"):
                text = "".join(cell["source"])
                if pictures := cell.get("attachments"):
                    text += json.dumps(pictures, sort_keys=True)
                digest = hashlib.sha256(text.encode(errors="replace"))
                digests[settings["grade_id"]] = digest.hexdigest()
    return digests


class RecordError(Exception):
    """The gradebook cannot be written: locked by another program, or no room on the disk."""


class Recorder:
    """Writes results as nbgrader's autograder would; the form-grader goes on from there."""

    def __init__(self, course: Course, assignment: str):
        self.course, self.gradebook = course, course.gradebook()
        try:
            self.assignment = self.gradebook.find_assignment(assignment)
        except MissingEntry:
            self.gradebook.close()
            raise LookupError(
                f"the gradebook does not know {assignment}: run `autograder build {assignment}`"
            ) from None
        # Kept: SQLAlchemy would read each cell again for each grade, and after each transaction.
        self.gradebook.db.expire_on_commit = False
        self.names = {
            cell.id: cell.name
            for notebook in self.assignment.notebooks
            for cell in cells_of(notebook, (GradeCell, SolutionCell, TaskCell))
        }

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self.gradebook.close()

    def take_date(self, assignment: Assignment) -> None:
        """Take the due date from the assignment's file, which may have changed since the build.

        LookupError: so have its cells. RecordError: the gradebook cannot be written.
        """
        wanted = {
            (notebook.name, cell.grade_id): cell.points
            for notebook in assignment.notebooks
            for cell in notebook.questions
        }
        asked = {(notebook.name, cell.name): cell.max_score for notebook, cell in self._graded()}
        if asked != wanted:
            different = {name for (_, name), _ in asked.items() ^ wanted.items()}
            raise LookupError(
                f"{assignment.name} asks other questions, or for other points, than the "
                f"gradebook ({', '.join(sorted(different))}): run `autograder build "
                f"{assignment.name}` first, which keeps every score that a person gave"
            )
        if changed := changed_since(self.assignment, assignment):
            raise LookupError(
                f"{assignment.name} has changed since it was built ({', '.join(changed)}): run "
                f"`autograder build {assignment.name}` first, which proves that it can be graded"
            )
        if self.assignment.duedate != naive_utc(assignment):
            self.assignment.duedate = naive_utc(assignment)
            try:
                self.gradebook.db.commit()
            except SQLAlchemyError as error:
                raise RecordError(str(error).partition("\n")[0]) from error

    def _graded(self) -> Iterator[tuple[Any, Any]]:
        """The cells that give points, each with its notebook."""
        for notebook in self.assignment.notebooks:
            for cell in cells_of(notebook, GRADED):
                yield notebook, cell

    def is_outdated(self, result: GradeResult) -> bool:
        """Whether a kept result answers other questions than the assignment asks now."""
        asked = {cell.name: cell.max_score for _, cell in self._graded()}
        return {q.id: q.max_score for q in result.questions} != asked

    def record(self, results: Iterable[Graded]) -> list[GradeResult]:
        """Write results; gives them with the late penalty.

        RecordError: the gradebook cannot be written; nothing of these results is in it.
        """
        try:
            return self._record(results)
        except SQLAlchemyError as error:
            self.gradebook.db.rollback()
            raise RecordError(str(error).partition("\n")[0]) from error

    def _record(self, results: Iterable[Graded]) -> list[GradeResult]:
        graded = list(results)
        there = self._comparison.there
        written = [g for g in graded if g.result.state != "absent" or g.result.student in there]
        times = {g.result.student: g.timestamp for g in written}
        with self.gradebook.db.no_autoflush:  # all is written at once, and no query of it
            submissions = entries(self.gradebook, self.assignment, times)
            for one in written:
                self._write_grades(submissions[one.result.student], one)
        self.gradebook.db.flush()
        scores = self._scores_of_late(submissions.values())
        penalties = {
            student: self._penalty(submission, scores)
            for student, submission in submissions.items()
        }
        self.gradebook.db.commit()
        return [
            dataclasses.replace(
                g.result, late_penalty=penalties.get(g.result.student, g.result.late_penalty)
            )
            for g in graded
        ]

    def differences(self, result: GradeResult, timestamp: datetime | None) -> list[str]:
        """What the gradebook has otherwise than a kept result (standing.py), in words."""
        return self._comparison.differences(result, timestamp)

    def has_other_points(self, result: GradeResult) -> bool:
        """Whether something else has written points into the gradebook since, as nbgrader's own
        autograder does."""
        return OTHER_POINTS in self._comparison.differences(result, None)

    @property
    def standings(self) -> dict[str, Standing]:
        """What the gradebook held of each student when that was asked first."""
        return self._comparison.there

    @cached_property
    def _comparison(self) -> Comparison:
        return Comparison(self.gradebook, self.assignment, self.course.late_plugin)

    @cached_property
    def _reasons(self) -> Reasons:
        return reasons(self.course.reports, self.assignment.name)

    def refresh(self, results: Iterable[GradeResult]) -> list[GradeResult]:
        """The results with what a person has graded since, and the penalty that follows from it."""
        refreshed = []
        for result in results:
            try:
                submission = self.gradebook.find_submission(self.assignment.name, result.student)
            except MissingEntry:
                refreshed.append(result)
                continue
            # The gradebook no longer has all the points that an outdated result was late with.
            outdated = self.is_outdated(result)
            scores = self._scores_of_late([submission])
            penalty = result.late_penalty if outdated else self._penalty(submission, scores)
            refreshed.append(with_hand_grades(submission, result, penalty, self._reasons))
        self.gradebook.db.commit()
        return refreshed

    def above_full(self) -> dict[str, list[str]]:
        """By question, the students whom a person gave more points than it has (extra credit has a
        place of its own): it has lost some since."""
        most = {cell.name: cell.max_score for _, cell in self._graded()}
        found: dict[str, list[str]] = {}
        for student, there in sorted(self.standings.items()):
            for cell, grade in there.grades.items():
                name = self.names.get(cell, "")
                if grade.manual_score is not None and grade.manual_score > most.get(name, math.inf):
                    found.setdefault(name, []).append(student)
        return found

    def with_hand(self, result: GradeResult) -> GradeResult:
        """A result that is recorded, with what a person gave; most have nothing of the kind."""
        there = self.standings.get(result.student)
        given = there is not None and any(map(is_by_hand, there.grades.values()))
        return self.refresh([result])[0] if given else result

    def _write_grades(self, submission: SubmittedAssignment, graded: Graded) -> None:
        result, before = graded.result, graded.answers
        questions = {question.id: question for question in result.questions}
        now = answers_of(result) or before  # a kept result that is written again has no notebooks
        same = graded.unchanged or before == now
        renamed = {text for name, text in before.items() if name not in now}  # or gone
        for notebook in submission.notebooks:
            if not graded.again or not self._comparison.has(notebook):
                notebook.flagged = result.state == "attention"
            for grade in notebook.grades:
                question = questions[self.names[grade.cell_id]]
                # A person decides where the grader could not: nothing is lost by its faults.
                grade.auto_score = automatic_score(question)
                fill_up(grade, question, question.id in graded.cancelled)
                text = now.get(question.id, "")
                if not is_by_hand(grade) or question.how == "cancelled":
                    grade.needs_manual_grade = question.state in BY_HAND
                elif not (same or before.get(question.id) == text or text in renamed):
                    grade.needs_manual_grade = True  # the score was given for another text
            for comment in notebook.comments:
                answer = questions.get(self.names[comment.cell_id])
                comment.auto_comment = automatic_comment(answer)

    def _scores_of_late(self, submissions: Iterable[SubmittedAssignment]) -> dict[str, float]:
        """What the notebooks of those have that came late, by the notebook's id."""
        late = [s.id for s in submissions if seconds_late(s, self.assignment)]
        columns = SubmittedNotebook.id, SubmittedNotebook.score
        found = self.gradebook.db.query(*columns).filter(SubmittedNotebook.assignment_id.in_(late))
        return dict(found.all()) if late else {}

    def _penalty(self, submission: SubmittedAssignment, scores: dict[str, float]) -> float:
        """The late penalty of each notebook; the sum of them."""
        late, plugin = seconds_late(submission, self.assignment), self.course.late_plugin
        for notebook in submission.notebooks:
            student = submission.student_id
            asked = penalty(plugin, student, scores[notebook.id], late) if late else None
            notebook.late_submission_penalty = asked
        return round(sum(n.late_submission_penalty or 0.0 for n in submission.notebooks), 6)


@contextmanager
def one_transaction(gradebook: Gradebook) -> Iterator[None]:
    """Nothing is committed in here: nbgrader would after every object (half of the time)."""
    gradebook.db.commit = gradebook.db.flush
    try:
        yield
    finally:
        del gradebook.db.commit
