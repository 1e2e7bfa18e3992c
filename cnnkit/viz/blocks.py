"""Modules taken apart: branches and shortcuts drawn from their definition, the figures of each part
from their count."""

from __future__ import annotations

from dataclasses import dataclass, field

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from cnnkit.layers import Concat, Conv2d, Layer, Residual, Sequential
from cnnkit.summary import Row, Summary
from cnnkit.viz.style import (
    BLACK,
    GREY,
    HIGHLIGHT,
    LARGE,
    NORMAL,
    PAGE,
    SKY,
    SMALL,
    Picture,
    bare_axes,
)

# What stands in the box of the layer before it.
JOINED = ("BatchNorm2d", "ReLU", "ReLU6", "LocalResponseNorm", "Dropout")
SHORT = {"BatchNorm2d": "BN", "LocalResponseNorm": "LRN"}
KINDS = {"MaxPool2d": "max pool", "AvgPool2d": "mean pool"}
BOX, GAP, HIGH = 1.5, 0.42, 0.86  # inches: a box, the arrow between two, a row


@dataclass
class Unit:
    """One box: a layer with the norm and activation behind it, or where branches meet."""

    rows: list[Row]
    layer: Layer
    x: float
    y: float
    before: list[Unit] = field(default_factory=list)
    loop: Unit | None = None  # the shortcut without layers begins here

    @property
    def join(self) -> str:
        return {"Concat": "concat", "Residual": "+"}.get(self.rows[0].layer, "")

    @property
    def lines(self) -> list[str]:
        """What is written in the box: what it does, what stands behind it, what comes out."""
        channels, *sides = self.rows[-1].output_shape
        size = f"{channels} @ {'×'.join(map(str, sides))}"
        behind = ", ".join(SHORT.get(row.layer, row.layer) for row in self.rows[1:])
        return [line for line in (self.join or describe(self.layer), behind, size) if line]

    @property
    def macs(self) -> int:
        return sum(row.macs for row in self.rows)

    @property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)


def describe(layer: Layer) -> str:
    """A layer in a few words: 3×3, stride 2; depthwise 3×3; max pool 3×3."""
    kind = type(layer).__name__
    size = getattr(layer, "kernel_size", None)
    if size is None:
        return SHORT.get(kind, kind)
    window = "×".join(map(str, size if isinstance(size, tuple) else (size, size)))
    strides = getattr(layer, "stride", 1)
    stride = strides[0] if isinstance(strides, tuple) else strides
    text = f"{KINDS.get(kind, '')} {window}".strip()
    if isinstance(layer, Conv2d) and layer.groups > 1:
        text = f"depthwise {window}" if layer.groups == layer.in_channels else f"grouped {window}"
    return f"{text}, stride {stride}" if stride > 1 else text


def block_units(block: Layer, input_shape: tuple[int, ...]) -> list[Unit]:
    """The boxes of a module in the order in which they are computed. ValueError: the module does
    not take this shape."""
    drawn = _Drawn(block.summary(input_shape))
    drawn.place(block, "", 0.0, 0.0, None)
    return drawn.units


class _Drawn:
    """Boxes as they are placed, from left to right; branches below one another."""

    def __init__(self, summary: Summary) -> None:
        self.rows = {row.name: row for row in summary.rows}
        self.rows[""] = summary.rows[-1]  # of the module itself
        self.units: list[Unit] = []

    def place(
        self, layer: Layer, name: str, x: float, y: float, before: Unit | None
    ) -> tuple[float, float, Unit | None]:
        """The width and height that the layer takes with its corner at (x, y), and its last box."""
        if isinstance(layer, Sequential):
            return self._chain(layer, name, x, y, before)
        if isinstance(layer, Concat | Residual):
            return self._branches(layer, name, x, y, before)
        row = self.rows[name]
        if row.layer in JOINED and before is not None and before is self.units[-1]:
            before.rows.append(row)
            return 0.0, 0.0, before
        unit = Unit([row], layer, x, y, [before] if before else [])
        self.units.append(unit)
        return BOX + GAP, HIGH, unit

    def _chain(
        self, layer: Sequential, name: str, x: float, y: float, before: Unit | None
    ) -> tuple[float, float, Unit | None]:
        width, height = 0.0, 0.0
        for child, part in layer.children().items():
            wide, high, before = self.place(part, _dotted(name, child), x + width, y, before)
            width, height = width + wide, max(height, high)
        return width, height, before

    def _branches(
        self, layer: Concat | Residual, name: str, x: float, y: float, before: Unit | None
    ) -> tuple[float, float, Unit]:
        width, height, ends = 0.0, 0.0, []
        for child, part in layer.children().items():
            wide, high, end = self.place(part, _dotted(name, child), x, y + height, before)
            width, height = max(width, wide), height + high
            ends.append(end)
        unit = Unit([self.rows[name]], layer, x + width, y + (height - HIGH) / 2)
        unit.before = [end for end in ends if end is not None]
        if isinstance(layer, Residual) and len(ends) == 1:
            unit.loop = before or unit  # `unit` itself: from the module's input
            height += 0.6 * HIGH
        self.units.append(unit)
        return width + BOX + GAP, height, unit


