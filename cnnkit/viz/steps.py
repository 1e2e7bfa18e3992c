"""What the explorers show, computed: functions without a picture and without a widget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnkit.functional import correlate2d
from cnnkit.layers import AvgPool2d, Layer, LPPool2d, MaxPool2d, SumPool2d
from cnnkit.viz.style import bracketed, number

POOLS: dict[str, Callable[[int, int], Layer]] = {
    "maximum": MaxPool2d,
    "average": AvgPool2d,
    "sum": SumPool2d,
    "L2": lambda size, stride: LPPool2d(2, size, stride),
}


@dataclass(frozen=True, eq=False)
class ConvolutionStep:
    """One position of a kernel that slides over an image, row by row.

    `total` = Σ products is the output's cell (row, column); `output` is NaN where the kernel has
    not yet been; `largest` is the largest absolute value that it will have; `unseen` = (rows,
    columns) at the lower and right edge that no window reaches.
    """

    padded: np.ndarray
    kernel: np.ndarray
    stride: int
    padding: int
    dilation: int
    row: int
    column: int
    window: np.ndarray
    products: np.ndarray
    total: float
    output: np.ndarray
    largest: float
    unseen: tuple[int, int]

    @property
    def positions(self) -> int:
        """How many windows there are."""
        return self.output.size

    @property
    def sentence(self) -> str:
        """The sum in full: h[0, 1] = 1·0 + 1·1 + … = 3."""
        pairs = zip(self.window.flat, self.kernel.flat, strict=True)
        terms = " + ".join(f"{bracketed(v)}·{bracketed(w)}" for v, w in pairs)
        return f"h[{self.row}, {self.column}] = {terms} = {number(self.total)}"


def convolution_step(
    image: Any,
    kernel: Any,
    stride: int = 1,
    padding: int = 0,
    index: int = 0,
    dilation: int = 1,
) -> ConvolutionStep:
    """The `index`-th position, counted row by row, of
    h[i,j] = (f ⋆ I)[i,j] = Σ f[k,l] I[i·S + k·D, j·S + l·D], S the stride, D the dilation.

    `image` (H, W) is zero-padded by `padding` on each side. ValueError: not matrices, stride or
    dilation below 1, negative padding, a kernel larger than the padded image, no such position.
    """
    image, kernel = np.asarray(image, np.float64), np.asarray(kernel, np.float64)
    if image.ndim != 2 or kernel.ndim != 2 or 0 in (*image.shape, *kernel.shape):
        raise ValueError(
            "expected an image (H, W) and a kernel (K_h, K_w), "
            f"got {image.shape} and {kernel.shape}"
        )
    if stride < 1 or padding < 0 or dilation < 1:
        raise ValueError(
            "expected a stride of at least 1, a padding of at least 0 and a dilation of at least "
            f"1, got {stride}, {padding} and {dilation}"
        )
    padded = np.pad(image, padding)
    (height, width), (high, wide) = padded.shape, (dilation * (n - 1) + 1 for n in kernel.shape)
    if high > height or wide > width:
        spread = f", dilated by {dilation} to {high}×{wide}," if dilation > 1 else ""
        raise ValueError(
            f"The {kernel.shape[0]}×{kernel.shape[1]} kernel{spread} does not fit: the image is "
            f"{height}×{width} with its padding. Choose a smaller kernel or more padding."
        )
    complete = correlate2d(image, kernel, stride, padding, dilation)
    row, column = _place(index, complete)
    top, left = row * stride, column * stride
    window = padded[top : top + high : dilation, left : left + wide : dilation]
    return ConvolutionStep(
        padded=padded,
        kernel=kernel,
        stride=stride,
        padding=padding,
        dilation=dilation,
        row=row,
        column=column,
        window=window,
        products=window * kernel,
        total=float((window * kernel).sum()),
        output=_until(index, complete),
        largest=float(np.abs(complete).max()),
        unseen=((height - high) % stride, (width - wide) % stride),
    )


@dataclass(frozen=True, eq=False)
class PoolingStep:
    """One position of a pooling window, row by row; `total` is the output's cell (row, column),
    `output` is NaN where the window has not yet been, `largest` its largest absolute value in the
    end or the image's, if that is larger; `unseen` = (rows, columns) that no window reaches."""

    image: np.ndarray
    kind: str
    kernel_size: int
    stride: int
    row: int
    column: int
    window: np.ndarray
    total: float
    output: np.ndarray
    largest: float
    unseen: tuple[int, int]

    @property
    def sentence(self) -> str:
        """What is computed, in full: max(3, 1, 2, 2) = 3."""
        values = [bracketed(v) for v in self.window.flat]
        text = {
            "maximum": f"max({', '.join(number(v) for v in self.window.flat)})",
            "average": f"({' + '.join(values)}) / {len(values)}",
            "sum": " + ".join(values),
            "L2": f"√({' + '.join(f'{v}²' for v in values)})",
        }[self.kind]
        return f"h[{self.row}, {self.column}] = {text} = {number(self.total)}"


def pooling_step(
    image: Any, kind: str = "maximum", kernel_size: int = 2, stride: int = 2, index: int = 0
) -> PoolingStep:
    """The `index`-th position, counted row by row, of pooling an image (H, W). ValueError: not a
    matrix, no such kind of pooling, a window that does not fit, no such position."""
    image = np.asarray(image, np.float64)
    if image.ndim != 2 or kind not in POOLS:
        raise ValueError(
            f"expected an image (H, W) and one of {', '.join(POOLS)}; got {image.shape} and {kind}"
        )
    complete = POOLS[kind](kernel_size, stride).double()(image[None, None])[0, 0]
    row, column = _place(index, complete)
    top, left = row * stride, column * stride
    return PoolingStep(
        image=image,
        kind=kind,
        kernel_size=kernel_size,
        stride=stride,
        row=row,
        column=column,
        window=image[top : top + kernel_size, left : left + kernel_size],
        total=float(complete[row, column]),
        output=_until(index, complete),
        largest=float(max(np.abs(complete).max(), np.abs(image).max())),
        unseen=tuple((side - kernel_size) % stride for side in image.shape),
    )


def size_formula(size: int, window: int, stride: int, padding: int = 0) -> str:
    """The output's size in full, (n + 2·p − k)/s + 1; rounded down where the last window does not
    fit. `window` is k, of a dilated kernel d·(k − 1) + 1."""
    whole = f"({size} + 2·{padding} − {window})/{stride}"
    rest = size + 2 * padding - window
    share = f"⌊{whole}⌋" if rest % stride else whole
    return f"{share} + 1 = {rest // stride + 1}"


def _place(index: int, complete: np.ndarray) -> tuple[int, int]:
    if not 0 <= index < complete.size:
        raise ValueError(f"expected a position from 0 to {complete.size - 1}, got {index}")
    row, column = divmod(index, complete.shape[1])
    return row, column


def _until(index: int, complete: np.ndarray) -> np.ndarray:
    """`complete` up to a position, and NaN behind it."""
    output = np.full(complete.shape, np.nan)
    output.flat[: index + 1] = complete.flat[: index + 1]
    return output
