"""`build` and `check` refuse what would answer a question itself, and what is no help."""

import pytest

from autograder import cli
from tests.conftest import small_course

LOOPS = "def loops(x):\n    total = 0\n    for v in x:\n        total += scale(v)\n    return total"
CELLS = [
    ("setup", "locked", "import numpy as np"),
    ("scale", "solution", "def scale(x):\n    return 2 * x"),
    ("scale_test", "test", "assert scale(3) == 6 and scale(-1) == -2"),
    ("loops", "solution", LOOPS),
    ("loops_test", "test", "assert loops([1, 2]) == 6\nassert loops([]) == 0"),
    ("fast", "solution", "def fast(x):\n    return sum(map(scale, x))"),
    (
        "fast_test",
        "test",
        "assert fast([1, 2]) == 6\n### BEGIN HIDDEN TESTS\nassert fast([0.5]) == 1\n"
        "### END HIDDEN TESTS",
    ),
]
KEPT = "def fast(x):\n    kept = list(x)\n    double(kept)\n    return sum(kept)"
OFTEN = "def fast(x):\n    for _ in range(10_000): scale(1)\n    return sum(map(scale, x))"
# Another answer, what may stand in, and what is said of fast_test; the rest is only in `build`.
REFUSED = {
    "answers the same question": (
        CELLS[5],
        "loops",
        "is passed by loops in the place of fast: they answer one question",
        ": take loops out of what may stand in for it",
    ),
    "changes what it is given": (
        ("fast", "solution", KEPT),
        "double",
        "does not pass with the instructor's double in the place of a wrong one",
        ": only plain values may go into double and come out of it",
    ),
    "is called too often": (
        ("fast", "solution", OFTEN),
        "scale",
        "does not pass with the instructor's scale in the place of a wrong one",
        "and in at most 10,000 calls; else take it out of `stand_in`",
    ),
}
DOUBLE = [
    ("double", "solution", "def double(x):\n    x[:] = [2 * v for v in x]\n    return x"),
    ("double_test", "test", "assert double([1, 2]) == [2, 4]"),
]


def run(root, command, stand_in, cell=CELLS[5]):
    cells = [cell if cell[0] == name else (name, kind, text) for name, kind, text in CELLS]
    settings = f"stand_in = {{{stand_in}}}\n[limits]\ncell_seconds = 5\ntotal_seconds = 20\n"
    small_course(root, cells[:1] + DOUBLE + cells[1:], settings=settings)
    return cli.main([command, "t", "--course", str(root)])


@pytest.mark.parametrize("command", ["build", "check"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_may_not_stand_in_is_refused_with_its_question(tmp_path, capsys, name, command):
    cell, other, told, advice = REFUSED[name]
    assert run(tmp_path, command, f'fast = ["{other}"]', cell) != 0
    said = "".join(capsys.readouterr())
    line = next(line for line in said.splitlines() if "fast_test" in line)
    assert told in line
    assert command == "check" or advice in line


def test_what_is_a_help_and_no_answer_is_built(tmp_path, capsys):
    assert run(tmp_path, "build", 'fast = ["scale"], loops = ["scale"]') == 0
    assert "what may stand in for a student's function does, and no more" in capsys.readouterr().out
