"""Whether a notebook was made from an earlier version of the assignment.

nbgrader gives each of the instructor's cells a checksum of its text. One that has another text than
today, or that no longer exists, and still agrees with its checksum was not changed by the student:
the assignment was. No key is in it, so it decides nothing but how that is told. A cell that is not
there may have been deleted, or be new: it is new where somebody was graded without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from autograder.course.cells import Notebook
from autograder.course.repaired import ANSWERS, Given, is_given


def is_earlier(notebook: Notebook, cells: Iterable[Given]) -> bool:
    """Whether a cell in it is the instructor's, word for word, and not of today's version."""
    today = {own.grade_id: own for own in notebook.cells if own.kind not in ANSWERS}
    return any(
        is_untouched(cell)
        for cell in cells
        if cell["settings"].get("locked")
        and not (cell["grade_id"] in today and is_given(today[cell["grade_id"]], cell["source"]))
    )


def is_old_test(notebook: Notebook, cell: Given) -> bool:
    """Whether a cell is a test of an earlier version that the assignment no longer has."""
    return (
        bool(cell["settings"].get("grade") and cell["settings"].get("locked"))
        and cell["grade_id"] not in {own.grade_id for own in notebook.cells}
        and is_untouched(cell)
    )


def is_untouched(cell: Given) -> bool:
    """Whether the text of a cell agrees with the checksum that nbgrader gave it."""
    settings: dict[str, Any] = cell["settings"]
    node = NotebookNode(
        cell_type=cell["cell_type"],
        source=cell["source"],
        metadata=NotebookNode(nbgrader=NotebookNode(settings)),
    )
    try:
        return bool(compute_checksum(node) == settings.get("checksum"))
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
        return False  # no settings of nbgrader's
