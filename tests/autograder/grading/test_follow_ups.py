"""One slip is one slip: a test that fails because of another function says because of which."""

from dataclasses import replace

import pytest

from autograder.course.assignment import read_assignment
from autograder.course.rules import Rule
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from autograder.grading.visible import validate
from autograder.records.export import render_csv
from autograder.records.feedback import render_feedback
from autograder.records.report import render_report
from autograder.records.result import GradeResult
from tests.conftest import notebook

SIZE = (
    "def size(n, k):\n    if n < k:\n        raise ValueError('the kernel does not fit')\n"
    "    return n - k + 1"
)
CONV = (
    "def conv(x, w):\n    x = pad(x)\n"
    "    return np.array([x[i : i + len(w)] @ w for i in range(size(len(x), len(w)))])"
)
CELLS = [
    ("setup", "locked", "import numpy as np\nbias = 0.0"),
    ("size", "solution", SIZE),
    ("size_test", "test", "assert size(7, 3) == 5"),
    ("pad", "solution", "def pad(x):\n    return np.pad(x, 1) + bias"),
    ("pad_test", "test", "assert pad(np.ones(2)).tolist() == [0, 1, 1, 0]"),
    ("conv", "solution", CONV),
    (
        "conv_test",
        "test",
        "def same(a, b):\n    np.testing.assert_allclose(a, b)\n"
        "same(conv(np.array([1.0, 2]), np.array([1.0, 1])), [1, 3, 2])\n"
        "### BEGIN HIDDEN TESTS\nsame(conv(np.ones(3), np.ones(3)), [2, 3, 2])\n"
        "try:\n    conv(np.ones(1), np.ones(9))\n    raise AssertionError\n"
        "except ValueError:\n    pass\n### END HIDDEN TESTS",
    ),
    ("edges", "solution", "edges = conv(np.arange(4.0), np.array([1.0, -1]))"),
    ("edges_test", "test", "same(edges, [0, -1, -1, -1, 3])"),
]
SETTINGS = 'stand_in = {conv = ["size", "pad"], edges = ["conv", "size", "pad"]}\n'
SLIPS = {
    "another value": "def size(n, k):\n    return n - k",
    "an error": "def size(n, k):\n    raise KeyError(n)",
    "not begun": "def size(n, k):\n    raise NotImplementedError",
    "not Python": "def size(n, k:\n    return",
    "no return": "def size(n, k):\n    n - k + 1",
    "a number": "size = 3",
    "empty": "",
}


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny(CELLS, SETTINGS)


@pytest.fixture(scope="module")
def sharing(make_tiny):
    return make_tiny(CELLS, f"{SETTINGS}follow_up = 0.5")


def follow(result):
    return {q.id: q.follows_from for q in result.questions if q.follows_from}


def question(result, name):
    return next(q for q in result.questions if q.id == name)


def test_a_right_answer_follows_from_nothing(sharing):
    result = sharing.grade()
    assert (result.score, follow(result), result.state) == (8, {}, "graded")


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_costs_its_own_question_and_the_others_say_from_what_they_follow(sharing, name):
    result = sharing.grade({"size": SLIPS[name]})
    assert follow(result) == {"conv_test": ("size",), "edges_test": ("conv", "size")}
    assert [q.score for q in result.questions] == [0, 2, 1, 1]
    told = question(result, "conv_test").message
    assert told.startswith(
        "1 of 2 points; follows from `size`: it passes with the instructor's in its place ("
    )
    assert question(result, "conv_test").state == "partial"
    assert question(result, "size_test").follows_from == ()


def test_what_follows_gets_no_points_where_the_assignment_gives_none(tiny):
    result = tiny.grade({"size": SLIPS["another value"]})
    assert [q.score for q in result.questions] == [0, 2, 0, 0]
    assert question(result, "conv_test").state == "failed"
    assert question(result, "conv_test").message.startswith("follows from `size`: it passes with")


def test_only_what_is_wrong_is_named(sharing):
    result = sharing.grade({"pad": "def pad(x):\n    return x"})
    assert follow(result) == {"conv_test": ("pad",), "edges_test": ("conv", "pad")}
    both = sharing.grade({"pad": "def pad(x):\n    return x", "size": SLIPS["empty"]})
    assert follow(both)["conv_test"] == ("pad", "size")
    assert "`pad` and `size`: it passes with the instructor's in their places" in repr(both)


WRONG_TOO = {
    "wrong": "def conv(x, w):\n    return np.zeros(size(len(x) + 2, len(w)))",
    "wrong in the hidden test": "def conv(x, w):\n    pad(x), size(3, 1)\n    return [1, 3, 2]",
    "not there": "",
    "does not call what is wrong": CONV.replace("size(len(x), len(w))", "len(x) - len(w)"),
}


@pytest.mark.parametrize("name", WRONG_TOO)
def test_what_is_wrong_itself_follows_from_nothing(sharing, name):
    result = sharing.grade({"size": SLIPS["another value"], "conv": WRONG_TOO[name]})
    assert question(result, "conv_test").follows_from == ()
    assert question(result, "conv_test").score == 0


def test_who_is_right_about_a_function_gets_no_second_try_with_it(sharing):
    counts = "tries = []\ndef conv(x, w):\n    return pad is size and size(3, 1)"
    assert follow(sharing.grade({"conv": counts})) == {"edges_test": ("conv",)}


def test_a_test_that_was_stopped_is_not_tried_again(sharing):
    result = sharing.grade({"size": "def size(n, k):\n    while True: pass"})
    assert question(result, "conv_test").state == "timeout"
    assert follow(result) == {}


