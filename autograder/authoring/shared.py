"""Which tests have to run beside the student's code (`shared` in assignment.toml), and which not.

Both are tried with the instructor's own version. The line is only ever proposed: who writes it lets
students read a test that may be hidden, and answer in its place.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from autograder.course.assignment import Assignment
from autograder.course.cells import Cell
from autograder.course.course import CourseError
from autograder.grading.instructors import conversation


def passed_beside(assignment: Assignment, tests: Collection[str], confined: bool) -> set[str]:
    """Those of the tests, which do not pass from another process, that pass beside the code."""
    apart = {cell.grade_id for cell in _tests(assignment) if not cell.shared} & set(tests)
    return apart - _lost(assignment, apart, True, confined) if apart else set()


def passed_apart(assignment: Assignment, confined: bool) -> set[str]:
    """The tests that are shared, and pass from another process just as well."""
    shared = {cell.grade_id for cell in assignment.shared if not cell.never_apart}
    return shared - _lost(assignment, shared, False, confined) if shared else set()


def proposed(test: str) -> str:
    """What to write to let a test run beside the student's code."""
    return (
        f'or write shared = ["{test}"] at the top of assignment.toml (one list for all such '
        "tests): it passes beside the student's code, which can then read it and answer in its "
        "place"
    )


def _tests(assignment: Assignment) -> list[Cell]:
    cells = [cell for notebook in assignment.notebooks for cell in notebook.cells]
    return [cell for cell in cells if cell.kind == "test"]


def _lost(assignment: Assignment, tests: set[str], shared: bool, confined: bool) -> set[str]:
    """The tests that the instructor's version does not pass when these are shared, or not."""
    notebooks = tuple(
        replace(
            notebook,
            cells=tuple(
                replace(cell, shared=shared) if cell.grade_id in tests else cell
                for cell in notebook.cells
            ),
        )
        for notebook in assignment.notebooks
    )
    try:
        tried = conversation(replace(assignment, notebooks=notebooks), confined)
    except CourseError:  # one of them was stopped: nothing is known of any
        return tests
    return {question.id for question in tried.lost}
