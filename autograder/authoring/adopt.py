"""`autograder adopt FOLDER`: another course's nbgrader assignment, from its folder to a build.

It is copied into `solutions/`, where it is not there yet, and brought up to date (arrive.py); it is
given an `assignment.toml` where it has none (first_settings.py); and it is built. All that speaks
against it stands in one table (findings.py), with what to do. What it says may be done step by
step: called again, it goes on from there. `shared` is the instructor's to write, and never written.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from autograder.authoring.arrive import arrive
from autograder.authoring.build import Unsound, build
from autograder.authoring.findings import Row, of_fault, of_proofs, rules, shared_line
from autograder.authoring.first_settings import first_settings, imported
from autograder.course.assignment import load_notebook
from autograder.course.autotests import NOT_MADE
from autograder.course.course import BuildError, Course, Faults
from autograder.course.settings import FILE, read_settings
from autograder.grading.engine import write_whole
from autograder.sandbox.packages import importable


@dataclass(frozen=True)
class Adopted:
    """What was found: `sound` where it is built; `place` is None where nothing was taken.

    `first` and `last` are lines for the beginning and the end of assignment.toml.
    """

    rows: list[Row]
    sound: bool = False
    place: Path | None = None
    first: str = ""
    last: str = ""


def adopt(
    course: Course, folder: Path, name: str, confined: bool, say: Callable[[str], None]
) -> Adopted:
    """Take an assignment as it comes, and build it; `say` is told of each step.

    CourseError: it cannot be taken, and nothing has been written.
    """
    try:
        place, done = arrive(course, folder, name)
    except Faults as faults:
        return Adopted([of_fault(line) for line in str(faults).splitlines()])
    for line in done:
        say(line)
    notebooks = [load_notebook(path, []) for path in sorted(place.glob("*.ipynb"))]
    if not (place / FILE).exists():
        write_whole(place / FILE, first_settings(place, notebooks).encode())
        say(f"{FILE} written: its title, and the packages that the notebooks import")
    unlisted = _unlisted(place, notebooks)
    try:
        for line in build(course, place.name, confined):
            say(line)
    except Unsound as unsound:
        rows = [*unlisted, *of_proofs(unsound.assignment, unsound.flaws)]
        first = shared_line(unsound.assignment, unsound.flaws)
        return Adopted(rows, place=place, first=first, last=rules(rows))
    except (Faults, BuildError) as refused:
        rows = [*unlisted, *_refused(course, place.name, str(refused))]
        return Adopted(rows, place=place, last=rules(rows))
    built = course.assignment(place.name)
    return Adopted([*unlisted, *of_proofs(built, ())], sound=True, place=place)


def _refused(course: Course, name: str, why: str) -> list[Row]:
    """All that can be read to be wrong, also where tests could not be made (### AUTOTEST)."""
    lines = why.splitlines()
    try:
        course.assignment(name)
    except Faults as faults:
        lines += [line for line in str(faults).splitlines() if NOT_MADE not in line]
    return [of_fault(line) for line in dict.fromkeys(lines)]


def _unlisted(place: Path, notebooks: list[NotebookNode]) -> list[Row]:
    """What is imported and may not be, by an assignment.toml that was there."""
    faults: list[str] = []
    settings = read_settings(place, faults)
    if faults:  # what it lists may be no more than a default
        return []
    listed = [*settings.packages, *settings.grader_packages]
    if not (more := sorted(set(imported(place, notebooks)) - importable(listed))):
        return []
    text = (
        f"a cell imports {', '.join(more)}, which nobody may: let the line be\n"
        f"packages = {json.dumps([*settings.packages, *more])}\n"
        "or take the import out"
    )
    return [Row(FILE, "", "packages", text)]
