"""The third session: the instructor's functions that stand in for some of a student's.

It holds what students get (files, the instructor's cells) and the instructor's answers, and no
test. It is made ready before the student's session is there, which then holds its socket: from the
offer on it answers calls of these functions alone (sessions/stand_in.py).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from autograder.course.assignment import Assignment
from autograder.course.cells import Notebook
from autograder.grading.student import Clock, Ended, Student, hand_over
from autograder.sandbox.confine import Limits as SessionLimits
from autograder.sandbox.forkserver import ForkServer
from autograder.sessions.channel import Channel
from autograder.sessions.session import GIVEN, OFFER, TAKE
from autograder.sessions.wire import pack, unpack


@dataclass(frozen=True)
class StandIns:
    """The functions by name, and the instructor's code that defines them: name and text of each
    cell."""

    names: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]

    @classmethod
    def above(cls, test: str, notebook: Notebook, names: tuple[str, ...]) -> StandIns:
        """Those for one test: made from what stands above it, but for other tests."""
        cells: list[tuple[str, str]] = []
        for cell in notebook.cells:
            cells += [(f"above {cell.grade_id}", source) for source in cell.above]
            if cell.grade_id == test:
                break
            if cell.kind != "test" and cell.cell_type == "code":
                cells.append((cell.grade_id, cell.source))
        return cls(names, tuple(cells))

    @contextmanager
    def session(
        self, server: ForkServer, limits: SessionLimits, assignment: Assignment, clock: Clock
    ) -> Iterator[Channel]:
        """A third session, ready to be called. Ended: it could not be made ready."""
        process = server.spawn(limits)
        try:
            hand_over(process.channel, assignment.files)
            third = Student(process, assignment.limits, clock)
            for name, source in self.cells:
                third.run(source, name, GIVEN)
            if _ask(process.channel, OFFER, self.names) != list(self.names):
                raise Ended("fault", "the instructor's cells do not define what is to stand in")
            yield process.channel
        finally:
            process.close()

    def bind(self, student: Channel) -> None:
        """Give the student's session the functions, before any code runs in it."""
        _ask(student, TAKE, self.names)


def _ask(channel: Channel, kind: bytes, names: tuple[str, ...]) -> list[str] | None:
    channel.send(kind, pack(list(names)))
    answer: list[str] | None = unpack(channel.receive(time.monotonic() + 30)[1])
    return answer
