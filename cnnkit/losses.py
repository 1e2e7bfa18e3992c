"""Losses: `loss(scores, targets)` is a number, `loss.backward()` its gradient on the scores.

All are means over the batch, worked out in float64, so that a sum over many rows of half precision
neither overflows nor rounds to 0. A score of −∞ is a class that is masked: with no share in the
target it adds nothing. What is no array of floating point is a TypeError; other shapes, an empty
batch, NaN and labels out of range are ValueErrors that say what was expected and what came.
"""

from typing import Any

import numpy as np

from cnnkit.arithmetic import share_of


class Loss:
    """What all have in common: `dscores` is worked out with the loss and kept for `backward`."""

    _dscores: np.ndarray | None = None

    def __call__(self, scores: np.ndarray, targets: Any) -> float:
        raise NotImplementedError(f"{type(self).__name__} computes no loss")

    def backward(self) -> np.ndarray:
        """The gradient of the last loss with respect to its scores, in their shape and dtype."""
        if self._dscores is None:
            name = type(self).__name__
            raise RuntimeError(f"{name}: backward before forward; call loss(scores, targets)")
        return self._dscores


class CrossEntropyLoss(Loss):
    """L = −Σ_n Σ_c q[n,c] log p[n,c] / Σ_n w[label_n] with p = softmax(scores): it is inside.

    q[n,c] = w[c]·((1 − s)·[c = label_n] + s / classes), with the classes' weights w (1 where none
    are given) and the label smoothing s (Szegedy et al., Rethinking the Inception Architecture,
    2016, section 7); without both, L is the mean of −log p[n, label_n]. scores (N, classes),
    labels (N,), whole numbers in 0 … classes − 1. The greatest score is subtracted first, so that
    no exponential overflows (Goodfellow, Bengio, Courville, Deep Learning, 2016, section 4.1). The
    gradient is (p · Σ_c q − q) / Σ_n w[label_n], without weights (p − q) / N.
    """

    def __init__(self, weight: Any = None, label_smoothing: float = 0.0) -> None:
        if not 0 <= label_smoothing <= 1:
            raise ValueError(f"CrossEntropyLoss: label_smoothing {label_smoothing} is not in 0 … 1")
        self.weight = None if weight is None else np.asarray(weight, float)
        if self.weight is not None and not ((self.weight >= 0) & (self.weight < np.inf)).all():
            raise ValueError("CrossEntropyLoss: weight: expected finite numbers ≥ 0")
        self.label_smoothing = label_smoothing

    def __call__(self, scores: np.ndarray, targets: Any) -> float:
        labels = _check_labels(type(self).__name__, scores, targets)
        classes = scores.shape[1]
        weight = np.ones(classes) if self.weight is None else self.weight
        if weight.shape != (classes,):
            raise ValueError(
                f"CrossEntropyLoss: expected a weight for each of {classes} classes, got shape "
                f"{weight.shape}"
            )
        total = weight[labels].sum()
        if not total:
            raise ValueError("CrossEntropyLoss: all labels are of classes with weight 0")
        q = np.full(scores.shape, self.label_smoothing / classes)
        q[np.arange(len(scores)), labels] += 1 - self.label_smoothing
        q *= weight
        shifted = scores.astype(np.float64)
        shifted -= shifted.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        dscores = (np.exp(log_p) * q.sum(axis=1, keepdims=True) - q) / total
        self._dscores = dscores.astype(scores.dtype)
        return float(-share_of(q, log_p).sum() / total)


class MultiClassHingeLoss(Loss):
    """L = (1/N) Σ_n Σ_{c ≠ label_n} max(0, scores[n,c] − scores[n,label_n] + margin).

    Weston and Watkins, Support vector machines for multi-class pattern recognition, 1999. PyTorch's
    MultiMarginLoss is the same divided by the number of classes. The slope at the kink is 0.
    """

    def __init__(self, margin: float = 1.0) -> None:
        self.margin = margin

    def __call__(self, scores: np.ndarray, targets: Any) -> float:
        labels = _check_labels(type(self).__name__, scores, targets)
        rows, exact = np.arange(len(scores)), scores.astype(np.float64)
        with np.errstate(invalid="ignore"):  # ∞ − ∞ of the label's own, which does not count
            margins = np.maximum(exact - exact[rows, labels][:, None] + self.margin, 0)
        margins[rows, labels] = 0
        dscores = (margins > 0).astype(np.float64)
        dscores[rows, labels] = -dscores.sum(axis=1)
        self._dscores = (dscores / len(scores)).astype(scores.dtype)
        return float(margins.sum() / len(scores))


