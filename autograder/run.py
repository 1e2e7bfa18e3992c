"""The controller: runs a rebuilt notebook in a student session and a grader session.

It relays the tests' requests to the student session and the answers back, and holds the clock. It
never decodes a value: what it reads of the student session is a frame's kind, and the outputs of
the student's own cells, which are shown and never count.

A cell that kills its session, or that has to be killed, is left out and the rest is run again in
fresh sessions, so that it costs no more than itself. A test that did not pass is tried again in
fresh sessions without the tests before it, so that none can spoil the next.
"""

from __future__ import annotations

import time
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

from autograder.assignment import Assignment, Cell
from autograder.forkserver import ForkServer, SessionProcess
from autograder.session import ASK, DONE, FILES, MATCH, MEMORY, RUN, VALUE
from autograder.submission import Code, Rebuilt
from autograder.wire import WireError, pack, unpack

GRACE = 1.0  # seconds between the interrupt and the kill
OUTPUT_FIELDS: dict[str, dict[str, type]] = {
    "stream": {"name": str, "text": str},
    "display_data": {"data": dict, "metadata": dict},
    "execute_result": {"data": dict, "metadata": dict},
}


@dataclass
class CellRun:
    """What came of a cell: `state` is "" where it ran to its end, or how it was stopped."""

    outputs: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, Any] | None = None
    state: str = ""
    missing: list[str] = field(default_factory=list)
    value: float | None = None


@dataclass
class NotebookRun:
    cells: dict[int, CellRun] = field(default_factory=dict)
    hints: dict[int, str] = field(default_factory=dict)  # by test cell, where a mistake is known


class Ended(Exception):
    """A session has ended, or had to be ended, while it was busy with a cell."""

    def __init__(self, state: str, message: str):
        super().__init__(message)
        self.run = CellRun(
            state=state, error={"kind": state, "message": message, "traceback": message}
        )


def run_notebook(
    assignment: Assignment, rebuilt: Rebuilt, student: ForkServer, grader: ForkServer
) -> NotebookRun:
    """Run every cell; afterwards compare failing answers with the known mistakes."""
    deadline = time.monotonic() + assignment.limits.total_seconds
    left_out: dict[int, CellRun] = {}
    while True:
        with _Pair(assignment, student, grader, deadline) as pair:
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
            if assignment.mistakes:
                _match_mistakes(pair, rebuilt, run)
        tests = [index for index, code in enumerate(rebuilt.code) if _is_test(code)]
        for index in tests[1:]:  # before the first none has run
            ran = run.cells[index]
            if (
                ran.error
                and not ran.state
                and _passes_alone(
                    assignment,
                    rebuilt,
                    index,
                    left_out,
                    _Pair(assignment, student, grader, deadline),
                )
            ):
                run.cells[index] = CellRun()
                run.hints.pop(index, None)
        return run


def _is_test(code: Code) -> bool:
    return code.cell is not None and code.cell.kind == "test"


