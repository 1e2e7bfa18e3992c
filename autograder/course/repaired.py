"""A student's cells while they are mended, and what is said of it.

Cells are dictionaries as `submission.parse` gives them. A text of the student's that is kept but
cannot be run has the type "raw".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from autograder.course.cells import Cell

Given = dict[str, Any]  # a cell of the student's notebook
ANSWERS = ("solution", "manual")
EARLIER = "the notebook was made from an earlier version of the assignment"


@dataclass
class Repaired:
    """The student's cells, at most one for each of the instructor's, and what was done to them.

    `earlier` says that the notebook was made from an earlier version of the assignment.
    """

    cells: list[Given]
    mended: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)
    earlier: bool = False

    def of(self, own: Cell) -> list[Given]:
        """The cells that have the name of one of the instructor's."""
        return [cell for cell in self.cells if cell["grade_id"] == own.grade_id]

    def put(self, old: list[Given], new: list[Given], place: Given | None = None) -> None:
        """Put cells in the place of others: where the one of these stands that is named."""
        gone = {id(cell) for cell in old}
        self.cells = [
            put
            for cell in self.cells
            for put in (new if cell is place else [] if id(cell) in gone else [cell])
        ]


def is_given(own: Cell, text: str) -> bool:
    """Whether the text is the instructor's, as it was given to the students."""
    words = text.split()
    return words == own.released.split() or (
        own.kind not in ANSWERS and words == own.source.split()
    )


def not_there(own: Cell) -> str:
    return f"cell {own.grade_id} is not in the notebook"
