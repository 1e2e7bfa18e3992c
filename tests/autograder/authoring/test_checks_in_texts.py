"""The gradient check in an assignment's text tells right answers from slips, and costs nothing."""

import json
import math

import numpy as np
import pytest

from tests.autograder.authoring.answers import ALL, grader
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
TESTED = {"a5-training": 80}  # points that tests give, where they are not 90 of the 100
# assignment: the text, what it checks, and slips that it must find
CHECKS = {
    "a1-perceptron": (
        "gradient-text",
        "logistic_gradient",
        ["the decay's sign", "without the bias"],
    ),
    "a2-backpropagation": (
        "gradient-text",
        "network_gradient",
        ["weights not turned", "the gate of h's gradient", "z1 for h"],
    ),
    "a3-convolution": ("backward-text", "conv2d_backward", ["= for +=", "no stride"]),
    "a4-lenet": (
        "max-backward-text",
        "max_pool_backward",
        ["= for +=", "the place in the window"],
    ),
    "a5-training": (
        "backward-text",
        "batch_norm_backward",
        ["the way through var forgotten", "dw averaged", "w forgotten"],
    ),
}
SLIPS = [(name, slip) for name, (*_, slips) in CHECKS.items() for slip in ("", *slips)]


def gradient_check(name):
    """The code in the text about the gradient."""
    path = ROOT / "assignments" / name / f"{name}.ipynb"
    cells = json.loads(path.read_text())["cells"]
    [text] = [cell["source"] for cell in cells if cell["id"] == CHECKS[name][0]]
    return "".join(text).partition("```python\n")[2].partition("```")[0]


@pytest.mark.parametrize(("name", "slip"), SLIPS)
def test_the_gradient_check_in_the_text_tells_right_from_wrong(capsys, name, slip):
    cell, answers = CHECKS[name][1], ALL[name]
    functions = {cell: text for cell, text in answers.plain.items() if text.startswith("def ")}
    functions |= {cell: answers.with_slip(cell, slip)} if slip else {}
    exec("\n".join([*functions.values(), gradient_check(name)]), {"np": np, "math": math})
    said = capsys.readouterr().out  # numbers that are near 0, or empty lists of wrong entries
    differences = [] if "(" in said else [float(word) for word in said.replace("[]", "0").split()]
    assert (bool(differences) and max(differences) < 1e-6) is (not slip)


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.sample(2)
def test_the_gradient_check_costs_nothing_where_it_is_handed_in(name):
    result = grader(name)({}, extra=gradient_check(name))
    assert (result.raw_score, result.state, result.message) == (
        TESTED.get(name, 90),
        "needs_manual",
        "",
    )
