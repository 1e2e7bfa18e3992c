"""What is read of an assignment, and the errors of a build."""

import pytest

from autograder.course.assignment import AssignmentError
from autograder.course.course import Course, CourseError
from autograder.course.names import names
from tests.conftest import ROOT

TEST = ("t", "test", "assert f(1) == k")


def test_names_are_resolved_to_the_session_that_defines_them(make_tiny):
    cells = [
        ("setup", "locked", "import numpy as np\nk = 1"),
        ("f", "solution", "def f(x): return x"),
        ("t", "test", "y = f(k)\nassert [np.abs(f(z)) for z in (1, 2)] and y"),
    ]
    assert make_tiny(cells).assignment.notebooks[0].cells[2].student_names == ("f",)


def test_a_test_that_uses_a_name_from_nowhere_is_an_error_of_the_build(make_tiny):
    with pytest.raises(AssignmentError, match="'t' uses k, which no cell above it defines"):
        make_tiny([("f", "solution", "def f(x): return x"), TEST])


def test_a_grade_id_stands_once(make_tiny):
    with pytest.raises(AssignmentError, match="two cells have the id 't'"):
        make_tiny([("f", "solution", "def f(x): pass\nk = 1"), TEST, TEST])


@pytest.mark.parametrize("settings", ["speed = 3", "title = "])
def test_a_setting_that_is_wrong_is_named(make_tiny, settings):
    with pytest.raises(AssignmentError, match=r"assignment\.toml"):
        make_tiny([("f", "solution", "f = k = 1")], settings)


def test_magics_are_no_obstacle_to_reading_names():
    bound, read = names("%matplotlib inline\nx = y")
    assert "x" in bound
    assert "y" in read


def test_an_unknown_assignment_or_course_says_what_is_there(tmp_path):
    with pytest.raises(CourseError, match="a3-convolution"):
        Course(ROOT).assignment("a9-nothing")
    with pytest.raises(CourseError, match=r"nbgrader_config\.py"):
        Course(tmp_path)
