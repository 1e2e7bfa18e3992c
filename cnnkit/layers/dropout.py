"""Dropout: units left out at random while training, so that none is relied on."""

from __future__ import annotations

import numpy as np

from cnnkit.initializers import next_seed
from cnnkit.layers.base import Layer


class Dropout(Layer):
    """In training y = x · m / (1 − p), m being 0 with probability `p`, else 1; in use y = x.

    Inverted dropout: the expectation of y is x, so that nothing changes at test time. The masks
    come from a stream of the layer's own (`cnnkit.manual_seed`); `backward` takes the last one.
    Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from Overfitting, 2014,
    section 10.
    """

    def __init__(self, p: float = 0.5) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"{type(self).__name__}: p is a probability, 0 … 1; got {p}")
        self.p = p
        self._random = np.random.default_rng(next_seed())

    def restart(self, seed: int | tuple[int, ...]) -> None:
        """Draw the masks from here on from this seed."""
        self._random = np.random.default_rng(seed)

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        self._factor = np.asarray(self._draw(x) if self.training else self._in_use(), x.dtype)
        return x * self._factor

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        return dy * self._factor

    def _draw(self, x: np.ndarray) -> np.ndarray:
        kept = self._random.random(x.shape, np.float32) >= self.p
        return kept / (1 - self.p) if self.p < 1 else kept

    def _in_use(self) -> float:
        return 1.0


class HistoricalDropout(Dropout):
    """In training y = x · m, m being 0 with probability `p`, else 1; in use y = (1 − p) x.

    The form that AlexNet used: with p = ½ "at test time, we use all the neurons but multiply their
    outputs by 0.5" (Krizhevsky, Sutskever, Hinton, 2012, section 4.2).
    """

    def _draw(self, x: np.ndarray) -> np.ndarray:
        return self._random.random(x.shape, np.float32) >= self.p

    def _in_use(self) -> float:
        return 1 - self.p
