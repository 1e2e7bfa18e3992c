"""A row with zeros at its ends, and the windows that stand on it: what padding does at a border."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cnnkit.layers.windows import output_size
from cnnkit.viz import style
from cnnkit.viz.style import Picture, at_least_one

BAR, UNIT = 0.22, 0.42  # inches: a window's bar, a pixel
HEAD, GAP = 0.4, 0.3  # inches: for the words above a row, and below it
WIDEST = 6.6  # inches: of the words
ZERO = "#DDDDDD"


class Standing(NamedTuple):
    """How windows stand on a padded row: how many, the pixels that none of them sees, and how many
    zeros before and behind the row some window sees."""

    windows: int
    unseen: list[int]
    before: int
    behind: int


def standing(size: int, kernel_size: int, stride: int, sides: tuple[int, int]) -> Standing:
    """Windows on a row of `size` pixels with `sides` zeros before and behind it. ValueError: none
    fits."""
    before, behind = sides
    windows = output_size(size, kernel_size, stride, before + behind, 1)
    if windows < 1:
        raise ValueError(f"a kernel of {kernel_size} does not fit into {size} + {before + behind}")
    seen = {n * stride + k - before for n in range(windows) for k in range(kernel_size)}
    unseen = [pixel for pixel in range(size) if pixel not in seen]
    return Standing(windows, unseen, sum(n < 0 for n in seen), sum(n >= size for n in seen))


def padded_row_picture(
    size: int, kernel_size: int, stride: int, ways: Mapping[str, tuple[int, int]]
) -> Picture:
    """The same row below itself, once for each of `ways` to lay zeros before and behind it (by
    name), with a bar for each window; pixels that no window sees are framed. ValueError: no way, or
    a kernel that does not fit."""
    at_least_one(ways, "way")
    found = {name: standing(size, kernel_size, stride, sides) for name, sides in ways.items()}
    most = max(before for before, _ in ways.values())
    heights = [HEAD + UNIT + BAR * stands.windows + GAP for stands in found.values()]
    cells = max(before + size + behind for before, behind in ways.values())
    width = max(WIDEST, UNIT * (cells + 1))
    picture = Picture(width, sum(heights), "")
    axes = style.bare_axes(picture, (0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(sum(heights), 0)
    words, top = [], 0.0
    for (name, stands), height in zip(found.items(), heights, strict=True):
        left = 0.2 + UNIT * (most - ways[name][0])
        words.append(f"{name}: {_words(stands)}")
        axes.text(0.2, top + HEAD / 2 + 0.05, words[-1], size=style.NORMAL, va="center")
        _draw(axes, left, top + HEAD, size, kernel_size, stride, ways[name], stands)
        top += height
    picture.alt = (
        f"A row of {size} pixels, windows of {kernel_size} at stride {stride}. {'. '.join(words)}."
    )
    return picture


def _words(stands: Standing) -> str:
    words = f"{stands.windows} windows"
    if stands.before or stands.behind:
        words += f"; zeros seen: {stands.before} before, {stands.behind} behind"
    if many := len(stands.unseen):
        words += f"; {many} pixel{'s' * (many > 1)} unseen"
    return words


def _draw(
    axes: Axes,
    left: float,
    top: float,
    size: int,
    kernel_size: int,
    stride: int,
    sides: tuple[int, int],
    stands: Standing,
) -> None:
    before, behind = sides
    for n in range(before + size + behind):
        zero = not before <= n < before + size
        square = Rectangle((left + UNIT * n, top), UNIT, UNIT)
        square.set(facecolor=ZERO if zero else "white", edgecolor=style.LINE, linewidth=0.8)
        axes.add_patch(square)
        name = "0" if zero else str(n - before)
        colour = style.GREY if zero else style.BLACK
        axes.text(left + UNIT * (n + 0.5), top + UNIT / 2, name, size=style.SMALL,
                  ha="center", va="center_baseline", color=colour)  # fmt: skip
    for pixel in stands.unseen:
        corner = (left + UNIT * (before + pixel), top)
        frame = Rectangle(corner, UNIT, UNIT, fill=False, linewidth=2.8, zorder=3)
        frame.set_edgecolor(style.HIGHLIGHT)
        axes.add_patch(frame)
    for n in range(stands.windows):
        bar = (left + UNIT * n * stride + 0.04, top + UNIT + BAR * n + 0.05)
        long = UNIT * kernel_size - 0.08
        axes.add_patch(Rectangle(bar, long, BAR - 0.07, facecolor=style.SKY))
