"""`grade_submission(assignment, submission)`: a pure function of bytes, run in two sessions."""

from __future__ import annotations

import functools
import json
import time
from dataclasses import dataclass, replace
from typing import Any

from autograder.course.assignment import Assignment, Cell, Notebook
from autograder.course.course import CourseError
from autograder.course.rules import Finding, findings
from autograder.course.submission import (
    Code,
    Rebuilt,
    Submission,
    Unreadable,
    looks_like,
    parse,
    rebuild,
)
from autograder.grading.run import (
    Allowed,
    NotebookRun,
    Sessions,
    retry_alone,
    run_notebook,
    show_notebook,
)
from autograder.grading.student import CellRun
from autograder.grading.verdict import judge, shown_traceback
from autograder.grading.warm import warm_servers
from autograder.records.result import GradeResult, QuestionResult


class Stopped(CourseError):
    """The instructor's own solution was stopped in a test cell, which therefore judges nobody."""

    TEXT = "the instructor's own solution was stopped in it"

    def __init__(self, assignment: str, cell: str, state: str):
        self.cell, self.state = cell, state
        super().__init__(
            f"{assignment}: the instructor's own solution was stopped in {cell} ({state}): run "
            f"`autograder build {assignment}`"
        )


@dataclass(frozen=True)
class _Found:
    """A notebook of the submission: its cells, or why there are none."""

    cells: list | None
    message: str = ""
    attention: bool = False


def grade_submission(
    assignment: Assignment, submission: Submission, confined: bool = True
) -> GradeResult:
    """Run and judge a submission. What it does wrong costs points; it never raises for that.

    ConfinementError where this machine cannot confine it and `confined` is true.
    """
    start = time.monotonic()
    if not submission.files:
        return absent(assignment, submission.student)
    questions: list[QuestionResult] = []
    notes: list[str] = []
    notebooks: dict[str, bytes] = {}
    tier, attention = "", False
    for notebook in assignment.notebooks:
        found = _find(notebook, assignment, submission)
        attention |= found.attention
        notes += [found.message] if found.message else []
        if found.cells is None:
            questions += [_missing(question, found.message) for question in notebook.questions]
            continue
        rebuilt = rebuild(notebook, found.cells)
        notes += rebuilt.tampered
        attention |= bool(rebuilt.tampered)
        student, grader = warm_servers(assignment, confined)
        tier = student.tier
        sessions = Sessions.of(assignment, student, grader, conversation(assignment, confined))
        run = shown = run_notebook(sessions, rebuilt)
        if _could_tell(rebuilt, run, bool(assignment.grader_files)):
            shown = show_notebook(sessions, rebuilt, run)
        retry_alone(sessions, rebuilt, run, shown)
        broken = findings(assignment.rules, _students_code(rebuilt))
        notes += [str(finding) for finding in broken]
        # Code that answers differently the second time may have guessed twice: a person looks.
        spoiled = [rebuilt.code[index].cell for index in run.alone]
        notes += [
            f"{cell.grade_id} passes only if no test runs before it" for cell in spoiled if cell
        ]
        attention |= bool(run.alone)
        results = _apply(broken, judge(rebuilt, run, shown))
        questions += results
        notebooks[notebook.name] = _graded_notebook(notebook, rebuilt, shown, results)
    return GradeResult(
        student=submission.student,
        assignment=assignment.name,
        state=_state(questions, attention),
        max_score=assignment.max_score,
        questions=tuple(questions),
        tier=tier,
        seconds=round(time.monotonic() - start, 3),
        message="; ".join(notes),
        notebooks=notebooks,
    )


def _could_tell(rebuilt: Rebuilt, run: NotebookRun, unseen: bool) -> bool:
    """Whether something of the student's is shown that a hidden test may have gone before, or one
    with data that students have not seen."""
    hidden = unseen or any(
        c.cell and c.cell.kind == "test" and c.cell.source != c.cell.visible for c in rebuilt.code
    )
    return hidden and any(ran.outputs or ran.error for ran in run.cells.values())


@functools.lru_cache(maxsize=16)
def conversation(assignment: Assignment, confined: bool = True) -> Allowed:
    """What each test asks of objects when it meets the instructor's own solution.

    Stopped: a test did not run to its end even there.
    """
    asked: Allowed = {}
    for notebook in assignment.notebooks:
        own = Rebuilt(tuple(Code(c.source, c.cell_type, c) for c in notebook.cells), ())
        run = run_notebook(Sessions.of(assignment, *warm_servers(assignment, confined)), own)
        for index, cell in enumerate(notebook.cells):
            if cell.kind == "test":
                ran = run.cells[index]
                if ran.state:  # remembered, it would refuse to everybody what was not asked in time
                    raise Stopped(assignment.name, cell.grade_id, ran.state)
                asked[cell.grade_id] = ran.asked
    return asked


def _students_code(rebuilt: Rebuilt) -> list[tuple[str, str]]:
    """The student's cells by name, and between them the instructor's locked ones, without one."""
    named = []
    for index, code in enumerate(rebuilt.code):
        kind = code.cell.kind if code.cell else "additional"
        if code.cell_type == "code" and kind != "test":
            name = code.cell.grade_id if code.cell else f"cell {index + 1}"
            named.append(("" if kind == "locked" else name, code.source))
    return named


