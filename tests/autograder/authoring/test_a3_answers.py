"""The gradient check in assignment 3's text tells right answers from slips, and costs nothing."""

import json

import numpy as np
import pytest

from tests.autograder.authoring.answers import ALL, grader
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
NAME = "a3-convolution"
TESTED = 90  # of 100 points; a person gives the others


def gradient_check():
    """The code in the text about the backward pass."""
    path = ROOT / "assignments" / NAME / f"{NAME}.ipynb"
    [text] = [
        c["source"] for c in json.loads(path.read_text())["cells"] if c["id"] == "backward-text"
    ]
    return "".join(text).partition("```python\n")[2].partition("```")[0]


@pytest.mark.parametrize(("slip", "holds"), [("", True), ("= for +=", False), ("no stride", False)])
def test_the_gradient_check_in_the_text_tells_right_from_wrong(capsys, slip, holds):
    answers = ALL[NAME]
    plain = answers.plain
    backward = answers.with_slip("conv2d_backward", slip) if slip else plain["conv2d_backward"]
    namespace = {"np": np}
    exec("\n".join([plain["conv2d_loops"], backward, gradient_check()]), namespace)
    differences = map(float, capsys.readouterr().out.split())
    assert (max(differences) < 1e-6) is holds


def test_the_gradient_check_costs_nothing_where_it_is_handed_in():
    result = grader(NAME)({}, extra=gradient_check())
    assert (result.raw_score, result.state, result.message) == (TESTED, "needs_manual", "")
