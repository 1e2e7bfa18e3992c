"""What a person has given in the form-grader, put into a result of the grader."""

from __future__ import annotations

import dataclasses

from nbgrader.api import SubmittedAssignment

from autograder.records.appeals import Reasons
from autograder.records.result import GradeResult


def with_hand_grades(
    submission: SubmittedAssignment,
    result: GradeResult,
    penalty: float,
    reasons: Reasons,
) -> GradeResult:
    """The result with the scores and comments that a person gave, and its late penalty.

    `reasons` are those of appeals.
    """
    grades = {grade.name: grade for notebook in submission.notebooks for grade in notebook.grades}
    questions = []
    for question in result.questions:
        grade = grades.get(question.id)
        if grade is not None and question.how == "cancelled":
            questions.append(dataclasses.replace(question, score=grade.score or 0.0))
            continue
        if grade is None:  # of an outdated result: the question is gone
            questions.append(question)
            continue
        given = grade.manual_score is not None or grade.extra_credit
        if given and grade.needs_manual_grade:
            score = grade.score or 0.0  # extra credit is in it
            message = "score of an earlier text: a person looks at it again"
            question = dataclasses.replace(question, score=score, state="manual", message=message)
        elif given:
            score = grade.score or 0.0  # extra credit is in it
            full, none = score >= question.max_score, score == 0
            state = "passed" if full else "failed" if none else "partial"
            why = reasons.get((result.student, question.id, grade.manual_score))
            message = f"on appeal: {why}" if why else "graded by a person"
            question = dataclasses.replace(question, score=score, state=state, message=message)
        questions.append(question)
    state = result.state
    if state in ("needs_manual", "graded"):
        waits = any(question.state == "manual" for question in questions)
        state = "needs_manual" if waits else "graded"
    return dataclasses.replace(
        result,
        state=state,
        questions=tuple(questions),
        late_penalty=penalty,
        comments=_comments(submission),
    )


def _comments(submission: SubmittedAssignment) -> dict[str, str]:
    """What a person has written beside the answers."""
    comments = [comment for notebook in submission.notebooks for comment in notebook.comments]
    return {comment.name: comment.manual_comment for comment in comments if comment.manual_comment}
