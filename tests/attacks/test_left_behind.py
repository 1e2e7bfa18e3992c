"""Threads and timers that an answer leaves behind cost their own question, and no other."""

import pytest

SLOW = "import time\ndef {0}(x):\n    time.sleep(0.3)\n    return 2 * x"
CELLS = [
    *(("f", "solution", SLOW.format("f")), ("one", "test", "assert f(2) == 4")),
    *(("g", "solution", SLOW.format("g")), ("two", "test", "assert g(2) == 4")),
    *(("h", "solution", SLOW.format("h")), ("three", "test", "assert h(2) == 4")),
]
THREAD = "threading.Thread(target=lambda: time.sleep(0.2) or os._exit(0)).start()"
BEHIND = {
    "a thread": THREAD,
    "a timer": "threading.Timer(0.2, os._exit, [0]).start()",
    "an alarm": "signal.setitimer(signal.ITIMER_REAL, 0.2)",
    "an alarm that raises": (
        "signal.signal(signal.SIGALRM, lambda *_: 1 / 0); signal.setitimer(signal.ITIMER_REAL, .2)"
    ),
    "an alarm that comes again": "signal.setitimer(signal.ITIMER_REAL, 0.2, 0.1)",
}
IMPORTS = "import os, signal, threading, time\n"


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny(CELLS)


@pytest.mark.parametrize("what", BEHIND)
def test_what_a_function_leaves_behind_costs_its_own_question(tiny, what):
    answer = f"{IMPORTS}def f(x):\n    {BEHIND[what]}\n    return 2 * x"
    _, two, three = tiny.grade({"f": answer}).questions
    assert (two.score, three.score) == (2, 2), (two, three)


@pytest.mark.parametrize("what", BEHIND)
def test_what_a_cell_leaves_behind_costs_its_own_question(tiny, what):
    answer = f"{IMPORTS}{BEHIND[what]}\ndef f(x):\n    return 2 * x"
    one, two, three = tiny.grade({"f": answer}).questions
    assert (two.score, three.score) == (2, 2), (one, two, three)
    assert one.score == (2 if "alarm" in what else 0)
    if one.score == 0:
        assert "a thread or a timer that it left behind has ended the Python process" in one.message


def test_a_thread_that_only_waits_is_not_blamed_for_what_another_cell_does(tiny):
    waits = f"{IMPORTS}threading.Thread(target=time.sleep, args=[30], daemon=True).start()\n"
    answer = f"{waits}def f(x):\n    return 2 * x"
    ends = "import os\ndef h(x):\n    os._exit(0)"
    assert [q.score for q in tiny.grade({"f": answer, "h": ends}).questions] == [2, 2, 0]
