"""Fully connected layers."""

from __future__ import annotations

import math

import numpy as np

from cnnkit.initializers import fan_in_uniform
from cnnkit.layers.base import Layer, batch_of
from cnnkit.layers.parameter import Parameter, Shape
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
            self.bias.accumulate(dy.sum(axis=0))
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
