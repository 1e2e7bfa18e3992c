"""The controller: runs a rebuilt notebook in a student session and a grader session.

While a test runs, the two sessions talk directly; the controller holds the clock, interrupts and
kills. It never decodes a value.

A cell that kills its session, or that has to be killed, is left out and the rest is run again in
fresh sessions, so that it costs no more than itself. A test that did not pass is tried again in
fresh sessions without the tests before it, so that none can spoil the next.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.course.assignment import Assignment, Cell
from autograder.course.submission import Code, Rebuilt
from autograder.grading.student import GRACE, CellRun, Ended, Student, error_of
from autograder.sandbox.forkserver import ForkServer
from autograder.sessions.compiled import compiled
from autograder.sessions.session import DONE, FILES, GONE, MATCH, RUN
from autograder.sessions.wire import WireError, pack, unpack

Allowed = dict[str, list[list[str]]]
INTERRUPT_SECONDS = 0.05  # between two interrupts of a student's code whose time is up


@dataclass
class NotebookRun:
    cells: dict[int, CellRun] = field(default_factory=dict)
    hints: dict[int, str] = field(default_factory=dict)  # by test cell, where a mistake is known
    alone: list[int] = field(default_factory=list)  # tests that pass only before all others


@dataclass(frozen=True)
class Sessions:
    """What pairs of sessions are made from, for one notebook of one submission.

    `allowed` says by test cell what it may ask of the student's objects (`GraderSession`);
    `deadline` (`time.monotonic`) is when the notebook's time is up.
    """

    assignment: Assignment
    student: ForkServer
    grader: ForkServer
    allowed: Allowed | None
    deadline: float

    @classmethod
    def of(
        cls,
        assignment: Assignment,
        student: ForkServer,
        grader: ForkServer,
        allowed: Allowed | None = None,
    ) -> Sessions:
        """Sessions whose time begins now."""
        deadline = time.monotonic() + assignment.limits.total_seconds
        return cls(assignment, student, grader, allowed, deadline)

    def renewed(self) -> Sessions:
        """The same, with the whole of the time again."""
        return self.of(self.assignment, self.student, self.grader, self.allowed)

    def pair(self) -> _Pair:
        return _Pair(self)


def run_notebook(sessions: Sessions, rebuilt: Rebuilt) -> NotebookRun:
    """Run every cell; afterwards compare failing answers with the known mistakes."""
    with _run_cells(sessions, rebuilt, {}) as (pair, run):
        if sessions.assignment.mistakes:
            _match_mistakes(pair, rebuilt, run)
    return run


def show_notebook(sessions: Sessions, rebuilt: Rebuilt, judged: NotebookRun) -> NotebookRun:
    """The notebook run once more without any hidden test: what its reader is shown.

    The student's code could keep the hidden tests' arguments and print them later, or put them into
    an error; in these sessions it has never met one. Cells that had to be stopped stay left out,
    with what they had printed; tests that passed show nothing, and where nothing is left to show
    the run ends.
    """
    left_out = {i: replace(ran, outputs=[]) for i, ran in judged.cells.items() if ran.state}
    last = max(i for i, ran in judged.cells.items() if ran.outputs or ran.error)
    visible = []
    for index, code in enumerate(rebuilt.code):
        if code.cell is not None and code.cell.kind == "test":
            cell = replace(code.cell, source=code.cell.visible)
            code = replace(code, source=cell.source, cell=cell)
            if not judged.cells[index].error or not _has_code(cell.source):
                left_out.setdefault(index, CellRun())
        if index > last and code.cell_type == "code":
            left_out.setdefault(index, judged.cells[index])
        visible.append(code)
    # What the tests alone have is hidden, however a test may open it.
    without = replace(sessions.assignment, grader_files={})
    sessions = replace(sessions.renewed(), assignment=without)
    with _run_cells(sessions, Rebuilt(tuple(visible), ()), left_out) as (_, run):
        return run


def retry_alone(sessions: Sessions, rebuilt: Rebuilt, run: NotebookRun, shown: NotebookRun) -> None:
    """Try each test that did not pass without the tests before it, and note those that then do."""
    tests = [index for index, code in enumerate(rebuilt.code) if _is_test(code)]
    failed = [i for i in tests if run.cells[i].error and not run.cells[i].state]
    for index in failed:
        if index == tests[0]:
            continue  # before the first none has run
        if index == failed[0] and shown is not run and shown.cells[index].error:
            continue  # nor had any in the run that is shown: it has just been tried
        if _passes_alone(sessions, rebuilt, index, run):
            run.cells[index] = CellRun()
            run.alone.append(index)
            run.hints.pop(index, None)


@contextmanager
def _run_cells(
    sessions: Sessions, rebuilt: Rebuilt, left_out: dict[int, CellRun]
) -> Iterator[tuple[_Pair, NotebookRun]]:
    """Every cell in its order, in sessions that are still there; who ends them joins `left_out`."""
    while True:
        with sessions.pair() as pair:
            run = NotebookRun(dict(left_out))
            index = -1
            try:
                for index, code in enumerate(rebuilt.code):
                    if code.cell_type == "code" and index not in left_out:
                        run.cells[index] = pair.run(code, index)
                    elif code.cell and code.cell.kind == "locked" and index in left_out:
                        pair.run_grader(code.cell)  # the tests need it whatever the student did
            except Ended as ended:
                left_out[index] = ended.run
                continue
            yield pair, run
            return


def _has_code(source: str) -> bool:
    return any(line.strip() and not line.strip().startswith("#") for line in source.splitlines())


def _is_test(code: Code) -> bool:
    return code.cell is not None and code.cell.kind == "test"


def _passes_alone(sessions: Sessions, rebuilt: Rebuilt, test: int, run: NotebookRun) -> bool:
    """Whether the test holds when no other test has called the student's code."""
    with sessions.pair() as pair:
        try:
            for index, code in enumerate(rebuilt.code[: test + 1]):
                if index == test:
                    ran = pair.run(code, index)
                    return ran.error is None and not ran.missing and ran.value is None
                if code.cell_type != "code" or _is_test(code):
                    continue
                if not run.cells[index].state:
                    pair.run(code, index)
                elif code.cell and code.cell.kind == "locked":
                    pair.run_grader(code.cell)
        except Ended:
            pass
    return False


