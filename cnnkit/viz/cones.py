"""What one unit sees through a stack of layers, in one direction: the cone below it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle

from cnnkit.viz import style
from cnnkit.viz.style import Picture, at_least_one

Line = tuple[int, int, int]  # a layer in one direction: K, S and D, its kernel, stride, dilation
MOST = 41  # pixels whose numbers can be read
ROW, HEAD = 0.85, 0.45  # inches: from one layer to the next, below the input
NOTES = 2.7  # inches for what is said beside each layer
RADIUS = 0.15  # inches, where there is room


def paths(layers: Sequence[Line]) -> list[np.ndarray]:
    """For the unit on top, and then for each layer down to the input: in how many ways each place
    of the row reaches it. The unit u of a layer sees the places u·S + k·D below it, k < K, and
    each row is as long as what the unit on top reaches, so that a 0 is a place that it steps over.

    ValueError: no layer, or a number below 1.
    """
    at_least_one(layers, "layer")
    if min(min(layer) for layer in layers) < 1:
        raise ValueError(f"expected K, S and D of at least 1 for each layer, got {list(layers)}")
    rows = [np.ones(1, int)]
    for kernel_size, stride, dilation in reversed(layers):
        above = rows[-1]
        covered = (len(above) - 1) * stride + 1
        below = np.zeros(covered + dilation * (kernel_size - 1), int)
        for k in range(kernel_size):
            below[k * dilation : k * dilation + covered : stride] += above
        rows.append(below)
    return rows


def cone_sentence(layers: Sequence[Line]) -> str:
    """How many pixels the unit sees, how many it steps over, and how far its neighbour's are."""
    pixels = paths(layers)[-1]
    jump = int(np.prod([stride for _, stride, _ in layers]))
    missed = int((pixels == 0).sum())
    sees = f"The unit on top sees {_pixels(len(pixels) - missed)}"
    if missed:
        sees += f" of a row of {len(pixels)}: it steps over {missed}"
    return f"{sees}. Its neighbour's begin {_pixels(jump)} further"


def cone_picture(layers: Sequence[Line]) -> Picture:
    """One unit, the units below it that it sees, and so on down to the pixels, each with the
    number of its ways to the top; grey is what is stepped over. `layers`: (K, S, D) of each, from
    the input upwards. ValueError: as of `paths`, or it sees more pixels than can be read."""
    rows = paths(layers)[::-1]
    if len(rows[0]) > MOST:
        raise ValueError(
            f"One unit sees a row of {len(rows[0])} pixels, and at most {MOST} can be read: take "
            "fewer layers, or a smaller kernel, stride or dilation."
        )
    words = cone_sentence(layers)
    picture = Picture(style.PAGE, ROW * len(layers) + 2 * HEAD, f"{words}.")
    picture.alt += f" Ways from each pixel to it: {' '.join(map(str, rows[0]))}."
    axes = style.bare_axes(picture, (0, 0, 1, 1))
    step = min(0.45, (style.PAGE - NOTES - 0.45) / len(rows[0]))  # inches from pixel to pixel
    across, jump, first = 0.3 + step / 2, step, 0.0
    for level, row in enumerate(rows):
        height = HEAD + ROW * level
        places = across + first + jump * np.arange(len(row))
        if level < len(layers):
            kernel_size, stride, dilation = layers[level]
            first += jump * dilation * (kernel_size - 1) / 2
            above = across + first + jump * stride * np.arange(len(rows[level + 1]))
            _join(axes, places, above, rows[level + 1], height, layers[level])
            jump *= stride
        _draw_units(axes, places, row, height, min(RADIUS, 0.42 * step))
        note = _note(layers, level, len(rows[0]))
        axes.text(style.PAGE - NOTES, height, note, size=style.SMALL, va="center")
    axes.set_xlim(0, style.PAGE)
    axes.set_ylim(0, picture.get_size_inches()[1])
    return picture


def _note(layers: Sequence[Line], level: int, seen: int) -> str:
    if not level:
        return f"the pixels: {seen} in a row"
    kernel_size, stride, dilation = layers[level - 1]
    note = f"layer {level}: K = {kernel_size}"
    note += f", S = {stride}" if stride > 1 else ""
    note += f", D = {dilation}" if dilation > 1 else ""
    return f"{note}; spans {len(paths(layers[:level])[-1])}"


def _join(
    axes: Axes, below: np.ndarray, above: np.ndarray, ways: np.ndarray, height: float, layer: Line
) -> None:
    """A line from each unit that matters to each place that it sees."""
    kernel_size, stride, dilation = layer
    ends = [
        ((x, height + ROW), (below[u * stride + k * dilation], height))
        for u, x in enumerate(above)
        if ways[u]
        for k in range(kernel_size)
    ]
    axes.add_collection(LineCollection(ends, colors=style.SKY, linewidths=1.2, zorder=1))


def _draw_units(
    axes: Axes, places: np.ndarray, ways: np.ndarray, height: float, radius: float
) -> None:
    for x, count in zip(places, ways, strict=True):
        circle = Circle((x, height), radius, facecolor="white" if count else "#DDDDDD", zorder=2)
        circle.set(edgecolor=style.BLUE if count else style.GREY, linewidth=1.5 if count else 0.8)
        axes.add_patch(circle)
        if height == HEAD:  # the pixels
            size = min(style.SMALL, 72 * radius * 2.6 / max(2, len(str(count))))
            below = height - radius - 0.16
            axes.text(x, below, str(count), size=size, ha="center", va="center")


def _pixels(count: int) -> str:
    return f"{count} pixel" + "s" * (count != 1)
