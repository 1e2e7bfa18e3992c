"""What a student reads: one page with every question's verdict beside the student's own cells.

The page works offline and runs nothing: what the student wrote is shown as text or as pictures
that were checked to be pictures, and a content security policy forbids scripts and every request.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder.course.assignment import Assignment
from autograder.records.result import GradeResult, QuestionResult
from autograder.records.words import data_address, words

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@lru_cache
def environment() -> Environment:
    """The templates of feedback and report, escaping by default."""
    loader = PackageLoader("autograder.records", "templates")
    templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    templates.filters["points"] = lambda value: f"{value:.4g}"
    return templates


def render_feedback(assignment: Assignment, result: GradeResult, notebook: bytes | None) -> str:
    """The feedback page for one notebook of a result; None for one that was not graded."""
    questions = {question.id: question for question in result.questions}
    graded = json.loads(notebook)["cells"] if notebook else []
    given = [text.split() for part in assignment.notebooks for text in part.plain]
    cells = []
    for number, cell in enumerate(graded, 1):
        own = not cell["metadata"].get("nbgrader") and "".join(cell["source"]).split() not in given
        if shown := _cell(cell, questions, own):
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            comment = words(result.comments.get(grade_id, ""))
            cells.append(shown | {"number": number if own else 0, "comment": comment})
    return (
        environment()
        .get_template("feedback.html")
        .render(
            assignment=assignment,
            result=result,
            cells=cells,
            code_style=Markup(HtmlFormatter().get_style_defs(".code")),
        )
    )


def _cell(
    cell: dict[str, Any], questions: dict[str, QuestionResult], own: bool
) -> dict[str, Any] | None:
    """What is shown of a cell: headings, the student's code and answers, verdicts.

    `own` is a cell that the student has added: it is shown whole.
    """
    settings = cell["metadata"].get("nbgrader", {})
    source = "".join(cell["source"])
    asked = settings.get("grade") or settings.get("task")
    question = questions.get(settings.get("grade_id")) if asked else None
    if cell["cell_type"] != "code":
        if question or (own and source.strip()):
            answer = words(source, cell.get("attachments"))
            return {"kind": "answer", "html": answer, "question": question}
        heading = re.search(r"^#{1,6}\s+(.+)$", source, re.MULTILINE)
        return {"kind": "heading", "text": heading[1], "question": None} if heading else None
    shown: dict[str, Any] = {
        "kind": "code",
        "html": _highlight(source),
        "question": question,
        "outputs": [],
    }
    if question and settings.get("solution"):  # code that a person grades
        shown["outputs"] = [output for output in map(_output, cell["outputs"]) if output]
        return shown
    if question:
        shown["kind"] = "test"
        shown["readable"] = _has_tests(source)
        # The message and the hint stand in the verdict; what is left to show is a traceback.
        outputs = filter(None, map(_output, cell["outputs"]))
        shown["outputs"] = [o for o in outputs if not o["text"].startswith(question.message)]
    elif settings.get("locked"):
        return None
    else:
        shown["outputs"] = [output for output in map(_output, cell["outputs"]) if output]
    return shown if source.strip() else None


def _has_tests(source: str) -> bool:
    """Whether a student can read more of a test cell than its imports."""
    lines = [line.strip() for line in source.splitlines()]
    return any(line and not line.startswith(("#", "import ", "from ")) for line in lines)


def _highlight(source: str) -> Markup:
    formatter = HtmlFormatter(cssclass="code", wrapcode=True)
    return Markup(highlight(source, PythonLexer(), formatter)) if source.strip() else Markup("")


def _output(output: dict[str, Any]) -> dict[str, Any] | None:
    kind = output["output_type"]
    if kind == "error":
        return {"kind": "error", "text": ANSI.sub("", "\n".join(output["traceback"]))}
    if kind == "stream":
        return {"kind": output["name"], "text": ANSI.sub("", "".join(output["text"]))}
    if drawn := data_address({"": output["data"].get("image/png", "")}):
        return {"kind": "picture", "text": "", "source": drawn}
    text = "".join(output["data"].get("text/plain", ""))
    return {"kind": "stdout", "text": ANSI.sub("", text)} if text else None
