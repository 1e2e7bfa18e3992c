"""Modules drawn: branches and shortcuts from their definition, the figures of each part from their
count."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from cnnkit.layers import Conv2d, Layer, Residual
from cnnkit.viz.slabs import size_of
from cnnkit.viz.style import (
    BLACK,
    BLUE,
    GREY,
    HIGHLIGHT,
    NORMAL,
    PAGE,
    SKY,
    SMALL,
    Picture,
    bare_axes,
)
from cnnkit.viz.units import BOX, GAP, HIGH, Unit, block_units

KEY = "a bar's height: the number of channels"
BAR = 0.16  # inches: what comes out of a box, as high as it has channels


def block_picture(
    block: Layer, input_shape: tuple[int, ...], highlight: int | None = None
) -> Picture:
    """A module from its input (left) to its output: a box for each convolution or pooling, with
    the maps that come out of it; the box number `highlight` is framed. ValueError as of
    `block_units`, or no such box."""
    units = block_units(block, input_shape)
    if highlight is not None and not 0 <= highlight < len(units):
        raise ValueError(f"expected a part from 0 to {len(units) - 1}, got {highlight}")
    left = -1.4 - GAP
    most = max(input_shape[0], *(unit.channels for unit in units))
    right = max(unit.x for unit in units) + BOX + 0.1
    low = max(unit.y for unit in units) + HIGH + 0.55 * HIGH * any(u.loop for u in units)
    low += 0.24  # for the key
    scale = min(1.0, PAGE / (right - left))
    words = _in_words(units, input_shape, highlight)
    picture = Picture(scale * (right - left), scale * (low + 0.1), words)
    axes = bare_axes(picture, (0, 0, 1, 1))
    axes.set_xlim(left, right)
    axes.set_ylim(low, -0.1)
    middle = units[-1].y + HIGH / 2
    named = f"input x\n{size_of(input_shape)}"
    label = axes.text(-GAP - BAR - 0.08, middle, named, fontsize=scale * SMALL)
    label.set(ha="right", va="center")
    _bar(axes, -GAP, middle, input_shape[0] / most, GREY)
    for unit in units:
        start = (-GAP, middle)
        for source, level in zip(unit.before, _levels(unit), strict=True):
            _connect(axes, source, unit, level)
        if not unit.before:
            _arrow(axes, start, (unit.x + 0.04, unit.y + HIGH / 2))
        if unit.loop is not None:
            _shortcut(axes, start[0], unit, low - 0.42)
    for number, unit in enumerate(units):
        _box(axes, unit, number == highlight, scale)
        _bar(axes, unit.x + BOX - 0.04, unit.y + HIGH / 2, unit.channels / most, _strong(unit))
    axes.text(right - 0.06, low, KEY, fontsize=SMALL, color=GREY, ha="right", va="bottom")
    return picture


def _bar(axes: Axes, right: float, middle: float, share: float, colour: str) -> None:
    """Maps: their number, as a share of the most in this module, is the bar's height."""
    high = share * (HIGH - 0.1)
    axes.add_patch(Rectangle((right - BAR, middle - high / 2), BAR, high, color=colour))


def _strong(unit: Unit) -> str:
    return BLUE if isinstance(unit.layer, Conv2d) else GREY


def _levels(unit: Unit) -> list[float]:
    """Where the arrows of those before a box arrive, so that they do so apart."""
    count = len(unit.before)
    return [unit.y + HIGH * (0.5 + 0.6 * ((i + 0.5) / count - 0.5)) for i in range(count)]


def _in_words(units: list[Unit], input_shape: tuple[int, ...], highlight: int | None) -> str:
    """Each box with its number, and the numbers of those that lead to it."""
    words = f"A module taken apart; its input is {size_of(input_shape)}."
    for number, unit in enumerate(units):
        sources = [str(1 + units.index(source)) for source in unit.before]
        if not unit.before or unit.loop is unit:
            sources.append("the input")
        elif unit.loop is not None:
            sources.append(str(1 + units.index(unit.loop)))
        framed = " (framed)" if number == highlight else ""
        words += f" {number + 1}{framed}: {', '.join(unit.lines)}, from {' and '.join(sources)}."
    return words


def _box(axes: Axes, unit: Unit, framed: bool, scale: float) -> None:
    colour = SKY if isinstance(unit.layer, Conv2d) else "#E4E4E4"
    box = FancyBboxPatch(
        (unit.x + 0.04, unit.y + 0.09),
        BOX - 0.08 - BAR,
        HIGH - 0.18,
        boxstyle="round,pad=0,rounding_size=0.07",
    )
    box.set(facecolor=colour, edgecolor=HIGHLIGHT if framed else GREY)
    box.set_linewidth(3.0 if framed else 0.8)
    axes.add_patch(box)
    first, *rest = unit.lines
    x, y = unit.x + (BOX - BAR) / 2, unit.y + HIGH / 2 + 0.02
    step = 0.22
    top = y - step * len(rest) / 2
    for line, (text, points) in enumerate([(first, NORMAL), *((t, SMALL) for t in rest)]):
        label = axes.text(x, top + step * line, text, fontsize=scale * points, color=BLACK)
        label.set(ha="center", va="center")


def _connect(axes: Axes, source: Unit, unit: Unit, end: float) -> None:
    """An arrow that stays on its branch's level until the next column begins, where it goes to the
    level `end`; what goes into a sum is named."""
    level, bend = source.y + HIGH / 2, unit.x - GAP + 0.04
    axes.plot([source.x + BOX - 0.04, bend], [level, level], color=GREY, linewidth=1.2)
    _arrow(axes, (bend, level), (unit.x + 0.04, end))
    if isinstance(unit.layer, Residual):
        name, beside = ("Wx" if source.role.startswith("W") else "F(x)"), end >= level
        label = axes.text(unit.x - GAP / 2, level + (-0.07 if beside else 0.05), name)
        label.set(ha="center", va="bottom" if beside else "top", fontsize=SMALL, color=GREY)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    arrow = {"arrowstyle": "-|>", "color": GREY, "shrinkA": 0, "shrinkB": 0, "linewidth": 1.2}
    axes.annotate("", end, start, arrowprops=arrow)


def _shortcut(axes: Axes, start: float, unit: Unit, low: float) -> None:
    """The way of x itself, below the body, to the sum."""
    if unit.loop is not None and unit.loop is not unit:
        start = unit.loop.x + BOX + GAP / 3
    middle, end = unit.y + HIGH / 2, unit.x + BOX / 2
    axes.plot([start, start, end], [middle, low, low], color=GREY, linewidth=1.2)
    _arrow(axes, (end, low), (end, unit.y + HIGH - 0.09))
    axes.text(
        (start + end) / 2, low - 0.06, "x (identity)", fontsize=SMALL, color=GREY, ha="center"
    )
