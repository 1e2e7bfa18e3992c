"""Pooling: each channel for itself, one number for each window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnkit.layers.base import Layer, batch_of
from cnnkit.layers.parameter import Shape
from cnnkit.layers.windows import Pair, Sides, crop, extent, output_size, pad, pair, taps

if TYPE_CHECKING:
    import torch


class Pool2d(Layer):
    """The windows of max and average pooling: x (N, C, H, W) → y (N, C, H', W').

    H' = ⌊(H + 2·padding − dilation·(K − 1) − 1) / stride⌋ + 1, or ⌈ ⌉ with `ceil_mode`, where a
    last window may then reach beyond the padding but must begin before it. `stride` is
    `kernel_size` unless given; `padding` at most half of `kernel_size`.
    """

    dilation = (1, 1)

    def __init__(
        self,
        kernel_size: int | Pair,
        stride: int | Pair | None,
        padding: int | Pair,
        ceil_mode: bool,
    ) -> None:
        self.kernel_size = pair(kernel_size, "kernel_size", 1)
        self.stride = pair(kernel_size if stride is None else stride, "stride", 1)
        self.padding = pair(padding, "padding", 0)
        self.ceil_mode = ceil_mode
        if any(2 * p > k for p, k in zip(self.padding, self.kernel_size, strict=True)):
            raise ValueError(
                f"{type(self).__name__}: padding must be at most half of kernel_size, "
                f"got padding {self.padding} for {self.kernel_size}"
            )

    def output_shape(self, input_shape: Shape) -> Shape:
        name = type(self).__name__
        if len(input_shape) != 3:
            raise ValueError(
                f"{name}: expected images, an input of shape (N, C, H, W); got "
                f"{batch_of(input_shape)}"
            )
        options = zip(
            input_shape[1:], self.kernel_size, self.stride, self.padding, self.dilation, strict=True
        )
        size = [output_size(n, k, s, 2 * p, d, self.ceil_mode) for n, k, s, p, d in options]
        if min(size) < 1 or min(input_shape) < 1:
            raise ValueError(
                f"{self}: no output for an image of {input_shape[1]}×{input_shape[2]}: "
                "the window is larger than the padded image"
            )
        return input_shape[0], *size

    def window(self, map_size: Pair) -> tuple[Pair, Pair]:
        return extent(self.kernel_size, self.dilation), self.stride

    def _sides(self, input_size: Pair, size: Pair) -> Sides:
        """The padding, and with `ceil_mode` what the last windows need beyond it."""
        (height, width), step = self.window(input_size)
        top, left = self.padding
        bottom = (size[0] - 1) * step[0] + height - input_size[0] - top
        right = (size[1] - 1) * step[1] + width - input_size[1] - left
        return (top, max(top, bottom)), (left, max(left, right))


class MaxPool2d(Pool2d):
    """y[n,c,i,j] = max over k, l of x[n, c, i·stride + k·dilation, j·stride + l·dilation].

    Padding is −∞. The gradient goes to the pixel that won; among equal ones, as in PyTorch, to the
    first, row by row. A pixel that wins in several overlapping windows gets the sum.
    """

    def __init__(
        self,
        kernel_size: int | Pair,
        stride: int | Pair | None = None,
        padding: int | Pair = 0,
        dilation: int | Pair = 1,
        *,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.dilation = pair(dilation, "dilation", 1)

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        y = np.full((len(x), *self.output_shape(x.shape[1:])), -np.inf, x.dtype)
        self._padded = pad(x, self._sides(x.shape[2:], y.shape[2:]), -np.inf)
        for _, tap in taps(self._padded, self.kernel_size, self.stride, self.dilation, y.shape[2:]):
            np.maximum(y, tap, out=y)
        self._y = y
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        dx = np.zeros(self._padded.shape, dy.dtype)
        geometry = self.kernel_size, self.stride, self.dilation, dy.shape[2:]
        undecided = np.ones(dy.shape, bool)
        for (_, tap), (_, dtap) in zip(
            taps(self._padded, *geometry), taps(dx, *geometry), strict=True
        ):
            wins = undecided & (tap == self._y)
            undecided ^= wins
            dtap += dy * wins
        return crop(dx, self._sides(x.shape[2:], dy.shape[2:]))

    def make_torch(self) -> torch.nn.Module:
        from torch import nn

        return nn.MaxPool2d(
            self.kernel_size, self.stride, self.padding, self.dilation, ceil_mode=self.ceil_mode
        )


class AvgPool2d(Pool2d):
    """y[n,c,i,j] = (1 / count[i,j]) Σ_{k,l} x[n, c, i·stride + k, j·stride + l].

    Padding is 0. `count` is the number of pixels in the window, those of the padding included
    unless `count_include_pad=False`; what `ceil_mode` adds beyond the padding never counts.
    """

    def __init__(
        self,
        kernel_size: int | Pair,
        stride: int | Pair | None = None,
        padding: int | Pair = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.count_include_pad = count_include_pad

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        y = np.zeros((len(x), *self.output_shape(x.shape[1:])), x.dtype)
        padded = pad(x, self._sides(x.shape[2:], y.shape[2:]))
        for _, tap in taps(padded, self.kernel_size, self.stride, self.dilation, y.shape[2:]):
            y += tap
        return y / self._count(x, y.shape[2:])

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        sides = self._sides(x.shape[2:], dy.shape[2:])
        dx = pad(np.zeros(x.shape, x.dtype), sides)
        share = dy / self._count(x, dy.shape[2:])
        for _, tap in taps(dx, self.kernel_size, self.stride, self.dilation, dy.shape[2:]):
            tap += share
        return crop(dx, sides)

    def _count(self, x: np.ndarray, size: Pair) -> np.ndarray:
        """How many pixels each window averages over: (H', W')."""
        counts = []
        for axis in (0, 1):
            first = np.arange(size[axis]) * self.stride[axis] - self.padding[axis]
            last = first + self.kernel_size[axis]
            margin = self.padding[axis] if self.count_include_pad else 0
            low, high = -margin, x.shape[2 + axis] + margin
            counts.append(np.minimum(last, high) - np.maximum(first, low))
        return np.outer(*counts).astype(x.dtype)

    def make_torch(self) -> torch.nn.Module:
        from torch import nn

        return nn.AvgPool2d(
            self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad
        )