def _match_mistakes(pair: _Pair, rebuilt: Rebuilt, run: NotebookRun) -> None:
    for index, code in enumerate(rebuilt.code):
        ran = run.cells.get(index)
        if code.cell is None or code.cell.kind != "test" or not ran or not ran.error or ran.state:
            continue  # passed; or stopped, and would have to be stopped again
        try:
            for name in code.cell.student_names:
                if hint := pair.match(name):
                    run.hints[index] = hint
                    break
        except (Ended, TimeoutError):
            return


class _Pair:
    """A student session and a grader session, and the frames between them."""

    def __init__(self, sessions: Sessions):
        self.assignment, self.limits = sessions.assignment, sessions.assignment.limits
        self.deadline, self.allowed = sessions.deadline, sessions.allowed
        process = sessions.student.spawn(self.limits.session)
        try:
            self.grader = sessions.grader.spawn(self.limits.session, process.channel)
        except BaseException:
            process.close()
            raise
        self.student = Student(process, self.limits, self.deadline)

    def __enter__(self) -> _Pair:
        self.student.hand_over(self.assignment.files)
        files = self.assignment.files | self.assignment.grader_files
        self.grader.channel.send(FILES, pack(files))
        self.grader.channel.receive(time.monotonic() + 30)
        return self

    def __exit__(self, *_: object) -> None:
        self.student.process.close()
        self.grader.close()

    def run(self, code: Code, index: int) -> CellRun:
        if time.monotonic() > self.deadline:
            message = f"the notebook had used its {self.limits.total_seconds:g} s"
            return CellRun(state="timeout", error=error_of("timeout", message))
        if code.cell is None or code.cell.kind in ("solution", "manual"):
            name = code.cell.grade_id if code.cell else f"cell {index + 1}"
            return self.student.run(code.source, name)
        if code.cell.kind == "locked":
            return self._run_locked(code.cell)
        return self.run_grader(code.cell)

    def _run_locked(self, cell: Cell) -> CellRun:
        """The instructor's cell, in both sessions: each has its own imports and constants."""
        verdict = self.run_grader(cell)
        run = self.student.run(cell.source, cell.grade_id)
        if verdict.error:
            run.state, run.error = "fault", verdict.error
        return run

    def run_grader(self, cell: Cell) -> CellRun:
        """An instructor's cell in the grader session, with the student's names that it uses."""
        request = {
            "source": cell.source,
            "code": compiled(cell.source, cell.grade_id),
            "name": cell.grade_id,
            "names": list(cell.student_names),
            "allowed": None if self.allowed is None else self.allowed.get(cell.grade_id, []),
        }
        verdict, late = self._ask_grader(RUN, pack(request))
        keys = ("error", "missing", "value", "asked")
        run = CellRun(**{key: verdict[key] for key in keys})
        if late:
            run.state, run.error = "timeout", error_of("timeout", self.student.too_long())
        elif run.error and run.error["student"] and run.error["base"] == "MemoryError":
            run.state, run.error = "memory", error_of("memory", self.student.too_much())
        return run

    def match(self, function: str) -> str:
        """The hint for the known mistake that the student's function makes, or ""."""
        request = {"source": self.assignment.mistakes, "function": function}
        return self._ask_grader(MATCH, pack(request))[0]

    def _ask_grader(self, kind: bytes, request: bytes) -> tuple[Any, bool]:
        """Have the grader session do something, for which it may ask the student session.

        Its answer, and whether the student's code had to be interrupted on the way.
        """
        deadline, late = self.student.cell_deadline(), False
        last = deadline + GRACE
        try:
            self.grader.channel.send(kind, request, deadline)
            while not self.grader.channel.wait(deadline):
                if time.monotonic() > last:
                    raise self.student.gone("timeout")
                late = True
                self.student.process.interrupt()  # again for each question that the test asks
                deadline = time.monotonic() + INTERRUPT_SECONDS
            answer, payload = self.grader.channel.receive(time.monotonic() + GRACE)
        except TimeoutError:
            raise self.student.gone("timeout") from None
        except (EOFError, OSError, WireError):
            raise Ended("fault", "the grader's session has died") from None
        if answer == GONE:
            raise self.student.gone("timeout" if late else payload.decode())
        if answer != DONE:
            raise Ended("fault", "the grader's session ran out of memory")
        return unpack(payload), late
