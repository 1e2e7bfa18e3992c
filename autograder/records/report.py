"""What an instructor looks at after grading: one page with pictures, that opens offline."""

from __future__ import annotations

import io
import os
from collections import Counter
from pathlib import Path
from statistics import mean, median
from urllib.parse import quote

from markupsafe import Markup
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from autograder.course.assignment import Assignment
from autograder.records.feedback import environment
from autograder.records.result import QUESTION_STATES, GradeResult

NEEDS_HUMAN = ("needs_manual", "attention", "fault")
# Okabe and Ito's colours, which people who see colours differently can tell apart.
COLOURS = {
    "passed": "#009E73",
    "partial": "#F0E442",
    "manual": "#56B4E9",
    "failed": "#D55E00",
    "error": "#E69F00",
    "timeout": "#CC79A7",
    "memory": "#8D4E85",
    "output": "#7A6A53",
    "crashed": "#5B2A3C",
    "missing": "#BBBBBB",
    "fault": "#000000",
}


def render_report(
    assignment: Assignment, results: list[GradeResult], feedback: Path, page: Path
) -> str:
    """The report's HTML; links lead from `page` to the students' feedback below `feedback`."""
    page_name = f"{assignment.notebooks[0].name}.html"
    handed_in = [result for result in results if result.state != "absent"]
    links = {
        result.student: quote(os.path.relpath(path, page.parent))
        for result in results
        if (path := feedback / result.student / assignment.name / page_name).exists()
    }
    scores = [result.score for result in handed_in]
    cards = {
        "students": str(len(results)),
        "handed in": str(len(handed_in)),
        "mean": f"{mean(scores):.1f}" if scores else "–",
        "median": f"{median(scores):.1f}" if scores else "–",
        "need a person": str(sum(result.state in NEEDS_HUMAN for result in results)),
        "grading time": f"{sum(result.seconds for result in results):.1f} s",
    }
    urgency = {"fault": 0, "attention": 1, "needs_manual": 2}
    humans = [result for result in results if result.state in NEEDS_HUMAN]
    humans.sort(key=lambda result: (urgency[result.state], result.student))
    return (
        environment()
        .get_template("report.html")
        .render(
            assignment=assignment,
            results=sorted(results, key=lambda result: result.student),
            humans=humans,
            links=links,
            cards=cards,
            scores=_svg(_scores(assignment, handed_in)) if handed_in else "",
            questions=_svg(_questions(handed_in)) if handed_in else "",
            seconds=_svg(_seconds(handed_in)) if handed_in else "",
        )
    )


def _svg(figure: Figure) -> Markup:
    """A figure as SVG in the page, its text as text."""
    FigureCanvasSVG(figure)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", bbox_inches="tight")
    return Markup(buffer.getvalue().partition("<svg")[1] + buffer.getvalue().partition("<svg")[2])


def _axes(width: float, height: float, xlabel: str, ylabel: str = ""):
    figure = Figure(figsize=(width, height))
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    return figure, axes


def _scores(assignment: Assignment, results: list[GradeResult]) -> Figure:
    figure, axes = _axes(5.2, 3.2, "points", "students")
    scores = [result.score for result in results]
    edges = [assignment.max_score * step / 10 for step in range(11)]
    axes.hist(scores, bins=edges, color="#0072B2", edgecolor="white")
    axes.axvline(
        median(scores), color="#D55E00", linestyle="--", label=f"median {median(scores):.1f}"
    )
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False)
    return figure


def _questions(results: list[GradeResult]) -> Figure:
    """For each question, how many submissions ended in which state."""
    names = list(dict.fromkeys(q.id for result in results for q in result.questions))
    states: dict[str, Counter[str]] = {name: Counter() for name in names}
    for result in results:
        for question in result.questions:
            states[question.id][question.state] += 1
    figure, axes = _axes(9.5, 0.34 * len(names) + 1.0, "submissions")
    left = [0] * len(names)
    for state in QUESTION_STATES:
        counts = [states[name][state] for name in names]
        if any(counts):
            axes.barh(names, counts, left=left, color=COLOURS[state], label=state, height=0.7)
            left = [a + b for a, b in zip(left, counts, strict=True)]
    for row, name in enumerate(names):
        if states[name]["passed"]:
            share = f"{states[name]['passed'] / len(results):.0%} passed"
            axes.text(left[row] + 0.01 * max(left), row, share, va="center", fontsize=9)
    axes.invert_yaxis()
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False, ncols=6, loc="lower center", bbox_to_anchor=(0.45, 1.0))
    return figure


def _seconds(results: list[GradeResult]) -> Figure:
    figure, axes = _axes(5.2, 3.2, "submissions, fastest first", "seconds")
    seconds = sorted(result.seconds for result in results)
    axes.bar(range(1, len(seconds) + 1), seconds, color="#0072B2")
    axes.set_yscale("log")
    for formatter in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
        formatter("{x:g}")  # no powers of ten
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.axhline(
        median(seconds), color="#D55E00", linestyle="--", label=f"median {median(seconds):.2f} s"
    )
    axes.legend(frameon=False)
    return figure
