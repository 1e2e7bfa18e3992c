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
PADDING = "#eeeeee"

Slot = tuple[int, int]  # rows and columns for which there is room


def panels_html(
    panels: Sequence[Panel], signs: Sequence[str], slots: Sequence[Slot], answer: int = -1
) -> str:
    """Panels with a sign between neighbours, each in the middle of a slot, so that nothing moves
    when they grow and shrink; the cells of the panel `answer` have the numbers of the steps. Where
    the page is narrow two stand side by side, in smaller cells."""
    widths = [panel.scale * slot[1] for panel, slot in zip(panels, slots, strict=True)]
    cell = min(CELL, int(ROOM / sum(widths)))
    pair = max(sum(widths[i : i + 2]) for i in range(0, len(widths), 2))
    parts = []
    for i, (panel, slot) in enumerate(zip(panels, slots, strict=True)):
        sign = f'<span class="sign">{signs[i - 1]}</span>' if i else ""
        parts.append(sign + _figure(panel, slot, cell, i == answer % len(panels)))
    pairs = (f"<div>{''.join(parts[i : i + 2])}</div>" for i in range(0, len(parts), 2))
    room = f"--all:{sum(widths):.4g};--pair:{pair:.4g}"
    return f'<div class="panels" style="{room}">{"".join(pairs)}</div>'


def _figure(panel: Panel, slot: Slot, cell: int, answers: bool) -> str:
    side = round(panel.scale * cell)
    table = '<div class="cells diagram">'
    table += f"<table>{_rows(panel, answers)}</table>{''.join(map(_window, panel.windows))}</div>"
    footer = f'<div class="footer">{escape(panel.footer) or "&nbsp;"}</div>'
    room = f"--most:{side}px;--scale:{panel.scale:g};--high:{slot[0]};--wide:{slot[1]}"
    room += f";--letter:{_letter(panel, side):.3g}"
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


def _letter(panel: Panel, side: int) -> float:
    """A letter's size as a part of a cell's: as large as the longest number leaves it room."""
    texts = panel.texts or [[number(value) for value in row] for row in panel.values]
    lines = [line for row in texts for text in row for line in text.split("\n")]
    return min(14 / side, 0.5, 1.45 / max(map(len, lines)))
