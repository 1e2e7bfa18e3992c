"""Layers in which every output sees every input."""

from __future__ import annotations

import math

import numpy as np

from cnnkit.arithmetic import wide
from cnnkit.initializers import fan_in_uniform, random_signs
from cnnkit.layers.base import Layer, batch_of
from cnnkit.layers.parameter import Buffer, Parameter, Shape
from cnnkit.layers.windows import middle
from cnnkit.summary import Pair, Window


class Linear(Layer):
    """y = x Wᵀ + b.

    x (N, in_features) → y (N, out_features); weight (out_features, in_features), bias
    (out_features,).
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        if min(in_features, out_features) < 1:
            raise ValueError(
                f"Linear: expected at least one feature in and out, "
                f"got {in_features} and {out_features}"
            )
        self.in_features = in_features
        self.out_features = out_features
        initializer = fan_in_uniform(in_features)
        self.weight = Parameter((out_features, in_features), initializer)
        self.bias = Parameter((out_features,), initializer) if bias else None

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        y = x @ self.weight.data.T
        return y if self.bias is None else y + self.bias.data

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        self.weight.accumulate(dy.T @ x)
        if self.bias is not None:
            self.bias.accumulate(wide(dy).sum(axis=0))
        return dy @ self.weight.data

    def output_shape(self, input_shape: Shape) -> Shape:
        if input_shape != (self.in_features,):
            hint = "; put Flatten() before it" if math.prod(input_shape) == self.in_features else ""
            raise ValueError(
                f"Linear: expected {self.in_features} features, an input of shape "
                f"(N, {self.in_features}); got {batch_of(input_shape)}{hint}"
            )
        return (self.out_features,)

    def macs(self, input_shape: Shape) -> int:
        return self.in_features * self.out_features

    def window(self, map_size: Pair) -> Window:
        return Window(map_size, centre=middle(map_size))


class RBF(Layer):
    """y[n, i] = −Σ_j (x[n, j] − weight[i, j])²: how near x is to each of some fixed patterns.

    x (N, in_features) → y (N, out_features). LeNet-5's output layer (LeCun et al., Gradient-Based
    Learning Applied to Document Recognition, 1998, equation 7) with the sign turned, so that the
    largest is the answer, as with all other scores. The patterns are a buffer: they do not learn.
    Until they are set they are random codes of +1 and −1 (section II.C).
    dx[n] = −2 Σ_i dy[n, i] (x[n] − weight[i]).
    """

    def __init__(self, in_features: int, out_features: int) -> None:
        if min(in_features, out_features) < 1:
            raise ValueError(
                f"RBF: expected at least one feature and one pattern, got {in_features} and "
                f"{out_features}"
            )
        self.in_features, self.out_features = in_features, out_features
        self.weight = Buffer((out_features, in_features), random_signs())

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        y = -np.square(wide(x)[:, None, :] - self.weight.data).sum(axis=2)
        return y.astype(x.dtype, copy=False)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        dx = -2 * (x * wide(dy).sum(axis=1, keepdims=True) - wide(dy) @ self.weight.data)
        return dx.astype(x.dtype, copy=False)

    def output_shape(self, input_shape: Shape) -> Shape:
        if input_shape != (self.in_features,):
            raise ValueError(
                f"RBF: expected {self.in_features} features, an input of shape "
                f"(N, {self.in_features}); got {batch_of(input_shape)}"
            )
        return (self.out_features,)

    def window(self, map_size: Pair) -> Window:
        return Window(map_size, centre=middle(map_size))