def block_picture(
    block: Layer, input_shape: tuple[int, ...], highlight: int | None = None
) -> Picture:
    """A module from its input (left) to its output: a box for each convolution or pooling, with
    the maps that come out of it; the box number `highlight` is framed. ValueError as of
    `block_units`, or no such box."""
    units = block_units(block, input_shape)
    if highlight is not None and not 0 <= highlight < len(units):
        raise ValueError(f"expected a part from 0 to {len(units) - 1}, got {highlight}")
    left = -BOX - GAP
    right = max(unit.x for unit in units) + BOX + 0.1
    low = max(unit.y for unit in units) + HIGH + 0.55 * HIGH * any(u.loop for u in units)
    parts = "; ".join(f"{unit.rows[0].name or 'output'}: {', '.join(unit.lines)}" for unit in units)
    scale = min(1.0, PAGE / (right - left))
    picture = Picture(
        scale * (right - left), scale * (low + 0.1), f"A module taken apart: {parts}."
    )
    axes = bare_axes(picture, (0, 0, 1, 1))
    axes.set_xlim(left, right)
    axes.set_ylim(low, -0.1)
    middle = units[-1].y + HIGH / 2
    channels, *sides = input_shape
    words = f"input\n{channels} @ {'×'.join(map(str, sides))}"
    label = axes.text(-GAP - 0.08, middle, words, fontsize=scale * SMALL)
    label.set(ha="right", va="center")
    for unit in units:
        start = (-GAP, middle)
        for source in unit.before:
            _connect(axes, source, unit)
        if not unit.before:
            _arrow(axes, start, (unit.x, unit.y + HIGH / 2))
        if unit.loop is not None:
            _shortcut(axes, start[0], unit, low - 0.18)
    for number, unit in enumerate(units):
        _box(axes, unit, number == highlight, scale)
    return picture


def _box(axes: Axes, unit: Unit, framed: bool, scale: float) -> None:
    colour = SKY if isinstance(unit.layer, Conv2d) else "#E4E4E4"
    box = FancyBboxPatch(
        (unit.x + 0.04, unit.y + 0.09),
        BOX - 0.08,
        HIGH - 0.18,
        boxstyle="round,pad=0,rounding_size=0.07",
    )
    box.set(facecolor=colour, edgecolor=HIGHLIGHT if framed else GREY)
    box.set_linewidth(3.0 if framed else 0.8)
    axes.add_patch(box)
    first, *rest = unit.lines
    size = LARGE if unit.join == "+" else NORMAL
    x, y = unit.x + BOX / 2, unit.y + HIGH / 2
    step = 0.21
    top = y - step * len(rest) / 2
    for line, (text, points) in enumerate([(first, size), *((t, SMALL) for t in rest)]):
        label = axes.text(x, top + step * line, text, fontsize=scale * points, color=BLACK)
        label.set(ha="center", va="center")


def _connect(axes: Axes, source: Unit, unit: Unit) -> None:
    """An arrow that stays on its branch's level until the next column begins."""
    level, bend = source.y + HIGH / 2, unit.x - GAP
    if bend > source.x + BOX:
        axes.plot([source.x + BOX, bend], [level, level], color=GREY, linewidth=1.2)
    _arrow(axes, (bend, level), (unit.x, unit.y + HIGH / 2))


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
    axes.text((start + end) / 2, low - 0.06, "x itself", fontsize=SMALL, color=GREY, ha="center")


def _dotted(name: str, child: str) -> str:
    return f"{name}.{child}" if name else child
