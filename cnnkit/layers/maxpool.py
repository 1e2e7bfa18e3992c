"""Max pooling, and max pooling undone."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from cnnkit.layers.base import Layer, batch_of
from cnnkit.layers.blocks import over_maps
from cnnkit.layers.parameter import Shape
from cnnkit.layers.pool import Pool2d
from cnnkit.layers.windows import Windows, crop, pad, pair
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
        y = np.empty((len(x), *self.output_shape(x.shape[1:])), x.dtype)
        windows = self._windows(x.shape[2:])

        def largest(x: np.ndarray, y: np.ndarray) -> None:
            # Of each column of a window, then of these: K + L passes instead of K · L.
            padded = pad(x, windows.sides, -np.inf)
            columns = functools.reduce(np.maximum, windows.along(padded, 2))
            y[...] = functools.reduce(np.maximum, windows.along(columns, 3))

        over_maps(largest, x, y)
        self._y = y
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        return self.to_winners(dy)

    def to_winners(self, values: np.ndarray) -> np.ndarray:
        """Each window's value at the pixel that won it in the last call: (N, C, H, W)."""
        x = self._last()
        windows, image = self._windows(x.shape[2:]), np.empty(x.shape, values.dtype)

        def to_image(x: np.ndarray, y: np.ndarray, values: np.ndarray, image: np.ndarray) -> None:
            padded = pad(np.zeros(x.shape, image.dtype), windows.sides)
            finite = np.isfinite(values).all()
            for tap, won in self._won(x, y):
                place = windows.seen(padded, tap)
                # 0 · ∞ is NaN; where there is no ∞ the product is faster.
                place += values * won if finite else np.where(won, values, 0)
            image[...] = crop(padded, windows.sides)

        over_maps(to_image, x, self._y, values, image)
        return image

    def from_winners(self, image: np.ndarray) -> np.ndarray:
        """Of each window, what `image` (N, C, H, W) has at the pixel that won it."""
        windows, values = self._windows(image.shape[2:]), np.zeros(self._y.shape, image.dtype)
        padded = pad(image, windows.sides)
        for tap, won in self._won(self._last(), self._y):
            np.copyto(values, windows.seen(padded, tap), where=won)
        return values

    @property
    def switches(self) -> np.ndarray:
        """For each window the place of its winner, row · W + column, as PyTorch counts it; −1 where
        there is none."""
        width = self._last().shape[3]
        winners = np.full(self._y.shape, math.prod(self.kernel_size))
        for number, (_, won) in enumerate(self._won(self._last(), self._y)):
            winners[won] = number
        k, l = np.divmod(winners, self.kernel_size[1])
        i, j = np.ogrid[: self._y.shape[2], : self._y.shape[3]]
        row = i * self.stride[0] + k * self.dilation[0] - self.padding[0]
        column = j * self.stride[1] + l * self.dilation[1] - self.padding[1]
        return np.where(winners < math.prod(self.kernel_size), row * width + column, -1)

    def _won(self, x: np.ndarray, y: np.ndarray) -> Iterator[tuple[Pair, np.ndarray]]:
        """The taps, row by row, each with the windows that it won: (N, C, H', W')."""
        windows = self._windows(x.shape[2:])
        # Padded with NaN, which equals nothing: where all is −∞, the padding must not win.
        padded, free = pad(x, windows.sides, np.nan), ~np.isnan(y)
        last = None if free.all() else self._last_nan(x, windows)
        for number, tap in enumerate(np.ndindex(self.kernel_size)):
            won = windows.seen(padded, tap) == y
            won &= free
            free ^= won
            if last is not None:
                won |= last == number
            yield tap, won

    def _last_nan(self, x: np.ndarray, windows: Windows) -> np.ndarray:
        """The number of the last tap of each window that sees NaN; −1 where none does."""
        broken = pad(np.isnan(x), windows.sides)
        last = np.full((*x.shape[:2], *windows.size), -1)
        for number, tap in enumerate(np.ndindex(self.kernel_size)):
            last[windows.seen(broken, tap)] = number
        return last

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
