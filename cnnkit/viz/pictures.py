"""Pictures of matrices and filters: functions that return a matplotlib Figure.

A row of matrices is drawn on one set of axes whose unit is the cell, so that cells are equally
large in all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cnnkit.functional import correlate2d
from cnnkit.layers import Conv2d
from cnnkit.viz import style
from cnnkit.viz.steps import ConvolutionStep
from cnnkit.viz.style import Picture, number

Window = tuple[int, int, int, int]  # row, column, height, width


@dataclass(frozen=True, eq=False)
class Panel:
    """One matrix of a row. `texts`: what the cells say, if not the values; the outer `border`
    cells are the padding, and NaN cells are empty."""

    values: np.ndarray
    title: str = ""
    footer: str = ""
    window: Window | None = None
    texts: Sequence[Sequence[str]] | None = None
    border: int = 0
    scale: float = 1.0

    @property
    def size(self) -> tuple[float, float]:
        """Height and width, in cells."""
        height, width = self.values.shape
        return self.scale * height, self.scale * width


def matrix(values: Any, window: Window | None = None, title: str = "") -> Picture:
    """`values` (H, W) as numbers in tinted cells; `window` = (row, column, height, width) framed.

    Blue cells are positive, orange ones negative, NaN ones empty. ValueError: not a matrix.
    """
    return row_of_panels([Panel(as_matrix(values), title, window=window)])


def matrices(named: Mapping[str, Any], symbols: str = "") -> Picture:
    """Matrices in a row, each under its name, with one of `symbols` between neighbours."""
    return row_of_panels([Panel(as_matrix(v), name) for name, v in named.items()], symbols)


def filtering(
    image: Any,
    kernel: Any,
    stride: int = 1,
    padding: int = 0,
    window: Window | None = None,
    titles: tuple[str, str, str] = ("image I", "kernel f", "output h"),
) -> Picture:
    """image ∗ kernel = output, as numbers; `window` frames a part of the (unpadded) image."""
    image, kernel = as_matrix(image), as_matrix(kernel)
    output = correlate2d(image, kernel, stride, padding)
    padded = np.pad(image, padding)
    if window is not None:
        window = (window[0] + padding, window[1] + padding, window[2], window[3])
    panels = [
        Panel(padded, titles[0], window=window, border=padding),
        Panel(kernel, titles[1]),
        Panel(output, titles[2]),
    ]
    return row_of_panels(panels, "∗=")


def filter_gallery(photo: Any, kernels: Mapping[str, Any], columns: int = 3) -> Picture:
    """`photo` (H, W), grey values 0 … 255, under each of the named kernels, the kernel beside it.

    Where the weights add up to 0, mid-grey is 0, brighter positive and darker negative, stretched
    until one pixel in a hundred is black or white; else black is 0 and white 255.
    """
    photo = as_matrix(photo)
    rows = -(-len(kernels) // columns)
    side = style.PAGE / columns
    high = side * 0.94 * photo.shape[0] / photo.shape[1]
    head = 1.08  # inches above each photograph, for its kernel
    picture = Picture(style.PAGE, rows * (high + head))
    for i, (name, kernel) in enumerate(kernels.items()):
        kernel = as_matrix(kernel)
        left, top = (i % columns) * side, (rows - i // columns) * (high + head)
        tile = (left + 0.03 * side, top - head - high, 0.94 * side, high)
        axes = style.bare_axes(picture, _fraction(picture, tile))
        axes.imshow(_filtered(photo, kernel), cmap="gray", interpolation="antialiased")
        axes.images[0].set_clim(*_limits(axes.images[0].get_array(), kernel))
        width = 0.86 * kernel.shape[1] / kernel.shape[0]
        box = (left + 0.97 * side - width, top - head + 0.08, width, 0.86)
        _draw(style.bare_axes(picture, _fraction(picture, box)), Panel(kernel), 0, 0, 0.28)
        x, y = (left + 0.03 * side) / style.PAGE, (top - head + 0.12) / (rows * (high + head))
        picture.text(x, y, name, size=style.NORMAL, va="bottom")
    return picture


def convolution_step_picture(step: ConvolutionStep) -> Picture:
    """The padded input with the window framed, the products, and the output as far as it goes."""
    height, width = step.kernel.shape
    window = (step.row * step.stride, step.column * step.stride, height, width)
    texts = [
        [f"{number(value)}\n×{number(weight)}" for value, weight in zip(*pair, strict=True)]
        for pair in zip(step.window, step.kernel, strict=True)
    ]
    title = f"input, padding {step.padding}" if step.padding else "input"
    panels = [
        Panel(step.padded, title, window=window, border=step.padding),
        Panel(
            step.products, "window × kernel", f"sum: {number(step.total)}", texts=texts, scale=1.35
        ),
        Panel(step.output, "output", window=(step.row, step.column, 1, 1)),
    ]
    return row_of_panels(panels, "→→")


def row_of_panels(panels: Sequence[Panel], symbols: str = "") -> Picture:
    """The panels side by side, `symbols[i]` between the i-th and the next."""
    gap = 1.4 if symbols else 0.8
    cell, slots = style.CELL, [0.0]
    for _ in range(3):  # a title's width in cells depends on the cell's, and the other way round
        slots = [max(p.size[1], len(p.title) * 0.58 * style.NORMAL / 72 / cell) for p in panels]
        across = sum(slots) + gap * (len(panels) - 1) + 0.4
        cell = min(style.CELL, style.PAGE / across)
    head = 0.34 / cell if any(p.title for p in panels) else 0.2
    foot = 0.34 / cell if any(p.footer for p in panels) else 0.2
    tallest = max(p.size[0] for p in panels)
    picture = Picture(cell * across, cell * (head + tallest + foot))
    axes = style.bare_axes(picture, (0, 0, 1, 1))
    x = 0.2
    for i, (panel, slot) in enumerate(zip(panels, slots, strict=True)):
        top = (tallest - panel.size[0]) / 2
        _draw(axes, panel, x + (slot - panel.size[1]) / 2, top, cell)
        middle = x + slot / 2
        bottom = top + panel.size[0]
        axes.text(middle, top - 0.1 / cell, panel.title, size=style.NORMAL, ha="center")
        axes.text(middle, bottom + 0.08 / cell, panel.footer, size=style.NORMAL, ha="center",
                  va="top", weight="bold")  # fmt: skip
        x += slot + gap
        if i < min(len(symbols), len(panels) - 1):
            axes.text(x - gap / 2, tallest / 2, symbols[i], size=style.LARGE, ha="center",
                      va="center")  # fmt: skip
    axes.set_xlim(0, across)
    axes.set_ylim(tallest + foot, -head)
    return picture


def as_matrix(values: Any) -> np.ndarray:
    """`values` as a float64 matrix; ValueError if it has not two dimensions or is empty."""
    array = np.asarray(values, np.float64)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"expected a matrix (H, W) that is not empty, got shape {array.shape}")
    return array


def _draw(axes: Axes, panel: Panel, left: float, top: float, cell: float) -> None:
    """`panel` with its corner at (left, top); `cell` is a cell's side in inches."""
    (height, width), s = panel.values.shape, panel.scale
    colours = style.tint(panel.values)
    texts = panel.texts or [[number(value) for value in row] for row in panel.values]
    lines = [line for row in texts for text in row for line in text.split("\n")]
    longest = max(max(map(len, lines)), 2)
    size = min(style.NORMAL, s * cell * 72 * 1.45 / longest, s * cell * 72 * 0.42)
    for i, j in np.ndindex(height, width):
        x, y, b = left + s * j, top + s * i, panel.border
        inside = b <= i < height - b and b <= j < width - b
        empty = np.isnan(panel.values[i, j])
        axes.add_patch(
            Rectangle((x, y), s, s, facecolor=colours[i, j] if inside else "#EEEEEE",
                      edgecolor=style.LINE, linewidth=0.8, linestyle=":" if empty else "-")
        )  # fmt: skip
        axes.text(x + s / 2, y + s / 2, texts[i][j], size=size, ha="center",
                  va="center_baseline" if "\n" not in texts[i][j] else "center",
                  color=style.BLACK if inside else style.GREY, linespacing=1.05)  # fmt: skip
    if panel.window is not None:
        row, column, high, wide = panel.window
        corner = (left + s * column, top + s * row)
        axes.add_patch(
            Rectangle(corner, s * wide, s * high, fill=False, edgecolor=style.HIGHLIGHT,
                      linewidth=2.8, zorder=3)
        )  # fmt: skip
    axes.set_xlim(left - 0.05, left + s * width + 0.05)
    axes.set_ylim(top + s * height + 0.05, top - 0.05)


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


def _limits(response: Any, kernel: np.ndarray) -> tuple[float, float]:
    """The responses that are black and white."""
    if abs(kernel.sum()) > 1e-9:
        return 0, 255
    strong = float(np.quantile(np.abs(np.asarray(response)), 0.99)) or 1.0
    return -strong, strong
