"""Tried against a rule for one cell: to define elsewhere what is to be written there by hand."""

import pytest

from autograder.course.assignment import read_assignment
from tests.autograder.course.test_rules import CELLS, SETTINGS, tiny
from tests.conftest import notebook

RULE = SETTINGS.replace('"f", "g"', '"g"')
REDEFINED = [
    "def g(x):\n    return [i for i in x]",
    "g = lambda x: [i for i in x]",
    "for g in [list]: pass",
    "%%time\ndef g(x):\n    return [i for i in x]",
    "def make():\n    global g\n    def g(x):\n        return [i for i in x]\nmake()",
    "if True:\n    def g(x):\n        for i in x: pass\n        return x",
    "g.__code__ = (lambda x: [i for i in x]).__code__",
]


@pytest.mark.parametrize("place", ["a cell of its own", "the answer to another question"])
@pytest.mark.parametrize("source", REDEFINED)
def test_a_rule_for_a_cell_is_for_every_cell_that_defines_the_same_again(tmp_path, source, place):
    made, folder = tiny(tmp_path, RULE)
    made.assignment = read_assignment(folder)
    good = ("g", "solution", "def g(x):\n    return list(x)")
    cells = [*CELLS[:2], good, ("", "", source), CELLS[3]]
    if place != "a cell of its own":
        cells = [("f", "solution", f"{CELLS[0][2]}\n{source}"), CELLS[1], good, CELLS[3]]
    [question] = [q for q in made.grade_bytes(notebook(cells)).questions if q.id == "g_test"]
    assert question.score == 0
    assert "uses for: without a loop" in question.message
