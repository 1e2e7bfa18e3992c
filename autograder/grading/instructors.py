"""What the instructor's own version does in the tests: by that they know what they may ask for."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from autograder.course.assignment import Assignment
from autograder.course.cells import Notebook
from autograder.course.course import CourseError
from autograder.course.submission import Code, Rebuilt
from autograder.grading.pair import InstructorsCellStopped, Known, Sessions
from autograder.grading.run import run_notebook
from autograder.grading.shared import run_shared
from autograder.grading.verdict import judge, one_line
from autograder.grading.warm import warm_servers
from autograder.records.result import QuestionResult

_lock = threading.Lock()


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


def conversation(assignment: Assignment, confined: bool = True) -> Conversation:
    """What each test asks of objects when it meets the instructor's own solution; had once, also
    where several threads ask for it.

    Stopped: a test did not run to its end even there.
    """
    with _lock:
        return _had(assignment, confined)


@functools.lru_cache(maxsize=16)
def _had(assignment: Assignment, confined: bool) -> Conversation:
    known: dict[str, Known] = {}
    lost: list[QuestionResult] = []
    for notebook in assignment.notebooks:
        own = Rebuilt(tuple(_as_written(notebook)), ())
        sessions = Sessions.of(assignment, *warm_servers(assignment, confined))
        try:
            run = run_notebook(sessions, own)
            run.shared, _ = run_shared(sessions, own, run.cells)
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
