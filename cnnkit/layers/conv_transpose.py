"""Transposed convolution, the adjoint of a convolution: it enlarges where that one reduces."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from cnnkit.arithmetic import wide
from cnnkit.initializers import fan_in_uniform
from cnnkit.layers.base import Layer
from cnnkit.layers.conv import check_channels, check_image
from cnnkit.layers.parameter import Parameter, Shape
from cnnkit.layers.products import correlate, image_gradient, weight_gradient
from cnnkit.layers.windows import Pair, Windows, extent, middle, pair
from cnnkit.summary import Window


class ConvTranspose2d(Layer):
    """y[n, o, i·S + k·D − P, j·S + l·D − P] = b[o] + Σ of all x[n,c,i,j] · w[c,o,k,l] that fall
    there: each input pixel lays its kernel, weighted, onto the output.

    S is the stride, D the dilation, P the padding, which here takes pixels away. x (N, in_channels,
    H, W) → y (N, out_channels, H', W'), H' = (H − 1)·S − 2P + D·(K − 1) + output_padding + 1;
    weight (in_channels, out_channels / groups, K, K). `output_padding`, below stride or dilation,
    says which of the sizes is meant that a convolution of this stride would have reduced to H.

    Forward is a convolution's gradient on its input, backward is that convolution (Dumoulin and
    Visin, A Guide to Convolution Arithmetic for Deep Learning, 2016, chapter 4).
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: int | Pair = 0,
        output_padding: int | Pair = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: int | Pair = 1,
    ) -> None:
        check_channels("ConvTranspose2d", in_channels, out_channels, groups)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = pair(kernel_size, "kernel_size", 1)
        self.stride = pair(stride, "stride", 1)
        self.padding = pair(padding, "padding", 0)
        self.output_padding = pair(output_padding, "output_padding", 0)
        self.groups = groups
        self.dilation = pair(dilation, "dilation", 1)
        most = [max(s, d) - 1 for s, d in zip(self.stride, self.dilation, strict=True)]
        if any(o > m for o, m in zip(self.output_padding, most, strict=True)):
            raise ValueError(
                "ConvTranspose2d: output_padding must be smaller than stride or dilation, "
                f"got {self.output_padding}"
            )
        shape = (in_channels, out_channels // groups, *self.kernel_size)
        initializer = fan_in_uniform(math.prod(shape[1:]))
        self.weight = Parameter(shape, initializer)
        self.bias = Parameter((out_channels,), initializer) if bias else None

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        shape = (len(x), *self.output_shape(x.shape[1:]))
        y = image_gradient(self.weight.data, x, self._windows(x.shape[2:]), self.groups, shape)
        if self.bias is not None:
            y += self.bias.data[:, None, None]
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        windows = self._windows(x.shape[2:])
        self.weight.accumulate(weight_gradient(dy, x, windows, self.groups))
        if self.bias is not None:
            self.bias.accumulate(wide(dy).sum(axis=(0, 2, 3)))
        return correlate(self.weight.data, dy, windows, self.groups)

    def _windows(self, size: Pair) -> Windows:
        """Those of the convolution that this one is the adjoint of: one for each input pixel."""
        (top, left) = self.padding
        return Windows(
            self.kernel_size, self.stride, self.dilation, ((top, top), (left, left)), size
        )

    def output_shape(self, input_shape: Shape) -> Shape:
        check_image("ConvTranspose2d", self.in_channels, input_shape)
        covered = extent(self.kernel_size, self.dilation)
        options = zip(
            input_shape[1:], self.stride, self.padding, covered, self.output_padding, strict=True
        )
        size = [(n - 1) * s - 2 * p + e + o for n, s, p, e, o in options]
        if min(size) < 1 or min(input_shape[1:]) < 1:
            raise ValueError(
                f"{self}: no output for an image of {input_shape[1]}×{input_shape[2]}: "
                "the padding takes it all away"
            )
        return self.out_channels, *size

    def macs(self, input_shape: Shape) -> int:
        return input_shape[1] * input_shape[2] * self.weight.size

    def window(self, map_size: Pair) -> Window:
        """As of a stride that is undone: an output sees the inputs whose kernels reach it."""
        covered = extent(self.kernel_size, self.dilation)
        height, width = (-(-e // s) for e, s in zip(covered, self.stride, strict=True))
        rows, columns = (Fraction(1, s) for s in self.stride)
        down, right = middle(covered, self.padding)
        return Window((height, width), (rows, columns), (-down * rows, -right * columns))
