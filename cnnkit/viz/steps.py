"""What the explorers show, computed: functions without a picture and without a widget."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnkit.functional import correlate2d
from cnnkit.viz.style import number


@dataclass(frozen=True, eq=False)
class ConvolutionStep:
    """One position of a kernel that slides over an image, row by row.

    `total` = Σ products is the output's cell (row, column); `output` is NaN where the kernel has
    not yet been; `unseen` = (rows, columns) at the lower and right edge that no window reaches.
    """

    padded: np.ndarray
    kernel: np.ndarray
    stride: int
    padding: int
    row: int
    column: int
    window: np.ndarray
    products: np.ndarray
    total: float
    output: np.ndarray
    unseen: tuple[int, int]

    @property
    def positions(self) -> int:
        """How many windows there are."""
        return self.output.size

    @property
    def sentence(self) -> str:
        """The sum in full: h[0, 1] = 1·0 + 1·1 + … = 3."""
        pairs = zip(self.window.flat, self.kernel.flat, strict=True)
        terms = " + ".join(f"{number(v)}·{_signed(w)}" for v, w in pairs)
        return f"h[{self.row}, {self.column}] = {terms} = {number(self.total)}"


def convolution_step(
    image: Any, kernel: Any, stride: int = 1, padding: int = 0, index: int = 0
) -> ConvolutionStep:
    """The `index`-th position, counted row by row, of h[m,n] = Σ f[k,l] I[m·stride+k, n·stride+l].

    `image` (H, W) is zero-padded by `padding` on each side. ValueError: not matrices, stride below
    1, negative padding, a kernel larger than the padded image, no such position.
    """
    image, kernel = np.asarray(image, np.float64), np.asarray(kernel, np.float64)
    if image.ndim != 2 or kernel.ndim != 2 or 0 in (*image.shape, *kernel.shape):
        raise ValueError(
            f"expected an image (H, W) and a kernel (K, L), got {image.shape} and {kernel.shape}"
        )
    if stride < 1 or padding < 0:
        raise ValueError(
            f"expected a stride of at least 1 and a padding of at least 0, got {stride} and "
            f"{padding}"
        )
    padded = np.pad(image, padding)
    (height, width), (high, wide) = padded.shape, kernel.shape
    if high > height or wide > width:
        raise ValueError(
            f"The {high}×{wide} kernel does not fit: the image is {height}×{width} with its "
            "padding. Choose a smaller kernel or more padding."
        )
    complete = correlate2d(image, kernel, stride, padding)
    if not 0 <= index < complete.size:
        raise ValueError(f"expected a position from 0 to {complete.size - 1}, got {index}")
    row, column = divmod(index, complete.shape[1])
    window = padded[row * stride : row * stride + high, column * stride : column * stride + wide]
    output = np.full(complete.shape, np.nan)
    output.flat[: index + 1] = complete.flat[: index + 1]
    return ConvolutionStep(
        padded=padded,
        kernel=kernel,
        stride=stride,
        padding=padding,
        row=row,
        column=column,
        window=window,
        products=window * kernel,
        total=float((window * kernel).sum()),
        output=output,
        unseen=((height - high) % stride, (width - wide) % stride),
    )


def _signed(weight: float) -> str:
    return f"({number(weight)})" if weight < 0 else number(weight)
