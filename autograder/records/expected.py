"""What a class would have if other results were recorded: computed, with nothing written.

A person's points stay with their question, under its new id too, and a late penalty follows from
the sum, as it would in the gradebook.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from autograder.course.assignment import Assignment
from autograder.records.gradebook import Recorder
from autograder.records.questions import naive_utc
from autograder.records.result import GradeResult, QuestionResult
from autograder.records.standing import (
    Standing,
    automatic_score,
    fill_up,
    is_by_hand,
    penalty,
    seconds_late,
)


@dataclass(frozen=True)
class Expected:
    """One student: what the result says now, and what it would say; `by_hand` are the questions for
    which a person gave points, by their ids before and after."""

    before: GradeResult
    after: GradeResult
    by_hand: frozenset[str] = frozenset()

    @property
    def gained(self) -> float:
        return round(self.after.score - self.before.score, 6)

    @property
    def is_of_other_points(self) -> bool:
        """Whether another number of points could be reached."""
        return self.after.max_score != self.before.max_score


def expected(
    recorder: Recorder,
    assignment: Assignment,
    results: Iterable[tuple[GradeResult, GradeResult]],
    renamed: Mapping[str, Mapping[str, str]],
) -> list[Expected]:
    """What would become of pairs of a kept and a new result; `renamed` has by student the ids that
    are new, each with the one that the question had."""
    there = recorder.standings
    found = []
    for before, after in results:
        standing = there.get(after.student)
        if standing is None:  # handed nothing in, before as after
            found.append(Expected(before, after))
            continue
        was = renamed.get(after.student, {})
        given = _given(recorder, standing)
        given |= {new: given[old] for new, old in was.items() if old in given}
        given |= {old: given[new] for new, old in was.items() if new in given}
        cancelled = {question.id for question in before.questions if question.how == "cancelled"}
        old = replace(before, questions=_with(before, given, set()))
        new = replace(after, questions=_with(after, given, cancelled))
        late = round(sum(p or 0.0 for p in standing.penalties.values()), 6)
        loss = _penalty(recorder, assignment, standing, new)
        old, new = replace(old, late_penalty=late), replace(new, late_penalty=loss)
        found.append(Expected(old, new, frozenset(given)))
    return found


def _given(recorder: Recorder, standing: Standing) -> dict[str, Any]:
    """What the gradebook has of a student's questions, by their ids, where a person gave points."""
    rows = {recorder.names[cell]: row for cell, row in standing.grades.items()}
    return {name: row for name, row in rows.items() if is_by_hand(row)}


def _with(
    result: GradeResult, given: Mapping[str, Any], cancelled: Container[str]
) -> tuple[QuestionResult, ...]:
    """The questions of a result with what a person gave, some of which were `cancelled` then."""
    return tuple(
        replace(q, score=_score(q, given[q.id], q.id in cancelled)) if q.id in given else q
        for q in result.questions
    )


def _score(question: QuestionResult, row: Any, was_cancelled: bool) -> float:
    grade = SimpleNamespace(manual_score=row.manual_score, extra_credit=row.extra_credit)
    fill_up(grade, question, was_cancelled)
    automatic = automatic_score(question) or 0.0
    score = automatic if grade.manual_score is None else grade.manual_score
    return float(score + (grade.extra_credit or 0.0))


def _penalty(
    recorder: Recorder, assignment: Assignment, standing: Standing, result: GradeResult
) -> float:
    """The late penalty of each notebook; the sum of them."""
    late = seconds_late(standing, SimpleNamespace(duedate=naive_utc(assignment)))
    scores = {question.id: question.score for question in result.questions}
    lost = 0.0
    for notebook in assignment.notebooks:
        score = sum(scores.get(cell.grade_id, 0.0) for cell in notebook.questions)
        lost += penalty(recorder.course.late_plugin, result.student, score, late) or 0.0
    return round(lost, 6)
