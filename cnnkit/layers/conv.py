"""Convolution (the cross-correlation that networks call so) as a matrix product."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import numpy as np

from cnnkit.initializers import fan_in_uniform
from cnnkit.layers.base import Layer, batch_of
from cnnkit.layers.parameter import Parameter, Shape
from cnnkit.layers.windows import Pair, Sides, crop, extent, output_size, pad, pair, taps

if TYPE_CHECKING:
    import torch

COLUMN_BYTES = 2**20  # what stays in a core's cache; 16 MB measured up to 1.6 times slower


class Conv2d(Layer):
    """y[n,o,i,j] = b[o] + Σ_{c,k,l} W[o,c,k,l] · x[n, c, i·s + k·d, j·s + l·d].

    s is the stride, d the dilation. x (N, in_channels, H, W), zero-padded by `padding` →
    y (N, out_channels, H', W'), H' = ⌊(H + 2·padding − d·(K − 1) − 1) / s⌋ + 1; weight
    (out_channels, in_channels / groups, K, K). With groups, each group of output channels sees
    its own group of input channels. Sizes are ints or (height, width); `padding="same"` keeps H
    and W (stride 1). TypeError and ValueError as for every layer (`Layer.remember`).

    Forward and backward are matrix products with the windows laid out as columns (im2col:
    Chellapilla, Puri, Simard, High Performance Convolutional Neural Networks, 2006), for a few
    images at a time so that the columns stay small.
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
        if min(in_channels, out_channels, groups) < 1:
            raise ValueError("Conv2d: in_channels, out_channels and groups must be at least 1")
        if in_channels % groups or out_channels % groups:
            raise ValueError(
                f"Conv2d: in_channels ({in_channels}) and out_channels ({out_channels}) must be "
                f"divisible by groups ({groups})"
            )
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
        y = np.empty((len(x), *self.output_shape(x.shape[1:])), x.dtype)
        weight = self.weight.data.reshape(self.groups, self.out_channels // self.groups, -1)
        for some in self._parts(x):
            columns = self._columns(x[some], y.shape[2:])
            product = (weight @ columns).reshape(self.out_channels, -1, *y.shape[2:])
            y[some] = product.swapaxes(0, 1)
        if self.bias is not None:
            y += self.bias.data[:, None, None]
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        dx = np.empty(x.shape, x.dtype)
        weight = self.weight.data.reshape(self.groups, self.out_channels // self.groups, -1)
        dweight = np.zeros_like(weight)
        for some in self._parts(x):
            columns = self._columns(x[some], dy.shape[2:])
            dproduct = dy[some].swapaxes(0, 1).reshape(*weight.shape[:2], -1)
            dweight += dproduct @ columns.swapaxes(1, 2)
            dcolumns = weight.swapaxes(1, 2) @ dproduct
            dx[some] = self._image(dcolumns, x[some].shape, dy.shape[2:])
        self.weight.accumulate(dweight.reshape(self.weight.shape))
        if self.bias is not None:
            self.bias.accumulate(dy.sum(axis=(0, 2, 3)))
        return dx

    def _columns(self, x: np.ndarray, size: Pair) -> np.ndarray:
        """What the windows see: (groups, in_channels/groups·K·K, N·H'·W')."""
        columns = np.empty((self.in_channels, *self.kernel_size, len(x), *size), x.dtype)
        padded = pad(x, self._sides())
        for (k, l), tap in taps(padded, self.kernel_size, self.stride, self.dilation, size):
            columns[:, k, l] = tap.swapaxes(0, 1)
        return columns.reshape(self.groups, self.weight.size // self.out_channels, -1)

    def _image(self, dcolumns: np.ndarray, shape: Shape, size: Pair) -> np.ndarray:
        """`_columns` backward: a pixel adds up what comes from every window that saw it."""
        dcolumns = dcolumns.reshape(self.in_channels, *self.kernel_size, shape[0], *size)
        padded = pad(np.zeros(shape, dcolumns.dtype), self._sides())
        for (k, l), tap in taps(padded, self.kernel_size, self.stride, self.dilation, size):
            tap += dcolumns[:, k, l].swapaxes(0, 1)
        return crop(padded, self._sides())

    def _parts(self, x: np.ndarray) -> Iterator[slice]:
        """The batch in parts whose columns fit COLUMN_BYTES (or are no more than the weights)."""
        _, *size = self.output_shape(x.shape[1:])
        image = self.in_channels * math.prod((*self.kernel_size, *size)) * x.itemsize
        step = max(1, COLUMN_BYTES // image, self.weight.data.nbytes // image)
        for start in range(0, len(x), step):
            yield slice(start, start + step)

    def _sides(self) -> Sides:
        if self.padding == "same":
            # PyTorch's rule: of an odd total, the greater part stands below and to the right.
            total = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            return (total[0] // 2, -(-total[0] // 2)), (total[1] // 2, -(-total[1] // 2))
        vertical, horizontal = self.padding
        return (vertical, vertical), (horizontal, horizontal)

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 3 or input_shape[0] != self.in_channels:
            raise ValueError(
                f"Conv2d: expected images of {self.in_channels} channels, an input of shape "
                f"(N, {self.in_channels}, H, W); got {batch_of(input_shape)}"
            )
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
                "the kernel is larger than the padded image"
            )
        return self.out_channels, *size

    def macs(self, input_shape: Shape) -> int:
        _, height, width = self.output_shape(input_shape)
        return height * width * self.weight.size

    def window(self, map_size: Pair) -> tuple[Pair, Pair]:
        return extent(self.kernel_size, self.dilation), self.stride

    def make_torch(self) -> torch.nn.Module:
        from torch import nn

        return nn.Conv2d(
            self.in_channels,
            self.out_channels,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.groups,
            bias=self.bias is not None,
        )
