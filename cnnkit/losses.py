"""Losses: `loss(scores, labels)` is a number, `loss.backward()` its gradient on the scores."""

from typing import Any

import numpy as np


class CrossEntropyLoss:
    """L = −(1/N) Σ_n log p[n, label_n] with p = softmax(scores): the softmax is inside.

    scores (N, classes), floating point; labels (N,), whole numbers in 0 … classes − 1. The
    greatest score is subtracted first, so that no exponential overflows (Goodfellow, Bengio,
    Courville, Deep Learning, 2016, section 4.1). Its gradient is (p − one-hot(labels)) / N.

    ValueError: other shapes, an empty batch, NaN, labels out of range. TypeError: scores that
    are no array of floating point.
    """

    _scores: np.ndarray | None = None

    def __call__(self, scores: np.ndarray, labels: Any) -> float:
        self._labels = _check(scores, labels)
        self._scores = scores
        shifted = scores - scores.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(shifted).sum(axis=1))
        return float(np.mean(log_sum - shifted[np.arange(len(scores)), self._labels]))

    def backward(self) -> np.ndarray:
        scores = self._scores
        if scores is None:
            raise RuntimeError(
                "CrossEntropyLoss: backward before forward; call loss(scores, labels)"
            )
        exps = np.exp(scores - scores.max(axis=1, keepdims=True))
        dscores = exps / exps.sum(axis=1, keepdims=True)
        dscores[np.arange(len(scores)), self._labels] -= 1
        return dscores / len(scores)


def _check(scores: np.ndarray, labels: Any) -> np.ndarray:
    """The labels as an array, if scores and labels are what the loss can take."""
    name = "CrossEntropyLoss"
    if not isinstance(scores, np.ndarray) or scores.dtype.kind != "f":
        got = scores.dtype if isinstance(scores, np.ndarray) else type(scores).__name__
        raise TypeError(f"{name}: expected scores as an array of floating point, got {got}")
    if scores.ndim != 2 or 0 in scores.shape:
        raise ValueError(f"{name}: expected scores of shape (N, classes), got {scores.shape}")
    if np.isnan(scores).any():
        raise ValueError(
            f"{name}: {np.isnan(scores).sum()} of {scores.size} scores are NaN; has the training "
            "diverged (learning rate too large)?"
        )
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
