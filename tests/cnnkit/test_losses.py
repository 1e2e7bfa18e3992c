import numpy as np
import pytest
import torch
from cases import normal, relative_error

from cnnkit.gradcheck import numerical_gradient
from cnnkit.losses import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss, MultiClassHingeLoss


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-5)])
@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (5, 2), (7, 10)])
def test_cross_entropy_agrees_with_pytorch(shape, dtype, tolerance):
    scores = 3 * normal(shape, dtype)
    labels = np.random.default_rng(0).integers(0, shape[1], shape[0])
    theirs = torch.from_numpy(scores).requires_grad_()
    their_loss = torch.nn.CrossEntropyLoss()(theirs, torch.from_numpy(labels))
    their_loss.backward()
    loss = CrossEntropyLoss()
    value = loss(scores, labels)
    assert type(value) is float
    assert value == pytest.approx(their_loss.item(), rel=tolerance)
    dscores = loss.backward()
    assert dscores.dtype == dtype
    assert relative_error(dscores, theirs.grad.numpy()) <= tolerance


def test_cross_entropy_gradient_agrees_with_a_numerical_one():
    scores, labels, loss = normal((4, 5)), [0, 4, 2, 2], CrossEntropyLoss()
    loss(scores, labels)
    dscores = loss.backward()
    assert relative_error(dscores, numerical_gradient(lambda s: loss(s, labels), scores)) <= 1e-8


def test_cross_entropy_of_equal_scores_is_the_log_of_the_number_of_classes():
    assert CrossEntropyLoss()(np.zeros((3, 10)), [0, 5, 9]) == pytest.approx(np.log(10))


def test_cross_entropy_of_great_scores_does_not_overflow():
    loss = CrossEntropyLoss()
    with np.errstate(all="raise", under="ignore"):
        assert loss(np.array([[1e4, -1e4]], np.float32), [1]) == 2e4
        assert loss.backward().tolist() == [[1, -1]]


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_labels_may_be_whole_numbers_of_any_width(dtype):
    scores = normal((3, 4))
    expected = CrossEntropyLoss()(scores, [3, 0, 1])
    assert CrossEntropyLoss()(scores, np.array([3, 0, 1], dtype)) == expected


@pytest.mark.parametrize(
    ("scores", "labels", "error", "message"),
    [
        ([[1.0, 2.0]], [0], TypeError, "expected scores as an array of floating point, got list"),
        (np.ones((1, 2), int), [0], TypeError, "got int64"),
        (np.ones(3), [0], ValueError, r"scores of shape \(N, classes\), got \(3,\)"),
        (np.ones((0, 3)), [], ValueError, r"got \(0, 3\)"),
        (np.array([[1, np.nan]]), [0], ValueError, "1 of 2 scores are NaN"),
        (np.ones((2, 3)), [0], ValueError, r"shape \(2,\), got \(1,\)"),
        (np.ones((2, 3)), np.eye(3)[:2], ValueError, r"one label for each row.*got \(2, 3\)"),
        (np.ones((2, 3)), [0.0, 1.0], ValueError, "expected whole numbers as labels, got float64$"),
        (np.ones((2, 3)), [0, np.nan], ValueError, "got float64, 1 of them NaN"),
        (np.ones((2, 3)), [True, False], ValueError, "expected whole numbers as labels, got bool"),
        (np.ones((2, 3)), [0, 3], ValueError, r"labels from 0 to 2, got 3 at \[1\]"),
        (np.ones((2, 3)), [-1, 0], ValueError, r"labels from 0 to 2, got -1 at \[0\]"),
    ],
)
def test_cross_entropy_refuses_in_clear_words(scores, labels, error, message):
    with pytest.raises(error, match=message):
        CrossEntropyLoss()(scores, labels)


def test_backward_before_forward_is_refused():
    with pytest.raises(RuntimeError, match="backward before forward"):
        CrossEntropyLoss().backward()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_smoothed_and_weighted_cross_entropy_agrees_with_pytorch(weighted, smoothing):
    scores, labels = normal((6, 4)), np.array([0, 1, 1, 3, 2, 0])
    weight = [0.5, 2.0, 1.0, 3.0] if weighted else None
    loss = CrossEntropyLoss(weight, smoothing)
    tensor = torch.tensor(weight, dtype=torch.float64) if weighted else None
    reference = torch.nn.CrossEntropyLoss(tensor, label_smoothing=smoothing)
    agrees(loss, reference, scores, labels)


@pytest.mark.parametrize("margin", [1.0, 0.3])
def test_hinge_is_pytorchs_times_the_number_of_classes(margin):
    reference = torch.nn.MultiMarginLoss(margin=margin)
    scores, labels = normal((6, 4)), np.array([0, 1, 1, 3, 2, 0])
    agrees(MultiClassHingeLoss(margin), lambda s, l: 4 * reference(s, l), scores, labels)


@pytest.mark.parametrize("shape", [(1,), (5, 3), (2, 3, 4, 5)])
def test_squared_error_and_binary_cross_entropy_agree_with_pytorch(shape):
    scores, targets = 3 * normal(shape), np.random.default_rng(1).random(shape)
    agrees(MSELoss(), torch.nn.MSELoss(), scores, targets)
    agrees(BCEWithLogitsLoss(), torch.nn.BCEWithLogitsLoss(), scores, targets)


