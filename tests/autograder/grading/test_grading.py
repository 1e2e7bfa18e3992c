"""`grade_submission`: states, messages and what a submission cannot change."""

import json

import pytest

from tests.conftest import notebook

SQUARE = "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"
CELLS = [
    ("setup", "locked", "import numpy as np\nlimit = 3"),
    ("square", "solution", SQUARE),
    ("visible", "test", "assert square(3) == 9, 'the square of 3 is 9'\nassert square(limit) == 9"),
    (
        "hidden",
        "test",
        "x = np.arange(4.0)\n### BEGIN HIDDEN TESTS\nsecret = square(x)\n"
        "assert secret.tolist() == [0, 1, 4, 9], 'the secret is 149'\n### END HIDDEN TESTS",
    ),
    ("words", "manual", "Because."),
]


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny(CELLS)


def states(result):
    return [question.state for question in result.questions]


def square(body):
    return {"square": f"def square(x):\n    {body}"}


def test_the_instructors_version_gets_all_automatic_points(tiny):
    result = tiny.grade()
    assert (result.score, result.max_score, result.state) == (4, 5, "needs_manual")
    assert states(result) == ["passed", "passed", "manual"]
    assert result.tier in ("namespaces", "landlock")


@pytest.mark.parametrize(
    ("body", "state", "message"),
    [
        ("return x + x", "failed", "the square of 3 is 9"),
        ("return None", "failed", "the square of 3 is 9"),
        ("raise ValueError('no')", "error", "your code raised ValueError: no"),
        ("return y", "error", "your code raised NameError: name 'y' is not defined"),
        ("while True: pass", "timeout", "longer than 2 s: look for a loop that never ends"),
        ("return 'x' * 10**10", "memory", "it used more memory than 512 MB"),
        ("import numpy as np; return np.ones(10**9)", "memory", "it used more memory than 512 MB"),
        ("import os; os._exit(0)", "crashed", "the Python process ended"),
        ("import sys; sys.exit()", "error", "your code raised"),
        ("return object()", "error", "an object of the student's own, which cannot be compared"),
    ],
)
def test_what_went_wrong_is_said(tiny, body, state, message):
    result = tiny.grade(square(body))
    assert result.questions[0].state == state
    assert message in result.questions[0].message
    assert result.score == 0
    assert states(result)[2] == "manual"


def test_a_loop_that_catches_its_interrupt_is_killed_and_costs_only_its_question(make_tiny):
    cells = [*CELLS, ("other", "solution", "a = 1"), ("after", "test", "assert a == 1")]
    stubborn = (
        "while True:\n        try:\n            while True: pass\n"
        "        except BaseException: pass"
    )
    result = make_tiny(cells).grade(square(stubborn))
    assert states(result) == ["timeout", "timeout", "manual", "passed"]


def test_a_cell_that_ends_the_process_costs_only_itself(tiny):
    result = tiny.grade(extra="import os; os._exit(1)")
    assert states(result) == ["passed", "passed", "manual"]


def test_a_missing_name_says_which_cell_stopped_and_why(tiny):
    result = tiny.grade({"square": "import tensorflow\ndef square(x): return x * x"})
    assert states(result)[:2] == ["error", "error"]
    assert "`square` is missing, because its cell stopped" in result.questions[0].message
    assert "No module named 'tensorflow': this assignment may use numpy" in (
        result.questions[0].message
    )


def test_a_name_that_nobody_defines_is_missing(tiny):
    result = tiny.grade({"square": "cube = 1"})
    assert result.questions[0].state == "missing"
    assert result.questions[0].message == "`square` is missing: no cell of the notebook defines it"


def test_a_hidden_test_tells_nothing_but_that_it_did_not_pass(tiny):
    only_hidden = "return 9 if np.ndim(x) == 0 else x"
    result = tiny.grade(square(only_hidden))
    assert states(result)[:2] == ["passed", "failed"]
    told = json.dumps([q.message for q in result.questions]) + result.notebooks["tiny"].decode()
    for secret in ("149", "secret", "HIDDEN"):
        assert secret not in told


