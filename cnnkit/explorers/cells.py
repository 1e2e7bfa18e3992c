"""Matrices in a row as HTML: what the explorers of windows show.

The numbers are text, the cells are equally large in all settings, and pointing at an answer's cell
tells the screen which step leads to it (`data-index`).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from matplotlib.colors import to_hex

from cnnkit.viz.panels import Panel
from cnnkit.viz.style import number, tint

CELL = 30  # pixels: the side of a cell where the page has room
ROOM = 800  # pixels for all cells that stand side by side
LINES = 50  # pixels: a line above a matrix, one below it, and its outer border
PADDING = "#eeeeee"

Slot = tuple[int, int]  # rows and columns for which there is room


def panels_html(
    panels: Sequence[Panel], signs: Sequence[str], slots: Sequence[Slot], answer: int = -1
) -> str:
    """Panels with a sign between neighbours, each in the middle of a slot, so that nothing moves
    when they grow and shrink; the cells of the panel `answer` have the numbers of the steps."""
    room = sum(panel.scale * slot[1] for panel, slot in zip(panels, slots, strict=True))
    cell = min(CELL, int(ROOM / room))
    parts = []
    for i, (panel, slot) in enumerate(zip(panels, slots, strict=True)):
        if i:
            parts.append(f'<span class="sign">{signs[i - 1]}</span>')
        parts.append(_figure(panel, slot, cell, i == answer % len(panels)))
    return f'<div class="panels">{"".join(parts)}</div>'


def _figure(panel: Panel, slot: Slot, cell: int, answers: bool) -> str:
    side = round(panel.scale * cell)
    width, height = side * slot[1], side * slot[0]
    size = _font(panel, side)
    table = f'<div class="cells diagram" style="--side:{side}px;font-size:{size}px">'
    table += f"<table>{_rows(panel, answers)}</table>{''.join(map(_window, panel.windows))}</div>"
    footer = f'<div class="footer">{escape(panel.footer) or "&nbsp;"}</div>'
    room = f"min-width:{width}px;min-height:{height + LINES}px"
    caption = f"<figcaption>{escape(panel.title)}</figcaption>"
    return f'<figure style="{room}">{caption}{table}{footer}</figure>'


def _rows(panel: Panel, answers: bool) -> str:
    height, width = panel.values.shape
    colours, b = tint(panel.values, panel.largest), panel.border
    rows = []
    for i in range(height):
        row = []
        for j in range(width):
            text = panel.texts[i][j] if panel.texts else number(panel.values[i, j])
            inside = b <= i < height - b and b <= j < width - b
            known = not np.isnan(panel.values[i, j])
            colour = (to_hex(colours[i, j]) if known else "#ffffff") if inside else PADDING
            look = f'style="background:{colour}"' + ("" if known else ' class="empty"')
            look += f' data-index="{i * width + j}"' if answers else ""
            row.append(f"<td {look}>{escape(text).replace(chr(10), '<br>')}</td>")
        rows.append(f"<tr>{''.join(row)}</tr>")
    return "".join(rows)


def _window(window: tuple[int, int, int, int]) -> str:
    row, column, high, wide = window
    return f'<i class="window" style="--r:{row};--c:{column};--h:{high};--w:{wide}"></i>'


def _font(panel: Panel, side: int) -> int:
    """Pixels: as large as the longest number leaves it room in its cell."""
    texts = panel.texts or [[number(value) for value in row] for row in panel.values]
    lines = [line for row in texts for text in row for line in text.split("\n")]
    return round(min(14, 0.5 * side, 1.45 * side / max(map(len, lines))))
