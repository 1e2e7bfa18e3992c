"""A class of made-up students, from hand-in to report, in a folder of its own: for each assignment
that has one.

What each student hands in is said in `solutions/<assignment>/demo.py` by edits of a perfect
solution, so that nothing is stored that cannot be read.
"""

from __future__ import annotations

import json
import re
import runpy
import shutil
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from nbgrader.apps import ZipCollectApp
from tqdm import tqdm

from autograder.authoring.build import build
from autograder.course.assignment import Assignment
from autograder.course.course import CONFIG, Course, CourseError
from autograder.grading.engine import grade_course
from autograder.records.result import GradeResult

STUDENTS = "demo.py"
Cells = list[dict[str, Any]]
Edit = Callable[[Cells], Cells]


@dataclass(frozen=True)
class Student:
    """What a student hands in: a perfect notebook after the edits, as a file, before or late.

    `content` replaces the notebook by something else; `file` is the name without `.ipynb`, "" the
    assignment's own, None for nothing handed in; `earlier` are the edits of what was handed in a
    day before, and is replaced by this.
    """

    name: str
    edits: tuple[Edit, ...] = ()
    file: str | None = ""
    days_late: float = -1.0
    content: str = ""
    earlier: tuple[Edit, ...] | None = None


def grade_id(cell: dict[str, Any]) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def write(cell_id: str, source: str) -> Edit:
    """Write another text into a cell."""
    return lambda cells: [
        {**cell, "source": source} if grade_id(cell) == cell_id else cell for cell in cells
    ]


def change(cell_id: str, old: str, new: str) -> Edit:
    """Change a part of a cell's text; ValueError if it is not there."""

    def edit(cells: Cells) -> Cells:
        sources = {grade_id(cell): "".join(cell["source"]) for cell in cells}
        if old not in sources[cell_id]:
            raise ValueError(f"cell {cell_id} does not contain {old!r}")
        return write(cell_id, sources[cell_id].replace(old, new))(cells)

    return edit


def delete(cell_id: str) -> Edit:
    return lambda cells: [cell for cell in cells if grade_id(cell) != cell_id]


def reverse(cells: Cells) -> Cells:
    """All cells in the opposite order."""
    return cells[::-1]


def add(source: str) -> Edit:
    """Put an additional code cell at the beginning."""
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": []}
    return lambda cells: [{**cell, "execution_count": None, "id": "added"}, *cells]


def assignments(course: Course) -> list[str]:
    """The assignments that have a class, by name."""
    return sorted(path.parent.name for path in course.solutions.glob(f"*/{STUDENTS}"))


def chosen(course: Course, names: list[str]) -> list[str]:
    """The assignments that are named; else those with a drawn class, or else all that have one.

    CourseError: one that is named has no class.
    """
    known = assignments(course)
    if strange := sorted({*names} - {*known}):
        raise CourseError(f"there is no class for {', '.join(strange)}, but for {', '.join(known)}")
    large = [name for name in known if len(everybody(course, name)) > len(students(course, name))]
    return names or large or known


def students(course: Course, name: str) -> list[Student]:
    """The students of `solutions/<assignment>/demo.py`."""
    return runpy.run_path(str(course.solutions / name / STUDENTS))["STUDENTS"]


def everybody(course: Course, name: str) -> list[Student]:
    """The same, and those who are drawn where it says how (crowd.py)."""
    crowd = runpy.run_path(str(course.solutions / name / STUDENTS)).get("CROWD")
    return [*students(course, name), *(crowd.students() if crowd else ())]


def notebook_of(student: Student, perfect: dict[str, Any]) -> bytes:
    """The file that a student hands in."""
    if student.content:
        return student.content.encode()
    cells = [dict(cell) for cell in perfect["cells"]]
    for edit in student.edits:
        cells = edit(cells)
    return json.dumps({**perfect, "cells": cells}).encode()


def perfect_notebook(course: Course, assignment: Assignment) -> dict[str, Any]:
    """The released notebook with the instructor's solutions written into it."""
    name = f"{assignment.notebooks[0].name}.ipynb"
    notebook = json.loads((course.assignments / assignment.name / name).read_text())
    solutions = {
        cell.grade_id: re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", cell.source)
        for cell in assignment.notebooks[0].cells
        if cell.kind in ("solution", "manual")
    }
    for cell in notebook["cells"]:
        cell["source"] = solutions.get(grade_id(cell), cell["source"])
    return notebook


def prepare(course: Course, into: Path) -> Course:
    """A course of its own below `into`, which only a demonstration may have made before."""
    mark = into / ".autograder-demo"
    if into.exists() and any(into.iterdir()) and not mark.exists():
        raise CourseError(f"{into} holds something else: choose another folder with --into")
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    mark.touch()
    shutil.copy(course.root / CONFIG, into)
    for name in assignments(course):
        shutil.copytree(course.solutions / name, into / course.solutions.name / name)
    return Course(into, course.proofs)


def hand_in(course: Course, assignment: Assignment, people: list[Student]) -> list[str]:
    """Put their files, as a platform gives them, where nbgrader collects downloads from."""
    folder = course.root / "downloaded" / assignment.name / "archive"
    folder.mkdir(parents=True)
    perfect = perfect_notebook(course, assignment)
    assert assignment.duedate is not None
    with zipfile.ZipFile(folder / "everybody.zip", "w") as archive:
        for student in people:
            if student.file is None:
                continue
            time = assignment.duedate + timedelta(days=student.days_late)
            attempts = [(time, student.edits)]
            if student.earlier is not None:
                attempts.insert(0, (time - timedelta(days=1), student.earlier))
            for time, edits in attempts:
                file = student.file or assignment.notebooks[0].name
                name = f"{student.name}_attempt_{time:%Y-%m-%d-%H-00-00}_{file}.ipynb"
                archive.writestr(name, notebook_of(replace(student, edits=edits), perfect))
    names = [student.name for student in people]
    with course.gradebook() as gradebook:
        for name in names:
            gradebook.update_or_create_student(name)
    return names


def collect(course: Course, name: str) -> None:
    """nbgrader's own collection of downloaded files into `submitted/`."""
    course.nbgrader.assignment_id = name
    app = ZipCollectApp(config=course.config, coursedir=course.nbgrader)
    app.log.setLevel("ERROR")
    app.start()


def run(course: Course, name: str) -> list[GradeResult]:
    """Build an assignment of a prepared course and grade its class; says on the terminal how far
    it is."""
    for line in build(course, name):
        _say(line)
    return grade_class(course, name, everybody(course, name))


def grade_class(course: Course, name: str, people: list[Student]) -> list[GradeResult]:
    """Hand in, collect and grade an assignment that is released; says so, too."""
    assignment = course.assignment(name)
    names = hand_in(course, assignment, people)
    collect(course, name)
    _say(f"{len(names)} students, their files collected by nbgrader")
    graded = grade_course(course, assignment, names)
    return list(tqdm(graded, total=len(names), desc="grading", unit="submission"))


def _say(line: str) -> None:
    print(f"✓ {line}", file=sys.stderr, flush=True)
