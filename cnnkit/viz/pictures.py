"""Pictures of matrices and filters: functions that return a matplotlib Figure."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnkit.functional import correlate2d
from cnnkit.layers import Conv2d
from cnnkit.viz import style
from cnnkit.viz.panels import Panel, Window, as_matrix, draw_panel, row_of_panels
from cnnkit.viz.style import Picture, at_least_one

KERNEL = 1.02  # inches: the height of a kernel beside its photograph


def matrix(values: Any, window: Window | None = None, title: str = "") -> Picture:
    """`values` (H, W) as numbers in tinted cells; `window` = (row, column, height, width) framed.

    Blue cells are positive, orange ones negative, NaN ones empty. ValueError: not a matrix.
    """
    windows = () if window is None else (window,)
    return row_of_panels([Panel(as_matrix(values), title, windows=windows)])


def matrices(named: Mapping[str, Any], symbols: str = "") -> Picture:
    """Matrices in a row, each under its name, with one of `symbols` between neighbours."""
    at_least_one(named, "matrix")
    return row_of_panels([Panel(as_matrix(v), name) for name, v in named.items()], symbols)


def filtering(
    image: Any,
    kernel: Any,
    stride: int = 1,
    padding: int = 0,
    window: Window | None = None,
    titles: tuple[str, str, str] = ("image I", "kernel f", "output h"),
) -> Picture:
    """kernel ⋆ image = output, as numbers: the correlation, in the order of f ⋆ I. `window` frames
    a part of the (unpadded) image, and the cell of the output that comes from it, if it is one of
    the kernel's windows; `titles` are the image's, the kernel's and the output's."""
    image, kernel = as_matrix(image), as_matrix(kernel)
    output = correlate2d(image, kernel, stride, padding)
    padded = np.pad(image, padding)
    windows: tuple[Window, ...] = ()
    cells: tuple[Window, ...] = ()
    if window is not None:
        row, column = window[0] + padding, window[1] + padding
        windows = ((row, column, window[2], window[3]),)
        if window[2:] == kernel.shape and row % stride == column % stride == 0:
            cells = ((row // stride, column // stride, 1, 1),)
    panels = [
        Panel(kernel, titles[1]),
        Panel(padded, titles[0], windows=windows, border=padding),
        Panel(output, titles[2], windows=cells),
    ]
    return row_of_panels(panels, "⋆=")


def filter_gallery(photo: Any, kernels: Mapping[str, Any], columns: int = 3) -> Picture:
    """`photo` (H, W), grey values 0 … 255, under each of the named kernels, the kernel beside it.

    Where the weights add up to 0, mid-grey is 0, brighter positive and darker negative, stretched
    until one pixel in a hundred is black or white; else black is 0 and white 255.
    """
    at_least_one(kernels, "kernel")
    photo = as_matrix(photo)
    rows = -(-len(kernels) // columns)
    side = style.PAGE / columns
    high = side * 0.94 * photo.shape[0] / photo.shape[1]
    head = 1.26  # inches above each photograph, for its kernel
    words = f"A photograph filtered by {len(kernels)} kernels: {', '.join(kernels)}."
    picture = Picture(style.PAGE, rows * (high + head), words)
    for i, (name, kernel) in enumerate(kernels.items()):
        kernel = as_matrix(kernel)
        left, top = (i % columns) * side, (rows - i // columns) * (high + head)
        tile = (left + 0.03 * side, top - head - high, 0.94 * side, high)
        axes = style.bare_axes(picture, _fraction(picture, tile))
        response = _filtered(photo, kernel)
        black, white = _limits(response, kernel)
        style.photograph(axes, response, vmin=black, vmax=white)
        width = KERNEL * kernel.shape[1] / kernel.shape[0]
        box = (left + 0.97 * side - width, top - head + 0.08, width, KERNEL)
        beside = style.bare_axes(picture, _fraction(picture, box))
        draw_panel(beside, Panel(kernel), 0, 0, KERNEL / kernel.shape[0])
        x, y = (left + 0.03 * side) / style.PAGE, (top - head + 0.12) / (rows * (high + head))
        picture.text(x, y, name, size=style.NORMAL, va="bottom")
    return picture


def _fraction(
    picture: Picture, inches: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    width, height = picture.get_size_inches()
    left, bottom, wide, high = inches
    return left / width, bottom / height, wide / width, high / height


def _filtered(photo: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """`correlate2d` without padding, by the layer, for pictures too large for loops."""
    layer = Conv2d(1, 1, (kernel.shape[0], kernel.shape[1]), bias=False).double()
    layer.weight.data[0, 0] = kernel
    return layer(photo[None, None])[0, 0]


def _limits(response: np.ndarray, kernel: np.ndarray) -> tuple[float, float]:
    """The responses that are black and white."""
    if abs(kernel.sum()) > 1e-9:
        return 0, 255
    strong = float(np.quantile(np.abs(response), 0.99)) or 1.0
    return -strong, strong
