"""What the tests of the layers share: a row of their tables, and the arrays that they run on.

`build` is called with `cnnkit.layers` and with `TORCH`: names, argument names, their order and
their defaults are the same in both.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cnnkit.pytorch import twins


class _Torch:
    """PyTorch's layers and the twins of those that it lacks, under one name."""

    def __getattr__(self, name: str) -> Any:
        return twins.find(name)


TORCH = _Torch()


class Case(NamedTuple):
    """A layer, an input shape (with the batch), and what must come of them."""

    name: str
    build: Callable[[Any], Any]
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int = 0
    loops: Callable[[Any, np.ndarray], np.ndarray] | None = None


def tie_free(shape: tuple[int, ...], dtype: Any = np.float64, seed: int = 0) -> np.ndarray:
    """Values in (−2, 2), no two equal, none 0: away from the kinks of max and ReLU."""
    count = int(np.prod(shape))
    order = np.random.default_rng(seed).permutation(count)
    return ((order - count // 2 + 0.5) * (4 / (count + 1))).reshape(shape).astype(dtype)


def normal(shape: tuple[int, ...], dtype: Any = np.float64, seed: int = 1) -> np.ndarray:
    """Random upstream gradients: no two the same, so that nothing cancels."""
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def relative_error(got: np.ndarray, reference: np.ndarray) -> float:
    """max|Δ| / max|reference|; shapes must be equal."""
    assert got.shape == reference.shape
    difference = np.abs(got - reference).max(initial=0)
    return float(difference / (np.abs(reference).max(initial=0) or 1))
