"""Assignment 3, solved as a whole: right in any style, and wrong in one cell of it.

A slip costs its own question; what calls the function follows from it and keeps half.
"""

import copy
import json

import pytest

from autograder.authoring import demo
from autograder.authoring.versions import side_by_side
from autograder.course.course import Course
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from tests.autograder.authoring.a3_whole import PLAIN, SLIPS, STYLES
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
NAME = "a3-convolution"
NAMES = [(cell, slip) for cell, slips in SLIPS.items() for slip in slips]
# Nobody calls these, so that one hand-in can have a slip in each.
CALLED_BY_NONE = ("conv2d_loops", "conv2d_backward", "edges")


@pytest.fixture(scope="module")
def grade():
    course = Course(ROOT)
    assignment = course.assignment(NAME)
    name = f"{NAME}.ipynb"
    released = json.loads((course.assignments / NAME / name).read_text())

    def grade(answers):
        notebook = copy.deepcopy(released)
        for cell in notebook["cells"]:
            cell["source"] = answers.get(demo.grade_id(cell), cell["source"])
        return grade_submission(assignment, Submission("x", {name: json.dumps(notebook).encode()}))

    return grade


@pytest.fixture(scope="module")
def of_slip(grade):
    """By cell and slip, all questions of a solution with this slip; those that nobody calls come
    together."""
    hand_ins = [{cell: slip} for cell, slip in NAMES if cell not in CALLED_BY_NONE]
    slips = {cell: list(SLIPS[cell]) for cell in CALLED_BY_NONE}
    for number in range(max(map(len, slips.values()))):
        hand_ins.append({c: own[number] for c, own in slips.items() if number < len(own)})

    def graded(chosen):
        answers = {cell: with_slip(cell, slip) for cell, slip in chosen.items()}
        return dict.fromkeys(chosen.items(), grade(PLAIN | answers).questions)

    return {name: found for one in side_by_side(graded, hand_ins) for name, found in one.items()}


def with_slip(cell, slip):
    there, instead, _ = SLIPS[cell][slip]
    assert there in PLAIN[cell]
    return PLAIN[cell].replace(there, instead)


@pytest.mark.parametrize("style", STYLES)
def test_a_right_solution_gets_all_points_in_any_style(grade, style):
    result = grade(PLAIN | STYLES[style])
    assert [q for q in result.questions if q.state not in ("passed", "not_attempted")] == []
    assert (result.raw_score, result.message) == (90, "")


@pytest.mark.parametrize(("cell", "slip"), NAMES)
def test_a_slip_loses_points_and_hears_what_fits(of_slip, cell, slip):
    lost = [q for q in of_slip[cell, slip] if q.id.startswith(cell) and q.state != "passed"]
    assert lost
    assert all(q.score == 0 for q in lost)
    assert SLIPS[cell][slip][2] in " ".join(f"{q.message} {q.hint}" for q in lost)


@pytest.mark.parametrize(("cell", "slip"), [n for n in NAMES if n[0] not in CALLED_BY_NONE])
def test_what_calls_the_function_follows_from_it_and_keeps_half(of_slip, cell, slip):
    for question in of_slip[cell, slip]:
        if not question.id.startswith((cell, "words")):
            assert question.score >= question.max_score / 2
            assert question.state == "passed" or cell in question.follows_from