def test_an_exception_cannot_carry_a_hidden_input_out(tiny):
    leak = "if np.ndim(x): raise ValueError(repr(x))\n    return 9"
    result = tiny.grade(square(leak))
    assert result.questions[1].message == "your code raised ValueError in a hidden test"
    assert "array([0." not in result.notebooks["tiny"].decode()


def test_the_traceback_of_a_visible_test_is_the_students_own(tiny):
    text = tiny.grade(square("raise ValueError('no')")).notebooks["tiny"].decode()
    assert 'File \\"<square>\\", line 2, in square' in text


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"visible": "assert True"}, "test cell visible was changed: restored"),
        ({"setup": "limit = 0"}, "locked cell setup was changed: restored"),
    ],
)
def test_changed_cells_are_restored_and_mentioned(tiny, answers, told):
    result = tiny.grade({**answers, **square("return 0")})
    assert (result.score, result.state) == (0, "attention")
    assert told in result.message


def test_deleted_doubled_and_shuffled_cells_change_nothing(tiny):
    cells = [*CELLS[:2], CELLS[4], ("square", "solution", "square = None"), CELLS[3]]
    result = tiny.grade_bytes(notebook(cells[::-1][::-1]))
    assert states(result) == ["passed", "passed", "manual"]
    assert "cell square stands twice in the notebook: the first counts" in result.message
    assert "test cell visible was deleted: restored" in result.message
    assert states(tiny.grade_bytes(notebook(CELLS[::-1]))) == ["passed", "passed", "manual"]


def test_windows_line_ends_and_a_byte_order_mark_are_no_offence(tiny):
    content = json.loads(tiny.submit({}))
    for cell in content["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n")
    result = tiny.grade_bytes(b"\xef\xbb\xbf" + json.dumps(content).encode())
    assert (result.score, result.message) == (4, "")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "another kind of file, or damaged"),
        (b"\x89PNG", "UTF-8"),
        (b"[]", "not a Jupyter notebook"),
        (b"{}", "not a Jupyter notebook: it has no 'nbformat"),
        (b'{"cells": 1, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "not a Jupyter"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"nbformat": 99, "cells": []}', "not a Jupyter notebook"),
    ],
)
def test_a_file_that_is_no_notebook_needs_attention(tiny, content, reason):
    result = tiny.grade_bytes(content)
    assert (result.state, result.score) == ("attention", 0)
    assert set(states(result)) == {"missing"}
    assert reason in result.message


def test_an_unanswered_question_in_words_waits_for_nobody(tiny):
    result = tiny.grade({"words": "YOUR ANSWER HERE"})
    assert (result.state, states(result)[2]) == ("graded", "not_attempted")


def test_partial_credit_is_the_number_that_the_test_computed(make_tiny):
    cells = [("n", "solution", "n = 2"), ("counted", "test", "min(n, 2) + 0.0")]
    tiny = make_tiny(cells)
    for answer, score, state in [("2", 2, "passed"), ("1", 1, "partial"), ("0", 0, "failed")]:
        result = tiny.grade({"n": f"n = {answer}"})
        assert (result.score, result.questions[0].state) == (score, state)
    result = tiny.grade({"n": "n = -3"})
    assert (result.score, result.state) == (0, "fault")
    assert tiny.grade({"n": "n = float('nan')"}).score == 0


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("float('nan')", "a number that is not finite"),
        ("'2'", "a text"),
        ("True", "True or False"),
        ("[2]", "a value of the kind list"),
    ],
)
def test_where_an_answer_gives_no_number_of_points_a_sentence_says_so(make_tiny, answer, kind):
    result = make_tiny([("n", "solution", "n = 2"), ("counted", "test", "n")]).grade(
        {"n": f"n = {answer}"}
    )
    assert (result.score, result.questions[0].state) == (0, "error")
    assert f"the test ends in {kind}, where points are a number" in result.questions[0].message
    assert "HandleError" not in repr(result) + result.notebooks["tiny"].decode()


def test_the_same_submission_gets_the_same_score_every_time(tiny):
    wrong = square("return x + x")
    assert len({tiny.grade(wrong).score for _ in range(5)} | {tiny.grade(wrong).score}) == 1
    assert len({tuple(states(tiny.grade())) for _ in range(5)}) == 1
