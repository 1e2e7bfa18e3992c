"""A hand-in made from an earlier version is graded with what it has, and that is said."""

import json
import shutil

import pytest

from autograder.authoring.build import release
from autograder.course.course import Course
from autograder.grading.engine import grade_course
from tests.conftest import small_course

DOUBLE = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
HALF = DOUBLE.replace("double", "half").replace("2 * x", "x / 2")
CELLS = [
    ("setup", "locked", "import math"),
    ("q1", "solution", DOUBLE),
    ("q1_test", "test", "assert double(2) == 4"),
    ("q2_test", "test", "assert [double(i) for i in (3, 4)] == [6, 8]"),
]
MORE = ("q3_test", "test", "assert double(5) == 10")
HALVES = [("half", "solution", HALF), ("half_test", "test", "assert half(4) == 2")]
SAID = "the notebook was made from an earlier version of the assignment"
RULE = '[[rules]]\nforbid = ["for"]\nfails = ["q1_test"]\n'


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A course whose first version was released and handed in, right."""
    root = tmp_path_factory.mktemp("earlier")
    course = small_course(root, CELLS)
    release(course, course.assignment("t"))
    notebook = json.loads((course.assignments / "t" / "t.ipynb").read_text())
    notebook["cells"][1]["source"] = "def double(x):\n    return 2 * x"
    folder = course.submitted / "ada" / "t"
    folder.mkdir(parents=True)
    (folder / "t.ipynb").write_text(json.dumps(notebook))
    return root


@pytest.fixture
def root(handed_in, tmp_path):
    return shutil.copytree(handed_in, tmp_path / "course")


def graded(root, cells, settings=""):
    """The result after another version was released."""
    course = small_course(root, cells, settings=settings)
    release(course, course.assignment("t"))
    [result] = grade_course(Course(root), course.assignment("t"))
    return result


@pytest.mark.parametrize(
    "cells",
    [
        [*CELLS[:2], ("q1_test", "test", "assert double(7) == 14"), *CELLS[3:]],
        [("setup", "locked", "import cmath"), *CELLS[1:]],
        CELLS[:3],
        [*CELLS[:3], ("renamed", *CELLS[3][1:])],
        [*CELLS[:2], ("q1_test", "test", "assert double(7) == 14"), MORE],
    ],
    ids=[
        "a test has changed",
        "a text has changed",
        "one is gone",
        "one is renamed",
        "all at once",
    ],
)
def test_what_the_instructor_has_changed_is_not_the_students_doing(root, cells):
    result = graded(root, cells, RULE)
    assert (result.state, result.score) == ("graded", result.max_score)
    assert SAID in result.message or "called otherwise now: 1, recognised" in result.message
    assert "deleted" not in result.message


def test_a_question_that_is_new_is_looked_at_by_a_person(root):
    changed = ("q1_test", "test", "assert double(7) == 14")
    result = graded(root, [*CELLS[:2], changed, CELLS[3], *HALVES])
    assert (result.state, result.score) == ("attention", 4)
    assert SAID in result.message
    assert "cell half is not in the notebook" in result.message


def test_where_a_cell_is_only_missing_both_may_be_true_and_both_are_said(root):
    result = graded(root, [*CELLS, MORE])
    assert (result.state, result.score) == ("attention", 6)
    assert "test cell q3_test was deleted: restored" in result.message
    assert "what was deleted may also be new since the notebook was handed out" in result.message


def test_what_a_student_has_changed_is_no_earlier_version(root):
    path = root / "submitted" / "ada" / "t" / "t.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][2]["source"] = "assert True"
    path.write_text(json.dumps(notebook))
    result = graded(root, CELLS)
    assert result.state == "attention"
    assert result.message == "test cell q1_test was changed: restored"


@pytest.mark.parametrize(
    "settings",
    [
        {"points": "many"},
        {"points": 10**400},
        {"grade_id": [1]},
        {"checksum": {}},
        {"locked": "x", "grade": []},
    ],
)
def test_settings_that_are_none_say_nothing(root, settings):
    path = root / "submitted" / "ada" / "t" / "t.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][2]["source"] = "assert True"
    notebook["cells"][2]["metadata"]["nbgrader"] |= settings
    path.write_text(json.dumps(notebook))
    result = graded(root, CELLS)
    assert (result.state, result.score) == ("attention", 4)
    assert SAID not in result.message
