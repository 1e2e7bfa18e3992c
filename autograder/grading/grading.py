"""`grade_submission(assignment, submission)`: a pure function of bytes, run in two sessions."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from autograder.course.assignment import Assignment
from autograder.course.beside import Beside, files_beside
from autograder.course.cells import Cell, Notebook
from autograder.course.course import CourseError
from autograder.course.find import Found, find_notebook, other_notebooks
from autograder.course.rules import Finding, findings
from autograder.course.stamp import UNREADABLE
from autograder.course.submission import Code, Rebuilt, Submission, rebuild
from autograder.grading.follow_ups import with_follow_ups
from autograder.grading.graded import graded_notebook
from autograder.grading.pair import InstructorsCellStopped, Known, Sessions
from autograder.grading.run import NotebookRun, retry_alone, run_notebook, show_notebook
from autograder.grading.shared import run_shared
from autograder.grading.verdict import judge, nearly, one_line, result_of
from autograder.grading.warm import warm_servers
from autograder.records.result import GradeResult, QuestionResult

MISSING = ("ModuleNotFoundError", "ImportError")
LOST = ("missing", "error")  # states of questions in which a slip may have cost the points


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
class Conversation:
    """What the instructor's own version did in the tests: of each, what is known of it; and what
    became of those that it does not pass, which therefore judge nobody."""

    known: Mapping[str, Known]
    lost: tuple[QuestionResult, ...]


def grade_submission(
    assignment: Assignment,
    submission: Submission,
    confined: bool = True,
    own: Conversation | None = None,
) -> GradeResult:
    """Run and judge a submission. What it does wrong costs points; it never raises for that.

    `own` is the instructor's conversation where it was recorded; without it, it is had now.

    ConfinementError where this machine cannot confine it and `confined` is true.
    """
    start = time.monotonic()
    if not submission.files:
        return absent(assignment, submission.student)
    beside = files_beside(assignment, submission)
    names = {f"{notebook.name}.ipynb" for notebook in assignment.notebooks}
    found = [
        find_notebook(notebook, names - {f"{notebook.name}.ipynb"}, submission)
        for notebook in assignment.notebooks
    ]
    others = other_notebooks(submission, found)
    elsewhere = (*beside.files, *others)
    try:
        graded = [
            _grade_notebook(assignment, notebook, one, beside, elsewhere, confined, own)
            for notebook, one in zip(assignment.notebooks, found, strict=True)
        ]
    except InstructorsCellStopped as stopped:
        return faulty(assignment, submission.student, str(stopped))
    questions = [result for one in graded for result in one.results]
    attention = beside.attention or any(one.attention for one in graded)
    notes = [*beside.notes, *(f"{name[:80]} was handed in, too: not graded" for name in others)]
    notes += [note for one in graded for note in one.notes]
    notes += [UNREADABLE] if submission.untimed else []
    return GradeResult(
        student=submission.student,
        assignment=assignment.name,
        state=_state(questions, attention),
        max_score=assignment.max_score,
        questions=tuple(questions),
        tier=next((one.tier for one in graded if one.tier), ""),
        seconds=round(time.monotonic() - start, 3),
        message="; ".join(dict.fromkeys(notes)),
        notebooks={one.name: one.notebook for one in graded if one.notebook},
    )


@dataclass(frozen=True)
class _Graded:
    """One notebook: its results, what is to be said of it, and the graded notebook itself."""

    name: str
    results: list[QuestionResult]
    notes: list[str]
    attention: bool
    tier: str = ""
    notebook: bytes = b""


def _grade_notebook(
    assignment: Assignment,
    notebook: Notebook,
    found: Found,
    beside: Beside,
    elsewhere: tuple[str, ...],
    confined: bool,
    own: Conversation | None,
) -> _Graded:
    if found.cells is None:
        missing = [_missing(question, found.notes[0]) for question in notebook.questions]
        return _Graded(notebook.name, missing, list(found.notes), attention=True)
    rebuilt = rebuild(notebook, found.cells, elsewhere)
    student, grader = warm_servers(assignment, confined)
    own = own or conversation(assignment, confined)
    sessions = Sessions.of(assignment, student, grader, own.known, beside.files)
    run = shown = run_notebook(sessions, rebuilt)
    if _could_tell(rebuilt, run, bool(assignment.grader_files)):
        shown = show_notebook(sessions, rebuilt, run)
    retry_alone(sessions, rebuilt, run, shown)
    run.shared = run_shared(sessions, rebuilt, run.cells)
    broken = findings(assignment.rules, _students_code(notebook, rebuilt), beside.modules)
    results = judge(rebuilt, run, shown, assignment.tell_sentences)
    if assignment.stand_in:
        barred = {name for finding in broken for name in finding.rule.fails}
        results = with_follow_ups(sessions, notebook, rebuilt, run, results, barred)
    results = _askable(assignment, own.lost, _apply(broken, results))
    # Code that answers differently the second time may have guessed twice: a person looks.
    spoiled = [cell for index in run.alone if (cell := rebuilt.code[index].cell)]
    doubtful = [
        *found.notes,
        *rebuilt.tampered,
        *(f"{name[:80]} has no room in the session: left out" for name in run.refused),
        *(f"{cell.grade_id} passes only if no test runs before it" for cell in spoiled),
        *(_slips(rebuilt, run, shown) if any(r.state in LOST for r in results) else ()),
    ]
    return _Graded(
        notebook.name,
        results,
        [*doubtful, *rebuilt.mended, *map(str, broken)],
        bool(doubtful) or (beside.withheld and _misses_a_module(run)),
        student.tier,
        graded_notebook(notebook, rebuilt, shown, results),
    )


def _slips(rebuilt: Rebuilt, run: NotebookRun, shown: NotebookRun) -> Iterator[str]:
    """What may be a slip of an honest student, and costs points: a name, or a file's place."""
    for ran in run.cells.values():
        for name in ran.missing:
            if like := nearly(name, rebuilt):
                yield f"`{name}` is missing, but {like}"
    for index, ran in shown.cells.items():
        if ran.error and not ran.state and ran.error.get("base") == "FileNotFoundError":
            place = rebuilt.code[index].name(index)
            yield f"{place}: a file is not where it is opened ({ran.error['message'][:120]})"


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
def conversation(assignment: Assignment, confined: bool = True) -> Conversation:
    """What each test asks of objects when it meets the instructor's own solution.

    Stopped: a test did not run to its end even there.
    """
    known: dict[str, Known] = {}
    lost: list[QuestionResult] = []
    for notebook in assignment.notebooks:
        own = Rebuilt(tuple(_as_written(notebook)), ())
        sessions = Sessions.of(assignment, *warm_servers(assignment, confined))
        try:
            run = run_notebook(sessions, own)
            run.shared = run_shared(sessions, own, run.cells)
        except InstructorsCellStopped as stopped:
            raise CourseError(f"{assignment.name}: {stopped}") from None
        verdicts = {verdict.id: verdict for verdict in judge(own, run, run)}
        for index, code in enumerate(own.code):
            if code.cell and code.cell.kind == "test":
                ran, verdict = run.cells[index], verdicts[code.cell.grade_id]
                if code.cell.shared:
                    ran = run.shared[index]
                    verdict = replace(verdict, message=one_line(ran.error) if ran.error else "")
                if ran.state:  # remembered, it would refuse to everybody what was not asked in time
                    raise Stopped(assignment.name, code.cell.grade_id, ran.state)
                known[code.cell.grade_id] = Known(ran.asked, ran.end)
                lost += [verdict] if not ran.is_whole or verdict.state == "fault" else []
    return Conversation(known, tuple(lost))


