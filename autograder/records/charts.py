"""The report's pictures: SVG whose text is text, in the page's own colours, light or dark, with a
sentence that says what is seen."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from statistics import median
from typing import Any

import matplotlib
from markupsafe import Markup
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from autograder.records.result import QUESTION_STATES, GradeResult
from autograder.records.statistics import Statistics

# Drawn in these, and shown in the page's (style.css), which a dark theme changes.
INK, SOFT, LINE, PAPER = "#1b1f24", "#57606a", "#d8dee4", "#ffffff"
PAGE = {INK: "var(--ink)", SOFT: "var(--soft)", LINE: "var(--line)", PAPER: "var(--paper)"}
BLUE, ORANGE = "#0072B2", "#D55E00"
# Okabe and Ito's colours, which people who see colours differently can tell apart.
COLOURS = {
    "passed": "#009E73",
    "partial": "#F0E442",
    "manual": "#56B4E9",
    "failed": ORANGE,
    "error": "#E69F00",
    "timeout": "#CC79A7",
    "memory": "#8D4E85",
    "output": "#7A6A53",
    "crashed": "#5B2A3C",
    "missing": "#BBBBBB",
    "not_attempted": "#DDDDDD",
    "fault": INK,
}
WIDTH = 4.6  # inches, of which a phone shows all without making letters smaller
ROW = 0.44  # for a question: its name, and its bar below
BINS = 10
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",  # the same results, the same file
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": SOFT,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "legend.frameon": False,
}


def scores(results: Sequence[GradeResult], max_score: float) -> Markup:
    """How many students have how many points."""
    points = [result.score for result in results]
    top = max([max_score, *points]) or 1.0
    with matplotlib.rc_context(STYLE):
        axes = _axes(2.7, "points", "students")
        counts, _, _ = axes.hist(points, bins=BINS, range=(0, top), color=BLUE, edgecolor=PAPER)
        middle = median(points)
        axes.axvline(middle, color=ORANGE, linestyle="--", label=f"median {middle:.4g}")
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.legend(loc="upper left")
    steps = [f"{int(n)} from {i * top / BINS:.4g}" for i, n in enumerate(counts) if n]
    return _svg(
        axes, f"Points of {len(points)} students, median {middle:.4g}. Students: {', '.join(steps)}"
    )


def sections(points: Mapping[str, Sequence[float]], max_score: float) -> Markup:
    """The points of each student, in a row for each section, and where the middle of these is."""
    names = list(points)
    top = max([max_score, *(one for found in points.values() for one in found)]) or 1.0
    with matplotlib.rc_context(STYLE):
        axes = _rows([f"{name[:40]} ({len(points[name])})" for name in names], "points")
        axes.set_xlim(-0.02 * top, 1.02 * top)
        for row, name in enumerate(names):
            axes.plot(points[name], [row] * len(points[name]), "o", color=BLUE, alpha=0.35)
            middle = median(points[name])
            label = "median" if not row else None
            axes.plot([middle] * 2, [row - 0.2, row + 0.2], color=ORANGE, linewidth=3, label=label)
        _legend(axes)
    said = [f"{name} ({len(found)}): {median(found):.4g}" for name, found in points.items()]
    return _svg(axes, f"Points by section (its students), the median of each. {', '.join(said)}")


def states(results: Sequence[GradeResult]) -> Markup:
    """For each question, how many submissions ended in which state."""
    found: dict[str, Counter[str]] = {}
    for result in results:
        for question in result.questions:
            found.setdefault(question.id, Counter())[question.state] += 1
    names = list(found)
    with matplotlib.rc_context(STYLE):
        axes = _rows(names, "submissions")
        left = [0] * len(names)
        for state in QUESTION_STATES:
            counts = [found[name][state] for name in names]
            if any(counts):
                axes.barh(
                    range(len(names)), counts, left=left, label=state.replace("_", " "), height=0.4,
                    color=COLOURS[state], edgecolor=PAPER, linewidth=0.5,
                )  # fmt: skip
                left = [a + b for a, b in zip(left, counts, strict=True)]
        axes.xaxis.get_major_locator().set_params(integer=True)
        _legend(axes)
    passed = [f"{name} {found[name]['passed']} of {sum(found[name].values())}" for name in names]
    return _svg(axes, f"How each question ended. Passed: {', '.join(passed)}")


def discrimination(figures: Statistics) -> Markup:
    """Each question's correlation with the points in all others, and where it may lie."""
    names = [item.id for item in figures.items]
    with matplotlib.rc_context(STYLE):
        axes = _rows(names, "correlation with the points in all other questions")
        axes.set_xlim(-1.05, 1.05)
        axes.axvline(0, color=SOFT, linewidth=0.8)
        for row, item in enumerate(figures.items):
            if item.correlation is None:
                axes.text(0.04, row, "everybody has the same", va="center", color=SOFT, fontsize=9)
                continue
            colour = ORANGE if item.correlation < 0 else BLUE
            axes.plot([item.low, item.high], [row, row], color=colour, linewidth=1.6)
            axes.plot(item.correlation, row, "o", color=colour, markersize=6)
    said = [
        f"{i.id} {i.correlation:.2f} ({i.low:.2f} to {i.high:.2f})"
        if i.correlation is not None
        else f"{i.id}: everybody has the same"
        for i in figures.items
    ]
    return _svg(axes, f"Discrimination, with 95 % intervals: {', '.join(said)}")


