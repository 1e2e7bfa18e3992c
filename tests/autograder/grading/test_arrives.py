"""Honest accidents end in the points that were earned, or wait for a person: never in 0."""

import json
import time

import pytest

from autograder.course.course import CourseError
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from autograder.records.feedback import render_feedback
from tests.conftest import Tiny, notebook

DOUBLE = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
SETUP = ("setup", "locked", "import numpy as np")
Q1 = ("q1", "solution", DOUBLE)
Q1_TEST = (
    "q1_test",
    "test",
    "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(3) == 6\n### END HIDDEN TESTS",
)
WHY = ("why", "manual", "Because.")
CELLS = [SETUP, Q1, Q1_TEST, WHY]
RIGHT = ("q1", "solution", "def double(x):\n    return 2 * x")
ESSAY = "Ten words of an essay stand here, and no more."


@pytest.fixture(scope="module")
def tiny(make_tiny) -> Tiny:
    return make_tiny(CELLS)


def released(tiny: Tiny) -> list[tuple[str, str, str]]:
    given = {cell.grade_id: cell.released for cell in tiny.assignment.notebooks[0].cells}
    return [(name, kind, given.get(name, source)) for name, kind, source in tiny.cells]


def states(result) -> dict[str, str]:
    return {question.id: question.state for question in result.questions}


def page(tiny: Tiny, result) -> str:
    return render_feedback(tiny.assignment, result, result.notebooks["tiny"])


def test_an_essay_one_cell_too_low_waits_for_a_person_who_is_told_where(tiny):
    result = tiny.grade_bytes(notebook([*released(tiny), ("", "words", ESSAY)]))
    assert (result.state, states(result)["why"]) == ("attention", "manual")
    assert "why holds no answer, which may stand elsewhere: cell 5 (below why)" in result.message
    shown = page(tiny, result)
    assert ESSAY in shown
    assert "cell 5, added to the notebook" in shown


def test_what_was_written_into_a_test_is_in_the_page(tiny):
    cells = [SETUP, RIGHT, ("q1_test", "test", f"assert double(2) == 4\n# {ESSAY}"), WHY]
    result = tiny.grade_bytes(notebook(cells))
    assert (result.score, result.state) == (2, "attention")
    assert "Ten words" in page(tiny, result)


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_a_solution_whose_type_was_changed_gets_its_points(tiny, kind):
    content = json.loads(notebook([SETUP, RIGHT, *CELLS[2:]]))
    content["cells"][1]["cell_type"] = kind
    result = tiny.grade_bytes(json.dumps(content).encode())
    assert (result.score, result.state) == (2, "needs_manual")
    assert f"cell q1 had become a {kind} cell" in result.message


def test_both_halves_of_a_split_cell_are_tested(make_tiny):
    tiny = make_tiny(
        [
            ("q1", "solution", "def a(): return 1\n\ndef b(): return 2"),
            ("a_test", "test", "assert a() == 1"),
            ("b_test", "test", "assert b() == 2"),
        ]
    )
    halves = [("q1", "solution", "def a(): return 1"), ("q1", "solution", "def b(): return 2")]
    result = tiny.grade_bytes(notebook([*halves, *tiny.cells[1:]]))
    assert set(states(result).values()) == {"passed"}


def test_both_texts_of_an_essay_in_two_cells_are_in_the_page(tiny):
    cells = [SETUP, RIGHT, Q1_TEST, ("why", "manual", "First."), ("why", "manual", "Second.")]
    shown = page(tiny, tiny.grade_bytes(notebook(cells)))
    assert "First." in shown
    assert "Second." in shown


def test_a_task_waits_for_a_person_and_shows_the_cells_below_it(make_tiny):
    tiny = make_tiny([*CELLS, ("task", "task", "Draw something.")])
    untouched = tiny.grade_bytes(notebook(released(tiny)))
    assert (untouched.state, untouched.message) == ("needs_manual", "")
    result = tiny.grade_bytes(notebook([*released(tiny), ("", "words", ESSAY)]))
    assert (result.state, states(result)["task"]) == ("needs_manual", "manual")
    shown = page(tiny, result)
    assert ESSAY in shown
    assert '<section class="verdict manual" id="task">' in shown


def test_code_that_a_person_grades_is_shown_with_what_it_printed(make_tiny):
    tiny = make_tiny([("draw", "drawn", "print('a ' + 'drawing')")])
    shown = page(tiny, tiny.grade())
    assert "a drawing" in shown
    assert "the tests of this question" not in shown


