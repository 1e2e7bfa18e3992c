"""An assignment gives all points for right answers of any style, and none for slips of any kind."""

import itertools
import json
import warnings
from functools import cache

import pytest
from threadpoolctl import threadpool_limits

from autograder.authoring.demo import grade_id
from autograder.authoring.versions import side_by_side
from tests.autograder.authoring.answers import ALL, TRAIN, grader
from tests.conftest import LONG, ROOT

pytestmark = pytest.mark.slow
# What trains for seconds, and is left open where no slip is in it.
TRAINING = {"a4-lenet": {"classify": "pass"}, "a5-training": {"experiment": "pass"}}
# All of them in make test-long; else two of each function, one of what trains, and half of the
# styles where an answer trains a network.
SLIPS = {
    name: {
        cell: list(slips)[: None if LONG else 1 if cell in TRAINING.get(name, {}) else 2]
        for cell, slips in answers.slips.items()
    }
    for name, answers in ALL.items()
}
EACH_SLIP = [
    (name, cell, slip)
    for name, cells in SLIPS.items()
    for cell, slips in cells.items()
    for slip in slips
]
STYLES = [
    (name, number)
    for name, answers in ALL.items()
    for number in range(max(map(len, answers.right.values())))
    if LONG or name not in TRAIN or number in (1, 2)
]


@pytest.fixture(scope="module")
def grade():
    return cache(grader)


@pytest.fixture(scope="module")
def of_slips():
    """By cell and slip of an assignment, the questions about that cell.

    No plain answer calls another one, so that one hand-in can have a slip in each of its cells, and
    nothing has to stand in for another. What trains for seconds has hand-ins of its own: each test
    that fails is tried again behind all answers above it.
    """

    @cache
    def questions(name):
        answers, grade_one = ALL[name], grader(name, stand_in={})
        dear = TRAINING.get(name, {})
        quick = {cell: slips for cell, slips in SLIPS[name].items() if cell not in dear}
        each = [dict(zip(quick, s, strict=True)) for s in itertools.zip_longest(*quick.values())]
        hand_ins = [(chosen, dear) for chosen in each] + [({}, {})]
        for cell in dear.keys() & answers.slips.keys():
            hand_ins += [({cell: slip}, {}) for slip in SLIPS[name][cell]]

        def graded(hand_in):
            chosen, left_open = hand_in
            wrong = {cell: answers.with_slip(cell, slip) for cell, slip in chosen.items() if slip}
            result = grade_one(answers.plain | left_open | wrong)
            return {
                (cell, chosen.get(cell) or ""): [
                    q for q in result.questions if q.id in (f"{cell}_test", f"{cell}_hidden")
                ]
                for cell in answers.slips.keys() - left_open.keys()
            }

        done = side_by_side(graded, hand_ins)
        return {name: found for one in done for name, found in one.items()}

    return questions


def test_each_assignment_has_right_answers_in_four_styles_and_ten_slips():
    for answers in ALL.values():
        assert max(map(len, answers.right.values())) >= 4
        assert sum(map(len, answers.slips.values())) >= 10


def of_style(name, number):
    """A right answer for each cell."""
    right = ALL[name].right
    return {cell: [*texts.values()][number % len(texts)] for cell, texts in right.items()}


@pytest.mark.parametrize(("name", "number"), STYLES)
def test_right_answers_of_any_style_get_all_points(grade, name, number):
    result = grade(name)(of_style(name, number))
    assert [q for q in result.questions if q.state not in ("passed", "manual")] == []
    assert not result.message


@pytest.mark.parametrize(("name", "number"), STYLES if LONG else STYLES[::2])
def test_no_right_answer_warns_in_a_test_that_students_read(monkeypatch, name, number):
    """On a student's machine *Validate* is nbgrader's own, which calls a cell that warns wrong."""
    monkeypatch.chdir(ROOT / "assignments" / name)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")  # a first cell may set it: not for other tests
    answers, namespace = of_style(name, number), {"__name__": "__main__"}
    with threadpool_limits(1), warnings.catch_warnings():  # small products, as a lecture's
        warnings.simplefilter("error", RuntimeWarning)
        for cell in json.loads((ROOT / "assignments" / name / f"{name}.ipynb").read_text())[
            "cells"
        ]:
            about = cell["metadata"].get("nbgrader", {})
            by_hand = about.get("grade") and about["solution"]  # no test reads it
            if cell["cell_type"] == "code" and not by_hand:
                source = answers.get(grade_id(cell), "".join(cell["source"]))
                exec(source.replace("%matplotlib inline", ""), namespace)


@pytest.mark.parametrize(("name", "cell", "slip"), EACH_SLIP)
@pytest.mark.sample(2)
def test_a_slip_loses_points_where_it_is_and_hears_what_fits(of_slips, name, cell, slip):
    lost = [q for q in of_slips(name)[cell, slip] if q.state != "passed"]
    assert lost
    assert ALL[name].words(cell, slip) in " ".join(f"{q.message} {q.hint}" for q in lost)
    assert all(len(q.message) > len("a hidden test did not pass") for q in lost)


@pytest.mark.parametrize("name", ALL)
def test_where_no_slip_is_nothing_is_lost(of_slips, name):
    sound = [questions for (_, slip), questions in of_slips(name).items() if not slip]
    assert sound
    assert all(q.state == "passed" for questions in sound for q in questions)


def test_most_slips_of_assignment_3_hear_more_than_which_assertion_failed(of_slips):
    name = "a3-convolution"  # those of assignment 1 were chosen among what has no hint
    slips = [which for which in of_slips(name) if which[1]]
    hinted = [which for which in slips if any(q.hint for q in of_slips(name)[which])]
    assert len(hinted) > 0.6 * len(slips)
