"""Max pooling, and max pooling undone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnkit.layers.base import Layer, batch_of
from cnnkit.layers.blocks import over_maps
from cnnkit.layers.parameter import Shape
from cnnkit.layers.pool import Pool2d
from cnnkit.layers.windows import pair
from cnnkit.summary import Pair, Window

if TYPE_CHECKING:
    import torch


class MaxPool2d(Pool2d):
    """y[n,c,i,j] = max over k, l of x[n, c, i·S + k·D, j·S + l·D].

    Padding is −∞. The gradient goes to the pixel that won; among equal ones, as in PyTorch, to the
    first, row by row, and where there is NaN to the last NaN. A pixel that wins in several
    overlapping windows gets the sum. `switches` says who won. A window that for its dilation sees
    the padding alone gives −∞, and its gradient has nowhere to go.
    """

    asked_for: Pair | None = None  # the size that it was last asked about, for MaxUnpool2d

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
        windows = self._windows(x.shape[2:])

        def largest(x: np.ndarray, y: np.ndarray) -> None:
            for _, tap in windows.taps(x, -np.inf):
                np.maximum(y, tap, out=y)

        over_maps(largest, x, y)
        self._y = y
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        return self.to_winners(dy)

    def to_winners(self, values: np.ndarray) -> np.ndarray:
        """Each window's value at the pixel that won it in the last call: (N, C, H, W)."""
        x, width = self._last(), self.kernel_size[1]
        windows, image = self._windows(x.shape[2:]), np.empty(x.shape, values.dtype)

        def to_image(x: np.ndarray, y: np.ndarray, values: np.ndarray, image: np.ndarray) -> None:
            winners = self._winners(x, y)
            finite = np.isfinite(values).all()

            def won(k: int, l: int) -> np.ndarray:
                here = winners == k * width + l
                # 0 · ∞ is NaN; where there is no ∞ the product is a quarter faster.
                return values * here if finite else np.where(here, values, 0)

            image[...] = windows.add(won, x.shape, values.dtype)

        over_maps(to_image, x, self._y, values, image)
        return image

    def from_winners(self, image: np.ndarray) -> np.ndarray:
        """Of each window, what `image` (N, C, H, W) has at the pixel that won it."""
        values = np.zeros(self._y.shape, image.dtype)
        winners = self._winners(self._last(), self._y)
        for number, tap in self._numbered(image):
            np.copyto(values, tap, where=winners == number)
        return values

    @property
    def switches(self) -> np.ndarray:
        """For each window the place of its winner, row · W + column, as PyTorch counts it; −1 where
        there is none."""
        width = self._last().shape[3]
        winners = self._winners(self._last(), self._y).astype(np.int64)
        k, l = np.divmod(winners, self.kernel_size[1])
        i, j = np.ogrid[: self._y.shape[2], : self._y.shape[3]]
        row = i * self.stride[0] + k * self.dilation[0] - self.padding[0]
        column = j * self.stride[1] + l * self.dilation[1] - self.padding[1]
        return np.where(winners < math.prod(self.kernel_size), row * width + column, -1)

    def _winners(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """For each window the tap k · L + l that won it, K · L where none did."""
        none = self._number(math.prod(self.kernel_size))
        winners = np.full(y.shape, none)
        # Padded with NaN, which equals nothing: where all is −∞, the padding must not win.
        for number, tap in self._numbered(x, np.nan):
            np.minimum(winners, np.where(tap == y, number, none), out=winners)
        broken = np.isnan(y)
        if broken.any():
            winners[broken] = 0
            for number, tap in self._numbered(np.isnan(x)):
                np.maximum(winners, np.where(tap, number, 0), out=winners, where=broken)
        return winners

    def _numbered(self, image: np.ndarray, fill: float = 0.0) -> Iterator[tuple[Any, np.ndarray]]:
        """The taps with their numbers k · L + l."""
        for (k, l), tap in self._windows(image.shape[2:]).taps(image, fill):
            yield self._number(k * self.kernel_size[1] + l), tap

    def _number(self, value: int) -> Any:
        """Of the smallest type that counts the taps: a byte, mostly, measured a quarter faster."""
        return np.min_scalar_type(math.prod(self.kernel_size)).type(value)

    def _last(self) -> np.ndarray:
        if self._x is None:
            raise RuntimeError(f"{self}: no switches before forward; call y = layer(x) first")
        return self._x

    def output_shape(self, input_shape: Shape) -> Shape:
        shape = super().output_shape(input_shape)
        self.asked_for = (input_shape[1], input_shape[2])
        return shape


class MaxUnpool2d(Layer):
    """Max pooling undone: each value goes back to the pixel that won it in `pool`, the rest is 0.

    x (N, C, H', W'), of the shape that `pool` gave in its last call, → y (N, C, H, W), of the shape
    that it took. Where windows overlap and one pixel won several, it gets the sum (PyTorch keeps
    the last one). `pool` stays where it is in the network; it must run before. Zeiler and Fergus,
    Visualizing and Understanding Convolutional Networks, 2014, section 2.1.
    """

    def __init__(self, pool: MaxPool2d) -> None:
        if not isinstance(pool, MaxPool2d):
            raise TypeError(f"MaxUnpool2d: expected a MaxPool2d, got {pool!r}")
        self._pool = pool

    @property
    def pool(self) -> MaxPool2d:
        return self._pool

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        return self.pool.to_winners(x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        return self.pool.from_winners(dy)

    def check(self, x: np.ndarray) -> None:
        if self.pool._x is None:
            raise RuntimeError(f"{self}: its pool has not run; it has no switches")
        super().check(x)
        if x.shape != self.pool._y.shape:
            raise ValueError(
                f"{self}: expected the shape that its pool gave, {self.pool._y.shape}, "
                f"got {x.shape}"
            )

    def output_shape(self, input_shape: Shape) -> Shape:
        size = self.pool.asked_for
        channels, *pooled = input_shape if len(input_shape) == 3 else (0, 0, 0)
        if size is None or self.pool.output_shape((channels, *size))[1:] != tuple(pooled):
            raise ValueError(
                f"{self}: got {batch_of(input_shape)}, which is not what its pool gave: it must "
                f"stand before, and was last asked about an image of {size}"
            )
        return channels, *size

    def window(self, map_size: Pair) -> Window:
        """As of a stride that is undone; which pixel it is depends on the image."""
        steps = [Fraction(1, s) for s in self.pool.stride]
        return Window(step=(steps[0], steps[1]))

    def make_torch(self, made: dict[Layer, torch.nn.Module]) -> torch.nn.Module:
        from cnnkit.pytorch.twins import MaxUnpool2d as Twin

        if self.pool not in made:
            raise ValueError(f"{self}: its pool does not stand before it in the network")
        return Twin(made[self.pool])
