"""One notebook of a submission: what its cells do in the sessions, and what that is worth."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.course.assignment import Assignment
from autograder.course.beside import Beside
from autograder.course.cells import Notebook
from autograder.course.find import Found
from autograder.course.rules import Finding, findings
from autograder.course.submission import Rebuilt, rebuild
from autograder.grading.follow_ups import follow_ups, following
from autograder.grading.graded import graded_notebook
from autograder.grading.instructors import Conversation, conversation
from autograder.grading.keys import keys_of
from autograder.grading.pair import Sessions
from autograder.grading.recall import Kept, recall, record_of
from autograder.grading.run import NotebookRun, retry_alone, run_notebook, show_notebook
from autograder.grading.shared import run_shared
from autograder.grading.surroundings import surroundings
from autograder.grading.verdict import judge, nearly, result_of
from autograder.grading.warm import warm_servers
from autograder.records.result import QuestionResult

MISSING = ("ModuleNotFoundError", "ImportError")
LOST = ("missing", "error")  # states of questions in which a slip may have cost the points
CANCELLED = "this question was cancelled: full marks for everybody"


@dataclass(frozen=True)
class Graded:
    """One notebook: its results, what is to be said of it, and the graded notebook itself; what is
    kept of its run, and how many of its tests came from a kept one, in the seconds that this had
    taken."""

    name: str
    results: list[QuestionResult]
    notes: list[str]
    attention: bool
    tier: str = ""
    notebook: bytes = b""
    record: dict[str, Any] = field(default_factory=dict)
    recalled: int = 0
    seconds: float = 0.0
    memory_mb: float = 0.0


def grade_notebook(
    assignment: Assignment,
    notebook: Notebook,
    found: Found,
    beside: Beside,
    elsewhere: tuple[str, ...],
    confined: bool,
    own: Conversation | None,
    records: Mapping[str, Any] | None,
    once: bool = False,
) -> Graded:
    """Run and judge one notebook. `records` are of earlier runs of the submission's notebooks;
    None: nothing is looked up, or kept. `once`: what fails is not tried again by itself, and its
    words are of the run that decides.

    InstructorsCellStopped: a cell of the instructor's did not come to its end.
    """
    if found.cells is None:
        missing = [result_of(cell, 0.0, "missing", found.notes[0]) for cell in notebook.questions]
        return Graded(
            notebook.name, _cancelled(assignment, missing), list(found.notes), attention=True
        )
    begun = time.monotonic()
    rebuilt = rebuild(notebook, found.cells, elsewhere)
    student, grader = warm_servers(assignment, confined)
    keys, kept = None, Kept()
    if records is not None:
        around = surroundings(assignment, confined)
        keys = keys_of(assignment, notebook, rebuilt, beside.files, around)
        kept = recall(records.get(notebook.name), keys, rebuilt)
    broken = findings(assignment.rules, _students_code(notebook, rebuilt), beside.modules)
    lost: tuple[QuestionResult, ...] = ()
    if kept.whole:
        run, shown, follows = kept.run, kept.shown, kept.follows
        results = judge(rebuilt, run, shown, assignment.tell_sentences)
    else:
        own = own or conversation(assignment, confined)
        lost = own.lost
        sessions = Sessions.of(assignment, student, grader, own.known, beside.files)
        run, shown = _run(sessions, rebuilt, kept, once)
        results = judge(rebuilt, run, shown, assignment.tell_sentences)
        barred = {name for finding in broken for name in finding.rule.fails}
        follows = follow_ups(sessions, notebook, rebuilt, run, results, barred)
    results = following(results, follows, assignment.follow_up)
    results = _cancelled(assignment, _askable(assignment, lost, _apply(broken, results)))
    # Code that answers differently the second time may have guessed twice: a person looks.
    spoiled = [cell for index in run.alone if (cell := rebuilt.code[index].cell)]
    doubtful = [
        *found.notes,
        *rebuilt.tampered,
        *(f"{name[:80]} has no room in the session: left out" for name in run.refused),
        *(f"{cell.grade_id} passes only if no test runs before it" for cell in spoiled),
        *(_slips(rebuilt, run, shown) if any(r.state in LOST for r in results) else ()),
    ]
    seconds = kept.seconds if kept.whole else time.monotonic() - begun
    return Graded(
        notebook.name,
        results,
        [*doubtful, *rebuilt.mended, *map(str, broken)],
        bool(doubtful) or (beside.withheld and _misses_a_module(run)),
        student.tier,
        graded_notebook(notebook, rebuilt, shown, results),
        record_of(keys, rebuilt, run, shown, follows, seconds, bool(lost)) if keys else {},
        len(kept.tests) + len(kept.run.shared),
        seconds,
        run.memory_mb,
    )


def _run(
    sessions: Sessions, rebuilt: Rebuilt, kept: Kept, once: bool
) -> tuple[NotebookRun, NotebookRun]:
    """What the cells do, and what a reader is shown of it; the tests of which that is known come
    out as they did."""
    run = shown = run_notebook(sessions, rebuilt)
    if not once:
        if _could_tell(rebuilt, run, bool(sessions.assignment.grader_files)):
            shown = show_notebook(sessions, rebuilt, run)
        elif kept.tests:  # which may be shown otherwise
            shown = replace(run, cells=dict(run.cells))
        kept.put_into(run, shown)
        retry_alone(sessions, rebuilt, run, shown, kept.tests)
    run.shared, stopped = run_shared(sessions, rebuilt, run.cells)
    run.cut |= stopped
    return run, shown


def _cancelled(assignment: Assignment, results: list[QuestionResult]) -> list[QuestionResult]:
    """The results, with full marks for what the instructor has cancelled, whatever came of it."""
    full = QuestionResult("", 0.0, 0.0, "passed", CANCELLED, how="cancelled")
    return [
        replace(full, id=result.id, score=result.max_score, max_score=result.max_score)
        if result.id in assignment.cancelled
        else result
        for result in results
    ]


def _slips(rebuilt: Rebuilt, run: NotebookRun, shown: NotebookRun) -> Iterator[str]:
    """What may be a slip of an honest student, and costs points: a name, or a file's place."""
    for _, ran in sorted(run.cells.items(), key=lambda item: item[0]):
        for name in ran.missing:
            if like := nearly(name, rebuilt):
                yield f"`{name}` is missing, but {like}"
    for index, ran in sorted(shown.cells.items(), key=lambda item: item[0]):
        if not ran.error or not run.cells[index].error or ran.state:
            continue
        if ran.error.get("base") == "FileNotFoundError":
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
    return hidden and any(ran.tells for ran in run.cells.values())


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
        replace(result, score=0.0, state="fault", message=message, hint="", compared=None)
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
