"""Scores as probabilities."""

from __future__ import annotations

import numpy as np

from cnnkit.layers.base import Layer, batch_of
from cnnkit.layers.parameter import Shape


def checked_dim(layer: Layer, dim: int, input_shape: Shape) -> Shape:
    """`input_shape`; ValueError where (N, *input_shape) has no dimension `dim`."""
    dims = len(input_shape) + 1
    if not -dims <= dim < dims:
        raise ValueError(f"{layer}: there is no dimension {dim} in {batch_of(input_shape)}")
    return input_shape


class Softmax(Layer):
    """y_i = e^x_i / Σ_j e^x_j along `dim`; dx = y (dy − Σ_j dy_j y_j).

    The greatest value is subtracted first, which changes nothing but that no exponential overflows.
    """

    def __init__(self, dim: int = 1) -> None:
        self.dim = dim

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        e = np.exp(x - x.max(axis=self.dim, keepdims=True, initial=-np.inf))
        self._y = e / e.sum(axis=self.dim, keepdims=True)
        return self._y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        y = self._y
        return y * (dy - (dy * y).sum(axis=self.dim, keepdims=True))

    def output_shape(self, input_shape: Shape) -> Shape:
        return checked_dim(self, self.dim, input_shape)


class LogSoftmax(Layer):
    """y_i = x_i − log Σ_j e^x_j along `dim`; dx = dy − e^y Σ_j dy_j."""

    def __init__(self, dim: int = 1) -> None:
        self.dim = dim

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        shifted = x - x.max(axis=self.dim, keepdims=True, initial=-np.inf)
        self._y = shifted - np.log(np.exp(shifted).sum(axis=self.dim, keepdims=True))
        return self._y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        return dy - np.exp(self._y) * dy.sum(axis=self.dim, keepdims=True)

    def output_shape(self, input_shape: Shape) -> Shape:
        return checked_dim(self, self.dim, input_shape)
