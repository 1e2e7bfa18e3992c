"""An assignment as its students can read it: for *Validate*, which may say all that it sees."""

from __future__ import annotations

import functools
from dataclasses import replace

from autograder.course.assignment import Assignment
from autograder.course.cells import Cell
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from autograder.records.result import GradeResult, QuestionResult


@functools.lru_cache(maxsize=16)
def visible(assignment: Assignment) -> Assignment:
    """The assignment with its tests as they were released: nothing hidden is ever run, and before
    the work is handed in there is no hint of a known mistake, nor of what follows from another."""
    notebooks = tuple(
        replace(notebook, cells=tuple(map(_released, notebook.cells)))
        for notebook in assignment.notebooks
    )
    return replace(assignment, notebooks=notebooks, mistakes=(), stand_in={}, grader_files={})


def _released(cell: Cell) -> Cell:
    return replace(cell, source=cell.visible) if cell.kind == "test" else cell


def validate(
    assignment: Assignment, name: str, submission: Submission, confined: bool = True
) -> tuple[GradeResult, list[tuple[Cell, QuestionResult]]]:
    """Run the tests that students can read on one notebook of theirs, in the confined sessions,
    beside the files that they would hand in with it.

    The result, and of this notebook the tests that do not pass. LookupError: the assignment has no
    such notebook.
    """
    there = [notebook.name for notebook in assignment.notebooks]
    if name not in there:
        known = " or ".join(f"{one}.ipynb" for one in there)
        raise LookupError(f"{assignment.name} has no notebook {name}: rename yours to {known}")
    others = {f"{one}.ipynb" for one in there if one != name}
    released = visible(assignment)
    alone = replace(released, notebooks=tuple(n for n in released.notebooks if n.name == name))
    files = {file: content for file, content in submission.files.items() if file not in others}
    result = grade_submission(alone, replace(submission, files=files), confined)
    tests = {cell.grade_id: cell for cell in alone.notebooks[0].cells if cell.kind == "test"}
    failed = [(tests[q.id], q) for q in result.questions if q.id in tests and q.state != "passed"]
    return result, failed
