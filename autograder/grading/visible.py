"""An assignment as its students can read it: for *Validate*, which may say all that it sees."""

from __future__ import annotations

import functools
from dataclasses import replace

from autograder.course.assignment import Assignment
from autograder.course.cells import Cell, Notebook
from autograder.course.resolve import resolve
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from autograder.grading.instructors import Conversation
from autograder.records.result import GradeResult, QuestionResult

Failed = list[tuple[Cell, QuestionResult]]


@functools.lru_cache(maxsize=16)
def visible(assignment: Assignment) -> Assignment:
    """The assignment with its tests as they were released: nothing hidden is ever run, or decides
    what a test asks for, and before the work is handed in there is no hint of a known mistake, nor
    of what follows from another."""
    notebooks = tuple(map(_released, assignment.notebooks))
    return replace(assignment, notebooks=notebooks, mistakes=(), stand_in={}, grader_files={})


def _released(notebook: Notebook) -> Notebook:
    cells = [replace(c, source=c.visible) if c.kind == "test" else c for c in notebook.cells]
    # What is wrong with a test is said where its assignment is read.
    return replace(notebook, cells=tuple(resolve(notebook.name, cells, [])))


def validate(
    assignment: Assignment, name: str, submission: Submission, confined: bool = True
) -> tuple[GradeResult, Failed]:
    """Run the tests that students can read on one notebook of theirs, in the confined sessions,
    beside the files that they would hand in with it.

    The result, and of this notebook the tests that do not pass. LookupError: the assignment has no
    such notebook.
    """
    return check(visible(assignment), name, submission, confined)


def check(
    released: Assignment,
    name: str,
    submission: Submission,
    confined: bool = True,
    own: Conversation | None = None,
) -> tuple[GradeResult, Failed]:
    """The same, for an assignment in which nothing is hidden; `own` is what the instructor's
    version did in its tests, where that is not there to be run."""
    there = [notebook.name for notebook in released.notebooks]
    if name not in there:
        known = " or ".join(f"{one}.ipynb" for one in there)
        raise LookupError(f"{released.name} has no notebook {name}: rename yours to {known}")
    others = {f"{one}.ipynb" for one in there if one != name}
    alone = replace(released, notebooks=tuple(n for n in released.notebooks if n.name == name))
    files = {file: content for file, content in submission.files.items() if file not in others}
    result = grade_submission(alone, replace(submission, files=files), confined, own)
    tests = {cell.grade_id: cell for cell in alone.notebooks[0].cells if cell.kind == "test"}
    failed = [(tests[q.id], q) for q in result.questions if q.id in tests and q.state != "passed"]
    return result, failed
