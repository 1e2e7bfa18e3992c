"""Pooling by sums: each channel for itself, one number for each window."""

from __future__ import annotations

import math

import numpy as np

from cnnkit.arithmetic import wide
from cnnkit.layers.activation import grouped, grouped_shape
from cnnkit.layers.base import Layer, batch_of
from cnnkit.layers.blocks import over_maps
from cnnkit.layers.parameter import Shape
from cnnkit.layers.windows import Sides, Windows, extent, middle, output_size, pair
from cnnkit.summary import Pair, Window


class Pool2d(Layer):
    """The windows of pooling: x (N, C, H, W) → y (N, C, H', W').

    H' = ⌊(H + 2·padding − dilation·(K − 1) − 1) / stride⌋ + 1, or ⌈ ⌉ with `ceil_mode`, where a
    last window may then reach beyond the padding but must begin before it. `stride` is
    `kernel_size` unless given; `padding` at most half of `kernel_size`.
    """

    dilation = (1, 1)

    def __init__(
        self,
        kernel_size: int | Pair,
        stride: int | Pair | None = None,
        padding: int | Pair = 0,
        ceil_mode: bool = False,
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
                "the window is larger than the padded image; take a larger input"
            )
        return input_shape[0], *size

    def window(self, map_size: Pair) -> Window:
        size = extent(self.kernel_size, self.dilation)
        return Window(size, self.stride, middle(size, self.padding))

    def _windows(self, input_size: Pair) -> Windows:
        _, *size = Pool2d.output_shape(self, (1, *input_size))
        sides = self._sides(input_size, (size[0], size[1]))
        return Windows(self.kernel_size, self.stride, self.dilation, sides, (size[0], size[1]))

    def _sides(self, input_size: Pair, size: Pair) -> Sides:
        """The padding, and with `ceil_mode` what the last windows need beyond it."""
        height, width = extent(self.kernel_size, self.dilation)
        top, left = self.padding
        bottom = (size[0] - 1) * self.stride[0] + height - input_size[0] - top
        right = (size[1] - 1) * self.stride[1] + width - input_size[1] - left
        return (top, max(top, bottom)), (left, max(left, right))

    def _sum(self, x: np.ndarray) -> np.ndarray:
        """Σ of each window, the padding being 0, in float32 at least."""
        y = wide(np.zeros((len(x), *self.output_shape(x.shape[1:])), x.dtype))
        windows = self._windows(x.shape[2:])

        def sums(x: np.ndarray, y: np.ndarray) -> None:
            for _, tap in windows.taps(x):
                y += tap

        over_maps(sums, x, y)
        return y

    def _sum_backward(self, dy: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Each pixel gets the gradient of every window that it is in, in float32 at least."""
        dy = wide(dy)
        windows, dx = self._windows(x.shape[2:]), np.empty(x.shape, dy.dtype)

        def spread(dy: np.ndarray, dx: np.ndarray) -> None:
            dx[...] = windows.add(lambda k, l: dy, dx.shape, dy.dtype)

        over_maps(spread, dy, dx)
        return dx

    def _count(self, x: np.ndarray, include_pad: bool) -> np.ndarray:
        """How many pixels each window holds, those of the padding too or not: (H', W')."""
        counts = []
        _, *size = self.output_shape(x.shape[1:])
        for axis in (0, 1):
            first = np.arange(size[axis]) * self.stride[axis] - self.padding[axis]
            last = first + self.kernel_size[axis]
            margin = self.padding[axis] if include_pad else 0
            low, high = -margin, x.shape[2 + axis] + margin
            counts.append(np.minimum(last, high) - np.maximum(first, low))
        return wide(np.outer(*counts).astype(x.dtype))


class SumPool2d(Pool2d):
    """y[n,c,i,j] = Σ_{k,l} x[n, c, i·S + k, j·S + l]. Padding is 0."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        return self._sum(x).astype(x.dtype, copy=False)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        return self._sum_backward(dy, x).astype(x.dtype, copy=False)


class AvgPool2d(Pool2d):
    """y[n,c,i,j] = (1 / count[i,j]) Σ_{k,l} x[n, c, i·S + k, j·S + l].

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
        y = self._sum(x)
        y /= self._count(wide(x), self.count_include_pad)
        return y.astype(x.dtype, copy=False)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        dx = self._sum_backward(dy / self._count(wide(x), self.count_include_pad), x)
        return dx.astype(x.dtype, copy=False)


class LPPool2d(Pool2d):
    """y = (Σ_{k,l} x[n, c, i·S + k, j·S + l]^p)^(1/p), p being `norm_type`.

    p = 2 is L2 pooling, p = 1 the sum. dx = dy (x / y)^(p − 1), 0 where y is 0. As in PyTorch a
    root of what is negative is NaN, and a window that with `ceil_mode` reaches beyond the image is
    filled up with its average.
    """

    def __init__(
        self,
        norm_type: float,
        kernel_size: int | Pair,
        stride: int | Pair | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, 0, ceil_mode)
        if not 0 < norm_type < math.inf:
            raise ValueError(f"LPPool2d: norm_type must be positive and finite, got {norm_type}")
        self.norm_type = norm_type

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        with np.errstate(invalid="ignore"):
            powers = wide(x) ** self.norm_type
            self._y = (self._sum(powers) * self._fill(x)) ** (1 / self.norm_type)
        return self._y.astype(x.dtype, copy=False)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = wide(self.recall(dy))
        root = np.where(self._y == 0, 1, self._y)
        dsum = np.where(self._y == 0, 0, dy * root ** (1 - self.norm_type)) * self._fill(x)
        with np.errstate(invalid="ignore"):
            dx = self._sum_backward(dsum, x) * x ** (self.norm_type - 1)
        return dx.astype(dy.dtype, copy=False)

    def _fill(self, x: np.ndarray) -> np.ndarray:
        return math.prod(self.kernel_size) / self._count(wide(x), include_pad=False)


class FeatureL2Pool(Layer):
    """y[n, c, …] = √Σ_g x[n, c·group_size + g, …]²: (N, C, …) → (N, C / group_size, …).

    L2 pooling over features instead of places. dx = dy · x / y, 0 where y is 0.
    """

    def __init__(self, group_size: int) -> None:
        if group_size < 1:
            raise ValueError(f"FeatureL2Pool: group_size must be at least 1, got {group_size}")
        self.group_size = group_size

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        self._y = np.sqrt(np.square(wide(grouped(x, self.group_size))).sum(axis=2))
        return self._y.astype(x.dtype, copy=False)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        share = np.divide(dy, self._y, out=np.zeros_like(self._y), where=self._y != 0)
        dx = grouped(x, self.group_size) * np.expand_dims(share, 2)
        return dx.reshape(x.shape).astype(x.dtype, copy=False)

    def output_shape(self, input_shape: Shape) -> Shape:
        return grouped_shape(self, input_shape)
