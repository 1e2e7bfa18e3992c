"""Tried against the clock: to hold a worker for as long as one likes."""

import time
from dataclasses import replace

import pytest

from autograder.course.settings import Limits
from autograder.grading.instructors import conversation
from autograder.grading.student import GRACE
from tests.conftest import Tiny, notebook

LIMITS = Limits(cell_seconds=0.3, total_seconds=1.0, memory_mb=512)
CELLS = [
    ("one", "solution", "def one():\n    return 1"),
    ("one_test", "test", "assert one() == 1"),
    ("two", "solution", "def two():\n    return 2"),
    ("two_test", "test", "assert two() == 2"),
]
# The run that decides and the one that is shown, each with every cell stopped that is asked for.
LONGEST = 2 * (LIMITS.total_seconds + len(CELLS) * (LIMITS.cell_seconds + GRACE))
ENDLESS = "while True: pass"
STUBBORN = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n{ENDLESS}"
EVERY_OTHER_TIME = f"import os\nif os.getpid() % 2: os._exit(1)\n{ENDLESS}"
FUNCTION = "def {}():\n    {}"


@pytest.fixture(scope="module")
def tiny(make_tiny) -> Tiny:
    made = make_tiny(CELLS)
    made.assignment = replace(made.assignment, limits=LIMITS)
    conversation(made.assignment)
    return made


@pytest.mark.parametrize("body", [ENDLESS, STUBBORN, EVERY_OTHER_TIME])
@pytest.mark.parametrize("own", [0, 500])
def test_however_many_cells_never_end_the_grading_does(tiny, body, own):
    inside = body.replace("\n", "\n    ")
    endless = [
        (name, kind, FUNCTION.format(name, inside) if kind == "solution" else source)
        for name, kind, source in CELLS
    ]
    begun = time.monotonic()
    result = tiny.grade_bytes(notebook([*[("", "", body)] * own, *endless]))
    assert time.monotonic() - begun < LONGEST
    assert result.score == 0


def test_magics_that_are_read_without_end_hold_no_rule_up(make_tiny):
    made = make_tiny(CELLS, 'rules = [{ forbid = ["for"], fails = ["one_test"] }]\n')
    made.assignment = replace(made.assignment, limits=LIMITS)
    conversation(made.assignment)
    begun = time.monotonic()
    result = made.grade(
        {"one": "x = 1  # all of it is read again for each\n" * 1000 + "!a\n" * 499}
    )
    assert time.monotonic() - begun < LONGEST
    assert "more magics than can be looked through" in result.message


def test_cells_of_ones_own_have_no_time_but_the_notebooks(tiny):
    begun = time.monotonic()
    tiny.grade_bytes(notebook([*CELLS, *[("", "", ENDLESS)] * 500]))
    assert time.monotonic() - begun < 2 * (LIMITS.total_seconds + GRACE) + 1