def test_a_question_that_a_broken_rule_fails_gets_nothing_for_what_follows(sharing):
    rule = Rule(("for",), "without a loop", ("conv",), ("conv_test",))
    assignment = replace(sharing.assignment, rules=(rule,))
    files = {"tiny.ipynb": sharing.submit({"size": SLIPS["another value"]})}
    result = grade_submission(assignment, Submission("someone", files))
    assert follow(result) == {"edges_test": ("conv", "size")}
    assert question(result, "conv_test").score == 0


def test_no_hint_is_given_about_a_function_that_is_right(sharing):
    mistakes = (
        "import numpy as np\nPROBES = {'conv': [lambda f: len(f(np.ones(3), np.ones(1)))]}\n"
        "def conv__short(x, w):\n    '''One is missing.'''\n    return x[:2]\n"
    )
    assignment = replace(sharing.assignment, mistakes=(mistakes,))
    hints = []
    for size in ("return n - k", "return n - k - 2"):
        for told in (assignment, replace(assignment, stand_in={})):
            files = {"tiny.ipynb": sharing.submit({"size": f"def size(n, k):\n    {size}"})}
            result = grade_submission(told, Submission("someone", files))
            hints.append(question(result, "conv_test").hint)
    assert hints == ["", "", "", "One is missing."]


def test_nothing_that_is_printed_or_raised_where_functions_stand_in_is_shown(sharing):
    loud = (
        "def conv(x, w):\n    if type(size).__name__ == 'StandIn':\n"
        "        print('41' * 2, size)\n        raise ValueError('41' * 2)\n    return [size(3, 1)]"
    )
    result = sharing.grade({"size": SLIPS["another value"], "conv": loud})
    assert "4141" not in repr(result) + result.notebooks["tiny"].decode()


def test_a_class_that_calls_a_wrong_function_follows_from_it(make_tiny):
    cells = [
        ("h", "solution", "def half(x):\n    return x / 2"),
        ("h_test", "test", "assert half(3) == 1.5"),
        ("c", "solution", "class Layer:\n    def forward(self, x):\n        return half(x) + 1"),
        ("c_test", "test", "Layer().forward(3) * 2 * (Layer().forward(3) == 2.5) / 2.5"),
    ]
    tiny = make_tiny(cells, 'stand_in = {Layer = ["half"]}\nfollow_up = 1.0')
    assert tiny.grade().score == 4
    result = tiny.grade({"h": "def half(x):\n    return x // 2"})
    assert [q.score for q in result.questions] == [0, 2]
    assert follow(result) == {"c_test": ("half",)}


# However the wrong function is called, as long as it is by its name in the notebook.
ASKS = "size(len(x), len(w))"
CALLED = {
    "as a default": CONV.replace("conv(x, w)", "conv(x, w, size=size)"),
    "in a comprehension": CONV.replace(ASKS, f"[{ASKS} for _ in '1'][0]"),
    "in a function of their own": "def own(*a):\n    return size(*a)\n"
    + CONV.replace("size", "own"),
    "by names of its arguments": CONV.replace(ASKS, "size(k=len(w), n=len(x))"),
    "in a method": (
        "class Own:\n    def size(self, *a):\n        return size(*a)\n"
        + CONV.replace("size", "Own().size")
    ),
    "with NumPy's numbers": CONV.replace(ASKS, "size(*np.array([len(x), len(w)]))"),
    "written twice": "def size(n, k):\n    return n - k\n" + CONV,
    "where an error is awaited": CONV.replace(
        "return", "try:\n        size(1, 2)\n    except ValueError:\n        pass\n    return"
    ),
}


@pytest.mark.parametrize("name", CALLED)
def test_a_wrong_function_is_replaced_however_it_is_called(sharing, name):
    result = sharing.grade({"size": SLIPS["another value"], "conv": CALLED[name]})
    assert follow(result)["conv_test"] == ("size",)


def test_in_a_second_notebook_the_names_are_its_own(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.ipynb").write_bytes(notebook([(f"{name}_{c}", *r) for c, *r in CELLS]))
    (tmp_path / "assignment.toml").write_text('packages = ["numpy"]\n' + SETTINGS)
    assignment = read_assignment(tmp_path)
    wrong = [(f"two_{c}", k, SLIPS["no return"] if c == "size" else t) for c, k, t in CELLS]
    files = {"one.ipynb": (tmp_path / "one.ipynb").read_bytes(), "two.ipynb": notebook(wrong)}
    result = grade_submission(assignment, Submission("someone", files))
    assert follow(result) == {"two_conv_test": ("size",), "two_edges_test": ("conv", "size")}
    assert result.raw_score == 10


def test_before_the_work_is_handed_in_nothing_is_said_of_it(sharing):
    files = {"tiny.ipynb": sharing.submit({"size": SLIPS["another value"]})}
    result, _ = validate(sharing.assignment, "tiny", Submission("someone", files))
    assert follow(result) == {}


def test_every_record_says_from_what_a_question_follows(tiny, sharing, tmp_path):
    result = tiny.grade({"size": SLIPS["another value"]})
    again = GradeResult.from_json(result.as_json())
    assert again.questions == result.questions
    old = result.as_json()
    for one in old["questions"]:
        del one["follows_from"]  # as results were kept before
    assert follow(GradeResult.from_json(old)) == {}

    header, line = render_csv([result]).splitlines()
    assert header.endswith(",edges_test,follows_from")
    assert line.endswith('"conv_test: size; edges_test: conv, size"')
    assert "follows_from" not in render_csv([sharing.grade()])

    page = render_feedback(tiny.assignment, result, result.notebooks["tiny"])
    assert page.count("follows from <code>size</code>") == 2  # in the table, and beside the test
    report = render_report(tiny.assignment, [result], tmp_path, tmp_path / "report.html")
    assert "conv_test (follows from size), edges_test (follows from conv, size)" in report
    assert "follows from `size`" in result.notebooks["tiny"].decode()
