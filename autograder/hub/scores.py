"""Scores that a person types, each for the text that the page showed.

A page may have been opened before a newer attempt was graded. Every grade that it is given names
the text that it is for; nbgrader's script sends that back with the score, and so it is known here.
What was typed for an earlier text is kept and waits: a person looks at it again, as at every score
of an earlier text. It takes the place of none that was given for the present one.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from nbgrader.api import Grade, MissingEntry
from nbgrader.server_extensions.formgrader.base import check_notebook_dir, check_xsrf
from tornado import web

from autograder.grading.engine import kept_data
from autograder.hub.formgrader import GuardedCall


class Scores(GuardedCall):
    """`GET /formgrader/api/grades?submission_id=…`: nbgrader's, and of each its text."""

    @web.authenticated
    @check_xsrf
    @check_notebook_dir
    def get(self) -> None:
        try:
            notebook = self.gradebook.find_submission_notebook_by_id(
                self.get_argument("submission_id")
            )
        except MissingEntry:
            raise web.HTTPError(404) from None
        grades = [grade.to_dict() | {"text": self.text_of(grade)} for grade in notebook.grades]
        self.write(json.dumps(grades))

    def text_of(self, grade: Grade) -> str:
        """A digest of the answer that was graded; for a test, of all answers. "": nothing was."""
        student, assignment = grade.student.id, grade.assignment.name
        answers = kept_data(Path(self.coursedir.root, "reports"), assignment, student)
        answers = answers.get("answers", {})
        together = hashlib.sha256(repr(sorted(answers.items())).encode()).hexdigest()
        return str(answers.get(grade.name, together if answers else ""))


class Score(Scores):
    """`GET` and `PUT /formgrader/api/grade/<grade>`"""

    @web.authenticated
    @check_xsrf
    @check_notebook_dir
    def get(self, grade_id: str) -> None:
        grade = self._find(grade_id)
        self.write(json.dumps(grade.to_dict() | {"text": self.text_of(grade)}))

    @web.authenticated
    @check_xsrf
    @check_notebook_dir
    def put(self, grade_id: str) -> None:
        grade, typed = self._find(grade_id), self.get_json_body()
        text = self.text_of(grade)
        seen = typed.get("text", text)
        present = grade.manual_score is not None and not grade.needs_manual_grade
        if seen == text or not present:
            grade.manual_score = typed.get("manual_score")
            grade.extra_credit = typed.get("extra_credit")
            nothing = grade.manual_score is None and grade.auto_score is None
            grade.needs_manual_grade = nothing or seen != text
            self.gradebook.db.commit()
        self.write(json.dumps(grade.to_dict() | {"text": seen}))

    def _find(self, grade_id: str) -> Any:
        try:
            return self.gradebook.find_grade_by_id(grade_id)
        except MissingEntry:
            raise web.HTTPError(404) from None