def _as_written(notebook: Notebook) -> Iterator[Code]:
    """The instructor's version, in which unmarked cells stand as a student's own do."""
    for cell in notebook.cells:
        yield from (Code(source, "code") for source in cell.above)
        yield Code(cell.source, cell.cell_type, cell)


def _askable(
    assignment: Assignment, lost: Iterable[QuestionResult], results: list[QuestionResult]
) -> list[QuestionResult]:
    """The results, where a test that the instructor's version does not pass judges nobody."""
    untrue = {question.id for question in lost}
    message = (
        "it cannot be asked of students: the instructor's own version does not pass it; see "
        f"`autograder check {assignment.name}`"
    )
    return [
        replace(result, score=0.0, state="fault", message=message, hint="")
        if result.id in untrue
        else result
        for result in results
    ]


def _students_code(notebook: Notebook, rebuilt: Rebuilt) -> list[tuple[str, str]]:
    """The student's cells by name, and between them the instructor's, without one."""
    given = [text.split() for text in notebook.plain]
    named = []
    for index, code in enumerate(rebuilt.code):
        if code.cell_type == "code" and not (code.cell and code.cell.kind == "test"):
            name = code.name(index)
            is_given = code.cell.kind == "locked" if code.cell else code.source.split() in given
            named.append(("" if is_given else name, code.source))
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
        tuple(result_of(cell, 0.0, question_state, message) for cell in cells),
        message=message,
    )


def _missing(question: Cell, message: str) -> QuestionResult:
    return result_of(question, 0.0, "missing", message)


def _state(questions: list[QuestionResult], attention: bool) -> str:
    states = {question.state for question in questions}
    if "fault" in states:
        return "fault"
    if attention:
        return "attention"
    return "needs_manual" if "manual" in states else "graded"
