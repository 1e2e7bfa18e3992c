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
        points = _points(course, name, asked, by_hand, most)
        if yes:
            grade.manual_score = points
            grade.needs_manual_grade = points is None and grade.auto_score is None
            gradebook.db.commit()  # first: a reason is of points that are there
            kept = appeals.appeals(course.reports, name)
            when = moment().isoformat(timespec="seconds")
            about = asked.student, asked.question, asked.points, before, asked.why, when
            kept.append(Appeal(*about, by_hand))
            path = appeals.path(course.reports, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, appeals.written(kept))
    now = "as graded" if points is None else f"{points:g}"
    return f"{asked.student}, {asked.question}: {before:g} → {now} of {most:g}"


def _points(
    course: Course, name: str, asked: Decision, now: float | None, most: float
) -> float | None:
    """The points by hand that are to stand, where `now` do. CourseError: they cannot."""
    if asked.points is not None:
        if not 0 <= asked.points <= most:
            raise CourseError(f"{asked.question} has from 0 to {most:g} points")
        return asked.points
    given, before = appeals.standing(course.reports, name, asked.student, asked.question)
    if given is None or given != now:
        raise CourseError(f"{asked.question} has no points of an appeal that could be taken back")
    return before
