"""`autograder solutions`: the instructor's answers, for students, when nobody has time left.

Each notebook as it was released, with the answers in their cells, and as a page: without hidden
tests, which may be asked again.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from traitlets.config import Config

from autograder.course.assignment import Assignment
from autograder.course.course import Course, CourseError
from autograder.course.local import shown
from autograder.grading.engine import write_whole
from autograder.term.dates import apply_allowed
from autograder.term.due import due, settings_of

FOLDER = "solved"


def publish(course: Course, assignment: Assignment, now: datetime, early: bool) -> list[Path]:
    """`solved/<assignment>/`: notebooks and pages. CourseError: somebody has time left, perhaps by
    what is allowed for all assignments, which has not reached this one yet."""
    if not early:
        apply_allowed(course, assignment.name)
    settings = settings_of(course, assignment.name)
    state = due(course, assignment.name, settings, now)
    if not early and (state.closed is None or state.closed > now):
        until = f"until {shown(state.closed, settings.zone)}" if state.closed else "without a date"
        raise CourseError(f"students have time {until}: --early does it nevertheless")
    folder = course.root / FOLDER / assignment.name
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for notebook in assignment.notebooks:
        released = course.assignments / assignment.name / f"{notebook.name}.ipynb"
        try:
            node = nbformat.read(released, nbformat.NO_CONVERT)
        except OSError as error:
            raise CourseError(f"{released}: `autograder build {assignment.name}`") from error
        answers = {c.grade_id: c.source for c in notebook.cells if c.kind in ("solution", "manual")}
        for cell in node.cells:
            if answer := answers.get(cell.metadata.get("nbgrader", {}).get("grade_id")):
                cell.source = course.marks.without_marks(answer)
        paths += [folder / f"{notebook.name}.ipynb", folder / f"{notebook.name}.html"]
        write_whole(paths[-2], nbformat.writes(node).encode())
        page, _ = HTMLExporter(config=Config()).from_notebook_node(node)
        write_whole(paths[-1], page.encode(errors="replace"))
    return paths
