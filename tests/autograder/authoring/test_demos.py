"""Each assignment has a class in the demonstration, and it gets its scores."""

import pytest

from autograder.authoring import demo
from autograder.course.course import Course
from tests.autograder.authoring.answers import TRAIN
from tests.conftest import ROOT, long, released_and_graded

pytestmark = pytest.mark.slow
OK = "needs_manual"
# assignment: {student: (raw score, state, {question: (state, what its message or hint says)})}
CLASSES = {
    "a1-perceptron": {
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
        "paul": (90, "graded", {"words": ("not_attempted", "no answer was given")}),
    },
    "a2-backpropagation": {
        "ada": (90, OK, {}),
        "blaise": (90, OK, {}),
        "carl": (75, OK, {"backward_test": ("failed", "look at a node that is used twice")}),
        "dorothy": (70, OK, {"network_gradient_test": ("failed", "a mean over the pictures")}),
        "emmy": (78.5, OK, {"topological_order_hidden": ("error", "at about 1,000")}),
        "felix": (85, OK, {"classify_test": ("error", "No module named 'torch'")}),
        "grace": (80, OK, {"topological_order_test": ("failed", "found by your own code")}),
        "henri": (85, OK, {"classify_hidden": ("failed", "less than 95 %")}),
        "kurt": (90, OK, {}),
        "nikolai": (0, "absent", {}),
        "olga": (90, OK, {}),
        "paul": (90, "graded", {"words": ("not_attempted", "no answer was given")}),
    },
    "a4-lenet": {
        "ada": (90, OK, {}),
        "blaise": (90, OK, {}),
        "carl": (78, OK, {"max_pool_backward_test": ("failed", "what happens to those?")}),
        "dorothy": (80, OK, {"max_pool_hidden": ("failed", "Zeros in the border win")}),
        "emmy": (82.5, OK, {"l2_pool_backward_hidden": ("partial", "follows from `l2_pool`")}),
        "felix": (85, OK, {"shift_figure_test": ("error", "No module named 'torch'")}),
        "grace": (85, OK, {"shifted_accuracy_hidden": ("failed", "shifts to the right")}),
        "henri": (85, OK, {"classify_hidden": ("failed", "less than 85 %")}),
        "kurt": (90, OK, {}),
        "nikolai": (0, "absent", {}),
        "olga": (90, OK, {}),
        "paul": (90, "graded", {"words": ("not_attempted", "no answer was given")}),
    },
    "a5-training": {
        "ada": (80, OK, {}),
        "blaise": (80, OK, {}),
        "carl": (72, OK, {"softmax_cross_entropy_test": ("failed", "without computing p first")}),
        "dorothy": (63, OK, {"network_gradient_test": ("partial", "follows from `batch_norm_b")}),
        "emmy": (70, OK, {"adam_step_test": ("failed", "as both begin at 0?")}),
        "felix": (77, OK, {"classify_test": ("error", "No module named 'torch'")}),
        "grace": (72, OK, {"augment_hidden": ("failed", "comes in again")}),
        "henri": (77, OK, {"classify_hidden": ("failed", "less than 89 %")}),
        "kurt": (80, OK, {}),
        "nikolai": (0, "absent", {}),
        "olga": (80, OK, {}),
        "paul": (80, "graded", {"conclusion": ("not_attempted", "no answer was given")}),
    },
    "a6-architectures": {
        "ada": (90, OK, {}),
        "blaise": (90, OK, {}),
        "carl": (77, OK, {"residual_block_test": ("failed", "may a block subtract?")}),
        "dorothy": (80, OK, {"inception_hidden": ("error", "what keeps the size for K = 5?")}),
        "emmy": (80, OK, {"network_cost_hidden": ("partial", "follows from `layer_cost`")}),
        "felix": (84, OK, {"vgg_block_test": ("error", "No module named 'torchvision'")}),
        "grace": (80, OK, {"inception_test": ("error", "along which axis")}),
        "henri": (86, OK, {"load_weights_hidden": ("failed", "`strict` mean, in")}),
        "kurt": (90, OK, {}),
        "nikolai": (0, "absent", {}),
        "olga": (90, OK, {}),
        "paul": (90, "graded", {"words": ("not_attempted", "no answer was given")}),
    },
}


def test_the_demonstration_grades_a_class_for_each_assignment_that_has_one():
    course = Course(ROOT)
    written = {path.parent.name for path in course.solutions.glob("*/assignment.toml")}
    assert set(demo.assignments(course)) == written


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[long] if name in TRAIN else []) for name in CLASSES]
)
def test_the_class_gets_its_scores(tmp_path, name):
    _, graded = released_and_graded(name, tmp_path / "course")
    results = {result.student: result for result in graded}
    assert set(results) == set(CLASSES[name])
    for student, (score, state, told) in CLASSES[name].items():
        result = results[student]
        found = student, result.raw_score, result.state
        assert found == (student, score, state), result.message
        for question in result.questions:
            if question.id in told:
                assert question.state == told[question.id][0], question
                assert told[question.id][1] in f"{question.message} {question.hint}"
