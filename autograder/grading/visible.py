"""An assignment as its students can read it: for *Validate*, which may say all that it sees."""

from __future__ import annotations

import functools
from dataclasses import replace

from autograder.course.assignment import Assignment, Cell, Notebook
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from autograder.records.result import GradeResult, QuestionResult


@functools.lru_cache(maxsize=16)
def visible(assignment: Assignment) -> Assignment:
    """The assignment with its tests as they were released: nothing hidden is ever run."""
    notebooks = tuple(
        replace(notebook, cells=tuple(map(_released, notebook.cells)))
        for notebook in assignment.notebooks
    )
    return replace(assignment, notebooks=notebooks, grader_files={})


def _released(cell: Cell) -> Cell:
    return replace(cell, source=cell.visible) if cell.kind == "test" else cell


def validate(
    assignment: Assignment, name: str, content: bytes, confined: bool = True
) -> tuple[GradeResult, list[tuple[Cell, QuestionResult]]]:
    """Run the tests that students can read on one notebook of theirs, in the confined sessions.

    The result, and of this notebook the tests that do not pass. LookupError: the assignment has no
    such notebook.
    """
    wanted = [notebook for notebook in assignment.notebooks if notebook.name == name]
    if not wanted:
        raise LookupError(f"{assignment.name} has no notebook {name}")
    alone = replace(visible(assignment), notebooks=visible_of(assignment, wanted[0]))
    result = grade_submission(alone, Submission("you", {f"{name}.ipynb": content}), confined)
    tests = {cell.grade_id: cell for cell in alone.notebooks[0].cells if cell.kind == "test"}
    failed = [(tests[q.id], q) for q in result.questions if q.id in tests and q.state != "passed"]
    return result, failed


def visible_of(assignment: Assignment, notebook: Notebook) -> tuple[Notebook, ...]:
    return tuple(n for n in visible(assignment).notebooks if n.name == notebook.name)