HELPERS = [
    ("slow", "solution", "def slow(x):\n    return x"),
    (
        "slow_test",
        "test",
        "table = {}\nassert slow(1) == 1\nkept = slow(2)\n\ndef close(a, b):\n"
        "    return abs(a - b) < 1e-6\n\ntable['half of 6'] = 3",
    ),
    ("half", "solution", "def half(x):\n    return x / 2"),
    ("half_test", "test", "assert close(half(6), table['half of 6'])"),
]


@pytest.mark.parametrize(
    ("slow", "state"),
    [
        (None, "missing"),
        ("def slwo(x): return x", "missing"),
        ("def slow(x:", "error"),
        ("import tensorflow\ndef slow(x): return x", "error"),
        ("def slow(x): return 5", "failed"),
        ("def slow(x): raise ValueError", "error"),
        ("import os\ndef slow(x): os._exit(1)", "crashed"),
        ("def slow(x): return 'x' * 10**10", "memory"),
        ("def slow(x):\n    while True: pass", "timeout"),
    ],
)
def test_whatever_became_of_a_test_what_it_defines_is_there_for_the_next(make_tiny, slow, state):
    tiny = make_tiny(HELPERS)
    cells = [("slow", "solution", slow)] if slow else []
    result = tiny.grade_bytes(notebook([*cells, *HELPERS[1:]]))
    assert states(result) == {"slow_test": state, "half_test": "passed"}


def test_what_a_test_makes_with_the_students_names_is_not_made_without_them(make_tiny):
    cells = [*HELPERS[:2], ("kept_test", "test", "assert kept == 2")]
    result = make_tiny(cells).grade({"slow": "def slow(x): return 5"})
    assert states(result) == {"slow_test": "failed", "kept_test": "failed"}


def test_a_definition_that_takes_too_long_is_left_out_and_ends_nothing_else(make_tiny):
    cells = [
        ("setup", "locked", "import time"),
        HELPERS[0],
        ("slow_test", "test", "kept = slow(1)\nn = 0\nif 'kept' not in globals(): time.sleep(9)"),
        HELPERS[2],
        ("n_test", "test", "assert n == 0"),
        ("half_test", "test", "assert half(6) == 3"),
    ]
    tiny = make_tiny(cells)
    assert set(states(tiny.grade()).values()) == {"passed"}
    wrong = tiny.grade({"slow": "def slow(x): raise ValueError"})
    assert states(wrong) == {"slow_test": "error", "n_test": "failed", "half_test": "passed"}


def test_a_name_that_is_defined_below_its_test_only_waits_for_a_person(make_tiny):
    tiny = make_tiny([*HELPERS, ("more", "solution", "def more(): return 1")])
    both = "def more(): return 1\n\ndef half(x): return x / 2"
    result = tiny.grade_bytes(notebook([*HELPERS[:2], HELPERS[3], ("more", "solution", both)]))
    assert states(result)["half_test"] == "manual"
    assert "`half` is defined in more only, below the test" in result.questions[1].message


def test_a_locked_cell_that_takes_too_long_ends_the_run_as_a_fault_with_its_name(make_tiny):
    tiny = make_tiny([("setup", "locked", "import time\ntime.sleep(9)"), Q1, Q1_TEST])
    with pytest.raises(CourseError, match="locked cell setup was stopped: it ran longer than 2 s"):
        tiny.grade()


def test_a_locked_cell_that_is_stopped_in_one_run_only_is_a_fault_of_that_run(make_tiny):
    moment = time.time() + 5
    slow = f"import time\ntime.sleep(9 if time.time() > {moment} else 0)"
    tiny = make_tiny([("setup", "locked", slow), Q1, Q1_TEST])
    assert tiny.grade().score == 2
    time.sleep(max(0.0, moment - time.time()))
    result = tiny.grade()
    assert result.state == "fault"
    assert "locked cell setup was stopped" in result.message


LOCKED_DEMO = [SETUP, Q1, ("demo", "locked", "print(double(21))"), Q1_TEST]


def test_a_locked_cell_may_show_what_the_students_code_does(make_tiny):
    tiny = make_tiny(LOCKED_DEMO)
    result = tiny.grade()
    assert states(result) == {"q1_test": "passed"}
    assert "42" in result.notebooks["tiny"].decode()
    wrong = tiny.grade({"q1": "def double(x): raise ValueError('no')"})
    assert (wrong.state, states(wrong)) == ("graded", {"q1_test": "error"})
    gone = tiny.grade_bytes(notebook([SETUP, *LOCKED_DEMO[2:]]))
    assert states(gone) == {"q1_test": "missing"}


