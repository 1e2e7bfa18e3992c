"""One question's tests cannot spoil the next; `autograder check` says what can cross."""

import pytest

from autograder.authoring.check import check
from autograder.course.course import Course, CourseError
from tests.conftest import ROOT, Tiny, notebook

CELLS = [
    ("f", "solution", "def f(x):\n    return x"),
    ("first", "test", "assert f(1) == 1\nassert f(2) == 2"),
    ("second", "test", "assert f(3) == 3"),
    ("third", "test", "assert f(4) == 4"),
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return Tiny(tmp_path_factory.mktemp("isolation") / "t", CELLS)


@pytest.mark.parametrize(
    "spoiled",
    [
        "calls = []\ndef f(x):\n    calls.append(x)\n    return x if len(calls) < 3 else 0",
        "def f(x):\n    global f\n    if x == 2:\n        f = None\n    return x",
    ],
    ids=["counts its calls", "removes itself"],
)
def test_a_test_that_passes_alone_has_passed(tiny, spoiled):
    result = tiny.grade({"f": spoiled})
    assert [question.state for question in result.questions] == ["passed"] * 3


def test_a_crash_in_one_question_costs_that_question(tiny):
    result = tiny.grade({"f": "import os\ndef f(x):\n    return os._exit(0) if x == 3 else x"})
    assert [question.state for question in result.questions] == ["passed", "crashed", "passed"]


def test_what_is_wrong_alone_is_wrong(tiny):
    result = tiny.grade({"f": "def f(x):\n    return x if x != 4 else 5"})
    assert [question.state for question in result.questions] == ["passed", "passed", "failed"]


def test_check_says_which_test_cannot_cross_and_why(tmp_path):
    folder = tmp_path / "solutions" / "tiny"
    folder.mkdir(parents=True)
    (tmp_path / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text())
    (folder / "assignment.toml").write_text('packages = ["numpy"]\n')
    cells = [
        ("s", "solution", "class A:\n    pass\n\ndef f(x):\n    return x"),
        (
            "good",
            "test",
            "assert f(2) == 2\n### BEGIN HIDDEN TESTS\nassert f(3) == 3\n### END HIDDEN TESTS",
        ),
        ("compares", "test", "assert A() == A()"),
        ("idle", "test", "assert 1 == 1"),
        ("careless", "test", "import numpy as np\nnp.testing.assert_allclose(f(2), 2)"),
    ]
    (folder / "tiny.ipynb").write_bytes(notebook(cells))
    lines = dict(
        zip(["good", "compares", "idle", "careless"], check(Course(tmp_path), "tiny"), strict=True)
    )
    assert lines["good"] == ("good: asks for f (hidden tests too)", True)
    text, fine = lines["compares"]
    assert not fine
    assert "asks for A" in text
    assert "compar" in text
    assert "cannot tell right from wrong" in lines["idle"][0]
    text, fine = lines["careless"]
    assert text.startswith(
        "careless: passes functions that all return np.array([]): let it look at"
    )
    assert not fine


def test_an_instructors_solution_that_is_stopped_is_named_and_judges_nobody(tmp_path):
    cells = [("f", "solution", "def f():\n    while True: pass"), ("t", "test", "assert f() == 1")]
    with pytest.raises(CourseError, match=r"stopped in t \(timeout\): run `autograder build"):
        Tiny(tmp_path / "t", cells).grade({"f": "def f(): return 1"})
