"""Layers that arrange values and compute none."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cnnkit.layers.base import Layer, batch_of
from cnnkit.layers.parameter import Shape
from cnnkit.layers.windows import Sides, crop, pad
from cnnkit.summary import Pair, Window


class Identity(Layer):
    """y = x: where a composition needs a layer and nothing is to happen."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        return dy


class Flatten(Layer):
    """Each example's values in one row: (N, C, H, W) → (N, C·H·W)."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        return x.reshape(len(x), math.prod(x.shape[1:]))

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        return dy.reshape(x.shape)

    def output_shape(self, input_shape: Shape) -> Shape:
        return (math.prod(input_shape),)


class Reshape(Layer):
    """Each example's values in another shape, row by row: (N, …) → (N, *shape).

    `shape` is without the batch; one size may be −1, it is worked out.
    """

    def __init__(self, shape: Sequence[int]) -> None:
        self.shape = tuple(shape)
        if self.shape.count(-1) > 1 or any(size < -1 for size in self.shape):
            raise ValueError(f"Reshape: expected sizes, at most one of them -1; got {self.shape}")

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        return x.reshape(len(x), *self.output_shape(x.shape[1:]))

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        return dy.reshape(x.shape)

    def output_shape(self, input_shape: Shape) -> Shape:
        count = math.prod(input_shape)
        known = math.prod(size for size in self.shape if size >= 0)
        shape = tuple(count // known if s < 0 and known else s for s in self.shape)
        if math.prod(shape) != count:
            raise ValueError(
                f"Reshape: an input of shape {batch_of(input_shape)} has {count} values for each "
                f"example, which do not fit into {batch_of(self.shape)}"
            )
        return shape


class ZeroPad2d(Layer):
    """Zeros around each image; `padding` is one number or, as in PyTorch, (left, right, top,
    bottom)."""

    def __init__(self, padding: int | tuple[int, int, int, int]) -> None:
        values = tuple(padding) if isinstance(padding, Sequence) else (padding,) * 4
        if len(values) != 4 or not all(isinstance(v, int | np.integer) and v >= 0 for v in values):
            raise ValueError(
                "ZeroPad2d: padding: expected a number ≥ 0 or four of them, (left, right, top, "
                f"bottom); got {padding!r}"
            )
        self.padding = tuple(int(v) for v in values)

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        return pad(x, self._sides())

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        return crop(dy, self._sides())

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 3:
            raise ValueError(
                f"ZeroPad2d: expected images, an input of shape (N, C, H, W); got "
                f"{batch_of(input_shape)}"
            )
        (top, bottom), (left, right) = self._sides()
        channels, height, width = input_shape
        return channels, top + height + bottom, left + width + right

    def window(self, map_size: Pair) -> Window:
        (top, _), (left, _) = self._sides()
        return Window(centre=(-top, -left))

    def _sides(self) -> Sides:
        left, right, top, bottom = self.padding
        return (top, bottom), (left, right)


class Select(Layer):
    """Some of the channels, in this order: y[n, i, …] = x[n, channels[i], …]."""

    def __init__(self, channels: Sequence[int]) -> None:
        self.channels = tuple(channels)
        if not self.channels or min(self.channels) < 0:
            raise ValueError(f"Select: expected numbers of channels, from 0; got {self.channels}")

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        return x[:, list(self.channels)]

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        dx = np.zeros_like(x)
        for i, channel in enumerate(self.channels):  # one may be taken twice
            dx[:, channel] += dy[:, i]
        return dx

    def output_shape(self, input_shape: Shape) -> Shape:
        if not input_shape or input_shape[0] <= max(self.channels):
            raise ValueError(
                f"Select: expected an input of shape (N, C, …), C above {max(self.channels)}; got "
                f"{batch_of(input_shape)}"
            )
        return len(self.channels), *input_shape[1:]


class Shrink(Layer):
    """Every `stride`th pixel of the map, and `channels` maps of zeros behind those that there are.

    The shortcut without parameters of He et al., Deep Residual Learning for Image Recognition,
    2016, section 4.1, option A.
    """

    def __init__(self, stride: int, channels: int) -> None:
        if stride < 1 or channels < 0:
            raise ValueError(
                f"Shrink: expected a stride of at least 1 and no negative number of channels, got "
                f"{stride} and {channels}"
            )
        self.stride, self.channels = stride, channels

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        y = x[:, :, :: self.stride, :: self.stride]
        return np.pad(y, ((0, 0), (0, self.channels), (0, 0), (0, 0)))

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        dx = np.zeros_like(x)
        dx[:, :, :: self.stride, :: self.stride] = dy[:, : x.shape[1]]
        return dx

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 3:
            raise ValueError(f"Shrink: expected maps (N, C, H, W), got {batch_of(input_shape)}")
        channels, height, width = input_shape
        return channels + self.channels, -(-height // self.stride), -(-width // self.stride)

    def window(self, map_size: tuple[int, int]) -> Window:
        return Window((1, 1), (self.stride, self.stride))
