"""`autograder appeal`: a question's points decided by a person, with the reason."""

from __future__ import annotations

from dataclasses import dataclass

from nbgrader.api import MissingEntry

from autograder.course.course import Course, CourseError
from autograder.grading.engine import write_whole
from autograder.records import appeals
from autograder.records.appeals import Appeal
from autograder.term.due import moment


@dataclass(frozen=True)
class Decision:
    """What a person asks for; `points` None takes earlier decisions back: what the form-grader had
    given before them is there again."""

    student: str
    question: str
    points: float | None
    why: str


def decide(course: Course, name: str, asked: Decision, yes: bool) -> str:
    """The points before and after; with `yes` they are written. CourseError: they cannot be."""
    if asked.points is not None and not asked.why.strip():
        raise CourseError("say why, by --why: the student reads it")
    with course.gradebook() as gradebook:
        try:
            submission = gradebook.find_submission(name, asked.student)
        except MissingEntry:
            raise CourseError(f"{asked.student} has nothing graded of {name}") from None
        grades = {
            grade.name: grade for notebook in submission.notebooks for grade in notebook.grades
        }
        grade = grades.get(asked.question)
        if grade is None:
            raise CourseError(
                f"no question is called {asked.question!r}; there are {', '.join(grades)}"
            )
        before, most, by_hand = grade.score, grade.max_score, grade.manual_score
        waited = grade.needs_manual_grade
        points, waits = _points(course, name, asked, by_hand, most)
        if yes:
            grade.manual_score = points
            unjudged = points is None and grade.auto_score is None
            # Also where the text has changed since the decision.
            grade.needs_manual_grade = asked.points is None and (waits or waited or unjudged)
            gradebook.db.commit()  # first: a reason is of points that are there
            kept = appeals.appeals(course.reports, name)
            when = moment().isoformat(timespec="seconds")
            about = asked.student, asked.question, asked.points, before, asked.why, when
            kept.append(Appeal(*about, by_hand, waited))
            path = appeals.path(course.reports, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, appeals.written(kept))
    now = "as graded" if points is None else f"{points:g}"
    return f"{asked.student}, {asked.question}: {before:g} → {now} of {most:g}"


def _points(
    course: Course, name: str, asked: Decision, now: float | None, most: float
) -> tuple[float | None, bool]:
    """The points by hand that are to stand, where `now` do, and whether a person is still to look
    at them. CourseError: they cannot stand."""
    if asked.points is not None:
        if not 0 <= asked.points <= most:
            raise CourseError(f"{asked.question} has from 0 to {most:g} points")
        return asked.points, False
    decided = appeals.standing(course.reports, name, asked.student, asked.question)
    if decided is None or decided[0].points != now:
        raise CourseError(
            f"{asked.question} has no points of an appeal that could be taken back; what else was "
            "given by hand, the form-grader changes"
        )
    return decided[1].by_hand, decided[1].waited
