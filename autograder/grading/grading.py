"""`grade_submission(assignment, submission)`: a pure function of bytes, run in two sessions."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass, replace

from autograder.course.assignment import Assignment, Cell
from autograder.course.beside import Beside, files_beside
from autograder.course.course import CourseError
from autograder.course.find import find_notebook
from autograder.course.rules import Finding, findings
from autograder.course.submission import Code, Rebuilt, Submission, rebuild
from autograder.grading.graded import graded_notebook
from autograder.grading.pair import Allowed, LockedCellStopped, Sessions
from autograder.grading.run import NotebookRun, retry_alone, run_notebook, show_notebook
from autograder.grading.verdict import judge
from autograder.grading.warm import warm_servers
from autograder.records.result import GradeResult, QuestionResult

MISSING = ("ModuleNotFoundError", "ImportError")


class Stopped(CourseError):
    """The instructor's own solution was stopped in a test cell, which therefore judges nobody."""

    TEXT = "the instructor's own solution was stopped in it"

    def __init__(self, assignment: str, cell: str, state: str):
        self.cell, self.state = cell, state
        super().__init__(
            f"{assignment}: the instructor's own solution was stopped in {cell} ({state}): run "
            f"`autograder build {assignment}`"
        )


def grade_submission(
    assignment: Assignment, submission: Submission, confined: bool = True
) -> GradeResult:
    """Run and judge a submission. What it does wrong costs points; it never raises for that.

    ConfinementError where this machine cannot confine it and `confined` is true.
    """
    start = time.monotonic()
    if not submission.files:
        return absent(assignment, submission.student)
    beside = files_beside(assignment, submission)
    questions: list[QuestionResult] = []
    notes, attention, tier = list(beside.notes), beside.ignored, ""
    notebooks: dict[str, bytes] = {}
    names = {f"{notebook.name}.ipynb" for notebook in assignment.notebooks}
    for notebook in assignment.notebooks:
        found = find_notebook(notebook, names - {f"{notebook.name}.ipynb"}, submission)
        notes += found.notes
        attention |= bool(found.notes)
        if found.cells is None:
            questions += [_missing(question, found.notes[0]) for question in notebook.questions]
            continue
        rebuilt = rebuild(notebook, found.cells, tuple(beside.files))
        try:
            judged = _judge(assignment, rebuilt, beside, confined)
        except LockedCellStopped as stopped:
            return faulty(assignment, submission.student, str(stopped))
        notes += judged.notes
        attention |= judged.attention
        tier = judged.tier
        questions += judged.results
        notebooks[notebook.name] = graded_notebook(notebook, rebuilt, judged.shown, judged.results)
    return GradeResult(
        student=submission.student,
        assignment=assignment.name,
        state=_state(questions, attention),
        max_score=assignment.max_score,
        questions=tuple(questions),
        tier=tier,
        seconds=round(time.monotonic() - start, 3),
        message="; ".join(dict.fromkeys(notes)),
        notebooks=notebooks,
    )


@dataclass(frozen=True)
class _Judged:
    """One notebook's results, what its reader is shown, and what is to be said of it."""

    results: list[QuestionResult]
    shown: NotebookRun
    notes: list[str]
    attention: bool
    tier: str


def _judge(assignment: Assignment, rebuilt: Rebuilt, beside: Beside, confined: bool) -> _Judged:
    student, grader = warm_servers(assignment, confined)
    allowed = conversation(assignment, confined)
    sessions = Sessions.of(assignment, student, grader, allowed, beside.files)
    run = shown = run_notebook(sessions, rebuilt)
    if _could_tell(rebuilt, run, bool(assignment.grader_files)):
        shown = show_notebook(sessions, rebuilt, run)
    retry_alone(sessions, rebuilt, run, shown)
    broken = findings(assignment.rules, _students_code(rebuilt), beside.modules)
    # Code that answers differently the second time may have guessed twice: a person looks.
    spoiled = [cell for index in run.alone if (cell := rebuilt.code[index].cell)]
    notes = [
        *rebuilt.tampered,
        *rebuilt.mended,
        *(f"{name[:80]} has no room in the session: left out" for name in run.refused),
        *map(str, broken),
        *(f"{cell.grade_id} passes only if no test runs before it" for cell in spoiled),
    ]
    results = _apply(broken, judge(rebuilt, run, shown))
    attention = bool(rebuilt.tampered or spoiled or (beside.withheld and _misses_a_module(run)))
    return _Judged(results, shown, notes, attention, student.tier)


def _misses_a_module(run: NotebookRun) -> bool:
    return any(ran.error and ran.error["kind"] in MISSING for ran in run.cells.values())


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
        sessions = Sessions.of(assignment, *warm_servers(assignment, confined))
        try:
            run = run_notebook(sessions, own)
        except LockedCellStopped as stopped:
            raise CourseError(f"{assignment.name}: {stopped}") from None
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


def _missing(question: Cell, message: str) -> QuestionResult:
    return QuestionResult(question.grade_id, 0.0, question.points, "missing", message)


def _state(questions: list[QuestionResult], attention: bool) -> str:
    states = {question.state for question in questions}
    if "fault" in states:
        return "fault"
    if attention:
        return "attention"
    return "needs_manual" if "manual" in states else "graded"
