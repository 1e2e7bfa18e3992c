"""What an assignment is made of: the cells of the instructor's notebooks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from autograder.course.rebinding import carried_on


@dataclass(frozen=True)
class Cell:
    """A cell of the instructor's notebook that nbgrader knows.

    kind: "solution" (the student's code), "test" (graded by running), "manual" (graded by hand) or
    "locked" (the instructor's code or text).
    """

    grade_id: str
    kind: str
    cell_type: str
    source: str
    points: float = 0.0
    metadata: dict[str, Any] = field(default_factory=dict, hash=False)
    student_names: tuple[str, ...] = ()
    released: str = ""
    cell_id: str = ""  # the notebook format's own
    attachments: dict[str, Any] = field(default_factory=dict, hash=False)
    above: tuple[str, ...] = ()  # the instructor's unmarked code between it and the last such cell
    prelude: tuple[str, ...] = ()  # what the grader session runs before it: the instructor's text
    rebinds: tuple[str, ...] = ()  # the student's names that a test binds anew, or deletes
    follows: tuple[str, ...] = ()  # the student's names to which a test binds nothing of its own
    made: str = ""  # what a test needs that other cells make with an answer: it makes it again
    shared: bool = False  # whether the instructor lets a test run beside the student's code
    never_apart: tuple[str, ...] = ()  # why such a test could not be asked from another process
    newer: bool = False  # whether somebody was graded when the assignment had no such cell
    unseen: bool = False  # whether it opens, outside its hidden lines, what only the tests have

    @property
    def visible(self) -> str:
        """What of a test its student can run: nothing where that needs what only the tests have."""
        return "" if self.unseen else self.released

    @property
    def code(self) -> str:
        """What the grader session runs of an instructor's cell."""
        source = f"{self.made}\n{self.source}" if self.made else self.source
        return carried_on(source, self.rebinds) if self.rebinds else source

    @property
    def is_task(self) -> bool:
        """Whether the answer stands in cells that the student adds below it."""
        return bool(self.metadata.get("nbgrader", {}).get("task"))

    @property
    def redacted(self) -> str:
        """The source as a student may see it after grading."""
        return self.released if self.kind == "test" else self.source


@dataclass(frozen=True)
class Notebook:
    name: str
    cells: tuple[Cell, ...]
    metadata: dict[str, Any] = field(hash=False)
    plain: tuple[str, ...] = ()  # what the instructor wrote into cells that nbgrader does not know

    @property
    def questions(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind in ("test", "manual")]
