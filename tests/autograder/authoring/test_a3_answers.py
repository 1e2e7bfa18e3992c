"""Assignment 3 gives all points for right answers of any style, and none for slips of any kind."""

import copy
import inspect
import itertools
import json

import numpy as np
import pytest

from autograder.authoring import demo
from autograder.authoring.versions import side_by_side
from autograder.course.course import Course
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from tests.autograder.authoring import a3_right, a3_wrong
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
TESTED = 90  # of 100 points; a person gives the others
CELLS = ("zero_pad", "output_size", "conv2d_loops", "conv2d_forward", "conv2d_backward", "edges")


def written(module):
    """By cell and name, the answers of a module as they would stand in the notebook."""
    answers = {cell: {} for cell in CELLS}
    for name, function in vars(module).items():
        cell, _, style = name.partition("__")
        if style and cell in answers:
            answers[cell][style] = inspect.getsource(function).replace(name, cell)
    return answers


RIGHT = written(a3_right) | {"edges": a3_right.EDGES}
BASES = {cell: RIGHT[cell] | texts for cell, texts in written(a3_wrong).items()}
SLIPS = {cell: getattr(a3_wrong, cell.upper()) for cell in CELLS}
SLIP_NAMES = [(cell, slip) for cell in CELLS for slip in SLIPS[cell]]


def with_slip(cell, slip):
    base, there, instead, _ = SLIPS[cell][slip]
    text = BASES[cell][base]
    assert there in text
    return text.replace(there, instead)


@pytest.fixture(scope="module")
def grade():
    course = Course(ROOT)
    assignment = course.assignment(demo.ASSIGNMENT)
    perfect = demo.perfect_notebook(course, assignment)

    def grade(answers, extra="pass"):
        notebook = copy.deepcopy(perfect)
        for cell in notebook["cells"]:
            cell["source"] = answers.get(demo.grade_id(cell), cell["source"])
        notebook["cells"] += demo.add(extra)([])
        files = {f"{demo.ASSIGNMENT}.ipynb": json.dumps(notebook).encode()}
        return grade_submission(assignment, Submission("someone", files))

    return grade


@pytest.fixture(scope="module")
def of_slip(grade):
    """By cell and slip, the questions about that cell.

    No answer calls another one, so that one hand-in can have a slip in each of its cells.
    """
    plain = {cell: RIGHT[cell].get("plain", RIGHT[cell].get("apart")) for cell in CELLS}

    def graded(slips):
        chosen = {cell: slip for cell, slip in zip(CELLS, slips, strict=True) if slip}
        result = grade(plain | {cell: with_slip(cell, slip) for cell, slip in chosen.items()})
        return {
            (cell, chosen.get(cell, "")): [q for q in result.questions if q.id.startswith(cell)]
            for cell in CELLS
        }

    together = itertools.zip_longest(*(SLIPS[cell] for cell in CELLS))
    return {name: found for one in side_by_side(graded, together) for name, found in one.items()}


@pytest.mark.parametrize("number", range(max(map(len, RIGHT.values()))))
def test_right_answers_of_any_style_get_all_points(grade, number):
    styles = {cell: [*texts.values()][number % len(texts)] for cell, texts in RIGHT.items()}
    result = grade(styles)
    lost = [q for q in result.questions if q.state not in ("passed", "manual")]
    assert not lost
    assert not result.message


@pytest.mark.parametrize(("cell", "slip"), SLIP_NAMES)
def test_a_slip_loses_points_where_it_is_and_hears_what_fits(of_slip, cell, slip):
    lost = [q for q in of_slip[cell, slip] if q.state != "passed"]
    assert lost
    assert SLIPS[cell][slip][3] in " ".join(f"{q.message} {q.hint}" for q in lost)
    assert all(len(q.message) > len("a hidden test did not pass") for q in lost)


def test_where_no_slip_is_nothing_is_lost(of_slip):
    sound = [questions for (_, slip), questions in of_slip.items() if not slip]
    assert sound
    assert all(q.state == "passed" for questions in sound for q in questions)


def test_most_slips_hear_more_than_which_assertion_failed(of_slip):
    hinted = [name for name in SLIP_NAMES if any(q.hint for q in of_slip[name])]
    assert len(hinted) > 0.6 * len(SLIP_NAMES)


def gradient_check():
    """The code in the text about the backward pass."""
    path = ROOT / "assignments" / demo.ASSIGNMENT / f"{demo.ASSIGNMENT}.ipynb"
    [text] = [
        c["source"] for c in json.loads(path.read_text())["cells"] if c["id"] == "backward-text"
    ]
    return "".join(text).partition("```python\n")[2].partition("```")[0]


@pytest.mark.parametrize(("slip", "holds"), [("", True), ("= for +=", False), ("no stride", False)])
def test_the_gradient_check_in_the_text_tells_right_from_wrong(capsys, slip, holds):
    backward = with_slip("conv2d_backward", slip) if slip else RIGHT["conv2d_backward"]["plain"]
    namespace = {"np": np}
    exec("\n".join([RIGHT["conv2d_loops"]["plain"], backward, gradient_check()]), namespace)
    differences = map(float, capsys.readouterr().out.split())
    assert (max(differences) < 1e-6) is holds


def test_the_gradient_check_costs_nothing_where_it_is_handed_in(grade):
    result = grade({}, extra=gradient_check())
    assert (result.raw_score, result.state, result.message) == (TESTED, "needs_manual", "")
