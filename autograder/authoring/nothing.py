"""Answers that are wrong whatever is asked: a test that they pass looks at nothing.

Every function and class of the solution is replaced by one that gives a value, every variable by
the value. What is passed by functions that all return an empty array, or by variables and classes
that may be anything, tells no right answer from a wrong one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from autograder.authoring.versions import answers, side_by_side, version
from autograder.course.assignment import Assignment
from autograder.course.cells import Cell
from autograder.course.names import as_python, imports, names
from autograder.grading.grading import grade_submission
from autograder.sessions.syntax import parse

# Answers that hold beside many a careless check: `assert_allclose([], 2)` compares nothing.
NOTHING = ("np.array([])", "np.zeros((0, 1, 1))", "[]", "float('nan')")
# Each may be the right value of a variable; no variable's right values are all of them.
ANYTHING = ("None", "0", "[]", "'?'")

FUNCTION = """
def {name}(*args, **kwargs):
    import numpy as np
    return {value}
"""
CLASS = """
class {name}:
    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        import numpy as np
        return {value}

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self.__call__
"""
VARIABLE = """
import numpy as np
{name} = {value}
"""


def passed_by_nothing(
    assignment: Assignment, confined: bool, values: tuple[str, ...] = NOTHING
) -> dict[str, str]:
    """The tests of functions that hold when all of these return one of the values."""
    functions = {n for c in answers(assignment) for n, t in _defined(c).items() if t == FUNCTION}
    tests = {c.grade_id for c in _asking(assignment) if functions.issuperset(c.student_names)}
    if not tests:
        return {}
    holds = side_by_side(lambda value: _passed_with(assignment, value, confined), values)
    passed: dict[str, str] = {}
    for value, questions in zip(values, holds, strict=True):
        for question in tests & questions:
            passed.setdefault(question, value)
    return passed


def passed_by_anything(assignment: Assignment, confined: bool) -> set[str]:
    """The tests of variables and classes that hold whatever these are and give."""
    defined = {n: t for cell in answers(assignment) for n, t in _defined(cell).items()}
    passed = {
        cell.grade_id
        for cell in _asking(assignment)
        if defined.keys() >= {*cell.student_names}
        and any(defined[name] != FUNCTION for name in cell.student_names)
    }
    for value in ANYTHING:
        if passed:
            passed &= _passed_with(assignment, value, confined)
    return passed


def _asking(assignment: Assignment) -> Iterable[Cell]:
    """The tests that ask something of the student."""
    cells = [cell for notebook in assignment.notebooks for cell in notebook.cells]
    return [cell for cell in cells if cell.kind == "test" and cell.student_names]


def _defined(cell: Cell) -> dict[str, str]:
    """The names that an answer defines, each with the text that defines it otherwise."""
    own = names(cell.source)[0] - imports(cell.source)
    texts = dict.fromkeys(own, VARIABLE)
    for node in parse(as_python(cell.source)).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            texts[node.name] = FUNCTION
        elif isinstance(node, ast.ClassDef):
            texts[node.name] = CLASS
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            texts |= {t.id: FUNCTION for t in node.targets if isinstance(t, ast.Name)}
    return texts


def _passed_with(assignment: Assignment, value: str, confined: bool) -> set[str]:
    """The tests that hold with these answers."""

    def more(cell: Cell) -> str:
        defined = sorted(_defined(cell).items())
        return "".join(text.format(name=n, value=value) for n, text in defined)

    result = grade_submission(assignment, version(assignment, more), confined)
    return {question.id for question in result.questions if question.state == "passed"}
