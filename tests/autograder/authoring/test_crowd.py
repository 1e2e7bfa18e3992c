"""The drawn class: the same for its seed, right where it means to be, and as a class is."""

import random
import runpy
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from autograder.authoring import crowd as crowds
from autograder.authoring import demo
from autograder.authoring.hand import in_hand, renamed, reordered
from autograder.course.course import Course
from tests.conftest import ROOT

NAME = "a1-perceptron"
CROWD = runpy.run_path(str(ROOT / "solutions" / NAME / demo.STUDENTS))["CROWD"]
X = np.random.default_rng(0).normal(size=(12, 3))
T = (X @ [1.0, -2, 0.5] + 0.3 > 0).astype(int)
W = np.array([1.0, -2, 0.5])
GIVEN = {
    "predict": (X, W, 0.1),
    "perceptron_pass": (X, T, np.ones(3), 0.2),
    "train_perceptron": (X, T, 7),
    "convergence_bound": (X, T, W, 0.3),
    "sigmoid": (X,),
    "logistic_cost": (X, T, W, 0.2, 0.3),
    "logistic_gradient": (X, T, W, 0.2, 0.3),
    "train_logistic": (X, T, 5, 0.5, 3, 0.1, 1),
}


def answered(cell, text):
    space = {"np": np}
    for other, question in CROWD.questions.items():
        exec(text if other == cell else question.right[0], space)
    return space[cell](*(a.copy() if isinstance(a, np.ndarray) else a for a in GIVEN[cell]))


def same(a, b):
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(same, a, b))
    return np.allclose(a, b)


@pytest.mark.parametrize("cell", GIVEN)
def test_in_every_hand_a_right_answer_is_right(cell):
    expected = answered(cell, CROWD.questions[cell].right[0])
    for text in CROWD.questions[cell].right:
        hands = [in_hand(text, random.Random(seed)) for seed in range(12)]
        assert len(set(hands)) > 3
        for own in [*hands, *map(renamed, hands), *map(reordered, hands)]:
            assert same(answered(cell, own), expected), own


@pytest.mark.parametrize("cell", GIVEN)
def test_every_slip_is_an_edit_of_a_right_answer(cell):
    question = CROWD.questions[cell]
    for old, _ in question.slips:
        assert any(old in right for right in question.right), old


def test_the_class_is_the_same_for_its_seed_and_as_a_class_is():
    course = Course(ROOT)
    people = demo.everybody(course, NAME)
    assert len(people) == len({person.name for person in people}) == 60
    drawn = CROWD.students()
    perfect = demo.perfect_notebook(course, course.assignment(NAME))
    first, again = (
        [demo.notebook_of(person, perfect) for person in one] for one in (drawn, CROWD.students())
    )
    assert first == again
    other = replace(CROWD, seed=2).students()
    assert [demo.notebook_of(person, perfect) for person in other] != first
    assert any(person.file is None for person in drawn)
    assert any(person.days_late > 0 for person in drawn)
    assert any(person.earlier is not None for person in drawn)
    text = Counter(b"NotImplementedError" in content for content in first)
    assert text[True] > 3  # answers left as they were


def test_all_in_one_cell_is_there_once():
    cells = [
        {
            "cell_type": "code",
            "source": f"def {name}(): pass",
            "metadata": {"nbgrader": {"grade_id": name, "solution": True}},
        }
        for name in ("a", "b")
    ]
    first, second = crowds.DISGUISES[2](cells)
    assert first["source"] == "def a(): pass\n\n\ndef b(): pass"
    assert "def" not in second["source"]
