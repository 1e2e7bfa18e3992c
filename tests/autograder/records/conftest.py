"""A course of one assignment, and what its people do."""

import shutil
from types import SimpleNamespace

import pytest

from autograder.authoring.build import release
from autograder.course.course import Course
from autograder.grading.engine import grade_course, kept_results
from autograder.records.gradebook import Recorder
from tests.autograder.records import regrading
from tests.conftest import notebook, small_course

CELLS = [
    ("q1", "solution", "def double(x):\n    return 2 * x"),
    ("q1_test", "test", "assert double(2) == 4"),
    ("why", "manual", "Why?"),
]


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    course = small_course(tmp_path_factory.mktemp("released"), CELLS)
    release(course, course.assignment("t"))
    return course.root


@pytest.fixture
def klass(released, tmp_path):
    """A course, and what its people do."""
    course = Course(shutil.copytree(released, tmp_path / "course"))

    def hand_in(student="ada", why="Because.", code=CELLS[0][2], **files):
        folder = course.submitted / student / "t"
        folder.mkdir(parents=True, exist_ok=True)
        cells = [("q1", "solution", code), CELLS[1], ("why", "manual", why)]
        (folder / "t.ipynb").write_bytes(notebook(cells))
        for name, text in files.items():
            (folder / f"{name}.txt").write_text(text)

    def grade(**options):
        return {r.student: r for r in grade_course(course, course.assignment("t"), **options)}

    def by_hand(points=None, comment=None, student="ada"):
        """What the form-grader writes when a score or a comment is typed."""
        with course.gradebook() as gradebook:
            if points is not None:
                grade = gradebook.find_grade("why", "t", "t", student)
                grade.manual_score, grade.needs_manual_grade = points, False
            if comment is not None:
                gradebook.find_comment("why", "t", "t", student).manual_comment = comment
            gradebook.db.commit()

    def shown(student="ada"):
        """The result as export, report and feedback take it."""
        with Recorder(course, "t") as recorder:
            refreshed = recorder.refresh(kept_results(course, "t"))
        return next(result for result in refreshed if result.student == student)

    def waits(student="ada"):
        with course.gradebook() as gradebook:
            return gradebook.find_grade("why", "t", "t", student).needs_manual_grade

    return SimpleNamespace(
        course=course, hand_in=hand_in, grade=grade, by_hand=by_hand, shown=shown, waits=waits
    )


@pytest.fixture(scope="module")
def graded_class(tmp_path_factory):
    """Three students, made from the release; a person has given ada points, and words, in the
    essay, and bob half a point for his wrong function."""
    course = small_course(
        tmp_path_factory.mktemp("graded"), regrading.CELLS, settings=regrading.DUE
    )
    root = course.root
    release(course, course.assignment("t"))
    for student, answers in regrading.ANSWERS.items():
        regrading.hand_in(root, student, answers | {"why": f"I, {student}."})
    assert regrading.run(root, "grade") == 0
    with course.gradebook() as gradebook:
        for question, student, points in (("why", "ada", 0.75), ("q2_test", "bob", 0.5)):
            grade = gradebook.find_grade(question, "t", "t", student)
            grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.find_comment("why", "t", "t", "ada").manual_comment = "Well said."
        gradebook.db.commit()
    return root


@pytest.fixture
def root(graded_class, tmp_path):
    return shutil.copytree(graded_class, tmp_path / "course")
