"""`autograder check`: of each test cell, what it asks of the student's session, and whether it can.

The instructor's own notebook is run in two sessions. A test that works beside the student's code
may not work from afar: it compares an object that does not cross, passes a function of its own to
the student's, or writes into an array that it holds a copy of. And a test that functions pass which
return nothing but an empty array proves nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import v4

from autograder.assignment import Assignment, Cell
from autograder.course import Course
from autograder.grading import grade_submission
from autograder.submission import Submission

# Answers that hold beside many a careless check: `assert_allclose([], 2)` compares nothing.
NOTHING = ("np.array([])", "np.zeros((0, 1, 1))", "[]", "float('nan')", "True")


def check(course: Course, name: str, confined: bool = True) -> Iterator[tuple[str, bool]]:
    """A line for each test cell, and whether all is well with it."""
    assignment = course.assignment(name)  # CourseError where a name belongs to neither session
    folder = course.solutions / name
    files = {path.name: path.read_bytes() for path in folder.glob("*.ipynb")}
    result = grade_submission(assignment, Submission("instructor", files), confined)
    cells = {cell.grade_id: cell for notebook in assignment.notebooks for cell in notebook.cells}
    nothing = _passed_by_nothing(assignment, confined)
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


def _passed_by_nothing(assignment: Assignment, confined: bool) -> dict[str, str]:
    """The tests that hold when every function of the solution returns one of NOTHING."""
    passed: dict[str, str] = {}
    for value in NOTHING:
        files = {}
        for notebook in assignment.notebooks:
            cells = []
            for cell in notebook.cells:
                make = v4.new_code_cell if cell.cell_type == "code" else v4.new_markdown_cell
                source = cell.source
                if cell.kind == "solution" and cell.cell_type == "code":
                    source += "".join(f"\n{_returning(value, f)}" for f in _functions(source))
                cells.append(make(source, metadata=cell.metadata))
            files[f"{notebook.name}.ipynb"] = nbformat.writes(v4.new_notebook(cells=cells)).encode()
        result = grade_submission(assignment, Submission("nobody", files), confined)
        tests = {c.grade_id: c for n in assignment.notebooks for c in n.cells if c.student_names}
        for question in result.questions:
            if question.state == "passed" and question.id in tests:
                passed.setdefault(question.id, value)
    return passed


def _returning(value: str, function: str) -> str:
    return f"def {function}(*args, **kwargs):\n    import numpy as np\n    return {value}\n"


def _functions(source: str) -> list[str]:
    """The functions that a cell defines."""
    tree = ast.parse(TransformerManager().transform_cell(source))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def _asks(cell: Cell) -> str:
    if not cell.student_names:
        return "asks nothing of the student's code: it cannot tell right from wrong"
    hidden = " (hidden tests too)" if cell.source != cell.released else " (visible tests only)"
    return f"asks for {', '.join(cell.student_names)}{hidden}"
