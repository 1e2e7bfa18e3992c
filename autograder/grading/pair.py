"""A student session and a grader session, and the frames between them.

While a test runs, the two talk directly; the controller holds the clock, interrupts and kills. It
never decodes a value.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.course.assignment import Assignment
from autograder.course.cells import Cell
from autograder.course.definitions import definitions
from autograder.course.submission import Code
from autograder.grading.imports import advise
from autograder.grading.stand_ins import StandIns
from autograder.grading.student import (
    GRACE,
    CellRun,
    Clock,
    Ended,
    Student,
    error_of,
    hand_over,
)
from autograder.sandbox.confine import Limits as SessionLimits
from autograder.sandbox.forkserver import ForkServer
from autograder.sessions.channel import WireError
from autograder.sessions.compiled import compiled
from autograder.sessions.outcome import NOTHING, UNKNOWN
from autograder.sessions.session import ANSWER, DONE, GIVEN, GONE, MATCH, MORE, RUN
from autograder.sessions.wire import pack, unpack

INTERRUPT_SECONDS = 0.05  # between two interrupts of a student's code whose time is up


class InstructorsCellStopped(Exception):
    """A cell of the instructor's that did not come to its end in the grader session, where no
    student's code is.

    It would not for anybody: the assignment is at fault.
    """

    def __init__(self, place: str, reason: str):
        super().__init__(
            f"{place} was stopped: {reason}. Make it shorter, or raise `[limits]` in "
            "assignment.toml"
        )


@dataclass(frozen=True)
class Known:
    """What is known of a test from the instructor's own version: what it asked of its objects
    (`GraderSession`), and in what it ended (outcome.py)."""

    asked: list[list[str]] = field(default_factory=list)
    end: str = NOTHING


@dataclass(frozen=True)
class Broken:
    """The instructor's text that failed in the grader session: what it would have defined is not
    there for the tests that need it."""

    place: str
    source: str
    message: str


@dataclass(frozen=True)
class Sessions:
    """What pairs of sessions are made from, for one notebook of one submission.

    `known` says by test cell what the instructor's version did there; None while that is found out.
    `clock` is the notebook's; `files` are the student's own, for the student's session alone.
    `stand_ins` are functions of the instructor's that take the place of the student's.
    """

    assignment: Assignment
    student: ForkServer
    grader: ForkServer
    known: Mapping[str, Known] | None
    clock: Clock
    files: Mapping[str, bytes] = field(default_factory=dict)
    stand_ins: StandIns | None = None

    @classmethod
    def of(
        cls,
        assignment: Assignment,
        student: ForkServer,
        grader: ForkServer,
        known: Mapping[str, Known] | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> Sessions:
        """Sessions whose time begins now."""
        clock = Clock(assignment.limits.total_seconds)
        return cls(assignment, student, grader, known, clock, files or {})

    def renewed(self) -> Sessions:
        """The same, with the whole of the time again."""
        return self.of(self.assignment, self.student, self.grader, self.known, self.files)

    def pair(self) -> Pair:
        return Pair(self)

    @property
    def limits(self) -> SessionLimits:
        """Those of the assignment, with the time of the processor that stopped cells may use, too:
        else a session would end in a cell behind them."""
        limits = self.assignment.limits
        cells = sum(len(notebook.cells) for notebook in self.assignment.notebooks)
        more = int(cells * (limits.cell_seconds + GRACE))
        return replace(limits.session, cpu_seconds=limits.session.cpu_seconds + more)


class Pair:
    """Both sessions, from their start to their end; with a third where functions stand in."""

    def __init__(self, sessions: Sessions):
        self.assignment, self.limits = sessions.assignment, sessions.assignment.limits
        self.clock, self.known = sessions.clock, sessions.known
        self.files, self.stand_ins = sessions.files, sessions.stand_ins
        self.refused: list[str] = []  # files for which the student's session has no room
        self.broken: dict[int, list[Broken]] = {}  # by the cell before which, or in which, it was
        self.hasty: set[int] = set()  # tests whose definitions did not come to their end in time
        self._prepared: set[int] = set()  # the cells whose prelude has been run
        limits = sessions.limits
        with ExitStack() as started:
            third = None
            if self.stand_ins:
                ready = self.stand_ins.session(
                    sessions.student, limits, self.assignment, self.clock
                )
                third = started.enter_context(ready)
            process = sessions.student.spawn(limits, third)
            started.callback(process.close)
            self.grader = sessions.grader.spawn(limits, process.channel)
            started.callback(self.grader.close)
            self._started = started.pop_all()
        self.student = Student(process, self.limits, self.clock)

    def __enter__(self) -> Pair:
        shared, unseen = self.assignment.files, self.assignment.grader_files
        for process, files in ((self.student.process, shared), (self.grader, shared | unseen)):
            if refused := hand_over(process.channel, files):
                raise OSError(f"{refused[0]} has no room in a session: raise disk_mb")
        for name, content in self.files.items():  # each alone: together they may exceed a frame
            self.refused += hand_over(self.student.process.channel, {name: content}, MORE)
        if self.stand_ins:
            self.stand_ins.bind(self.student.process.channel)
        return self

    def __exit__(self, *_: object) -> None:
        self._started.close()

    def run(self, code: Code, index: int) -> CellRun:
        """Run a cell where it belongs. Ended: it has ended one of the sessions."""
        if self.clock.is_up:
            used = f"the notebook had used its {self.limits.total_seconds:g} s before this cell"
            message = f"{used}: make what is slow above it faster"
            return CellRun(state="timeout", error=error_of("timeout", message))
        begun = time.monotonic()
        try:
            run = self._run(code, index)
        except Ended:
            self._forgive(code, index, begun)
            raise
        if run.state:
            self._forgive(code, index, begun)
        return run

    def _forgive(self, code: Code, index: int, begun: float) -> None:
        if code.cell is not None:  # of cells of the student's own there may be any number
            self.clock.forgive(index, begun)

    def _run(self, code: Code, index: int) -> CellRun:
        self._run_prelude(code, index)
        cell = code.cell
        if cell is None or cell.kind in ("solution", "manual"):
            return self._run_students(code.source, code.name(index), ANSWER if cell else "")
        if cell.kind == "test":
            return self.run_grader(cell, self.student.cell_deadline())
        return self._run_locked(cell, index)

    def run_without(self, code: Code, index: int, later: tuple[str, ...]) -> None:
        """In place of an instructor's cell that did not run to its end: what others need of it.

        A locked cell that has ended the student's session runs in the grader's; of a test, what it
        defines for `later` cells.
        """
        if code.cell is None or self.clock.is_up:
            return
        self._run_prelude(code, index)
        if code.cell.kind == "locked" and not code.cell.student_names:
            self._run_for_tests(code.cell, index)
        if code.cell.kind != "test" or code.cell.never_apart:  # it may patch what others need
            return
        if source := definitions(code.cell.source, code.cell.student_names, later):
            own = replace(code.cell, source=source, student_names=(), made="", rebinds=())
            if self.run_grader(own, self._own_deadline()).state:
                self.hasty.add(index)

    def _run_students(self, source: str, name: str, kind: str) -> CellRun:
        run = self.student.run(source, name, kind)
        if run.error:
            advise(run.error, self.assignment, of_student=True)
        return run

    def _run_prelude(self, code: Code, index: int) -> None:
        """In the grader session, what the instructor wrote above a cell for the tests to use."""
        if code.cell is None or index in self._prepared:
            return
        self._prepared.add(index)
        for source in code.cell.prelude:
            locked = replace(
                code.cell, kind="locked", source=source, student_names=(), made="", rebinds=()
            )
            self._run_for_tests(locked, index, f"the instructor's code above {locked.grade_id}")

    def _run_locked(self, cell: Cell, index: int) -> CellRun:
        """The instructor's cell, in both sessions: each has its own imports and constants.

        One that uses the student's names runs in the student's session alone.
        """
        if cell.student_names:
            return self._run_students(cell.source, cell.grade_id, GIVEN)
        verdict = self._run_for_tests(cell, index)
        run = self._run_students(cell.source, cell.grade_id, GIVEN)
        if verdict.error:
            run.error = verdict.error
        return run

    def _run_for_tests(self, cell: Cell, index: int, place: str = "") -> CellRun:
        """Run an instructor's cell in the grader session; that it failed is noted in `broken`."""
        place = place or f"the locked cell {cell.grade_id}"
        try:
            run = self.run_grader(cell, self._own_deadline())
        except Ended as ended:
            raise InstructorsCellStopped(place, str(ended)) from None
        if run.state:
            raise InstructorsCellStopped(place, run.error["message"] if run.error else run.state)
        if run.error:
            broken = Broken(place, cell.source, f"{run.error['kind']}: {run.error['message']}")
            self.broken.setdefault(index, []).append(broken)
        return run

    def _own_deadline(self) -> float:
        """For what does not wait for the student's code: none of the time that this has used."""
        return time.monotonic() + self.limits.cell_seconds

    def run_grader(self, cell: Cell, deadline: float) -> CellRun:
        """An instructor's cell in the grader session, with the student's names that it uses."""
        known = Known(end=UNKNOWN) if self.known is None else self.known.get(cell.grade_id, Known())
        request = {
            "source": cell.code,
            "code": compiled(cell.code, cell.grade_id),
            "name": cell.grade_id,
            "names": list(cell.student_names),
            "follow": list(cell.follows),
            "allowed": None if self.known is None else known.asked,
            "ends": known.end if cell.kind == "test" else "",
        }
        verdict, late = self._ask_grader(RUN, pack(request), deadline)
        keys = ("error", "missing", "value", "asked", "end", "left", "printed")
        run = CellRun(**{key: verdict[key] for key in keys})
        if cell.source != cell.visible or run.value == cell.points:  # nobody is told of it
            run.printed = ""
        if late:
            run.state, run.error = "timeout", error_of("timeout", self.student.too_long())
        elif run.error and run.error["student"] and run.error["base"] == "MemoryError":
            run.state, run.error = "memory", error_of("memory", self.student.too_much())
        elif run.error:
            advise(run.error, self.assignment, run.error["student"])
        return run

    def match(self, function: str) -> tuple[str, bool]:
        """The hint for the known mistake that the student's function makes, or ""; and whether that
        had to be interrupted."""
        request = {"sources": list(self.assignment.mistakes), "function": function}
        return self._ask_grader(MATCH, pack(request), self.student.cell_deadline())

    def _ask_grader(self, kind: bytes, request: bytes, deadline: float) -> tuple[Any, bool]:
        """Have the grader session do something, for which it may ask the student session.

        Its answer, and whether the student's code had to be interrupted on the way.
        """
        late, last = False, deadline + GRACE
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
