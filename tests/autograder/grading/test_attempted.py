"""An answer that was left as it was is said to be so, and is no error of the student's."""

import pytest

CELLS = [
    (
        "half",
        "solution",
        "def half(x):\n    ### BEGIN SOLUTION\n    return x / 2\n    ### END SOLUTION",
    ),
    ("half_test", "test", "assert half(4) == 2"),
    ("half_hidden", "test", "### BEGIN HIDDEN TESTS\nassert half(8) == 4\n### END HIDDEN TESTS"),
    (
        "mean",
        "solution",
        "def mean(a, b):\n    '''Their mean.'''\n    ### BEGIN SOLUTION\n    return half(a + b)\n"
        "    ### END SOLUTION",
    ),
    ("mean_test", "test", "assert mean(1, 3) == 2"),
    ("why", "manual", "Why?"),
    ("drawn", "drawn", "draw()"),
]
HALF = "def half(x):\n    raise NotImplementedError()"


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny(CELLS)


@pytest.fixture(scope="module")
def released(tiny):
    return {cell.grade_id: cell.released for cell in tiny.assignment.notebooks[0].cells}


def states(result):
    return {question.id: question.state for question in result.questions}


def of_half(tiny, text, extra=""):
    return {q.state for q in tiny.grade({"half": text}, extra).questions[:2]}


def test_a_release_that_is_handed_in_is_not_attempted(tiny, released):
    answers = {name: released[name] for name in ("half", "mean", "why", "drawn")}
    result = tiny.grade(answers)
    assert set(states(result).values()) == {"not_attempted"}
    assert (result.score, result.state) == (0, "graded")
    assert result.questions[0].message == "`half` is as it was handed out"
    assert result.questions[0].hint == ""
    assert {q["state"] for q in result.as_json()["questions"]} == {"not_attempted"}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: f"# I thought about it\n{text}",
        lambda text: text.replace("\n", "\n\n  \n"),
        lambda text: f"{text}  # later\n\n'a text that stands alone'",
        lambda text: text.replace("(x):", "(x):\n    '''What it does.'''"),
        lambda text: text.replace("(x):", "( x ) :"),
        lambda text: "",
        lambda text: "# nothing yet\n",
    ],
    ids=["comment", "blank lines", "a text", "docstring", "layout", "emptied", "only a comment"],
)
def test_comments_and_layout_are_no_attempt(tiny, released, change):
    assert of_half(tiny, change(released["half"])) == {"not_attempted"}


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (f"{HALF}\nx = 1", "error"),
        ("def half(x):\n    return None", "failed"),
        ("def half(x):\n    pass", "failed"),
        ("def half(x) return", "error"),
        ("%time\ndef half(x):\n    raise NotImplementedError()", "error"),
        ("def halve(x):\n    return x / 2", "missing"),
    ],
)
def test_any_other_change_is_an_attempt(tiny, text, state):
    assert of_half(tiny, text) == {state}


def test_an_answer_in_a_cell_of_ones_own_is_an_attempt(tiny, released):
    extra = "def half(x):\n    return x"
    assert of_half(tiny, released["half"], extra) == {"failed"}
    assert of_half(tiny, released["half"], "def other(x):\n    return x") == {"not_attempted"}


def test_who_has_begun_is_told_what_is_still_open(tiny, released):
    result = tiny.grade({"half": released["half"]})
    assert states(result)["half_test"] == "not_attempted"
    mean = next(q for q in result.questions if q.id == "mean_test")
    assert mean.state == "error"
    assert mean.message.endswith("; `half` is as it was handed out")


def test_a_release_that_holds_the_answer_is_none_to_be_begun(make_tiny):
    cells = [("f", "solution", "### BEGIN SOLUTION\n### END SOLUTION\ndef f(): return 1")]
    tiny = make_tiny([*cells, ("test", "test", "assert f() == 1")])
    assert states(tiny.grade({"f": "def f(): return 1"})) == {"test": "passed"}


def test_a_question_that_asks_for_no_name_has_the_cells_above_it(make_tiny):
    write = "### BEGIN SOLUTION\nopen('out.txt', 'w').write('42')\n### END SOLUTION"
    tiny = make_tiny([*CELLS, ("out", "solution", write)])
    tiny = make_tiny([*tiny.cells, ("out_test", "test", "assert open('out.txt').read() == '42'")])
    [cell] = [c for c in tiny.assignment.notebooks[0].cells if c.grade_id == "out"]
    assert states(tiny.grade())["out_test"] == "passed"
    assert states(tiny.grade({"out": cell.released}))["out_test"] == "not_attempted"
