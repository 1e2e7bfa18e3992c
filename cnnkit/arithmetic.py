"""Arithmetic where it is easily wrong: small types, nothing of what is infinite, equal scores."""

import numpy as np


def wide(x: np.ndarray) -> np.ndarray:
    """`x` in float32 at least, for sums, squares and exponentials: in half precision they overflow
    at 65,504, and what is added to a great sum is lost. What is wide already is not copied."""
    return x.astype(np.promote_types(x.dtype, np.float32), copy=False)


def share_of(share: np.ndarray | float, value: np.ndarray) -> np.ndarray:
    """share · value with 0 · ∞ = 0: what has no share does not count, however great it is."""
    with np.errstate(invalid="ignore"):
        result = np.asarray(share * value)
    if np.isnan(result).any():  # which is quickly seen, and seldom so
        np.copyto(result, 0, where=np.equal(share, 0))
    return result


def best_first(scores: np.ndarray) -> np.ndarray:
    """The class numbers of each row of scores (N, classes), the greatest score first. Of equal
    scores the smaller number is first; NaN comes last."""
    return np.argsort(-scores, axis=1, kind="stable")
