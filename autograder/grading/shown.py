"""What was graded, written for those who read it: feedback, report, the results of exports."""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from autograder.course.classlist import sections
from autograder.course.course import Course, CourseError
from autograder.course.ids import few, printable
from autograder.grading.asked import earlier_ids
from autograder.grading.engine import (
    attempt_of,
    graded_notebooks,
    kept_results,
    ungraded,
    write_whole,
)
from autograder.records.export import render_csv
from autograder.records.gradebook import Recorder
from autograder.records.result import GradeResult


def write_feedback(
    course: Course, name: str, students: Collection[str] | None = None
) -> list[Path]:
    """`feedback/<student>/<assignment>/<notebook>.html`, where nbgrader releases it from, with the
    time and the secret by which it goes back to the very attempt that was graded.

    `students` are all by default.
    """
    from autograder.records.feedback import render_feedback

    assignment = course.assignment(name)
    pages = []
    results, _ = _refreshed(course, name, students)
    for result in results:
        folder = course.feedback / result.student / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in attempt_of(course, result).items():
            write_whole(folder / file, content)
        notebooks = graded_notebooks(course, result)
        for notebook in assignment.notebooks:
            page = render_feedback(assignment, result, notebooks.get(notebook.name))
            pages.append(folder / f"{notebook.name}.html")
            write_whole(pages[-1], page.encode(errors="replace"))
    return pages


def write_report(course: Course, name: str) -> list[Path]:
    """`reports/<assignment>.html` and `.csv`; and what is similar, for its owner's eyes alone."""
    from autograder.records import changes, similar
    from autograder.records.report import render_report, render_similar

    results, assignment = shown_results(course, name), course.assignment(name)
    name_waiting(course, name)
    in_section = known_sections(course)
    page, grades = course.reports / f"{name}.html", course.reports / f"{name}.csv"
    notebooks = {result.student: graded_notebooks(course, result) for result in results}
    changed, reported = changes.changes(
        course.reports / name / changes.FILE, results, earlier_ids(course.reports, assignment)
    )
    alike = similar.similar(assignment, results, notebooks)
    text = render_report(
        assignment,
        results,
        course.feedback,
        page,
        lambda result: notebooks[result.student],
        changed,
        alike,
        in_section,
    )
    write_whole(course.reports / name / changes.FILE, reported)
    beside = render_similar(assignment, alike)
    write_whole(course.reports / name / similar.FILE, beside.encode(errors="replace"), 0o600)
    write_whole(page, text.encode(errors="replace"))
    write_whole(grades, render_csv(results, in_section).encode(errors="replace"))
    return [page, grades]


def known_sections(course: Course) -> dict[str, str]:
    """The section of each student, by people.csv; nobody's where that cannot be read."""
    try:
        return sections(course)
    except CourseError as error:
        print(f"autograder: without sections: {error}", file=sys.stderr)
        return {}


def shown_results(course: Course, name: str) -> list[GradeResult]:
    """The kept results, with what a person has graded since, for an instructor."""
    results, overwritten = _refreshed(course, name)
    return [_overwritten(r, name) if r.student in overwritten else r for r in results]


def name_waiting(course: Course, name: str) -> set[str]:
    """Say who has handed in what is not graded yet, and return them: what is kept of them, if
    anything is, is of what lay there before."""
    handed_in = sorted(path.parent.name for path in course.submitted.glob(f"*/{name}"))
    if waiting := ungraded(course, name, handed_in):
        print(
            f"autograder: handed in and not graded yet: {printable(', '.join(waiting))}; "
            f"`autograder grade {name}` grades what lies there",
            file=sys.stderr,
        )
    return set(waiting)


def _refreshed(
    course: Course, name: str, students: Collection[str] | None = None
) -> tuple[list[GradeResult], set[str]]:
    """The kept results, with what a person has graded since, and of whom the gradebook holds other
    points."""
    results = kept_results(course, name)
    if students is not None:
        results = [result for result in results if result.student in students]
    if results:
        with Recorder(course, name) as recorder:
            outdated = [r.student for r in results if recorder.is_outdated(r)]
            _name_outdated(name, outdated)
            sound = [r for r in results if r.student not in outdated]
            others = {r.student for r in sound if recorder.has_other_points(r)}
            _name_above_full(recorder.above_full())
            return recorder.refresh(results), others
    course.assignment(name)  # CourseError: there is none of that name
    raise CourseError(f"nothing is graded yet: run `autograder grade {name}` first")


def _overwritten(result: GradeResult, name: str) -> GradeResult:
    """A result of which the gradebook holds other points, as it says itself."""
    told = f"the gradebook holds other points: `autograder grade {name}` puts these there"
    message = "; ".join(filter(None, [told, result.message]))
    return replace(result, state="attention", message=message)


def _name_above_full(questions: dict[str, list[str]]) -> None:
    """Say who has more points by hand than a question has: they count as they were given."""
    for name, students in questions.items():
        print(
            f"autograder: more points by hand than {name} has: {printable(few(students))}; give "
            "them anew in the form-grader",
            file=sys.stderr,
        )


def _name_outdated(name: str, students: list[str]) -> None:
    """Say whose results are of an earlier version of the assignment: they are shown as they are."""
    if students:
        print(
            f"autograder: {name} asks other questions now than when these were graded: "
            f"{printable(', '.join(students))}; `autograder grade {name}` grades them again",
            file=sys.stderr,
        )
