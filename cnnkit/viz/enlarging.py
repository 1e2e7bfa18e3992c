"""A transposed convolution in one direction: each input lays its kernel down, and what lies on one
another is added up."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.viz import style
from cnnkit.viz.canvas import Canvas
from cnnkit.viz.panels import Panel
from cnnkit.viz.style import Picture, number

NAMES = 3.4  # cells for what stands before each row


def laid_kernels(x: Any, kernel: Any, stride: int, output_padding: int = 0) -> np.ndarray:
    """A row for each input: its kernel, times its value, where it lies, and 0 elsewhere. Shape
    (W, (W − 1)·S + K + output_padding); their sum is the output before its padding is cut off.

    ValueError: not two rows of numbers, or a stride below 1.
    """
    x, kernel = np.asarray(x, np.float64), np.asarray(kernel, np.float64)
    if x.ndim != 1 or kernel.ndim != 1 or not x.size or not kernel.size or stride < 1:
        raise ValueError(
            "expected an input (W,), a kernel (K,) and a stride of at least 1, got "
            f"{x.shape}, {kernel.shape} and {stride}"
        )
    laid = np.zeros((len(x), (len(x) - 1) * stride + len(kernel) + output_padding))
    for i, value in enumerate(x):
        laid[i, i * stride : i * stride + len(kernel)] = value * kernel
    return laid


def enlarging_picture(
    x: Any, kernel: Any, stride: int, padding: int = 0, output_padding: int = 0
) -> Picture:
    """The laid kernels below one another, and their sum; framed is the output, which is what
    `padding` leaves. ValueError: as of `laid_kernels`, or the padding leaves nothing."""
    laid = laid_kernels(x, kernel, stride, output_padding)
    count, width = laid.shape
    kept = width - 2 * padding
    if kept < 1:
        raise ValueError(f"a padding of {padding} takes all of {width} away")
    canvas = Canvas(NAMES + width + 0.4, count + 3.3)
    for i, row in enumerate(laid):
        here = np.full((1, width), np.nan)
        place = slice(i * stride, i * stride + len(kernel))
        here[0, place] = row[place]
        top = 0.4 + i
        canvas.words(f"{number(x[i])} · kernel", NAMES / 2, top + 0.5, style.SMALL)
        canvas.panel(Panel(here), NAMES, top)
    total = laid.sum(axis=0)[None]
    top = count + 1.0
    canvas.words("their sum", NAMES / 2, top + 0.5, style.SMALL)
    canvas.panel(Panel(total, windows=[(0, padding, 1, kept)]), NAMES, top)
    options = f"stride {stride}, padding {padding}"
    options += f", output_padding {output_padding}" if output_padding else ""
    words = f"{options}: {count} → {kept}"
    canvas.sentence(f"{words}, the framed ones")
    output = " ".join(number(value) for value in total[0, padding : padding + kept])
    return canvas.picture(f"{words}. Each input lays its kernel down; their sum: {output}.")
