"""What the dialog of nbgrader's *Validate* is told."""

from __future__ import annotations

import html
from typing import Any

from autograder.grading.visible import Failed
from autograder.records.result import GradeResult

Answer = dict[str, Any]


def answer(result: GradeResult, failed: Failed) -> Answer:
    """nbgrader's answer about a notebook that was looked at; {} as its value where all is well."""
    cells = []
    for cell, question in failed:
        said = question.message + (f"\nHint: {question.hint}" if question.hint else "")
        cells.append(told(cell.released.strip(), said))
    if result.state == "attention" and not cells:
        cells.append(told("", result.message))
    return {"success": True, "value": {"failed": cells} if cells else {}}


def told(source: str, said: str) -> dict[str, str]:
    """A cell and what is said of it: `error` goes into the dialog as HTML."""
    return {"source": source, "error": html.escape(said), "raw_error": said}


def refused(said: str) -> Answer:
    """The answer where nothing was looked at, in a sentence that says what to do."""
    return {"success": False, "value": said}