def seconds(results: Sequence[GradeResult]) -> Markup:
    """How long each submission took, the slowest last."""
    times = [max(result.seconds, 0.001) for result in results]
    return _rising(times, "submissions, fastest first", "s")


def memory(results: Sequence[GradeResult]) -> Markup:
    """How much memory the student's code held at its most, the hungriest last."""
    held = [max(result.memory_mb, 0.1) for result in results if result.memory_mb]
    return _rising(held, "submissions, smallest first", "MB") if held else Markup("")


def _rising(values: Sequence[float], xlabel: str, unit: str) -> Markup:
    """A bar for each submission, the largest last; seconds on a scale of powers."""
    values = sorted(values)
    middle = median(values)
    with matplotlib.rc_context(STYLE):
        axes = _axes(2.7, xlabel, {"s": "seconds"}.get(unit, unit))
        axes.bar(range(1, len(values) + 1), values, color=BLUE)
        if unit == "s":
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_minor_formatter("")
        else:
            axes.set_ylim(0, 1.25 * values[-1])  # with room for the legend
        axes.yaxis.set_major_formatter("{x:g}")  # no powers of ten
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.axhline(middle, color=ORANGE, linestyle="--", label=f"median {_short(middle)} {unit}")
        axes.legend(loc="upper left")
    said = f"median {_short(middle)} {unit}, most {_short(values[-1])} {unit}"
    return _svg(axes, f"{len(values)} {xlabel}: {said}")


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _axes(height: float, xlabel: str, ylabel: str = "") -> Any:
    axes = Figure(figsize=(WIDTH, height)).add_subplot()
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    return axes


def _rows(names: Sequence[str], xlabel: str) -> Any:
    """A row for each name, which stands above it: beside it, a phone would have no room."""
    axes = _axes(ROW * len(names) + 1.0, xlabel)
    axes.set_ylim(len(names) - 0.5, -0.9)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    for row, name in enumerate(names):
        axes.text(
            0.0,
            row - 0.28,
            name,
            transform=axes.get_yaxis_transform(),
            fontsize=9,
            va="bottom",
            parse_math=False,
        )
    return axes


def _legend(axes: Any) -> None:
    axes.legend(
        *(axes.get_legend_handles_labels()),
        ncols=4, loc="lower left", bbox_to_anchor=(0.0, 1.0), columnspacing=1.0,
        handlelength=1.0, handletextpad=0.4, borderaxespad=0.2, fontsize=9,
    )  # fmt: skip


def _svg(axes: Any, description: str) -> Markup:
    figure = axes.figure
    FigureCanvasSVG(figure)
    buffer = io.StringIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    _, begin, rest = buffer.getvalue().partition("<svg")
    for drawn, shown in PAGE.items():
        rest = rest.replace(drawn, shown)
    label = escape(description, quote=True)
    return Markup(f'{begin} role="img" aria-label="{label}"{rest}')
