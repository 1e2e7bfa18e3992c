"""What is done for honest accidents, tried by those who had none."""

import pytest

from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from tests.conftest import notebook

CELLS = [
    ("setup", "locked", "import numpy as np\nlimit = 1e-6"),
    ("mean", "solution", "def mean(x):\n    return float(np.mean(x))"),
    (
        "test",
        "test",
        "bound = 10\ndef close(a, b): return abs(a - b) < limit\nassert close(mean([1.0, 3]), 2)\n"
        "### BEGIN HIDDEN TESTS\nassert close(mean([4141.0, 4343]), 4242)\n### END HIDDEN TESTS\n"
        "bound = mean([1e-9])",
    ),
    ("two", "solution", "def two(): return 2.0"),
    ("test_two", "test", "assert close(two(), 2)"),
    ("test_bound", "test", "assert two() < bound * 1e10"),
]
RIGHT, WRONG = CELLS[1], ("mean", "solution", "def mean(x): return -1.0")
BEYOND = ("two", "solution", "def two(): return 9.0")


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny(CELLS)


def scores(result):
    return {question.id: question.score for question in result.questions}


def test_a_second_version_is_no_second_try(tiny):
    for versions in ([WRONG, RIGHT], [("", "", RIGHT[2]), WRONG], [WRONG, ("", "", "mean = 1")]):
        result = tiny.grade_bytes(notebook([CELLS[0], *versions, *CELLS[2:]]))
        assert scores(result)["test"] == 0
    result = tiny.grade_bytes(notebook([CELLS[0], WRONG, RIGHT, *CELLS[2:]]))
    assert (result.state, scores(result)["test"]) == ("attention", 0)


def test_a_second_notebook_is_no_second_try(tiny):
    wrong = notebook([CELLS[0], WRONG, *CELLS[2:]])
    files = {"tiny.ipynb": wrong, "a.ipynb": tiny.submit({}), "z.ipynb": tiny.submit({})}
    result = grade_submission(tiny.assignment, Submission("someone", files))
    assert (result.state, scores(result)["test"]) == ("attention", 0)


FORGED_HELPERS = {
    "a helper of the same name": "close = lambda a, b: True",
    "the limit": "limit = 1e9",
    "both, when it is called": (
        "def mean(x):\n    global close, limit\n    close, limit = (lambda a, b: True), 1e9\n"
        "    return -1.0"
    ),
    "a test that ends early": "import os\ndef mean(x): os._exit(0)",
    "a test that never ends": "def mean(x):\n    while True: pass",
    "a name that is not there": "mean = 1\ndel mean",
}


@pytest.mark.parametrize("name", FORGED_HELPERS)
def test_what_a_stopped_test_leaves_behind_is_the_instructors(tiny, name):
    source = f"{WRONG[2]}\n{FORGED_HELPERS[name]}"
    result = tiny.grade({"mean": source, "two": "def two(): return 2.5"})
    assert scores(result) == {"test": 0, "test_two": 0, "test_bound": 0}
    honest = tiny.grade({"mean": source})
    assert scores(honest)["test_two"] == 2


def test_a_bound_that_hangs_on_the_student_is_not_left_as_it_was_before(tiny):
    """Where `mean` fails its test, what would have been made with it is not there."""
    result = tiny.grade({"mean": "def mean(x): return -1.0", "two": BEYOND[2]})
    assert scores(result)["test_bound"] == 0


def test_what_was_written_into_a_test_is_run_in_no_session_of_the_tests(tiny):
    forged = "limit = 1e9\nclose = lambda a, b: True\nimport numpy\nnumpy.mean = lambda x: 0"
    for name in ("test", "setup", "test_two"):
        result = tiny.grade({name: forged, "mean": WRONG[2], "two": "def two(): return 2.5"})
        assert scores(result) == {"test": 0, "test_two": 0, "test_bound": 0}
        assert result.state == "attention"


def test_what_a_hidden_test_gave_is_in_no_text_that_is_kept(tiny):
    keeps = "S = []\ndef mean(x):\n    S.append(list(map(float, x)))\n    return -1.0"
    cells = [CELLS[0], ("mean", "solution", keeps), *CELLS[2:], ("", "", "print('kept', S)")]
    result = tiny.grade_bytes(notebook(cells))
    assert "4141" not in repr(result) + result.notebooks["tiny"].decode()


def test_data_is_not_on_the_way_of_what_the_tests_import(make_tiny):
    cells = [CELLS[1], ("test", "test", "import statistics, colorsys\nassert mean([1.0, 3]) == 2")]
    tiny = make_tiny([CELLS[0], *cells], "own_modules = true")
    forged = b"raise SystemExit\n"
    names = ("statistics.py", "colorsys.py", "statistics/__init__.py", "colorsys.pth", "numpy.pyc")
    content = notebook([CELLS[0], WRONG, cells[1]])
    files = {"tiny.ipynb": content, **dict.fromkeys(names, forged)}
    result = grade_submission(tiny.assignment, Submission("someone", files))
    assert (result.questions[0].state, result.score) == ("failed", 0)
