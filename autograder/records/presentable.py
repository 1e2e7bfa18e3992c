"""A graded notebook as nbgrader's pages may show it, whoever wrote it into `autograded/`.

Outputs and attachments are text, or pictures that were checked; names that pages take for markup
are left out. What the words of a cell become is `words.py`.
"""

from __future__ import annotations

import html
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from traitlets import Bool

from autograder.course.ids import is_plain
from autograder.course.pictures import picture

SHOWN_OUTPUTS = ("stream", "error", "display_data", "execute_result")


class Presentable(Preprocessor):
    """The preprocessor for nbconvert that the project's configuration names."""

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        language = NotebookNode(name="python", pygments_lexer="ipython3")
        nb.metadata = NotebookNode(language_info=language)
        for index, cell in enumerate(nb.cells):
            _clean(cell)
            cell.id = f"cell-{index}"
        return nb, resources


def _clean(cell: NotebookNode) -> None:
    settings = cell.metadata.get("nbgrader")
    known = isinstance(settings, dict) and is_plain(str(settings.get("grade_id", "")))
    cell.metadata = NotebookNode(nbgrader=_numbers(settings)) if known else NotebookNode()
    if cell.cell_type == "raw":  # shown as it is by nbconvert
        cell.cell_type = "markdown"
        cell.source = f"```\n{cell.source.replace('```', '` ` `')}\n```"
    if cell.cell_type == "code":
        cell.outputs = [shown for output in cell.outputs if (shown := _output(output))]


def _numbers(settings: NotebookNode) -> NotebookNode:
    """nbgrader's settings of a cell, its points a number, its comment and score as nbgrader put."""
    points = settings.get("points", 0)
    return NotebookNode(settings | {"points": points if isinstance(points, int | float) else 0})


def _output(output: NotebookNode) -> NotebookNode | None:
    """An output without what runs: its text, its checked picture."""
    if output.output_type not in SHOWN_OUTPUTS:
        return None
    if "data" in output:
        data = {kind: v for kind, v in output.data.items() if kind == "text/plain"}
        for kind in ("image/png", "image/jpeg"):
            data |= picture(output.data.get(kind))
        output.data, output.metadata = NotebookNode(data), NotebookNode()
    if output.output_type == "stream" and output.name not in ("stdout", "stderr"):
        output.name = html.escape(str(output.name))
    return output
