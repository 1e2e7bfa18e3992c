"""Tests that an instructor lets run beside the student's code, by name."""

import json

import pytest

from autograder import cli
from autograder.course.submission import Submission
from autograder.grading.visible import validate
from tests.conftest import notebook, small_course

SETUP = ("setup", "locked", "import inspect\nimport numpy as np")
DOUBLE = ("double", "solution", "def double(x):\n    return 2 * x")
ASKED = ("asked", "test", "assert double(3) == 6\nassert double(np.ones(2)).sum() == 4")
# What the answer is made of can be read beside it alone.
READ = (
    "read",
    "test",
    "assert 'for' not in inspect.getsource(double)\n"
    "### BEGIN HIDDEN TESTS\nassert double.__code__.co_argcount == 1, 'secret-7'\n"
    "### END HIDDEN TESTS",
)
CELLS = [SETUP, DOUBLE, ASKED, READ]
SHARED = 'shared = ["read"]'
LOOP = "def double(x):\n    for _ in range(1):\n        x = x + x\n    return x"
TWO = "def double(x, y=0):\n    return 2 * x"


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny(CELLS, SHARED)


def states(result):
    return {question.id: question.state for question in result.questions}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (DOUBLE[2], {"asked": "passed", "read": "passed"}),
        (LOOP, {"asked": "passed", "read": "failed"}),
        (TWO, {"asked": "passed", "read": "failed"}),
        ("def double(x):\n    return x", {"asked": "failed", "read": "passed"}),
        ("double = None", {"asked": "failed", "read": "failed"}),
        ("", {"asked": "not_attempted", "read": "not_attempted"}),
    ],
)
def test_a_shared_test_is_judged_beside_the_answer_and_the_others_apart(tiny, answer, expected):
    assert states(tiny.grade({"double": answer})) == expected


def test_the_result_says_which_test_was_shared_and_nothing_that_it_said(tiny):
    result = tiny.grade({"double": TWO})
    assert {question.id: question.how for question in result.questions} == {
        "asked": "",
        "read": "shared",
    }
    told = json.dumps(result.as_json()) + result.notebooks["tiny"].decode()
    assert "secret-7" not in told
    assert "beside your code" in told


@pytest.mark.parametrize(
    ("value", "points"), [("0.5 + double(0.25)", 1.0), ("double(1)", 2.0), ("double(0) / 3", 0.0)]
)
def test_a_shared_test_may_end_in_points(make_tiny, value, points):
    cells = [SETUP, DOUBLE, ("read", "test", f"source = inspect.getsource(double)\n{value}")]
    [question] = make_tiny(cells, SHARED).grade().questions
    assert question.score == points


def test_points_outside_of_the_question_wait_for_a_person(make_tiny):
    cells = [SETUP, DOUBLE, ("read", "test", "inspect.getsource(double)\ndouble(1) + 0.5")]
    assert make_tiny(cells, SHARED).grade({"double": TWO}).questions[0].state == "fault"


def test_what_a_shared_test_patches_is_as_it_was_for_the_others(make_tiny):
    patched = "np.sum = None\ninspect.getsource(double)\nassert double(1) == 2"
    cells = [SETUP, DOUBLE, ("read", "test", patched)]
    cells += [("sums", "test", "assert np.sum(double(np.ones(3))) == 6")]
    tiny = make_tiny(cells, SHARED)
    assert states(tiny.grade()) == {"read": "passed", "sums": "passed"}
    uses = "def double(x):\n    return 2 * np.sum(x) if np.ndim(x) == 0 else 2 * x"
    assert states(tiny.grade({"double": uses})) == {"read": "failed", "sums": "passed"}


