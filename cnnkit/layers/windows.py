"""The geometry that convolution and pooling share: sizes, padding, and what all windows see.

A window of K_h×K_w has K_h·K_w taps. For one tap (k, l), the pixels that all windows see through it
are one strided part of the padded image, so forward and backward passes loop over the taps, never
over the positions.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from cnnkit.summary import Pair

Shape = tuple[int, ...]
Sides = tuple[Pair, Pair]  # padding (top, bottom), (left, right)


class Windows(NamedTuple):
    """`size` (H', W') windows on a map padded by `sides`.

    NumPy is fast where what it loops over is contiguous. Taps of one column l differ by whole rows,
    so the columns that they see are copied once, and each tap is a contiguous part of that copy
    (with a vertical stride there is one copy for each phase of the rows).
    """

    kernel: Pair
    stride: Pair
    dilation: Pair
    sides: Sides
    size: Pair

    def taps(self, x: np.ndarray, fill: float = 0.0) -> Iterator[tuple[Pair, np.ndarray]]:
        """For each tap (k, l) what the windows see of `x` (N, C, H, W) there: (N, C, *size)."""
        padded = pad(x, self.sides, fill)
        for taps, part in self._phases(padded):
            rows = np.ascontiguousarray(part)
            for tap, first in taps:
                yield tap, rows[:, :, first : first + self.size[0]]

    def seen(self, padded: np.ndarray, tap: Pair) -> np.ndarray:
        """What the windows see of a padded map (N, C, …) through one tap: a view (N, C, *size)."""
        options = zip(tap, self.dilation, self.size, self.stride, strict=True)
        rows, columns = (slice(t * d, t * d + (n - 1) * s + 1, s) for t, d, n, s in options)
        return padded[:, :, rows, columns]

    def along(self, padded: np.ndarray, axis: int) -> Iterator[np.ndarray]:
        """What the windows see through each tap of one axis alone, 2 (rows) or 3 (columns)."""
        number, step, apart = (p[axis - 2] for p in (self.size, self.stride, self.dilation))
        for first in range(0, self.kernel[axis - 2] * apart, apart):
            seen = slice(first, first + (number - 1) * step + 1, step)
            yield padded[:, :, seen] if axis == 2 else padded[..., seen]

    def add(self, values: Callable[[int, int], np.ndarray], shape: Shape, dtype: Any) -> np.ndarray:
        """The adjoint of `taps`: an array (N, C, H, W) in which each pixel is the sum of what
        `values(k, l)` (N, C, *size) gives to the windows that see it through (k, l)."""
        plain = self.kernel == self.stride == (1, 1) and self.sides == ((0, 0), (0, 0))
        if plain and shape[2:] == self.size:
            return values(0, 0)
        padded = pad(np.zeros(shape, dtype), self.sides)
        for taps, part in self._phases(padded):
            rows = np.zeros(part.shape, dtype)
            for (k, l), first in taps:
                rows[:, :, first : first + self.size[0]] += values(k, l)
            part += rows
        return crop(padded, self.sides)

    def of_rows(self, rows: slice, height: int) -> tuple[slice, "Windows"]:
        """The rows that these rows of windows see of a map of `height`, and the windows there."""
        if rows == slice(0, self.size[0]):
            return slice(0, height), self
        covered = (rows.stop - rows.start - 1) * self.stride[0] + extent(
            self.kernel, self.dilation
        )[0]
        above = rows.start * self.stride[0] - self.sides[0][0]
        first, last = (min(max(row, 0), height) for row in (above, above + covered))
        sides = ((first - above, above + covered - last), self.sides[1])
        return slice(first, last), self._replace(
            sides=sides, size=(rows.stop - rows.start, self.size[1])
        )

    def back(self, size: Pair) -> "Windows":
        """Where the stride is 1: the windows by which a map of this `size`, the image's, sees what
        these windows gave, through the kernel turned round."""
        spans = zip(self.sides, extent(self.kernel, self.dilation), size, self.size, strict=True)
        edges = [(span - 1 - first, n - m + first) for (first, _), span, n, m in spans]
        return self._replace(sides=(edges[0], edges[1]), size=size)

    def _phases(self, padded: np.ndarray) -> Iterator[tuple[list[tuple[Pair, int]], np.ndarray]]:
        """The parts of `padded` whose rows some taps share, and each such tap's first row there."""
        (kernel, width), (step, across), (down, right) = self.kernel, self.stride, self.dilation
        for l in range(width):
            left = l * right
            columns = padded[:, :, :, left : left + (self.size[1] - 1) * across + 1 : across]
            for phase in sorted({k * down % step for k in range(kernel)}):
                taps = [
                    ((k, l), k * down // step) for k in range(kernel) if k * down % step == phase
                ]
                yield taps, columns[:, :, phase::step]


def pair(value: Any, name: str, least: int) -> Pair:
    """An int or a pair (height, width) of them as a pair; ValueError if one is below `least`."""
    values = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(values) != 2 or not all(isinstance(v, int | np.integer) for v in values):
        raise ValueError(f"{name}: expected an int or a pair of ints, got {value!r}")
    if min(values) < least:
        raise ValueError(f"{name}: expected at least {least}, got {value!r}")
    return int(values[0]), int(values[1])


def extent(kernel: Pair, dilation: Pair) -> Pair:
    """The height and width that a dilated kernel covers: dilation·(K − 1) + 1."""
    return dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1


def middle(extent: Pair, padding: Pair = (0, 0)) -> tuple[Fraction, Fraction]:
    """Where the first window's middle is on the map, if it begins `padding` before its edge."""
    rows, columns = (Fraction(e - 1, 2) - p for e, p in zip(extent, padding, strict=True))
    return rows, columns


def output_size(
    size: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool = False
) -> int:
    """⌊(size + padding − dilation·(kernel − 1) − 1) / stride⌋ + 1, `padding` being both sides'.

    With `ceil_mode` ⌈ ⌉, without a last window that would begin in the padding on the far side
    (which is half of `padding`). Below 1 there is no output.
    """
    room = size + padding - dilation * (kernel - 1) - 1
    if not ceil_mode:
        return room // stride + 1
    windows = -(-room // stride) + 1
    return windows - 1 if (windows - 1) * stride >= size + padding // 2 else windows


def pad(x: np.ndarray, sides: Sides, value: float = 0.0) -> np.ndarray:
    """`x` (N, C, H, W) with `value` around each image; `x` itself where nothing is added."""
    (top, bottom), (left, right) = sides
    if top == bottom == left == right == 0:
        return x
    *batch, height, width = x.shape
    padded = np.full((*batch, top + height + bottom, left + width + right), value, x.dtype)
    crop(padded, sides)[...] = x
    return padded


def crop(padded: np.ndarray, sides: Sides) -> np.ndarray:
    """The view of `padded` that `pad` filled with the image."""
    (top, bottom), (left, right) = sides
    height, width = padded.shape[2:]
    return padded[:, :, top : height - bottom, left : width - right]
