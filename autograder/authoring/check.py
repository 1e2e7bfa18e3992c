"""`autograder check`: of each test cell, what it asks of the student's session, and whether it can.

The instructor's own notebook is run in two sessions. A test that works beside the student's code
may not work from afar: it compares an object that does not cross, passes a function of its own to
the student's, or writes into an array that it holds a copy of. And a test that functions pass which
return nothing but an empty array proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from autograder.authoring.build import NOTHING, passed_by_nothing
from autograder.course.assignment import Cell
from autograder.course.course import Course
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission


def check(course: Course, name: str, confined: bool = True) -> Iterator[tuple[str, bool]]:
    """A line for each test cell, and whether all is well with it."""
    assignment = course.assignment(name)  # CourseError where a name belongs to neither session
    folder = course.solutions / name
    files = {path.name: path.read_bytes() for path in folder.glob("*.ipynb")}
    result = grade_submission(assignment, Submission("instructor", files), confined)
    cells = {cell.grade_id: cell for notebook in assignment.notebooks for cell in notebook.cells}
    nothing = passed_by_nothing(assignment, confined, (*NOTHING, "True"))
    for question in result.questions:
        if question.state == "manual":
            yield f"{question.id}: graded by a person", True
        elif question.id in nothing:
            yield f"{question.id}: passes functions that all return {nothing[question.id]}", False
        elif question.state == "passed":
            yield f"{question.id}: {_asks(cells[question.id])}", True
        else:
            asks = _asks(cells[question.id])
            yield f"{question.id}: {asks}; {question.state}: {question.message}", False


def _asks(cell: Cell) -> str:
    if not cell.student_names:
        return "asks nothing of the student's code: it cannot tell right from wrong"
    hidden = " (hidden tests too)" if cell.source != cell.released else " (visible tests only)"
    return f"asks for {', '.join(cell.student_names)}{hidden}"
