"""A hidden test says the sentence that the instructor wrote beside the assertion that failed."""

import pytest

from autograder.authoring.check import check
from tests.conftest import small_course

HIDDEN = """x = np.arange(4.0)
### BEGIN HIDDEN TESTS
import numpy.testing as npt
def same(got, want):
    return np.shape(got) == np.shape(want) and np.allclose(got, want)
n = 3
assert same(square(x), x * x), "the squares of four numbers"
npt.assert_allclose(
    square(-x),
    x * x,
    err_msg="numbers "
    "below zero",
)
try:
    square("x")
except TypeError:
    pass
else:
    raise AssertionError("a text has no square")
assert square(n) == 9, f"the square of {n}"
assert square(5) == 25, n
assert square(1) == 1; assert square(6) == 36, "six"
assert square(7) == 49, "seven"; assert square(8) == 64, "eight"
assert square(9) == 81, "nine"
### END HIDDEN TESTS"""
CELLS = [
    ("setup", "locked", "import numpy as np"),
    ("square", "solution", "def square(x):\n    return x * x"),
    ("hidden", "test", HIDDEN),
]
RAISED = "your code raised ZeroDivisionError in a hidden test"
FAILED = "a hidden test did not pass"
TOLD = "tell_sentences = true"


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny(CELLS, TOLD)


def said(tiny, body):
    result = tiny.grade({"square": f"def square(x):\n    {body}"})
    return result.questions[0].message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return x", FAILED + ": the squares of four numbers"),
        ("return np.array(0.0)", FAILED + ": the squares of four numbers"),
        ("return x * abs(x)", FAILED + ": numbers below zero"),
        (
            "1 / 0",
            f"{RAISED}: the squares of four numbers",
        ),
        (
            "return x * x if not isinstance(x, str) else x",
            FAILED + ": a text has no square",
        ),
        ("return x * x if np.ndim(x) or x == 'x' else 0", FAILED),
        ("return x * x if np.ndim(x) or x < 4 else 0", FAILED),
        ("return x * x if np.ndim(x) or x < 6 else 0", FAILED),
        ("return x * x if np.ndim(x) or x < 9 else 0", FAILED + ": nine"),
        ("return x * x if np.ndim(x) or x < 7 else 0", FAILED),
    ],
)
def test_the_sentence_beside_the_assertion_that_failed_is_said(tiny, body, message):
    assert said(tiny, body) == message


def test_a_right_answer_hears_no_sentence(tiny):
    assert said(tiny, "return x * x") == ""


def test_without_the_setting_nothing_is_said(make_tiny):
    assert said(make_tiny(CELLS), "return x") == FAILED


def test_a_test_that_makes_something_again_says_the_right_sentence(make_tiny):
    cells = [
        ("setup", "locked", "import numpy as np"),
        ("square", "solution", "def square(x):\n    return x * x"),
        ("first", "test", "nine = square(3)\nassert nine == 9"),
        (
            "second",
            "test",
            '### BEGIN HIDDEN TESTS\nassert square(1) == 1, "one"\nassert nine == 9, "nine"\n'
            'assert square(2) == 4, "two"\n### END HIDDEN TESTS',
        ),
    ]
    result = make_tiny(cells, TOLD).grade({"square": "def square(x):\n    return x ** x"})
    assert result.questions[1].message == FAILED + ": nine"


def test_check_lists_what_students_may_be_told(tmp_path):
    course = small_course(tmp_path, CELLS, settings=f"{TOLD}\n")
    lines = dict(check(course, "t"))
    [line] = [line for line in lines if line.startswith("hidden")]
    assert "who fails it may be told 'the squares of four numbers', 'numbers below zero', " in line
    assert lines[line]
