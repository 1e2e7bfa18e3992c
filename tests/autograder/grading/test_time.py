"""A cell that is stopped costs its own question only, however many there are of them."""

import time
from dataclasses import replace

import pytest

from autograder.course.settings import Limits
from autograder.grading.instructors import conversation
from tests.conftest import Tiny

MANY = 6
ENDLESS = "while True: pass"
# What cannot be interrupted has to be killed, and its session with it.
STUBBORN = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n    {ENDLESS}"
LIMITS = Limits(cell_seconds=0.4, total_seconds=1.2, memory_mb=512)
CELLS = [
    cell
    for i in range(MANY)
    for cell in (
        (f"slow{i}", "solution", f"def slow{i}():\n    return {i}"),
        (f"slow{i}_test", "test", f"assert slow{i}() == {i}"),
    )
] + [
    ("q", "solution", "def double(x):\n    return 2 * x"),
    ("q_test", "test", "assert double(2) == 4"),
]


def limited(make_tiny, limits: Limits) -> Tiny:
    made = make_tiny(CELLS)
    made.assignment = replace(made.assignment, limits=limits)
    conversation(made.assignment)
    return made


@pytest.fixture(scope="module")
def tiny(make_tiny) -> Tiny:
    return limited(make_tiny, LIMITS)


@pytest.fixture(scope="module")
def patient(make_tiny) -> Tiny:
    """Where an answer that fills memory has time to do so."""
    return limited(make_tiny, replace(LIMITS, cell_seconds=3, total_seconds=9))


def slow(body: str, count: int = MANY) -> dict[str, str]:
    return {f"slow{i}": f"def slow{i}():\n    {body}" for i in range(count)}


@pytest.mark.parametrize("body", [ENDLESS, STUBBORN], ids=["interrupted", "killed"])
def test_tests_that_are_stopped_cost_no_right_answer_behind_them(tiny, body):
    result = tiny.grade(slow(body))
    assert [q.state for q in result.questions] == [*["timeout"] * MANY, "passed"]
    assert result.score == 2


def test_cells_that_are_stopped_cost_no_right_answer_behind_them(tiny):
    result = tiny.grade({f"slow{i}": ENDLESS for i in range(MANY)})
    assert result.questions[-1].state == "passed"


def test_where_one_test_ends_the_session_those_that_were_stopped_are_not_run_again(tiny):
    answers = slow(ENDLESS) | {
        f"slow{MANY - 1}": f"def slow{MANY - 1}():\n    import os; os._exit(1)"
    }
    begun = time.monotonic()
    result = tiny.grade(answers)
    assert [q.state for q in result.questions[-2:]] == ["crashed", "passed"]
    # Each once, and once more without the others; not all of them again in the fresh sessions.
    assert time.monotonic() - begun < 2 * (MANY + 1) * LIMITS.cell_seconds


LEAVE = {
    "time": "slow0.waits = 30\n    while True: pass",
    "memory": "slow0.held = [bytearray(2**20) for _ in range(4096)]",
    "memory, and then time": (
        "slow0.held = []\n    while True: slow0.held.append(bytearray(2**20))"
    ),
}


@pytest.mark.parametrize("what", LEAVE)
def test_what_a_stopped_function_has_left_behind_costs_no_other_question(patient, what):
    answers = {
        "slow0": f"def slow0():\n    {LEAVE[what]}\nslow0.waits, slow0.held = 0, []",
        "q": (
            "import time\ndef double(x):\n    time.sleep(slow0.waits)\n"
            "    spare = bytearray(2**27)\n    return 2 * x"
        ),
    }
    result = patient.grade(answers)
    stopped, behind = (q.state for q in result.questions if q.id in ("slow0_test", "q_test"))
    # A busy machine may not get through 4 GB before the function's time is up.
    assert stopped == "timeout" or (stopped == "memory" and what.startswith("memory"))
    assert behind == "passed"
