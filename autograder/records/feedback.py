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
from autograder.records import tracebacks
from autograder.records.legible import legible, told
from autograder.records.result import GradeResult, QuestionResult
from autograder.records.words import data_address, words

LIGHT, DARK = "default", "github-dark"  # pygments' colours of code
DRAWN = ("expected", "got", "difference")  # the pictures beside a verdict
STATES = {  # what a student is told of a state, where its name does not say it
    "partial": "partly",
    "failed": "not passed",
    "output": "too much output",
    "memory": "too much memory",
    "timeout": "too slow",
    "not_attempted": "not attempted",
    "manual": "to be graded",
    "fault": "the grader's fault",
}


@lru_cache
def environment() -> Environment:
    """The templates of feedback and report, escaping by default."""
    loader = PackageLoader("autograder.records", "templates")
    templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    templates.filters["points"] = lambda value: f"{value:.4g}"
    templates.filters["state"] = lambda state: STATES.get(state, state)
    templates.filters |= {"legible": legible, "told": told, "first": _first}
    return templates


@lru_cache
def code_style() -> Markup:
    """The colours of code on a light and on a dark page, and on paper."""
    light = HtmlFormatter(style=LIGHT).get_style_defs(".code")
    dark = HtmlFormatter(style=DARK).get_style_defs(".code")
    return Markup(f"{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}")


def render_feedback(assignment: Assignment, result: GradeResult, notebook: bytes | None) -> str:
    """The feedback page for one notebook of a result; None for one that was not graded."""
    page = _Page(assignment, result, json.loads(notebook)["cells"] if notebook else [])
    messages = {question.message for question in result.questions}
    return (
        environment()
        .get_template("feedback.html")
        .render(
            assignment=assignment,
            result=result,
            cells=page.cells(),
            # Where nothing was graded, every question says why.
            same=messages.pop() if len(messages) == 1 and not notebook else "",
            code_style=code_style(),
        )
    )


class _Page:
    """The cells of a graded notebook, as they are shown."""

    def __init__(self, assignment: Assignment, result: GradeResult, cells: list[dict[str, Any]]):
        self.result, self.graded = result, cells
        self.questions = {question.id: question for question in result.questions}
        self.given = [text.split() for part in assignment.notebooks for text in part.plain]
        self.released = {
            cell.grade_id: cell.released.split()
            for part in assignment.notebooks
            for cell in part.cells
            if cell.kind != "test" and cell.released.split() != cell.source.split()
        }
        self.lines = {
            cell["metadata"].get("nbgrader", {}).get("grade_id", f"cell {number}"): lines
            for number, cell in enumerate(cells, 1)
            if (lines := "".join(cell["source"]).splitlines())
        }

    def cells(self) -> list[dict[str, Any]]:
        shown = []
        for number, cell in enumerate(self.graded, 1):
            own = not cell["metadata"].get("nbgrader")
            own = own and "".join(cell["source"]).split() not in self.given
            if seen := self._cell(cell, own):
                grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
                comment = words(self.result.comments.get(grade_id, ""), links=True)
                place = f"cell {number}" if own else grade_id
                shown.append(seen | {"own": own, "place": place, "comment": comment})
        return shown

    def _cell(self, cell: dict[str, Any], own: bool) -> dict[str, Any] | None:
        """What is shown of a cell: headings, the student's code and answers, verdicts.

        `own` is a cell that the student has added: it is shown whole.
        """
        settings = cell["metadata"].get("nbgrader", {})
        source = "".join(cell["source"])
        asked = settings.get("grade") or settings.get("task")
        question = self.questions.get(settings.get("grade_id")) if asked else None
        if cell["cell_type"] != "code":
            if question or (own and source.strip()):
                answer = words(source, cell.get("attachments"))
                return {"kind": "answer", "html": answer, "question": question}
            heading = re.search(r"^#{1,6}\s+(.+)$", source, re.MULTILINE)
            return {"kind": "heading", "text": heading[1], "question": None} if heading else None
        outputs = [output for output in map(self._output, cell["outputs"]) if output]
        shown = {"kind": "code", "html": _highlight(source), "question": question}
        if question and not settings.get("solution"):
            return shown | self._verdict(question, source, outputs)
        if settings.get("locked") or not source.strip():
            return None
        untouched = source.split() == self.released.get(settings.get("grade_id"))
        return shown | {"outputs": outputs, "untouched": untouched}

    def _verdict(
        self, question: QuestionResult, source: str, outputs: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """What stands beside a test's verdict: the student's own traceback, and pictures. What else
        the cell holds says for nbgrader what the verdict says."""
        told = question.state not in ("passed", "not_attempted")
        pictures = {o["name"]: o for o in outputs if o["kind"] == "picture" and o["name"] in DRAWN}
        return {
            "kind": "test",
            "readable": _has_tests(source),
            "outputs": [o for o in outputs if o["kind"] == "error" and o["frames"] and told],
            "pictures": {name: pictures[name] for name in DRAWN if name in pictures},
        }

    def _output(self, output: dict[str, Any]) -> dict[str, Any] | None:
        kind = output["output_type"]
        if kind == "error":
            text = "\n".join(output["traceback"]).partition("\nHint: ")[0]
            return {"kind": "error", **vars(tracebacks.read(text, self.lines))}
        if kind == "stream":
            return {"kind": output["name"], "text": legible("".join(output["text"]))}
        text = legible("".join(output["data"].get("text/plain", "")))
        if drawn := data_address({"": output["data"].get("image/png", "")}):
            return {"kind": "picture", "name": text, "source": drawn}
        return {"kind": "stdout", "text": text} if text else None


def _first(message: str) -> str:
    """The beginning of a message; of NumPy's, its heading and what the test says below it."""
    lines = legible(message).strip().split("\n")[:2]
    return ": ".join(filter(None, map(str.strip, lines)))


def _has_tests(source: str) -> bool:
    """Whether a student can read more of a test cell than its imports."""
    lines = [line.strip() for line in source.splitlines()]
    return any(line and not line.startswith(("#", "import ", "from ")) for line in lines)


def _highlight(source: str) -> Markup:
    formatter = HtmlFormatter(cssclass="code", wrapcode=True)
    shown = highlight(legible(source), PythonLexer(), formatter) if source.strip() else ""
    return Markup(shown)
