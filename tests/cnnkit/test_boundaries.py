"""Boundaries that are learned: the widest margin, steps of logistic regression, their pictures."""

import numpy as np
import pytest

from cnnkit import explorers, models, viz
from cnnkit.data import synthetic
from cnnkit.initializers import constant
from cnnkit.layers.parameter import Parameter
from cnnkit.losses import BCEWithLogitsLoss
from cnnkit.optim import SGD
from cnnkit.rosenblatt import widest_margin

CORNERS = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])


def margin(u, x, targets):
    return ((2 * targets - 1) * (np.column_stack([x, np.ones(len(x))]) @ u)).min()


def test_the_widest_margin_of_nand_is_known():
    u = widest_margin(CORNERS, np.array([1, 1, 1, 0]))
    np.testing.assert_allclose(u, np.array([-2, -2, 3]) / np.sqrt(17), atol=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_no_direction_near_it_has_a_wider_margin_and_the_rule_keeps_its_bound(seed):
    points = synthetic.blobs(30, 2, 0.25, seed=seed)
    x, targets = points.images.astype(float), points.labels
    u = widest_margin(x, targets)
    assert np.linalg.norm(u) == pytest.approx(1)
    widest = margin(u, x, targets)
    rng = np.random.default_rng(seed)
    for other in u + rng.normal(0, 0.1, (200, 3)):
        assert margin(other / np.linalg.norm(other), x, targets) <= widest + 1e-6
    net = models.perceptron(2).double()
    net.linear.weight.data, net.linear.bias.data = np.zeros((1, 2)), np.zeros(1)
    steps = 0
    while wrong := models.rosenblatt_step(net, x, targets):
        steps += wrong
    longest = np.sqrt((x**2).sum(axis=1).max() + 1)
    assert 0 < steps <= (longest / widest) ** 2


def test_where_no_line_separates_no_margin_is_above_0():
    targets = np.array([0, 1, 1, 0])
    assert margin(widest_margin(CORNERS, targets), CORNERS, targets) <= 0


@pytest.mark.parametrize("decay", [0, 0.1])
def test_an_epoch_is_the_optimisers_steps_over_all_points(decay):
    points = synthetic.blobs(24, 2, 0.5, seed=1)
    run = viz.logistic_run(points, 0.3, 24, decay, epochs=3)
    w, b = Parameter((2,), constant(0.0)), Parameter((1,), constant(0.0))
    for parameter in (w, b):
        parameter.to(np.float64)
    steps = [SGD([w], 0.3, weight_decay=decay), SGD([b], 0.3)]
    x, loss = points.images.astype(float), BCEWithLogitsLoss()
    for epoch in range(4):
        cost = loss(x @ w.data + b.data, points.labels)
        np.testing.assert_allclose(run.weights[epoch], w.data)
        assert run.costs[epoch] == pytest.approx(cost + decay / 2 * (w.data**2).sum())
        w.grad, b.grad = x.T @ loss.backward(), loss.backward().sum(keepdims=True)
        for step in steps:
            step.step()


@pytest.mark.parametrize(("size", "steps"), [(1, 20), (8, 3), (20, 1)])
def test_an_epoch_shows_every_point_once_and_the_last_batch_may_be_smaller(size, steps):
    points = synthetic.blobs(20, 2, 0.5, seed=1)
    tiny = 1e-9  # so small a step that all gradients are those at 0
    run = viz.logistic_run(points, tiny, size, epochs=1)
    order = np.random.default_rng(0).permutation(20)
    means = [np.mean(0.5 - points.labels[order[i : i + size]]) for i in range(0, 20, size)]
    assert run.steps == len(means) == steps
    assert run.biases[1] == pytest.approx(-tiny * sum(means), abs=1e-15)


def test_the_line_that_is_drawn_is_where_the_score_is_0():
    points = synthetic.blobs(20, 2, 0.3, seed=1)
    picture = viz.boundaries_picture(points, {"a": (np.array([2.0, -1.0]), 0.5)})
    [line] = [line for line in picture.axes[0].lines if line.get_label() == "a"]
    x1, x2 = np.array([line.get_xy1(), line.get_xy2()]).T
    np.testing.assert_allclose(2 * x1 - x2 + 0.5, 0, atol=1e-12)
    assert "2·x₁ − 1·x₂ + 0.5 = 0" in picture.alt


def test_on_xor_logistic_regression_stays_undecided():
    explorer = explorers.logistic()
    explorer.task.value, explorer.batch.value = "XOR", "all"
    for epoch in (0, 7, 40):
        explorer.step.value = epoch
        said = f"After {epoch} epochs of 1 step: cost 0.693; 24 of 48 points are right"
        assert said in explorer.sentence


def test_without_a_penalty_the_weights_of_separate_clouds_grow_and_with_one_they_rest():
    points = explorers.logistic().tasks["two clouds"]
    lengths = {
        decay: np.linalg.norm(viz.logistic_run(points, 1, 48, decay, epochs=400).weights, axis=1)
        for decay in (0, 0.1)
    }
    assert (np.diff(lengths[0]) > 0).all()
    assert lengths[0.1][-1] == pytest.approx(lengths[0.1][-100], rel=1e-6)
