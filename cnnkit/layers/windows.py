"""The geometry that convolution and pooling share: sizes, padding, and one tap of all windows.

A window of K×K has K² taps. For one tap (k, l), the pixels that all windows see through it are one
strided slice of the padded image, so forward and backward passes loop over the taps, never over
the positions.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

Pair = tuple[int, int]
Sides = tuple[Pair, Pair]  # padding (top, bottom), (left, right)


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


def taps(
    x: np.ndarray, kernel: Pair, stride: Pair, dilation: Pair, size: Pair
) -> Iterator[tuple[Pair, np.ndarray]]:
    """For each tap (k, l) the view (N, C, *size) of `x` that the windows see through it."""
    height, width = ((n - 1) * step + 1 for n, step in zip(size, stride, strict=True))
    for k in range(kernel[0]):
        for l in range(kernel[1]):
            top, left = k * dilation[0], l * dilation[1]
            rows = slice(top, top + height, stride[0])
            columns = slice(left, left + width, stride[1])
            yield (k, l), x[:, :, rows, columns]
