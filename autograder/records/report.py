"""What an instructor looks at after grading: one page with pictures, that opens offline."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from statistics import mean, median
from urllib.parse import quote

from autograder.course.assignment import Assignment
from autograder.records import charts
from autograder.records.changes import Change
from autograder.records.feedback import environment
from autograder.records.recurring import known, recurring
from autograder.records.result import GradeResult
from autograder.records.similar import FILE, Similar
from autograder.records.statistics import ENOUGH, Statistics, counted, statistics

URGENCY = ("fault", "attention", "needs_manual")  # the states that wait for a person
Notebooks = Callable[[GradeResult], Mapping[str, bytes]]


def render_report(
    assignment: Assignment,
    results: Sequence[GradeResult],
    feedback: Path,
    page: Path,
    notebooks: Notebooks = lambda result: {},
    changed: Sequence[Change] = (),
    similar: Similar | None = None,
    sections: Mapping[str, str] | None = None,
) -> str:
    """The report's HTML; links lead from `page` to the students' feedback below `feedback`, and to
    the page of what is similar, beside the kept results. `notebooks` gives the graded ones of a
    result, for examples; `sections` says by student in which they are."""
    results = sorted(map(counted, results), key=lambda result: result.student)
    handed_in = [result for result in results if result.state != "absent"]
    humans = [result for result in results if result.state in URGENCY]
    humans.sort(key=lambda result: (URGENCY.index(result.state), result.student))
    figures, held = statistics(results, assignment.marked), attrgetter("memory_mb")
    return (
        environment()
        .get_template("report.html")
        .render(
            assignment=assignment,
            results=results,
            handed_in=handed_in,
            urgent=_by_message(r for r in humans if r.state != "needs_manual" or r.message),
            words=[r for r in humans if r.state == "needs_manual" and not r.message],
            links=_links(assignment, results, feedback, page),
            cards=_cards(results, handed_in, figures, similar),
            figures=figures,
            enough=ENOUGH,
            pictures=_pictures(assignment, handed_in, figures, sections or {}),
            known=known(results),
            recurring=recurring(assignment, results, notebooks),
            changed=changed,
            similar=similar,
            similar_page=quote(f"{assignment.name}/{FILE}"),
            slowest=sorted(handed_in, key=lambda r: -r.seconds)[:5],
            hungriest=sorted(filter(held, handed_in), key=held, reverse=True)[:5],
            stopped={state: _ended(handed_in, state) for state in ("timeout", "memory")},
        )
    )


def render_similar(assignment: Assignment, found: Similar) -> str:
    """The page of submissions that are similar, for the instructor alone."""
    template = environment().get_template("similar.html")
    return template.render(assignment=assignment, found=found)


def _by_message(results: Iterable[GradeResult]) -> list[tuple[list[str], str, str]]:
    """Students, state and message: one row for all of whom the same is said."""
    found: dict[tuple[str, str], list[str]] = {}
    for result in results:
        waits = "an answer waits to be graded; " if result.state == "needs_manual" else ""
        found.setdefault((result.state, waits + result.message), []).append(result.student)
    return [(students, *said) for said, students in found.items()]


def _ended(results: Sequence[GradeResult], state: str) -> list[str]:
    """Of whom a question ended in a state."""
    return [r.student for r in results if any(q.state == state for q in r.questions)]


def _links(
    assignment: Assignment, results: Sequence[GradeResult], feedback: Path, page: Path
) -> dict[str, str]:
    """By student, where the feedback stands, from the report."""
    name = f"{assignment.notebooks[0].name}.html"
    return {
        result.student: quote(os.path.relpath(path, page.parent))
        for result in results
        if (path := feedback / result.student / assignment.name / name).exists()
    }


def _cards(
    results: Sequence[GradeResult],
    handed_in: Sequence[GradeResult],
    figures: Statistics,
    similar: Similar | None,
) -> dict[str, str]:
    scores = [result.score for result in handed_in]
    cards = {
        "students": str(len(results)),
        "handed in": str(len(handed_in)),
        "late": str(sum(result.late_penalty > 0 for result in results)),
        "mean": f"{mean(scores):.1f}" if scores else "–",
        "median": f"{median(scores):.1f}" if scores else "–",
        "Cronbach's alpha": "–" if figures.alpha is None else f"{figures.alpha:.2f}",
        "need a person": str(sum(result.state in URGENCY for result in results)),
        "grading, in sum": f"{sum(result.seconds for result in results):.1f} s",
    }
    return cards | ({"similar pairs": str(len(similar.pairs))} if similar else {})


def _pictures(
    assignment: Assignment,
    handed_in: Sequence[GradeResult],
    figures: Statistics,
    sections: Mapping[str, str],
) -> dict[str, object]:
    """Nothing where there is nothing to draw."""
    if not handed_in:
        return {}
    drawn: dict[str, object] = {"scores": charts.scores(handed_in, assignment.max_score)}
    drawn["sections"] = _by_section(assignment, handed_in, sections)
    drawn["states"] = charts.states(handed_in)
    varies = any(item.correlation is not None for item in figures.items)
    drawn["discrimination"] = charts.discrimination(figures) if varies else ""
    drawn["seconds"] = charts.seconds(handed_in)
    drawn["memory"] = charts.memory(handed_in)
    return drawn


def _by_section(
    assignment: Assignment, handed_in: Sequence[GradeResult], sections: Mapping[str, str]
) -> str:
    """Nothing where all are in one; who is in none comes last."""
    points: dict[str, list[float]] = {}
    for result in sorted(handed_in, key=lambda result: _order(sections.get(result.student))):
        points.setdefault(sections.get(result.student, "in none"), []).append(result.score)
    return charts.sections(points, assignment.max_score) if len(points) > 1 else ""


def _order(section: str | None) -> tuple[bool, list[tuple[int, str]]]:
    """Section 2 comes before section 10."""
    parts = re.split(r"(\d+)", section or "")
    return section is None, [(int(part) if part.isdecimal() else 0, part) for part in parts]
