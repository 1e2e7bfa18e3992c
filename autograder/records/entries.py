"""What the gradebook has of many submissions, asked for and added together.

nbgrader asks and writes for one student at a time, twenty statements each, and reads a dozen sums
with every submission and notebook; here it is a statement for each table.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nbgrader.api import Assignment as Asked
from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy.orm import load_only, selectinload

from autograder.records.questions import COMMENTED, GRADED, cells_of
from autograder.records.standing import naive_time

# The others are sums over what lies below, which would be formed for each row.
SUBMISSION = ("assignment_id", "student_id", "timestamp", "extension")
NOTEBOOK = ("assignment_id", "notebook_id", "flagged", "late_submission_penalty")


def entries(
    gradebook: Gradebook, asked: Asked, times: Mapping[str, datetime | None]
) -> dict[str, SubmittedAssignment]:
    """The entries of students and when they handed in (None: nothing says when), by the student;
    what is missing of them, or gone, is added."""
    _enrol(gradebook, list(times))
    notebooks = selectinload(SubmittedAssignment.notebooks)
    found = (
        gradebook.db.query(SubmittedAssignment)
        .filter(
            SubmittedAssignment.assignment_id == asked.id,
            SubmittedAssignment.student_id.in_(times),
        )
        .options(
            load_only(*(getattr(SubmittedAssignment, name) for name in SUBMISSION)),
            notebooks.load_only(*(getattr(SubmittedNotebook, name) for name in NOTEBOOK)),
            notebooks.selectinload(SubmittedNotebook.grades),
            notebooks.selectinload(SubmittedNotebook.comments),
        )
    )
    there = {submission.student_id: submission for submission in found}
    for student, time in times.items():
        if student not in there:
            there[student] = SubmittedAssignment(
                assignment_id=asked.id, student_id=student, notebooks=[]
            )
            gradebook.db.add(there[student])
        there[student].timestamp = naive_time(time)
        complete(asked, there[student])
    return there


def _enrol(gradebook: Gradebook, students: list[str]) -> None:
    """Make sure that students are on the roll, and in the course where a hub keeps who is."""
    known = gradebook.db.query(Student.id).filter(Student.id.in_(students))
    there = {student for (student,) in known}
    for student in students:
        if gradebook.authenticator:
            gradebook.authenticator.add_student_to_course(student, gradebook.course_id)
        if student not in there:
            gradebook.db.add(Student(id=student))


def complete(asked: Asked, submission: SubmittedAssignment) -> None:
    """Add the entries that a submission lacks: nbgrader makes them once, and some may be gone."""
    there = {notebook.notebook_id: notebook for notebook in submission.notebooks}
    for notebook in asked.notebooks:
        own = there.get(notebook.id)
        if own is None:
            own = SubmittedNotebook(notebook_id=notebook.id, grades=[], comments=[])
            submission.notebooks.append(own)
        parts: list[tuple[type, tuple[type, ...], list[Any]]] = [
            (Grade, GRADED, own.grades),
            (Comment, COMMENTED, own.comments),
        ]
        for entry, kinds, present in parts:
            has = {one.cell_id for one in present}
            present += [entry(cell_id=c.id) for c in cells_of(notebook, kinds) if c.id not in has]
