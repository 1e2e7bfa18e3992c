"""Scores as probabilities."""

from __future__ import annotations

import numpy as np

from cnnkit.arithmetic import share_of, wide
from cnnkit.layers.base import Layer, batch_of
from cnnkit.layers.parameter import Shape


def checked_dim(layer: Layer, dim: int, input_shape: Shape) -> Shape:
    """`input_shape`; ValueError where (N, *input_shape) has no dimension `dim`."""
    dims = len(input_shape) + 1
    if not -dims <= dim < dims:
        raise ValueError(f"{layer}: there is no dimension {dim} in {batch_of(input_shape)}")
    return input_shape


class Softmax(Layer):
    """y_i = e^x_i / Σ_j e^x_j along `dim`; dx_i = dy_i y_i − y_i Σ_j dy_j y_j.

    The greatest value is subtracted first, which changes nothing but that no exponential overflows.
    Where x is −∞, y and dx are 0, also for a dy of ∞, as entropy's is; of −∞ alone y is NaN.
    """

    def __init__(self, dim: int = 1) -> None:
        self.dim = dim

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        self._y = np.exp(_below_greatest(x, self.dim))
        self._y /= self._y.sum(axis=self.dim, keepdims=True)
        return self._y.astype(x.dtype, copy=False)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        dx = share_of(self._y, dy)
        dx -= self._y * dx.sum(axis=self.dim, keepdims=True)
        return dx.astype(dy.dtype, copy=False)

    def output_shape(self, input_shape: Shape) -> Shape:
        return checked_dim(self, self.dim, input_shape)


class LogSoftmax(Layer):
    """y_i = x_i − log Σ_j e^x_j along `dim`; dx = dy − e^y Σ_j dy_j."""

    def __init__(self, dim: int = 1) -> None:
        self.dim = dim

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        shifted = _below_greatest(x, self.dim)
        self._y = shifted - np.log(np.exp(shifted).sum(axis=self.dim, keepdims=True))
        return self._y.astype(x.dtype, copy=False)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        dx = dy - np.exp(self._y) * wide(dy).sum(axis=self.dim, keepdims=True)
        return dx.astype(dy.dtype, copy=False)

    def output_shape(self, input_shape: Shape) -> Shape:
        return checked_dim(self, self.dim, input_shape)


def _below_greatest(x: np.ndarray, dim: int) -> np.ndarray:
    """x minus the greatest value along `dim`, in float32 at least."""
    x = wide(x)
    return x - x.max(axis=dim, keepdims=True, initial=-np.inf)