def agrees(loss, reference, scores, targets):
    theirs = torch.from_numpy(scores.copy()).requires_grad_()
    their_loss = reference(theirs, torch.from_numpy(targets))
    their_loss.backward()
    assert loss(scores, targets) == pytest.approx(their_loss.item(), rel=1e-12)
    assert relative_error(loss.backward(), theirs.grad.numpy()) <= 1e-10


def test_the_lectures_hinge_losses():
    scores = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])  # a cat, a car, a frog
    loss = MultiClassHingeLoss()
    each = [loss(scores[[n]], [n]) for n in range(3)]
    assert each == pytest.approx([2.9, 0, 12.9])
    assert round(loss(scores, [0, 1, 2]), 2) == 5.27


def test_great_logits_do_not_overflow():
    loss = BCEWithLogitsLoss()
    with np.errstate(all="raise", under="ignore"):
        assert loss(np.array([1e4, -1e4]), np.array([0.0, 1.0])) == 1e4
        assert loss.backward().tolist() == [0.5, -0.5]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: MSELoss()(np.ones(3), np.ones(4)), r"shape \(3,\), not empty, got \(4,\)"),
        (lambda: MSELoss()(np.ones((0, 2)), np.ones((0, 2))), "not empty"),
        (lambda: MSELoss()(np.ones(2), [1, np.nan]), "some targets are NaN"),
        (lambda: BCEWithLogitsLoss()(np.ones(2), [0, 2]), "targets from 0 to 1"),
        (lambda: CrossEntropyLoss(label_smoothing=2), "2 is not in 0 … 1"),
        (lambda: CrossEntropyLoss([1, 2])(np.ones((1, 3)), [0]), "each of 3 classes, got shape"),
        (lambda: CrossEntropyLoss([1, np.inf]), "weight: expected finite numbers ≥ 0"),
        (lambda: CrossEntropyLoss([1, -1]), "weight: expected finite numbers ≥ 0"),
        (lambda: CrossEntropyLoss([0, 1])(np.ones((1, 2)), [0]), "all labels are of classes with"),
        (lambda: MultiClassHingeLoss()(np.ones((1, 3)), [3]), "labels from 0 to 2, got 3"),
    ],
)
def test_the_other_losses_refuse_in_clear_words(call, message):
    with pytest.raises(ValueError, match=message):
        call()


INF = np.inf


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    ("loss", "scores", "targets", "value", "gradient"),
    [
        (CrossEntropyLoss(), [[0, -INF]], [0], 0, [[0, 0]]),
        (CrossEntropyLoss(), [[1, 2, -INF]], [1], 0.3132617, [[0.268941, -0.268941, 0]]),
        (CrossEntropyLoss(), [[0, -INF]], [1], INF, [[1, -1]]),
        (CrossEntropyLoss([1, 0], 0.5), [[0, -INF]], [0], 0, [[0, 0]]),
        (CrossEntropyLoss(None, 0.5), [[0, -INF]], [0], INF, [[0.25, -0.25]]),
        (MultiClassHingeLoss(), [[0, -INF, 0.5]], [0], 1.5, [[-1, 0, 1]]),
        (MultiClassHingeLoss(), [[-INF, 0]], [0], INF, [[-1, 1]]),
        (BCEWithLogitsLoss(), [-INF, INF], [0, 1], 0, [0, 0]),
        (BCEWithLogitsLoss(), [-INF, 0], [0.5, 0.5], INF, [-0.25, 0]),
    ],
)
def test_a_score_without_end_counts_where_the_target_has_a_share_in_it(
    loss, scores, targets, value, gradient, dtype
):
    with np.errstate(all="raise", under="ignore"):
        assert loss(np.array(scores, dtype), np.array(targets)) == pytest.approx(value, rel=1e-6)
        np.testing.assert_allclose(loss.backward(), gradient, rtol=1e-3)
    assert loss.backward().dtype == dtype


@pytest.mark.parametrize("rows", [30_000, 70_000])
def test_in_half_precision_a_mean_over_many_rows_is_right(rows):
    half = np.float16
    loss = CrossEntropyLoss()
    assert loss(np.zeros((rows, 10), half), np.zeros(rows, int)) == pytest.approx(np.log(10))
    np.testing.assert_allclose(loss.backward()[-1], [-0.9 / rows] + [0.1 / rows] * 9, rtol=0.02)
    loss = MultiClassHingeLoss()
    assert loss(np.zeros((rows, 10), half), np.zeros(rows, int)) == 9
    np.testing.assert_allclose(loss.backward()[-1], [-9 / rows] + [1 / rows] * 9, rtol=0.01)
    loss = MSELoss()
    assert loss(np.full(rows, 400, half), np.zeros(rows)) == 160_000
    np.testing.assert_allclose(loss.backward(), 800 / rows, rtol=1e-3)
    loss = BCEWithLogitsLoss()
    assert loss(np.zeros(rows, half), np.zeros(rows)) == pytest.approx(np.log(2))
    np.testing.assert_allclose(loss.backward(), 0.5 / rows, rtol=0.01)


def test_whole_numbers_that_half_precision_cannot_hold_are_targets_like_others():
    assert MSELoss()(np.zeros(4, np.float16), np.full(4, 70_000)) == 70_000**2
