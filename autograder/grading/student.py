"""The controller's end of a student session: run a cell in it, wait for it, stop it.

What comes from there is a claim: a frame's kind, and the outputs of the student's own cells, which
are shown and never count. Every field is checked.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.course.assignment import Limits
from autograder.sandbox.forkserver import SessionProcess
from autograder.sessions.channel import Channel, WireError
from autograder.sessions.session import DONE, FILES, MEMORY, RUN, SHARED
from autograder.sessions.wire import pack, unpack

GRACE = 1.0  # seconds between the interrupt and the kill
POINTS_DIGITS = 3  # behind the point, of what a shared test gives
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
    asked: list[list[str]] = field(default_factory=list)  # what a test asked of objects
    end: str = ""  # in what a test ended
    printed: str = ""  # by a test that gives a number of points
    left: bool = False  # whether it has left a thread or a timer behind

    @property
    def tells(self) -> bool:
        """Whether there is something of it to be shown."""
        return bool(self.outputs or self.error or self.printed)

    @property
    def is_whole(self) -> bool:
        """Whether every statement of the cell was run."""
        return not self.state and self.error is None and not self.missing


class Ended(Exception):
    """A session has ended, or had to be ended, while it was busy with a cell."""

    def __init__(self, state: str, message: str):
        super().__init__(message)
        self.run = CellRun(
            state=state, error={"kind": state, "message": message, "traceback": message}
        )


def hand_over(channel: Channel, files: Mapping[str, bytes], kind: bytes = FILES) -> list[str]:
    """Put files into a session's folder, before anybody's code runs in it; the names of those for
    which there is no room. They are the instructor's, or MORE of the student's."""
    channel.send(kind, pack(dict(files)))
    return unpack(channel.receive(time.monotonic() + 30)[1])


class Clock:
    """When a notebook's time is up (`time.monotonic`).

    What a cell used that had to be stopped is not counted, once for each cell that the assignment
    asks for: it costs its own question, and nothing behind it. So all of it ends after
    `total_seconds`, and for each of these cells `cell_seconds` more, however often it is tried.
    """

    def __init__(self, seconds: float):
        self.deadline = time.monotonic() + seconds
        self.stopped: set[int] = set()

    @property
    def is_up(self) -> bool:
        return time.monotonic() > self.deadline

    def forgive(self, cell: int, since: float) -> None:
        """A cell, by its number, had to be stopped, after it had been run `since` then."""
        if cell not in self.stopped:
            self.stopped.add(cell)
            self.deadline += time.monotonic() - since


class Student:
    """A student session, its limits, and its clock."""

    def __init__(self, process: SessionProcess, limits: Limits, clock: Clock):
        self.process, self.limits, self.clock = process, limits, clock

    def run(self, source: str, name: str, kind: str = "") -> CellRun:
        """Run a cell: one that is GIVEN, an ANSWER, or the student's own.

        Ended: the session has died of it, or had to be killed.
        """
        return self._run({"source": source, "name": name, "kind": kind}, _student_cell)

    def run_shared(self, source: str, name: str, end: str) -> CellRun:
        """Run a test beside the student's code; `end` is that of the instructor's version.

        Ended: as for `run`.
        """
        return self._run({"source": source, "name": name, "kind": SHARED, "end": end}, _shared_test)

    def _run(self, cell: dict[str, str], checked: Callable[[Any], CellRun]) -> CellRun:
        payload, late = self._done(pack(cell), self.cell_deadline())
        try:
            run = checked(unpack(payload))
        except WireError:  # what broke it is not told: the student's code could say something by it
            raise Ended("crashed", "the session broke the protocol") from None
        if late:
            run.state, run.error = "timeout", error_of("timeout", self.too_long())
        elif run.error and run.error["base"] == "MemoryError":
            run.state, run.error = "memory", error_of("memory", self.too_much())
        return run

    def _done(self, request: bytes, deadline: float) -> tuple[bytes, bool]:
        """What the session answers to a cell; whether it had to be interrupted for it."""
        late = False
        try:
            self.process.channel.send(RUN, request, deadline)
            try:
                kind, payload = self.process.channel.receive(deadline)
            except TimeoutError:
                late = True
                self.process.interrupt()
                kind, payload = self.process.channel.receive(time.monotonic() + GRACE)
        except (TimeoutError, EOFError, OSError):
            if late:
                raise Ended("timeout", self.too_long()) from None
            raise self.gone("crashed") from None
        except WireError:
            raise self.gone("output") from None
        if kind == MEMORY:
            raise self.gone("memory")
        if kind != DONE:
            raise Ended("crashed", "the session broke the protocol")
        return payload, late

    def gone(self, state: str) -> Ended:
        """How the session came to its end, for the reader of the verdict."""
        messages = {
            "memory": self.too_much(),
            "output": "its answer was too large",
            "timeout": self.too_long(),
        }
        default = "the Python process ended (a crash, or an exit)"
        return Ended(state, messages.get(state, default))

    def cell_deadline(self) -> float:
        return min(time.monotonic() + self.limits.cell_seconds, self.clock.deadline + GRACE)

    def too_long(self) -> str:
        return (
            f"it ran longer than {self.limits.cell_seconds:g} s: look for a loop that never ends, "
            "or that does by single steps what one call does at once"
        )

    def too_much(self) -> str:
        return f"it used more memory than {self.limits.memory_mb} MB"


def error_of(kind: str, message: str) -> dict[str, Any]:
    return {"kind": kind, "message": message, "traceback": message}


def _student_cell(done: Any) -> CellRun:
    """The outputs and the error of a student's cell, of which every field is checked."""
    if type(done) is not dict or type(done.get("outputs")) is not list:
        raise WireError("a cell ends with its outputs")
    outputs = [checked_output(output) for output in done["outputs"][:1000]]
    error, left = done.get("error"), done.get("left") is True
    if error is None:
        return CellRun(outputs, left=left)
    keys = ("kind", "base", "message", "traceback")
    if type(error) is not dict or any(type(error.get(key)) is not str for key in keys):
        raise WireError("an error has a kind, a message and a traceback")
    return CellRun(outputs, {key: error[key] for key in keys}, left=left)


def _shared_test(done: Any) -> CellRun:
    """What became of a shared test, of which every field is checked."""
    run = _student_cell(done)
    value, end = done.get("value"), done.get("end")
    if value is not None and not (type(value) is float and math.isfinite(value)):
        raise WireError("points are a number")
    if type(end) is not str:
        raise WireError("a test ends in something")
    # Digits of a number could tell what is hidden: what nobody would give points by is cut off.
    run.value, run.end = value if value is None else round(value, POINTS_DIGITS), end
    return run


def checked_output(output: Any) -> dict[str, Any]:
    """An output of a cell, if it is one that can be shown. WireError: it is none."""
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
