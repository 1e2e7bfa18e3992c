"""A slip of an honest student, which costs points, is named: a person decides."""

import sys

import pytest

from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from tests.conftest import Tiny, notebook

CELLS = [
    ("setup", "locked", "import numpy as np"),
    ("q", "solution", "def double(x):\n    return 2 * x"),
    (
        "q_test",
        "test",
        "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(4242) == 8484\n"
        "### END HIDDEN TESTS",
    ),
    ("r", "solution", "def half(x):\n    return x / 2"),
    ("r_test", "test", "### BEGIN HIDDEN TESTS\nassert half(4242) == 2121\n### END HIDDEN TESTS"),
]
USES = "def {}(x):\n    return helper(x)"
HELPER = ("", "", "def helper(x):\n    return x")


@pytest.fixture(scope="module")
def tiny(make_tiny) -> Tiny:
    return make_tiny(CELLS)


def test_what_the_code_asks_for_and_stands_below_its_test_waits_for_a_person(tiny):
    cells = notebook([*tiny_cells(q=USES.format("double"), r=USES.format("half")), HELPER])
    result = tiny.grade_bytes(cells)
    assert [(q.state, q.score) for q in result.questions] == [("manual", 0), ("manual", 0)]
    seen, unseen = (question.message for question in result.questions)
    assert "asks for `helper`, which is defined in cell 6 only below this test" in seen
    assert "asks for what is defined only below this test" in unseen


def tiny_cells(**texts):
    return [(name, kind, texts.get(name, source)) for name, kind, source in CELLS]


def test_what_stands_nowhere_is_an_error_of_the_code(tiny):
    result = tiny.grade({"q": USES.format("double")})
    assert result.questions[0].state == "error"
    assert result.state == "graded"


def test_by_a_name_that_stands_below_no_hidden_input_is_told(tiny):
    """The student's code may name what it met in a hidden test, and has every name below."""
    tell = "def half(x):\n    raise NameError(f\"name 'a{x}' is not defined\")"
    result = tiny.grade_bytes(notebook([*tiny_cells(r=tell), ("", "", "a4242 = 1")]))
    assert "4242" not in " ".join([result.message, *(q.message for q in result.questions)])


@pytest.mark.parametrize("name", ["Double", "duoble", "double_", "doubel"])
def test_a_name_that_is_nearly_right_is_named(tiny, name):
    result = tiny.grade({"q": f"def {name}(x):\n    return 2 * x"})
    assert (result.state, result.questions[0].state) == ("attention", "missing")
    assert f"`double` is missing, but q defines `{name}`" in result.message
    assert result.questions[0].message in result.message


def test_another_name_is_no_slip(tiny, make_tiny):
    two = [("edges", "solution", "rows, rows_2 = 1, 2"), ("t", "test", "assert rows_2 == 2")]
    assert make_tiny(two).grade({"edges": "rows = 1"}).state == "graded"
    assert tiny.grade({"q": "def triple(x):\n    return 3 * x"}).state == "graded"


@pytest.mark.parametrize("path", ["/home/ada/own.txt", "Own.txt", "C:\\\\ada\\\\own.txt"])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_file_that_is_not_where_it_is_opened_is_named(tiny, path, at_once):
    read = f"factor = int(open('{path}').read())"
    code = f"{read}\ndef double(x):\n    return factor * x"
    if not at_once:
        code = f"def double(x):\n    {read}\n    return factor * x"
    files = {"tiny.ipynb": tiny.submit({"q": code}), "own.txt": b"2"}
    result = grade_submission(tiny.assignment, Submission("someone", files))
    assert (result.state, result.questions[0].score) == ("attention", 0)
    place = "q" if at_once else "q_test"
    assert f"{place}: a file is not where it is opened ([Errno 2] No such file" in result.message


def test_a_file_that_costs_no_points_is_nobodys_matter(tiny):
    assert tiny.grade(extra="open('/home/ada/notes.txt')").state == "graded"


def test_a_notebook_that_cannot_be_read_is_said_once(tiny):
    message = tiny.grade_bytes(b"{broken").message
    assert message.startswith("tiny.ipynb cannot be read: it is not a Jupyter notebook")
    assert "handed in, too" not in message


def test_a_task_that_was_deleted_is_shown_again_and_waits(make_tiny):
    tiny = make_tiny([*CELLS, ("draw", "task", "Draw it below.")])
    result = tiny.grade_bytes(notebook([*CELLS, ("", "words", "Here it is.")]))
    assert result.questions[-1].state == "manual"
    assert "Draw it below." in result.notebooks["tiny"].decode()
    assert "Here it is." in result.notebooks["tiny"].decode()


@pytest.mark.parametrize("line", ["!pip install numpy", "%pip install numpy", "!ls"])
def test_a_program_that_is_not_started_costs_nothing_behind_it(tiny, line):
    result = tiny.grade({"q": f"{line}\ndef double(x):\n    return 2 * x"})
    assert (result.score, result.message) == (4, "")
    shown = result.notebooks["tiny"].decode()
    assert "no program is started while this is graded" in shown
    assert sys.executable not in shown