class MSELoss(Loss):
    """L = mean((scores − targets)²), over the batch and every feature; the gradient is 2(…)/n."""

    def __call__(self, scores: np.ndarray, targets: Any) -> float:
        targets = _check_targets(type(self).__name__, scores, targets)
        difference = scores.astype(np.float64) - targets
        self._dscores = (2 * difference / scores.size).astype(scores.dtype)
        return float(np.mean(difference**2))


class BCEWithLogitsLoss(Loss):
    """L = mean(−t log σ(x) − (1 − t) log(1 − σ(x))), x the scores, t the targets in 0 … 1.

    Written |x| · |t − [x ≥ 0]| + log(1 + e^−|x|), in which nothing overflows and x may be ±∞ where
    the target agrees; the gradient is (σ(x) − t) / n.
    """

    def __call__(self, scores: np.ndarray, targets: Any) -> float:
        targets = _check_targets(type(self).__name__, scores, targets)
        if targets.min() < 0 or targets.max() > 1:
            raise ValueError("BCEWithLogitsLoss: expected targets from 0 to 1")
        positive, size = scores >= 0, np.abs(scores.astype(np.float64))
        small = np.exp(-size)
        sigmoid = np.where(positive, 1, small) / (1 + small)
        self._dscores = ((sigmoid - targets) / scores.size).astype(scores.dtype)
        return float(np.mean(share_of(np.abs(targets - positive), size) + np.log1p(small)))


def _check_scores(name: str, scores: np.ndarray) -> None:
    if not isinstance(scores, np.ndarray) or scores.dtype.kind != "f":
        got = scores.dtype if isinstance(scores, np.ndarray) else type(scores).__name__
        raise TypeError(f"{name}: expected scores as an array of floating point, got {got}")
    if np.isnan(scores).any():
        raise ValueError(
            f"{name}: {np.isnan(scores).sum()} of {scores.size} scores are NaN; has the training "
            "diverged (learning rate too large)?"
        )


def _check_targets(name: str, scores: np.ndarray, targets: Any) -> np.ndarray:
    """The targets in float64, if scores and targets are what the loss can take."""
    _check_scores(name, scores)
    targets = np.asarray(targets)
    if targets.shape != scores.shape or not scores.size:
        raise ValueError(
            f"{name}: expected targets of the scores' shape {scores.shape}, not empty, got "
            f"{targets.shape}"
        )
    targets = targets.astype(np.float64)
    if np.isnan(targets).any():
        raise ValueError(f"{name}: some targets are NaN")
    return targets


def _check_labels(name: str, scores: np.ndarray, labels: Any) -> np.ndarray:
    """The labels as an array, if scores and labels are what the loss can take."""
    _check_scores(name, scores)
    if scores.ndim != 2 or 0 in scores.shape:
        raise ValueError(f"{name}: expected scores of shape (N, classes), got {scores.shape}")
    labels = np.asarray(labels)
    if labels.shape != (len(scores),):
        raise ValueError(
            f"{name}: expected one label for each row of scores, shape ({len(scores)},), "
            f"got {labels.shape}"
        )
    if labels.dtype.kind not in "iu":
        nans = int(np.isnan(labels).sum()) if labels.dtype.kind == "f" else 0
        raise ValueError(
            f"{name}: expected whole numbers as labels, got {labels.dtype}"
            + (f", {nans} of them NaN" if nans else "")
        )
    classes = scores.shape[1]
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if wrong.size:
        raise ValueError(
            f"{name}: expected labels from 0 to {classes - 1}, got {labels[wrong[0]]} at "
            f"[{wrong[0]}]"
        )
    return labels