def _apply(broken: list[Finding], results: list[QuestionResult]) -> list[QuestionResult]:
    """The results, without points for the questions that a broken rule fails."""
    reasons = {name: str(finding) for finding in broken for name in finding.rule.fails}
    return [
        replace(result, score=0.0, state="failed", message=reasons[result.id], hint="")
        if result.id in reasons and result.state in ("passed", "partial", "manual")
        else result
        for result in results
    ]


def absent(assignment: Assignment, student: str) -> GradeResult:
    """The result of a student who handed nothing in."""
    return _without_run(assignment, student, "absent", "missing", "nothing was submitted")


def faulty(assignment: Assignment, student: str, message: str) -> GradeResult:
    """The result where the grader failed: every question waits for a person."""
    return _without_run(assignment, student, "fault", "fault", f"the grader failed: {message}")


def stranger(assignment: Assignment, name: str) -> GradeResult:
    """The result for a folder whose name is no student's: nothing of it is graded or recorded."""
    what = f"{name!r} is no student's id: letters, digits, dots, dashes; rename the folder"
    return _without_run(assignment, name, "attention", "missing", what)


def unrecorded(result: GradeResult, message: str) -> GradeResult:
    """A result that could not be written: the next run grades it again."""
    return replace(result, state="fault", message=message, notebooks={})


def _without_run(
    assignment: Assignment, student: str, state: str, question_state: str, message: str
) -> GradeResult:
    cells = [cell for notebook in assignment.notebooks for cell in notebook.questions]
    return GradeResult(
        student,
        assignment.name,
        state,
        assignment.max_score,
        tuple(QuestionResult(c.grade_id, 0.0, c.points, question_state, message) for c in cells),
        message=message,
    )


def _find(notebook: Notebook, assignment: Assignment, submission: Submission) -> _Found:
    """The submitted notebook: under its name, or renamed."""
    name = f"{notebook.name}.ipynb"
    if name in submission.files:
        try:
            return _Found(parse(submission.files[name]))
        except Unreadable as error:
            return _Found(None, f"{name} cannot be read: {error}", attention=True)
    names = {f"{other.name}.ipynb" for other in assignment.notebooks}
    for other, content in sorted(submission.notebooks.items()):
        if other not in names:
            try:
                cells = parse(content)
            except Unreadable:
                continue
            if looks_like(notebook, cells):
                return _Found(cells, f"{other} was renamed: graded as {name}", attention=True)
    return _Found(None, f"{name} is not among the submitted files", attention=True)


def _missing(question: Cell, message: str) -> QuestionResult:
    return QuestionResult(question.grade_id, 0.0, question.points, "missing", message)


def _state(questions: list[QuestionResult], attention: bool) -> str:
    states = {question.state for question in questions}
    if "fault" in states:
        return "fault"
    if attention:
        return "attention"
    return "needs_manual" if "manual" in states else "graded"


def _graded_notebook(
    notebook: Notebook, rebuilt: Rebuilt, run: NotebookRun, results: list[QuestionResult]
) -> bytes:
    """The rebuilt notebook with outputs by which nbgrader, too, reads our verdict.

    Written without nbformat, which would validate each cell against a schema (3 ms a notebook).
    """
    verdicts = {result.id: result for result in results}
    cells: list[dict[str, Any]] = []
    for index, code in enumerate(rebuilt.code):
        hidden = code.cell is not None and code.cell.kind == "test"
        cell: dict[str, Any] = {
            "cell_type": code.cell_type,
            "id": f"cell-{index}",
            "metadata": code.cell.metadata if code.cell else {},
            "source": code.cell.redacted if code.cell and hidden else code.source,
        }
        if code.cell_type == "code":
            outputs = _outputs(code, run.cells.get(index), verdicts)
            cell.update(execution_count=None, outputs=outputs)
        cells.append(cell)
    graded = {"cells": cells, "metadata": notebook.metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(graded, ensure_ascii=False, indent=1).encode("utf-8", errors="replace")


def _outputs(code: Code, ran: CellRun | None, verdicts: dict[str, QuestionResult]) -> list[dict]:
    if code.cell is not None and code.cell.kind == "test":
        traceback = shown_traceback(ran) if ran else ""
        return _verdict_outputs(verdicts[code.cell.grade_id], traceback)
    if ran is None:
        return []
    outputs = list(ran.outputs)
    if ran.error:
        outputs.append(_error(ran.error["kind"], ran.error["message"], ran.error["traceback"]))
    return outputs


def _verdict_outputs(result: QuestionResult, traceback: str) -> list[dict]:
    """Nothing for full marks, the number for some, an error for none: as nbgrader reads grades."""
    if result.state == "passed":
        return []
    if result.state == "partial":
        shown_score: dict[str, Any] = {"output_type": "execute_result", "execution_count": None}
        return [shown_score | {"metadata": {}, "data": {"text/plain": repr(result.score)}}]
    shown = traceback or result.message
    if result.hint:
        shown += f"\nHint: {result.hint}"
    return [_error(result.state, result.message, shown)]


def _error(kind: str, message: str, traceback: str) -> dict:
    lines = traceback.splitlines()
    return {"output_type": "error", "ename": kind, "evalue": message, "traceback": lines}
