"""Grades as CSV, with nbgrader's column names and a column for each question."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from autograder.course.tables import harmless
from autograder.records.result import GradeResult


def render_csv(results: list[GradeResult], sections: Mapping[str, str] | None = None) -> str:
    """One line a student; a cell that a spreadsheet would take for a formula is quoted.

    Where students are in sections, the last column says in which. A question that is called as
    another column is called so, and "(question)".
    Where a question follows from another's slip, a column behind them says which, and from what;
    where tests ran beside the student's code, one says which.
    """
    questions = list(dict.fromkeys(q.id for result in results for q in result.questions))
    columns = ["assignment", "student_id", "state", "raw_score", "late_submission_penalty"]
    columns += ["score", "max_score"]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    sections = sections or {}

    def section(result: GradeResult) -> str:
        return sections.get(result.student, "")

    told = {
        name: texts
        for name, texts in (("follows_from", _follow), ("shared", _shared), ("section", section))
        if any(map(texts, results))
    }
    ours = {*columns, *told}
    named = [f"{name} (question)" if name in ours else harmless(name) for name in questions]
    writer.writerow([*columns, *named, *told])
    for result in sorted(results, key=lambda result: result.student):
        scores = {question.id: question.score for question in result.questions}
        row = [result.assignment, harmless(result.student), result.state]
        numbers = [result.raw_score, result.late_penalty, result.score, result.max_score]
        row += [f"{n:g}" for n in numbers + [scores.get(q, 0) for q in questions]]
        writer.writerow([*row, *(harmless(texts(result)) for texts in told.values())])
    return buffer.getvalue()


def _follow(result: GradeResult) -> str:
    told = (f"{q.id}: {', '.join(q.follows_from)}" for q in result.questions if q.follows_from)
    return "; ".join(told)


def _shared(result: GradeResult) -> str:
    return "; ".join(question.id for question in result.questions if question.how == "shared")
