"""Matrices placed freely on axes whose unit is the cell, with signs and arrows between them."""

from __future__ import annotations

from cnnkit.viz import style
from cnnkit.viz.panels import Panel, draw_panel
from cnnkit.viz.style import Picture


class Canvas:
    """A picture of `width`×`height` cells, y downwards; a cell is as large as the page allows."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.cell = min(style.CELL, style.PAGE / width)  # inches
        self._picture = Picture(width * self.cell, height * self.cell, "")
        self._axes = style.bare_axes(self._picture, (0, 0, 1, 1))

    def panel(self, panel: Panel, left: float, top: float) -> None:
        """`panel` with its corner at (left, top) and its title above."""
        draw_panel(self._axes, panel, left, top, self.cell)
        self.words(panel.title, left + panel.size[1] / 2, top - 0.3, style.SMALL)

    def sign(self, text: str, x: float, y: float) -> None:
        """An operator between two matrices."""
        self.words(text, x, y, style.NORMAL)

    def words(self, text: str, x: float, y: float, size: float, colour: str = style.BLACK) -> None:
        """`text` with its middle at (x, y)."""
        self._axes.text(x, y, text, size=size, ha="center", va="center", color=colour)

    def line(self, x: float, y: float, to_x: float, to_y: float) -> None:
        """A fine line, for what goes into a sum."""
        self._axes.plot([x, to_x], [y, to_y], color=style.LINE, linewidth=1)

    def arrow(self, x: float, y: float, to_x: float, to_y: float) -> None:
        """An arrow from (x, y)."""
        look = {"arrowstyle": "-|>", "color": style.GREY, "linewidth": 1.5}
        self._axes.annotate("", (to_x, to_y), (x, y), arrowprops=look)

    def sentence(self, text: str) -> None:
        """`text` below everything."""
        self.words(text, self.width / 2, self.height - 0.45, style.SMALL)

    def picture(self, alt: str) -> Picture:
        """What has been drawn; `alt` says it in words."""
        self._axes.set_xlim(0, self.width)
        self._axes.set_ylim(self.height, 0)
        self._picture.alt = alt
        return self._picture
