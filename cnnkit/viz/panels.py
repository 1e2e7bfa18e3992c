"""Matrices in a row, as tinted cells with numbers: what pictures of arithmetic are made of.

A row is drawn on one set of axes whose unit is the cell, so that cells are equally large in all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cnnkit.viz import style
from cnnkit.viz.style import Picture, number

Window = tuple[int, int, int, int]  # row, column, height, width
MOST_NUMBERS = 49  # in an alternative text
# Letters' widths in DejaVu Sans, as parts of their size; what is not here is a digit.
LETTERS = {"−": 0.84, "+": 0.84, "×": 0.84, "/": 0.34, ".": 0.32, "(": 0.39, ")": 0.39}
DIGIT = 0.64
ROOM = 0.76  # of a cell's side, for what it says: neighbours' numbers never touch
STAR = "⋆"  # which is small in that font
LARGEST_CELL = 0.52  # inches, of matrices with long numbers


@dataclass(frozen=True, eq=False)
class Panel:
    """One matrix of a row. `windows` are framed; `texts`: what the cells say, if not the values;
    the outer `border` cells are the padding, and NaN cells are empty."""

    values: np.ndarray
    title: str = ""
    footer: str = ""
    windows: Sequence[Window] = ()
    texts: Sequence[Sequence[str]] | None = None
    border: int = 0
    scale: float = 1.0
    largest: float | None = None

    @property
    def words(self) -> str:
        """The matrix in words: its title, size, and (where they can be listened to) its numbers."""
        height, width = self.values.shape
        name = f"{self.title or 'matrix'}, {height}×{width}"
        for row, column, high, wide in self.windows[:1]:
            name += f" (framed: {high}×{wide} from row {row}, column {column})"
        if self.values.size > MOST_NUMBERS:
            return name
        rows = [" ".join(number(v) or "empty" for v in row) for row in self.values]
        return f"{name}: {'; '.join(rows)}"

    @property
    def said(self) -> Sequence[Sequence[str]]:
        """What stands in each cell."""
        return self.texts or [[number(value) for value in row] for row in self.values]

    @property
    def widest(self) -> float:
        """The width of the longest line in a cell, as a multiple of the letters' size."""
        lines = (line for row in self.said for text in row for line in text.split("\n"))
        return max(sum(LETTERS.get(letter, DIGIT) for letter in line) for line in lines)

    @property
    def size(self) -> tuple[float, float]:
        """Height and width, in cells."""
        height, width = self.values.shape
        return self.scale * height, self.scale * width


def row_of_panels(panels: Sequence[Panel], symbols: str = "") -> Picture:
    """The panels side by side, `symbols[i]` between the i-th and the next."""
    return grid_of_panels([panels], symbols, ". ".join(panel.words for panel in panels))


def grid_of_panels(
    rows: Sequence[Sequence[Panel]], symbols: str, words: str, between: Sequence[str] = ()
) -> Picture:
    """Rows of panels below one another, equally many in each; `between[i]`, if it says something,
    stands below each panel of the i-th row, above the next."""
    gap = 1.4 if symbols else 0.8
    cell, slots = _fitted([max(c, key=_wanted) for c in zip(*rows, strict=True)], gap)
    line = 0.34 / cell
    heads = [line if any(p.title for p in row) else 0.2 for row in rows]
    feet = [line if any(p.footer for p in row) else 0.2 for row in rows]
    bridges = [*between, *[""] * (len(rows) - len(between))]
    middles = [max(panel.size[0] for panel in row) for row in rows]
    across = sum(slots) + gap * (len(slots) - 1) + 0.4
    total = sum(heads) + sum(middles) + sum(feet) + line * sum(map(bool, bridges))
    picture = Picture(cell * across, cell * total, words)
    axes = style.bare_axes(picture, (0, 0, 1, 1))
    lefts = [0.2 + sum(slots[:i]) + gap * i for i in range(len(slots))]
    marks, top = [*symbols, *[""] * len(slots)], 0.0
    for row, head, tallest, foot, bridge in zip(rows, heads, middles, feet, bridges, strict=True):
        for panel, left, slot, mark in zip(row, lefts, slots, marks, strict=False):
            _draw_between(axes, panel, left, slot, top + head, tallest, cell)
            place = (left + slot / 2, top + head + tallest + foot + line / 2)
            axes.text(*place, bridge, size=style.NORMAL, ha="center", va="center")
            place = (left + slot + gap / 2, top + head + tallest / 2)
            size = (1.0 if mark != STAR else 1.8) * style.LARGE
            axes.text(*place, mark, size=size, ha="center", va="center")
        top += head + tallest + foot + line * bool(bridge)
    axes.set_xlim(0, across)
    axes.set_ylim(total, 0)
    return picture


def _draw_between(
    axes: Axes, panel: Panel, left: float, slot: float, top: float, tallest: float, cell: float
) -> None:
    """`panel` in the middle of its slot, with its title above and its footer below."""
    top += (tallest - panel.size[0]) / 2
    draw_panel(axes, panel, left + (slot - panel.size[1]) / 2, top, cell)
    middle, bottom = left + slot / 2, top + panel.size[0]
    axes.text(middle, top - 0.1 / cell, panel.title, size=style.NORMAL, ha="center")
    footer = axes.text(middle, bottom + 0.08 / cell, panel.footer, size=style.NORMAL)
    footer.set(ha="center", va="top", weight="bold")


def as_matrix(values: Any) -> np.ndarray:
    """`values` as a float64 matrix; ValueError if it has not two dimensions or is empty."""
    array = np.asarray(values, np.float64)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"expected a matrix (H, W) that is not empty, got shape {array.shape}")
    return array


def _wanted(panel: Panel) -> tuple[float, int]:
    return panel.size[1], len(panel.title)


def _fitted(panels: Sequence[Panel], gap: float) -> tuple[float, list[float]]:
    """A cell's side in inches and each panel's width in cells: as large as the numbers want, and
    the page and the titles allow."""
    wanted = max(p.widest / p.scale for p in panels) * style.NORMAL / 72 / ROOM
    most, slots = min(max(style.CELL, wanted), LARGEST_CELL), [0.0]
    cell = most
    for _ in range(3):  # a title's width in cells depends on the cell's, and the other way round
        slots = [max(p.size[1], len(p.title) * 0.58 * style.NORMAL / 72 / cell) for p in panels]
        cell = min(most, style.PAGE / (sum(slots) + gap * (len(panels) - 1) + 0.4))
    return cell, slots


def draw_panel(axes: Axes, panel: Panel, left: float, top: float, cell: float) -> None:
    """`panel` with its corner at (left, top); `cell` is a cell's side in inches."""
    (height, width), s = panel.values.shape, panel.scale
    colours = style.tint(panel.values, panel.largest)
    texts, side = panel.said, 72 * s * cell
    size = min(style.NORMAL, ROOM * side / max(panel.widest, 2 * DIGIT), 0.42 * side)
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
    for row, column, high, wide in panel.windows:
        corner = (left + s * column, top + s * row)
        frame = Rectangle(corner, s * wide, s * high, fill=False, linewidth=2.8, zorder=3)
        frame.set_edgecolor(style.HIGHLIGHT)
        axes.add_patch(frame)
    axes.set_xlim(left - 0.05, left + s * width + 0.05)
    axes.set_ylim(top + s * height + 0.05, top - 0.05)
