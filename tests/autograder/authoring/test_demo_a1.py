"""Each assignment has a class in the demonstration, and assignment 1's gets its scores."""

import pytest

from autograder.authoring import demo
from autograder.course.course import Course
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
OK = "needs_manual"
# student: (raw score, state, {question: (state, what its message or hint says)})
OF_THE_FIRST = {
    "ada": (90, OK, {}),
    "blaise": (90, OK, {}),
    "carl": (77.5, OK, {"predict_test": ("failed", "answered by 0; yours answers 1")}),
    "dorothy": (75, OK, {"logistic_gradient_test": ("failed", "the cost has their mean")}),
    "emmy": (75, OK, {"logistic_cost_hidden": ("failed", "0 · ∞ is NaN")}),
    "felix": (80, OK, {"classify_test": ("error", "No module named 'sklearn'")}),
    "grace": (80, OK, {"convergence_bound_test": ("failed", "")}),
    "kurt": (90, OK, {}),
    "henri": (80, OK, {"classify_hidden": ("failed", "less than 90 %")}),
    "nikolai": (0, "absent", {}),
    "olga": (90, OK, {}),
    "paul": (90, "graded", {"words": ("missing", "no answer was given")}),
}


def test_the_demonstration_grades_a_class_for_each_assignment_that_has_one():
    course = Course(ROOT)
    written = {path.parent.name for path in course.solutions.glob("*/assignment.toml")}
    assert set(demo.assignments(course)) == written


def test_the_class_of_assignment_1_gets_its_scores(tmp_path):
    course = demo.prepare(Course(ROOT), tmp_path / "course")
    results = {result.student: result for result in demo.run(course, "a1-perceptron")}
    assert set(results) == set(OF_THE_FIRST)
    for student, (score, state, told) in OF_THE_FIRST.items():
        result = results[student]
        assert (student, result.raw_score, result.state) == (student, score, state)
        for question in result.questions:
            if question.id in told:
                assert question.state == told[question.id][0], question
                assert told[question.id][1] in f"{question.message} {question.hint}"