def test_a_helper_in_a_locked_cell_asks_for_the_students_names_where_it_is_called(make_tiny):
    helper = ("helper", "locked", "def check(x):\n    assert double(x) == 2 * x")
    tiny = make_tiny([SETUP, Q1, helper, ("q1_test", "test", "check(4)")])
    assert states(tiny.grade()) == {"q1_test": "passed"}
    forged = {"q1": "def double(x): return 1\ncheck = lambda x: None"}
    assert states(tiny.grade(forged)) == {"q1_test": "failed"}


@pytest.mark.parametrize(
    ("demo", "test"),
    [
        ("y = double(1)", "assert y == 2"),
        ("def check(): assert double(1) == 2\ncheck()", "check()"),
        ("check = (lambda x: double(x) == 2 * x)", "assert check(1)"),
        ("y = double(1)\ndef check(): return y == 2", "assert check()"),
        ("y = 0\ny += double(1)", "assert y == 2"),
        ("ys = []\nfor x in (1, 2):\n    ys.append(double(x))", "assert ys == [2, 4]"),
    ],
)
@pytest.mark.parametrize("mark", ["locked", ""])
def test_no_word_of_the_students_session_counts_for_what_is_made_with_an_answer(
    make_tiny, demo, test, mark
):
    cells = [SETUP, Q1, ("demo" if mark else "", mark, demo), ("q1_test", "test", test)]
    tiny = make_tiny(cells)
    assert states(tiny.grade()) == {"q1_test": "passed"}
    wrong = ("q1", "solution", "def double(x): return 1")
    said = ("", "", "y = 2\nys = [2, 4]\ncheck = lambda *x: True")
    forged = notebook([SETUP, wrong, cells[2], said, cells[3], said])
    assert states(tiny.grade_bytes(forged)) == {"q1_test": "failed"}


def hand_in(tiny: Tiny, files: dict[str, bytes]):
    return grade_submission(tiny.assignment, Submission("someone", files))


@pytest.fixture(scope="module")
def done():
    return notebook([SETUP, RIGHT, Q1_TEST, ("why", "manual", ESSAY)])


@pytest.mark.parametrize(
    "name", ["tiny-Copy1.ipynb", "old/tiny.ipynb", "Tiny (2).ipynb", "tiny.IPYNB"]
)
def test_of_several_notebooks_the_worked_one_is_graded_and_named(tiny, done, name):
    result = hand_in(tiny, {"tiny.ipynb": notebook(released(tiny)), name: done})
    assert (result.score, result.state) == (2, "attention")
    assert f"{name} is worked on more: graded as tiny.ipynb" in result.message


def test_an_untouched_or_equal_copy_is_no_matter(tiny, done):
    copies = {"tiny-Copy1.ipynb": notebook(released(tiny)), "b.ipynb": done}
    result = hand_in(tiny, {"tiny.ipynb": done, **copies})
    assert (result.score, result.state, result.message) == (2, "needs_manual", "")


def test_a_copy_with_other_answers_is_named(tiny, done):
    other = notebook([SETUP, RIGHT, Q1_TEST, ("why", "manual", "Another text.")])
    result = hand_in(tiny, {"tiny.ipynb": done, "b.ipynb": other})
    assert (result.score, result.state) == (2, "attention")
    assert "b.ipynb was handed in, too, with other answers" in result.message


def test_a_notebook_of_ones_own_is_named_and_may_hold_the_essay(tiny, done):
    scratch = notebook([("", "words", ESSAY)])
    result = hand_in(tiny, {"tiny.ipynb": done, "scratch.ipynb": scratch})
    assert (result.score, result.state) == (2, "needs_manual")
    assert result.message == "scratch.ipynb was handed in, too: not graded"
    result = hand_in(tiny, {"tiny.ipynb": notebook(released(tiny)), "scratch.ipynb": scratch})
    assert (result.state, states(result)["why"]) == ("attention", "manual")
    assert "the file scratch.ipynb" in result.message


def test_a_notebook_that_a_browser_has_renamed_is_found(tiny, done):
    result = hand_in(tiny, {"tiny.ipynb.txt": done})
    assert (result.score, result.state) == (2, "attention")


def test_a_broken_notebook_is_replaced_by_its_copy(tiny, done):
    result = hand_in(tiny, {"tiny.ipynb": done[:99], "tiny-Copy1.ipynb": done})
    assert (result.score, result.state) == (2, "attention")
    assert "tiny.ipynb cannot be read" in result.message


@pytest.mark.parametrize("with_notebook", [True, False])
def test_a_checkpoint_is_never_graded_and_always_named(tiny, done, with_notebook):
    checkpoint = ".ipynb_checkpoints/tiny-checkpoint.ipynb"
    files = {"tiny.ipynb": notebook(released(tiny))} if with_notebook else {}
    result = hand_in(tiny, {**files, checkpoint: done})
    assert (result.score, result.state) == (0, "attention")
    assert checkpoint in result.message