def test_a_function_of_a_shared_test_is_there_for_the_tests_below(make_tiny):
    helper = "def near(a, b):\n    return abs(a - b) < 1e-9\ninspect.getsource(double)"
    cells = [SETUP, DOUBLE, ("read", "test", f"{helper}\nassert near(double(1), 2)")]
    cells += [("below", "test", "assert near(double(2), 4)")]
    cells += [("both", "test", "inspect.getsource(double)\nassert near(double(3), 6)")]
    tiny = make_tiny(cells, 'shared = ["read", "both"]')
    assert states(tiny.grade()) == dict.fromkeys(("read", "below", "both"), "passed")


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ("while True: pass", "timeout"),
        ("import os; os._exit(0)", "crashed"),
        ("return bytearray(10**10)", "memory"),
        ("raise SystemExit", "failed"),
        ("print('x' * 10**8)", "passed"),  # nobody reads it
    ],
)
def test_a_shared_test_that_is_stopped_costs_itself_alone(make_tiny, body, state):
    """The answer misbehaves only where it finds itself beside a test."""
    cells = [SETUP, DOUBLE, ("other", "solution", "def triple(x):\n    return 3 * x"), ASKED]
    cells += [
        READ,
        ("last", "test", "assert '3' in inspect.getsource(triple)\nassert triple(1) == 3"),
    ]
    cells[4] = ("read", "test", "inspect.getsource(double)\nassert double('8') == '88'")
    tiny = make_tiny(cells, 'shared = ["read", "last"]')
    answer = f"def double(x):\n    if isinstance(x, str):\n        {body}\n    return 2 * x"
    found = states(tiny.grade({"double": answer}))
    assert found == {"asked": "passed", "read": state, "last": "passed"}


def test_an_answer_that_was_stopped_is_left_out_beside_the_test_too(make_tiny):
    cells = [SETUP, ("stuck", "solution", "size = 1"), DOUBLE, ASKED, READ]
    result = make_tiny(cells, SHARED).grade({"stuck": "while True: pass"})
    assert states(result) == {"asked": "passed", "read": "passed"}
    assert result.seconds < 15


def test_validate_runs_released_text_alone(tiny):
    answer = Submission("me", {"tiny.ipynb": tiny.submit({"double": TWO})})
    result, failed = validate(tiny.assignment, "tiny", answer)
    assert states(result)["read"] == "passed"  # its hidden line would fail
    assert not failed


def test_a_kept_result_of_an_earlier_version_can_be_read(tiny):
    data = tiny.grade().as_json()
    for question in data["questions"]:
        del question["how"]
    assert type(tiny.grade()).from_json(data).questions[0].how == ""


CHECKER = """class Checker:
    def __init__(self, ax):
        self.ax = ax
    def lines(self):
        return [kind for kind in self.ax.get_children() if type(kind).__name__ == "Line2D"]"""
CANNOT_CROSS = {
    "a figure through a checker": (
        "def draw():\n    fig, ax = plt.subplots()\n    ax.plot([1, 2])\n    return ax",
        "import matplotlib.pyplot as plt",
        f"{CHECKER}\nassert len(Checker(draw()).lines()) == 1",
        "def draw():\n    return plt.subplots()[1]",
    ),
    "the source of an answer": (
        "def total(values):\n    return sum(values)",
        "import inspect",
        "assert 'sum' in inspect.getsource(total)",
        "def total(values):\n    return 0",
    ),
    "defaults": (
        "def step(x, rate=0.5):\n    return x - rate",
        "",
        "assert step.__defaults__ == (0.5,)",
        "def step(x, rate=1.0):\n    return x - rate",
    ),
    "an object that is written into": (
        "class Net:\n    rate = 1\n    def step(self):\n        return self.rate\nnet = Net()",
        "",
        "net.rate = 5\nassert net.step() == 5",
        "class Net:\n    rate = 1\n    def step(self):\n        return 1\nnet = Net()",
    ),
    "a file between test and answer": (
        "def save(text):\n    open('out.txt', 'w').write(text)",
        "",
        "open('in.txt', 'w').write('7')\nsave(open('in.txt').read())\n"
        "assert open('out.txt').read() == '7'\nassert save.__code__.co_argcount == 1",
        "def save(text):\n    open('out.txt', 'w').write('')",
    ),
    "a library that is patched": (
        "def solve(a, b):\n    return b / a",
        "import numpy as np",
        "np.linalg.solve = None\nassert solve(2.0, 4.0) == 2.0",
        "def solve(a, b):\n    return np.linalg.solve([[a]], [b])[0]",
    ),
    "the answer reads what a test sets": (
        "def area(r):\n    return PI * r * r",
        "PI = 3",
        "import sys\nsys.modules['__main__'].PI = 4\nassert area(1) == 4",
        "def area(r):\n    return 3 * r * r",
    ),
}


@pytest.mark.parametrize("kind", CANNOT_CROSS)
def test_what_cannot_be_asked_from_afar_can_be_shared(make_tiny, kind):
    answer, setup, test, wrong = CANNOT_CROSS[kind]
    cells = [("setup", "locked", setup), ("answer", "solution", answer), ("read", "test", test)]
    settings = f'{SHARED}\ngrader_packages = ["matplotlib"]' if "matplotlib" in setup else SHARED
    tiny = make_tiny(cells, settings)
    if "matplotlib" in setup:
        tiny.assignment = with_matplotlib(tiny.assignment)
    assert states(tiny.grade()) == {"read": "passed"}
    assert states(tiny.grade({"answer": wrong})) == {"read": "failed"}


