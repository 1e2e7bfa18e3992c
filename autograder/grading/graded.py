"""The graded notebook: the rebuilt one, with outputs by which nbgrader, too, reads our verdict."""

from __future__ import annotations

import json
from typing import Any

from autograder.course.cells import Notebook
from autograder.course.pictures import with_pictures
from autograder.course.submission import Code, Rebuilt
from autograder.grading.attempted import NOT_ATTEMPTED
from autograder.grading.beside import pictures
from autograder.grading.run import NotebookRun
from autograder.grading.student import CellRun
from autograder.grading.verdict import shown_traceback
from autograder.records.result import QuestionResult


def graded_notebook(
    notebook: Notebook, rebuilt: Rebuilt, run: NotebookRun, results: list[QuestionResult]
) -> bytes:
    """The rebuilt notebook with outputs by which nbgrader, too, reads our verdict.

    Written without nbformat, which would validate each cell against a schema (3 ms a notebook).
    """
    verdicts = {result.id: result for result in results}
    cells: list[dict[str, Any]] = []
    for index, code in enumerate(rebuilt.code):
        test = code.cell is not None and code.cell.kind == "test"
        cell: dict[str, Any] = {
            "cell_type": code.cell_type,
            "id": f"cell-{index}",
            "metadata": code.cell.metadata if code.cell else {},
            "source": code.cell.redacted if code.cell and test else code.source,
        }
        if code.cell is None and code.cell_type == "raw":
            cell["cell_type"] = "code"  # a page that shows code shows it as it was written
        if cell["cell_type"] == "code":
            outputs = _outputs(code, run.cells.get(index), verdicts)
            cell.update(execution_count=None, outputs=outputs)
        elif cell["cell_type"] == "markdown":
            cell["source"], pictures = with_pictures(code.source, code.attachments)
            cell |= {"attachments": pictures} if pictures else {}
        cells.append(cell)
    # A line for each cell: written in a tenth of the time of one for each value, and still to be
    # looked into.
    lines = ",\n".join(json.dumps(cell, ensure_ascii=False) for cell in cells)
    rest = {"metadata": notebook.metadata, "nbformat": 4, "nbformat_minor": 5}
    text = f'{{"cells": [\n{lines}\n],\n{json.dumps(rest, ensure_ascii=False)[1:]}\n'
    return text.encode("utf-8", errors="replace")


def _outputs(code: Code, ran: CellRun | None, verdicts: dict[str, QuestionResult]) -> list[dict]:
    if code.cell is not None and code.cell.kind == "test":
        result = verdicts[code.cell.grade_id]
        begun = ran is not None and result.state != NOT_ATTEMPTED
        traceback = shown_traceback(ran) if ran and begun else ""
        drawn = pictures(ran) if ran and result.compared else []
        return [*_verdict_outputs(result, traceback), *drawn]
    if ran is None:
        return []
    outputs = list(ran.outputs)
    if ran.error:
        outputs.append(_error(ran.error["kind"], ran.error["message"], ran.error["traceback"]))
    return outputs


def _verdict_outputs(result: QuestionResult, traceback: str) -> list[dict]:
    """Nothing for full marks, the number for some, an error for none: as nbgrader reads grades."""
    if result.state == "passed":
        return []
    if result.state == "partial":
        shown_score: dict[str, Any] = {"output_type": "execute_result", "execution_count": None}
        return [shown_score | {"metadata": {}, "data": {"text/plain": repr(result.score)}}]
    shown = traceback or result.message
    if result.hint:
        shown += f"\nHint: {result.hint}"
    return [_error(result.state, result.message, shown)]


def _error(kind: str, message: str, traceback: str) -> dict:
    lines = traceback.splitlines()
    return {"output_type": "error", "ename": kind, "evalue": message, "traceback": lines}