def _passes_alone(
    assignment: Assignment, rebuilt: Rebuilt, test: int, left_out: Container[int], fresh: _Pair
) -> bool:
    """Whether the test holds when no other test has called the student's code."""
    with fresh as pair:
        try:
            for index, code in enumerate(rebuilt.code[: test + 1]):
                if index == test:
                    ran = pair.run(code, index)
                    return ran.error is None and not ran.missing and ran.value is None
                if code.cell_type != "code" or _is_test(code):
                    continue
                if index not in left_out:
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

    def __init__(
        self, assignment: Assignment, student: ForkServer, grader: ForkServer, deadline: float
    ):
        self.assignment, self.limits, self.deadline = assignment, assignment.limits, deadline
        self.student = student.spawn(assignment.limits.session)
        try:
            self.grader = grader.spawn(assignment.limits.session)
        except BaseException:
            self.student.close()
            raise

    def __enter__(self) -> _Pair:
        for process in (self.student, self.grader):
            process.channel.send(FILES, pack(self.assignment.files))
            process.channel.receive(time.monotonic() + 30)
        return self

    def __exit__(self, *_: object) -> None:
        self.student.close()
        self.grader.close()

    def run(self, code: Code, index: int) -> CellRun:
        if time.monotonic() > self.deadline:
            message = f"the notebook had used its {self.limits.total_seconds:g} s"
            return CellRun(
                state="timeout", error={"kind": "timeout", "message": message, "traceback": message}
            )
        if code.cell is None or code.cell.kind in ("solution", "manual"):
            name = code.cell.grade_id if code.cell else f"cell {index + 1}"
            return self._run_student(code.source, name)
        if code.cell.kind == "locked":
            return self._run_locked(code.cell)
        return self.run_grader(code.cell)

    def _run_student(self, source: str, name: str) -> CellRun:
        self._send(self.student, RUN, pack({"source": source, "name": name}))
        payload, late = self._answer_of_student(DONE, self._cell_deadline())
        try:
            run = _student_cell(unpack(payload))
        except WireError as error:
            raise Ended("crashed", f"the session broke the protocol: {error}") from None
        if late:
            run.state, run.error = "timeout", _error("timeout", self._too_long())
        elif run.error and run.error["base"] == "MemoryError":
            run.state, run.error = "memory", _error("memory", self._too_much())
        return run

    def _run_locked(self, cell: Cell) -> CellRun:
        """The instructor's cell, in both sessions: each has its own imports and constants."""
        verdict = self.run_grader(cell)
        run = self._run_student(cell.source, cell.grade_id)
        if verdict.error:
            run.state, run.error = "fault", verdict.error
        return run

    def run_grader(self, cell: Cell) -> CellRun:
        """An instructor's cell in the grader session, with the student's names that it uses."""
        request = {
            "source": cell.source,
            "name": cell.grade_id,
            "names": list(cell.student_names),
        }
        verdict, late = self._relay(RUN, pack(request))
        run = CellRun(error=verdict["error"], missing=verdict["missing"], value=verdict["value"])
        if late:
            run.state, run.error = "timeout", _error("timeout", self._too_long())
        elif run.error and run.error["student"] and run.error["base"] == "MemoryError":
            run.state, run.error = "memory", _error("memory", self._too_much())
        return run

    def match(self, function: str) -> str:
        """The hint for the known mistake that the student's function makes, or ""."""
        request = {"source": self.assignment.mistakes, "function": function}
        return self._relay(MATCH, pack(request))[0]

    def _relay(self, kind: bytes, request: bytes) -> tuple[Any, bool]:
        """Have the grader session do something; carry its requests to the student session.

        Its answer, and whether the student's code had to be interrupted on the way.
        """
        deadline, late = self._cell_deadline(), False
        try:
            self.grader.channel.send(kind, request, deadline)
            while True:
                answer, payload = self.grader.channel.receive(
                    max(deadline, time.monotonic() + GRACE) if late else deadline
                )
                if answer == DONE:
                    return unpack(payload), late
                if answer != ASK:
                    raise Ended("fault", "the grader's session ran out of memory")
                self._send(self.student, ASK, payload)
                reply, interrupted = self._answer_of_student(VALUE, deadline)
                late |= interrupted
                if interrupted:
                    reply = pack(["error", "TimeoutError", self._too_long(), ""])
                self.grader.channel.send(VALUE, reply, time.monotonic() + GRACE)
        except TimeoutError:
            raise Ended("timeout", self._too_long()) from None
        except (EOFError, OSError, WireError):
            raise Ended("fault", "the grader's session has died") from None

    def _send(self, process: SessionProcess, kind: bytes, payload: bytes) -> None:
        try:
            process.channel.send(kind, payload, time.monotonic() + 30)
        except OSError:
            raise Ended("crashed", "the Python process had ended") from None

    def _answer_of_student(self, expected: bytes, deadline: float) -> tuple[bytes, bool]:
        """The student session's next frame; whether it had to be interrupted for it."""
        late = False
        try:
            try:
                kind, payload = self.student.channel.receive(deadline)
            except TimeoutError:
                late = True
                self.student.interrupt()
                kind, payload = self.student.channel.receive(time.monotonic() + GRACE)
        except (TimeoutError, EOFError, OSError):
            if late:
                raise Ended("timeout", self._too_long()) from None
            raise Ended("crashed", "the Python process ended (a crash, or an exit)") from None
        except WireError as error:
            raise Ended("output", str(error)) from None
        if kind == MEMORY:
            raise Ended("memory", self._too_much())
        if kind != expected:
            raise Ended("crashed", "the session broke the protocol")
        return payload, late

    def _cell_deadline(self) -> float:
        return min(time.monotonic() + self.limits.cell_seconds, self.deadline + GRACE)

    def _too_long(self) -> str:
        return f"it ran longer than {self.limits.cell_seconds:g} s"

    def _too_much(self) -> str:
        return f"it used more memory than {self.limits.memory_mb} MB"


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"kind": kind, "message": message, "traceback": message}


def _student_cell(done: Any) -> CellRun:
    """The outputs and the error of a student's cell, of which every field is checked."""
    if type(done) is not dict or type(done.get("outputs")) is not list:
        raise WireError("a cell ends with its outputs")
    outputs = [_checked_output(output) for output in done["outputs"][:1000]]
    error = done.get("error")
    if error is None:
        return CellRun(outputs)
    keys = ("kind", "base", "message", "traceback")
    if type(error) is not dict or any(type(error.get(key)) is not str for key in keys):
        raise WireError("an error has a kind, a message and a traceback")
    return CellRun(outputs, {key: error[key] for key in keys})


def _checked_output(output: Any) -> dict[str, Any]:
    kind = output.get("output_type") if type(output) is dict else None
    checked: dict[str, Any] = {"output_type": kind}
    if type(kind) is not str or kind not in OUTPUT_FIELDS:
        raise WireError("an output is a stream or a display")
    for name, expected in OUTPUT_FIELDS[kind].items():
        if type(output.get(name)) is not expected:
            raise WireError(f"an output's {name} is a {expected.__name__}")
        checked[name] = output[name]
    if kind == "stream":
        checked["name"] = "stderr" if checked["name"] == "stderr" else "stdout"
        return checked
    checked["metadata"] = {}
    for mime, data in checked["data"].items():
        if mime not in ("text/plain", "image/png") or type(data) is not str:
            raise WireError("a display is text or a picture")
    if kind == "execute_result":
        checked["execution_count"] = None
    return checked
