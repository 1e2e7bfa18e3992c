"""Attacks by a shared test: its session has the student's code beside it, and can be told anything.

What that code may win there are the points of the shared tests, and no more.
"""

import json
import textwrap
from dataclasses import replace

import pytest

SETUP = ("setup", "locked", "import inspect\nimport numpy as np")
ANSWER = ("answer", "solution", "def double(x):\n    return 2 * x")
APART = (
    "apart",
    "test",
    "assert double(1) == 2\n### BEGIN HIDDEN TESTS\nassert double(21) == 42, 'apart-secret'\n"
    "### END HIDDEN TESTS",
)
BESIDE = (
    "beside",
    "test",
    "assert inspect.getsource(double)\n"
    "### BEGIN HIDDEN TESTS\nassert double('8') == '88', 'beside-secret'\n### END HIDDEN TESTS",
)
LATER = ("later", "test", "assert inspect.getsource(double)\nassert double(5) == 10")
EXTRA = "import os"


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny([SETUP, ANSWER, APART, BESIDE, LATER], 'shared = ["beside", "later"]')


def of(result):
    return {question.id: question for question in result.questions}


def double(beside, above=""):
    """An answer that does something else where it is given a text: in the shared test."""
    body = textwrap.indent(beside, " " * 8)
    return f"{above}\ndef double(x):\n    if isinstance(x, str):\n{body}\n    return 2 * x"


# What it does there with the text that it finds.
SAYS = {
    "prints what it finds": "print(FOUND)",
    "prints to the terminal": "os.write(1, FOUND.encode()); os.write(2, FOUND.encode())",
    "raises what it finds": "raise ValueError(FOUND)",
    "names an error so": "raise type(FOUND[:40].replace(' ', '_'), (Exception,), {})",
    "shows it": "from IPython.display import display; display(FOUND)",
    "asks for it": "input(FOUND)",
    "warns of it": "import warnings; warnings.warn(FOUND)",
    "leaves a file": "open('found.txt', 'w').write(FOUND)",
    "binds it to a name": "globals()['found'] = FOUND; raise KeyError(FOUND)",
}
FIND = (
    "import linecache\nFOUND = ' '.join(line for name in list(linecache.cache) "
    "for line in linecache.cache[name][2])\n"
)


@pytest.mark.parametrize("says", SAYS)
def test_nothing_that_it_finds_there_reaches_anybody(tiny, says):
    answer = double(FIND + SAYS[says], "import os")
    extra = f"{EXTRA}\nprint(open('found.txt').read() if os.path.exists('found.txt') else '')"
    result = tiny.grade({"answer": answer}, extra)
    told = json.dumps(result.as_json()) + result.notebooks["tiny"].decode()
    assert "secret" not in told
    assert of(result)["apart"].state == "passed"


def test_what_is_found_there_is_the_text_of_shared_tests_and_of_no_other(tiny):
    """The answer passes the shared test only where it finds the hidden line of the other kind; and,
    that the search finds anything, of its own kind."""
    for secret, state in (("apart-secret", "failed"), ("beside-secret", "passed")):
        word = f"''.join(('{secret[:4]}', '{secret[4:]}'))"  # never whole in what is written here
        found = (
            f"{FIND}texts = [FOUND] + [t for t in gc.get_objects() if "
            f"isinstance(t, str)] + [str(o)[:10**5] for o in gc.get_objects() if isinstance(o, "
            f"(list, dict, tuple))]\nreturn '88' if any({word} in t for t in texts) else ''"
        )
        result = tiny.grade({"answer": double(found, "import gc")})
        assert of(result)["beside"].state == state


CLAIMS = {
    "a number without end": "float('inf')",
    "no number": "float('nan')",
    "a text": "'2.0'",
    "a truth": "True",
    "more points than there are": "99.0",
    "less than none": "-99.0",
    "a list": "[2.0]",
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_forged_end_gives_no_more_than_the_tests_points(tiny, claim):
    forge = (
        "import autograder.sessions.student as s\n"
        f"s.end_of = lambda *a: {{'end': 'nothing', 'value': {CLAIMS[claim]}, 'error': None}}"
    )
    result = tiny.grade({}, forge)
    assert all(0 <= question.score <= question.max_score for question in result.questions)
    assert of(result)["apart"].state == "passed"
    assert of(result)["beside"].state != "passed"


FRAMES = {
    "garbage": "b'\\x00' * 64",
    "half a frame": "b'\\x00\\x00\\x00\\x10D'",
    "an endless frame": "b'D' * 10**8",
    "an end announced": "b'\\x00\\x00\\x00\\x01G'",
}


@pytest.mark.parametrize("frame", FRAMES)
def test_what_is_written_on_the_socket_costs_the_shared_test_alone(tiny, frame):
    writes = (
        "import os, stat\nfor fd in range(3, 64):\n    try:\n"
        f"        stat.S_ISSOCK(os.fstat(fd).st_mode) and os.write(fd, {FRAMES[frame]})\n"
        "    except OSError:\n        pass\nos._exit(1)"
    )
    found = of(tiny.grade({"answer": double(writes)}))
    assert found["apart"].state == "passed"
    assert found["beside"].score == 0
    assert found["later"].state == "passed"


def test_nothing_is_left_there_for_another_students_session(tiny):
    leaves = (
        "import os\nfor d in ('/tmp', '/dev/shm', '.'):\n    try:\n"
        "        open(d + '/left-behind', 'w').write('x')\n    except OSError:\n        pass"
    )
    finds = double(
        "import os\nreturn '88' if any("
        "os.path.exists(d + '/left-behind') for d in ('/tmp', '/dev/shm', '.')) else ''"
    )
    assert of(tiny.grade({"answer": finds}, leaves))["beside"].state == "passed"  # its own is there
    assert of(tiny.grade({"answer": finds}))["beside"].state == "failed"


def test_the_time_beside_a_test_is_that_of_a_notebook_and_no_more(make_tiny):
    """Thirty cells end the session where they find themselves in one without a grader: each would
    be left out, one after another."""
    cells = [SETUP, ANSWER, BESIDE]
    cells += [
        (f"more{n}", "test", f"double('{n}')\nassert double({n}) == {2 * n}") for n in range(30)
    ]
    names = [name for name, kind, _ in cells if kind == "test"]
    tiny = make_tiny(cells, f"shared = {json.dumps(names)}")
    limits = replace(tiny.assignment.limits, cell_seconds=1, total_seconds=3)
    tiny.assignment = replace(tiny.assignment, limits=limits)
    slow = double("import os, time\ntime.sleep(0.5)\nos._exit(1)")
    result = tiny.grade({"answer": slow})
    assert {question.state for question in result.questions} <= {"crashed", "timeout"}
    assert result.seconds < 10


def test_points_carry_no_message(make_tiny):
    """A number of many digits could spell what is hidden: three behind the point are kept."""
    cells = [SETUP, ANSWER, ("beside", "test", "inspect.getsource(double)\ndouble(1) / 2 + 0.0")]
    tiny = make_tiny(cells, 'shared = ["beside"]')
    result = tiny.grade({"answer": "def double(x):\n    return 1.23456789012"})
    assert result.questions[0].score == 0.617
