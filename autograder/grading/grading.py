"""`grade_submission(assignment, submission)`: a pure function of bytes, run in two sessions."""

from __future__ import annotations

import time
from dataclasses import replace

from autograder.course.assignment import Assignment
from autograder.course.beside import files_beside
from autograder.course.find import find_notebook, other_notebooks
from autograder.course.stamp import UNREADABLE
from autograder.course.submission import Submission
from autograder.grading.instructors import Conversation
from autograder.grading.notebook import grade_notebook
from autograder.grading.pair import InstructorsCellStopped
from autograder.grading.recall import records_in, written
from autograder.grading.verdict import result_of
from autograder.records.result import GradeResult, QuestionResult


def grade_submission(
    assignment: Assignment,
    submission: Submission,
    confined: bool = True,
    own: Conversation | None = None,
    kept: bytes | None = None,
    once: bool = False,
) -> GradeResult:
    """Run and judge a submission. What it does wrong costs points; it never raises for that.

    `own` is the instructor's conversation where it was recorded; without it, it is had now. `kept`
    is what an earlier grading of the student's work has left (`GradeResult.kept`, or b""), of which
    is taken what is still true; None: nothing is looked up, or kept. `once` is for a proof that
    needs no second try of what fails, and for no student: nothing is looked up, and its messages
    may tell what a hidden test saw.

    ConfinementError where this machine cannot confine it and `confined` is true.
    """
    start = time.monotonic()
    if not submission.files:
        return absent(assignment, submission.student)
    beside = files_beside(assignment, submission)
    names = {f"{notebook.name}.ipynb" for notebook in assignment.notebooks}
    found = [
        find_notebook(notebook, names - {f"{notebook.name}.ipynb"}, submission)
        for notebook in assignment.notebooks
    ]
    others = other_notebooks(submission, found)
    elsewhere = (*beside.files, *others)
    records = None if kept is None or once else records_in(kept)
    try:
        around = (beside, elsewhere, confined, own, records, once)
        graded = [
            grade_notebook(assignment, notebook, one, *around)
            for notebook, one in zip(assignment.notebooks, found, strict=True)
        ]
    except InstructorsCellStopped as stopped:
        return faulty(assignment, submission.student, str(stopped))
    questions = [result for one in graded for result in one.results]
    attention = beside.attention or any(one.attention for one in graded)
    notes = [*beside.notes, *(f"{name[:80]} was handed in, too: not graded" for name in others)]
    notes += [note for one in graded for note in one.notes]
    notes += [UNREADABLE] if submission.untimed else []
    is_recalled = any(one.recalled for one in graded)
    seconds = sum(one.seconds for one in graded) if is_recalled else time.monotonic() - start
    return GradeResult(
        student=submission.student,
        assignment=assignment.name,
        state=_state(questions, attention),
        max_score=assignment.max_score,
        questions=tuple(questions),
        tier=next((one.tier for one in graded if one.tier), ""),
        seconds=round(seconds, 3),
        memory_mb=round(max((one.memory_mb for one in graded), default=0.0), 1),
        message="; ".join(dict.fromkeys(notes)),
        notebooks={one.name: one.notebook for one in graded if one.notebook},
        kept=written({one.name: one.record for one in graded if one.record}),
        recalled=sum(one.recalled for one in graded),
    )


def absent(assignment: Assignment, student: str) -> GradeResult:
    """The result of a student who handed nothing in."""
    return _without_run(assignment, student, "absent", "missing", "nothing was submitted")


def faulty(assignment: Assignment, student: str, message: str) -> GradeResult:
    """The result where the grader failed: every question waits for a person."""
    return _without_run(assignment, student, "fault", "fault", f"the grader failed: {message}")


def stranger(assignment: Assignment, name: str) -> GradeResult:
    """The result for a folder whose name is no student's: nothing of it is graded or recorded."""
    what = f"{name!r} is no student's id: letters, digits, dots, dashes; rename the folder"
    return _without_run(assignment, name, "attention", "missing", what)


def unrecorded(result: GradeResult, message: str) -> GradeResult:
    """A result that could not be written: the next run grades it again."""
    return replace(result, state="fault", message=message, notebooks={})


def _without_run(
    assignment: Assignment, student: str, state: str, question_state: str, message: str
) -> GradeResult:
    cells = [cell for notebook in assignment.notebooks for cell in notebook.questions]
    return GradeResult(
        student,
        assignment.name,
        state,
        assignment.max_score,
        tuple(result_of(cell, 0.0, question_state, message) for cell in cells),
        message=message,
    )


def _state(questions: list[QuestionResult], attention: bool) -> str:
    states = {question.state for question in questions}
    if "fault" in states:
        return "fault"
    if attention:
        return "attention"
    return "needs_manual" if "manual" in states else "graded"
