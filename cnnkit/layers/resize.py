"""Maps made larger or smaller by a linear rule for the rows and one for the columns."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Literal

import numpy as np

from cnnkit.arithmetic import wide
from cnnkit.layers.base import Layer, batch_of
from cnnkit.layers.blocks import over_maps
from cnnkit.layers.parameter import Shape
from cnnkit.layers.windows import Pair, pair
from cnnkit.summary import Window


class Resize2d(Layer):
    """y[n,c] = R x[n,c] Cᵀ with a matrix R (H', H) for the rows and C (W', W) for the columns, so
    dx[n,c] = Rᵀ dy[n,c] C. x (N, C, H, W) → y (N, C, H', W').
    """

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        rows, columns = self._matrices(x)
        return weighted(lambda x: rows @ (x @ columns.T), x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        rows, columns = self._matrices(x)
        return weighted(lambda dy: rows.T @ (dy @ columns), dy)

    def _matrices(self, x: np.ndarray) -> list[np.ndarray]:
        sizes = zip(x.shape[2:], self.output_shape(x.shape[1:])[1:], strict=True)
        return [
            self._matrix(before, after, axis).astype(wide(x).dtype)
            for axis, (before, after) in enumerate(sizes)
        ]

    def _matrix(self, before: int, after: int, axis: int) -> np.ndarray:
        """What the `after` rows (axis 0) or columns (axis 1) take of the `before` ones."""
        raise NotImplementedError

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 3 or min(input_shape) < 1:
            raise ValueError(
                f"{type(self).__name__}: expected images, an input of shape (N, C, H, W); got "
                f"{batch_of(input_shape)}"
            )
        size = self._size((input_shape[1], input_shape[2]))
        if min(size) < 1:
            raise ValueError(f"{self}: no output for an image of {input_shape[1]}×{input_shape[2]}")
        return input_shape[0], *size

    def _size(self, size: Pair) -> Pair:
        """The output's height and width for the input's."""
        raise NotImplementedError


class AdaptiveAvgPool2d(Resize2d):
    """The average of each of `output_size` (height, width) windows that cover the map.

    Window i of h spans the rows ⌊i·H/h⌋ … ⌈(i + 1)·H/h⌉ − 1, likewise for columns, so that any map
    gives the same size; `AdaptiveAvgPool2d(1)` is global average pooling (Lin, Chen, Yan, Network
    In Network, 2014, section 3.2). None keeps that side.
    """

    def __init__(self, output_size: int | tuple[int | None, int | None] | None) -> None:
        both = output_size if isinstance(output_size, tuple | list) else (output_size,) * 2
        pair(tuple(1 if side is None else side for side in both), "output_size", 1)
        self.output_size = tuple(both)

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        maps, both = x.reshape(math.prod(x.shape[:2]), math.prod(x.shape[2:])), self._both(x)
        y = weighted(lambda maps: np.dot(maps, both.T), maps)
        return y.reshape(len(x), *self.output_shape(x.shape[1:]))

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        maps, both = dy.reshape(math.prod(dy.shape[:2]), math.prod(dy.shape[2:])), self._both(x)
        return weighted(lambda maps: np.dot(maps, both), maps).reshape(x.shape)

    def _both(self, x: np.ndarray) -> np.ndarray:
        """Rows and columns in one matrix (H'·W', H·W): one product for all maps, since there are
        few outputs."""
        return np.kron(*self._matrices(wide(x)))

    def _matrix(self, before: int, after: int, axis: int) -> np.ndarray:
        i, pixel = np.ogrid[:after, :before]
        inside = (pixel >= i * before // after) & (pixel < -(-(i + 1) * before // after))
        return inside / inside.sum(axis=1, keepdims=True)

    def _size(self, size: Pair) -> Pair:
        height, width = (n if o is None else o for n, o in zip(size, self.output_size, strict=True))
        return height, width

    def window(self, map_size: Pair) -> Window:
        ratios = [Fraction(n, m) for n, m in zip(map_size, self._size(map_size), strict=True)]
        # Where the sizes do not divide, windows differ by a pixel; this is the largest.
        height, width = (math.ceil(r) + (r.denominator > 1) for r in ratios)
        return Window((height, width), (ratios[0], ratios[1]), _middle(ratios))


class Upsample(Resize2d):
    """A larger map, by `size` (height, width) or by `scale_factor`.

    "nearest" repeats pixels: y[i] = x[⌊i / scale⌋], computed in whole numbers. (PyTorch computes
    it in float32 and errs by a pixel at some i where i / scale is a whole number: of 2 rows made
    82, its row 41 is the first one, not the second.) "bilinear" mixes the two neighbours on each
    axis, weighted by their distance from (i + ½) / scale − ½, borders repeated; with
    `align_corners` from i (H − 1) / (H' − 1), so that the corner pixels' centres meet.

    By `size` the scale is H' / H. By `scale_factor` it is that, and H' = ⌊H · scale_factor⌋ a
    floating-point product; as in PyTorch, "nearest" takes H' / H where H' turns out as H or 2 H.
    """

    def __init__(
        self,
        size: int | Pair | None = None,
        scale_factor: float | tuple[float, float] | None = None,
        mode: Literal["nearest", "bilinear"] = "nearest",
        align_corners: bool | None = None,
    ) -> None:
        if (size is None) == (scale_factor is None):
            raise ValueError("Upsample: expected either size or scale_factor")
        if mode not in ("nearest", "bilinear"):
            raise ValueError(f"Upsample: mode is 'nearest' or 'bilinear', got {mode!r}")
        if mode == "nearest" and align_corners is not None:
            raise ValueError("Upsample: align_corners is an option of mode='bilinear'")
        self.size = None if size is None else pair(size, "size", 1)
        self.scale_factor = None if scale_factor is None else _scales(scale_factor)
        self.mode = mode
        self.align_corners = align_corners

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        y = np.empty((len(x), *self.output_shape(x.shape[1:])), x.dtype)
        if not (step := self._repeats(x.shape, y.shape)):
            return super().forward(x)

        def repeat(x: np.ndarray, y: np.ndarray) -> None:
            for i, j in np.ndindex(step):
                y[:, :, i :: step[0], j :: step[1]] = x

        over_maps(repeat, x, y)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        if not (step := self._repeats(x.shape, dy.shape)):
            return super().backward(dy)
        dx = wide(np.zeros(x.shape, x.dtype))

        def collect(dy: np.ndarray, dx: np.ndarray) -> None:
            for i, j in np.ndindex(step):
                dx += dy[:, :, i :: step[0], j :: step[1]]

        over_maps(collect, dy, dx)
        return dx.astype(dy.dtype, copy=False)

    def _repeats(self, before: Shape, after: Shape) -> Pair | None:
        """How often "nearest" repeats each row and column, where that is a whole number."""
        whole = self.mode == "nearest" and after[2] % before[2] == after[3] % before[3] == 0
        return (after[2] // before[2], after[3] // before[3]) if whole else None

    def _matrix(self, before: int, after: int, axis: int) -> np.ndarray:
        i, matrix = np.arange(after), np.zeros((after, before))
        if self.mode == "nearest":
            matrix[i, self._nearest(before, after, axis)] = 1
            return matrix
        scale = before / after if self.scale_factor is None else 1 / self.scale_factor[axis]
        if self.align_corners:
            place = i * ((before - 1) / max(1, after - 1))
        else:
            place = np.maximum((i + 0.5) * scale - 0.5, 0)
        low = np.minimum(place.astype(int), before - 1)
        high = np.minimum(low + 1, before - 1)
        np.add.at(matrix, (i, low), 1 - (place - low))
        np.add.at(matrix, (i, high), place - low)
        return matrix

    def _nearest(self, before: int, after: int, axis: int) -> np.ndarray:
        ratio = Fraction(before, after)
        if self.scale_factor is not None and after not in (before, 2 * before):
            # The fraction that is meant: 1 / 0.1 and 49 · (1 / 49) are whole numbers.
            ratio = Fraction(1 / self.scale_factor[axis]).limit_denominator()
        place = np.arange(after) * ratio.numerator // ratio.denominator
        return np.minimum(place, before - 1)

    def _size(self, size: Pair) -> Pair:
        if self.scale_factor is None:
            assert self.size is not None
            return self.size
        height, width = (int(n * s) for n, s in zip(size, self.scale_factor, strict=True))
        return height, width

    def window(self, map_size: Pair) -> Window:
        ratios = [Fraction(n, m) for n, m in zip(map_size, self._size(map_size), strict=True)]
        side = 1 if self.mode == "nearest" else 2
        return Window((side, side), (ratios[0], ratios[1]), _middle(ratios))


def weighted(mix: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    """`mix(x)`, sums of x with weights ≥ 0, where what has the weight 0 counts for nothing, be it
    ∞ or NaN (whose product with 0 is NaN)."""
    values = wide(x)
    with np.errstate(invalid="ignore"):
        y = mix(values)
        if not np.isfinite(min(values, y, key=np.size)).all():
            y = mix(np.where(np.isfinite(values), values, 0))
            for value in (np.inf, -np.inf, np.nan):
                seen = np.isnan(x) if np.isnan(value) else x == value
                y[mix(seen.astype(values.dtype)) > 0] += value
    return y.astype(x.dtype, copy=False)


def _scales(scale_factor: float | tuple[float, float]) -> tuple[float, float]:
    both = scale_factor if isinstance(scale_factor, tuple | list) else (scale_factor,) * 2
    if len(both) != 2 or not all(0 < scale < math.inf for scale in both):
        raise ValueError(
            f"Upsample: scale_factor: expected one or two positive numbers, got {scale_factor}"
        )
    return float(both[0]), float(both[1])


def _middle(ratios: list[Fraction]) -> tuple[Fraction, Fraction]:
    """Where the middle of the first output is on an input of `ratio` pixels for each output."""
    return (ratios[0] - 1) / 2, (ratios[1] - 1) / 2
