"""Convolution (the cross-correlation that networks call so)."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from cnnkit.arithmetic import wide
from cnnkit.initializers import fan_in_uniform
from cnnkit.layers.base import Layer, batch_of
from cnnkit.layers.parameter import Parameter, Shape
from cnnkit.layers.products import correlate, image_gradient, weight_gradient
from cnnkit.layers.windows import Pair, Sides, Windows, extent, middle, output_size, pair
from cnnkit.summary import Window


class Conv2d(Layer):
    """y[n,o,i,j] = b[o] + Σ_{c,k,l} w[o,c,k,l] · x[n, c, i·S + k·D, j·S + l·D].

    S is the stride, D the dilation. x (N, in_channels, H, W), zero-padded by `padding` →
    y (N, out_channels, H', W'), H' = ⌊(H + 2·padding − D·(K − 1) − 1) / S⌋ + 1; weight
    (out_channels, in_channels / groups, K, K). With groups, each group of output channels sees
    its own group of input channels. Sizes are ints or (height, width); `padding="same"` keeps H
    and W (stride 1). TypeError and ValueError as for every layer (`Layer.check`).

    The work is done in `cnnkit.layers.products`.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: int | Pair | Literal["same"] = 0,
        dilation: int | Pair = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        check_channels("Conv2d", in_channels, out_channels, groups)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = pair(kernel_size, "kernel_size", 1)
        self.stride = pair(stride, "stride", 1)
        self.dilation = pair(dilation, "dilation", 1)
        self.padding = padding if padding == "same" else pair(padding, "padding", 0)
        self.groups = groups
        if padding == "same" and self.stride != (1, 1):
            raise ValueError(f"Conv2d: padding='same' needs stride 1, got {self.stride}")
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        initializer = fan_in_uniform(math.prod(shape[1:]))
        self.weight = Parameter(shape, initializer)
        self.bias = Parameter((out_channels,), initializer) if bias else None

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        _, *size = self.output_shape(x.shape[1:])
        y = correlate(self.weight.data, x, self._windows((size[0], size[1])), self.groups)
        if self.bias is not None:
            y += self.bias.data[:, None, None]
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.learn(dy)
        x, windows = self.recall(dy), self._windows(dy.shape[2:])
        return image_gradient(self.weight.data, dy, windows, self.groups, x.shape)

    def learn(self, dy: np.ndarray) -> None:
        x, windows = self.recall(dy), self._windows(dy.shape[2:])
        self.weight.accumulate(weight_gradient(x, dy, windows, self.groups))
        if self.bias is not None:
            self.bias.accumulate(wide(dy).sum(axis=(0, 2, 3)))

    def _windows(self, size: Pair) -> Windows:
        return Windows(self.kernel_size, self.stride, self.dilation, self._sides(), size)

    def _sides(self) -> Sides:
        if self.padding == "same":
            # PyTorch's rule: of an odd total, the greater part stands below and to the right.
            total = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            return (total[0] // 2, -(-total[0] // 2)), (total[1] // 2, -(-total[1] // 2))
        vertical, horizontal = self.padding
        return (vertical, vertical), (horizontal, horizontal)

    def output_shape(self, input_shape: Shape) -> Shape:
        check_image("Conv2d", self.in_channels, input_shape)
        options = zip(
            input_shape[1:],
            self.kernel_size,
            self.stride,
            self._sides(),
            self.dilation,
            strict=True,
        )
        size = [output_size(n, k, s, sum(sides), d) for n, k, s, sides, d in options]
        if min(size) < 1 or min(input_shape[1:]) < 1:
            raise ValueError(
                f"{self}: no output for an image of {input_shape[1]}×{input_shape[2]}: "
                "the kernel is larger than the padded image; take a larger input"
            )
        return self.out_channels, *size

    def macs(self, input_shape: Shape) -> int:
        _, height, width = self.output_shape(input_shape)
        return height * width * self.weight.size

    def window(self, map_size: Pair) -> Window:
        (top, _), (left, _) = self._sides()
        size = extent(self.kernel_size, self.dilation)
        return Window(size, self.stride, middle(size, (top, left)))


def check_channels(name: str, in_channels: int, out_channels: int, groups: int) -> None:
    if min(in_channels, out_channels, groups) < 1:
        raise ValueError(f"{name}: in_channels, out_channels and groups must be at least 1")
    if in_channels % groups or out_channels % groups:
        raise ValueError(
            f"{name}: in_channels ({in_channels}) and out_channels ({out_channels}) must be "
            f"divisible by groups ({groups})"
        )


def check_image(name: str, in_channels: int, input_shape: Shape) -> None:
    if len(input_shape) != 3 or input_shape[0] != in_channels:
        raise ValueError(
            f"{name}: expected images of {in_channels} channels, an input of shape "
            f"(N, {in_channels}, H, W); got {batch_of(input_shape)}"
        )