def with_matplotlib(assignment):
    from dataclasses import replace

    both = ("matplotlib", "numpy")
    return replace(assignment, packages=both, grader_packages=both)


def built(tmp_path, capsys, cells, settings=""):
    course = small_course(tmp_path, cells, settings=settings)
    status = cli.main(["build", "t", "--course", str(course.root)])
    said = capsys.readouterr()
    return status, said.out + said.err


def test_build_proposes_to_share_what_passes_beside_the_answer_alone(tmp_path, capsys):
    status, said = built(tmp_path, capsys, CELLS)
    assert status == 3
    assert 'shared = ["read"]' in said
    assert "which can then read it" in said
    assert 'shared = ["asked"]' not in said
    assert "shared" not in (tmp_path / "solutions" / "t" / "assignment.toml").read_text()


def test_build_proposes_nothing_for_a_test_that_passes_nowhere(tmp_path, capsys):
    wrong = ("read", "test", "inspect.getsource(double)\nassert double(1) == 3")
    status, said = built(tmp_path, capsys, [SETUP, DOUBLE, ASKED, wrong])
    assert status == 3
    assert "shared" not in said


def test_build_releases_with_the_line_and_says_what_rests_on_it(tmp_path, capsys):
    status, said = built(tmp_path, capsys, CELLS, SHARED)
    assert status == 0, said
    assert "2 of 4 points rest on tests that run beside the student's code: read" in said


def test_build_refuses_to_share_what_can_be_asked_from_afar(tmp_path, capsys):
    status, said = built(tmp_path, capsys, CELLS, 'shared = ["read", "asked"]')
    assert status == 3
    assert "asked is shared, though it can be asked from another process" in said
    assert "read is shared" not in said


def test_build_finds_shared_tests_that_tell_nothing_apart(tmp_path, capsys):
    lenient = ("read", "test", "assert double.__code__.co_name\nassert np.size(double(1)) < 9")
    status, said = built(tmp_path, capsys, [SETUP, DOUBLE, ASKED, lenient], SHARED)
    assert status == 3
    assert "read passes functions that all return" in said


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ('["raed"]', "shared names 'raed', which is no test; do you mean 'read'?"),
        ('["double"]', "shared names 'double', which is no test"),
        ('"read"', "shared is 'read': write a list of texts"),
    ],
)
def test_a_list_that_names_no_test_is_refused(tmp_path, capsys, listed, told):
    status, said = built(tmp_path, capsys, CELLS, f"shared = {listed}")
    assert status == 2
    assert told in said


def test_a_shared_test_opens_no_file_that_tests_alone_have(tmp_path, capsys):
    opens = ("read", "test", "inspect.getsource(double)\nassert double(1) == np.load('unseen.npy')")
    course = small_course(
        tmp_path, [SETUP, DOUBLE, opens], settings=f'{SHARED}\ngrader_files = ["unseen.npy"]'
    )
    (course.solutions / "t" / "unseen.npy").write_bytes(b"")
    assert cli.main(["build", "t", "--course", str(course.root)]) == 2
    assert "'read', which opens a file that only tests have" in capsys.readouterr().err


def test_check_report_export_and_feedback_say_that_a_test_was_shared(tmp_path, capsys):
    course = small_course(tmp_path, CELLS, settings=SHARED)
    own = ["--course", str(course.root)]
    assert cli.main(["build", "t", *own]) == 0
    assert cli.main(["check", "t", *own]) == 0
    assert "runs beside the student's code" in capsys.readouterr().out
    handed_in = course.submitted / "ada" / "t"
    handed_in.mkdir(parents=True)
    (handed_in / "t.ipynb").write_bytes(notebook([SETUP, ("double", "solution", TWO), ASKED, READ]))
    for command in ("grade", "feedback", "report", "export"):
        assert cli.main([command, "t", *own]) == 0
    report = (course.reports / "t.html").read_text()
    assert "2 of 4 points rest on tests that run beside the student" in report
    [header, row] = (course.reports / "t.csv").read_text().splitlines()[:2]
    assert header.endswith(",shared")
    assert row.endswith(",read")
    [page] = (course.root / "feedback" / "ada" / "t").glob("*.html")
    assert "ran beside your code" in page.read_text()
    assert "secret-7" not in page.read_text()
