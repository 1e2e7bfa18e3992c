"""Penalties on the weights: `penalty(parameters)` is a number, added to the loss.

`penalty.backward()` adds its gradient to the parameters' `.grad`. L2 prefers many small weights to
few great ones, L1 weights that are 0 (Goodfellow, Bengio, Courville, Deep Learning, 2016,
section 7.1; elastic net: Zou and Hastie, 2005).
"""

from collections.abc import Iterable

import numpy as np

from cnnkit.arithmetic import share_of
from cnnkit.layers.parameter import Parameter


class ElasticNet:
    """R = strength · Σ (beta · w² + |w|) over every weight, added up in float64.

    The slope of |w| at 0 is 0.
    """

    def __init__(self, strength: float, beta: float) -> None:
        if not (0 <= strength < np.inf and 0 <= beta < np.inf):
            raise ValueError(f"{type(self).__name__}: expected numbers ≥ 0")
        self.absolute, self.square = strength, strength * beta
        self._parameters: list[Parameter] = []

    def __call__(self, parameters: Iterable[Parameter]) -> float:
        self._parameters = list(parameters)
        return float(sum(self._of(p.data.astype(np.float64)).sum() for p in self._parameters))

    def _of(self, w: np.ndarray) -> np.ndarray:
        return share_of(self.square, np.square(w)) + share_of(self.absolute, np.abs(w))

    def backward(self) -> None:
        """Add strength · (2 beta w + sign w) to each gradient."""
        for p in self._parameters:
            p.accumulate(share_of(2 * self.square, p.data) + self.absolute * np.sign(p.data))


class L1(ElasticNet):
    """R = strength · Σ |w|."""

    def __init__(self, strength: float) -> None:
        super().__init__(strength, 0.0)


class L2(ElasticNet):
    """R = strength · Σ w².

    One step of plain SGD on it multiplies w by 1 − 2 · lr · strength: weight decay, for which
    PyTorch's `weight_decay` is 2 · strength.
    """

    def __init__(self, strength: float) -> None:
        super().__init__(strength, 0.0)
        self.absolute, self.square = 0.0, strength
