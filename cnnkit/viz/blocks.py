"""Modules taken apart: branches and shortcuts drawn from their definition, the figures of each part
from their count."""

from __future__ import annotations

from dataclasses import dataclass, field

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from cnnkit.layers import Auxiliary, Concat, Conv2d, Layer, LPPool2d, Residual, Sequential
from cnnkit.summary import Row, Summary
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
    at_least_one,
    bare_axes,
)

# What stands in the box of the layer before it.
JOINED = ("BatchNorm2d", "ReLU", "ReLU6", "LocalResponseNorm", "Dropout")
SHORT = {"BatchNorm2d": "BN", "LocalResponseNorm": "LRN"}
KINDS = {"Conv2d": "conv", "ConvTranspose2d": "deconv", "MaxPool2d": "max pool"}
KINDS |= {"AvgPool2d": "mean pool", "SumPool2d": "sum pool", "AdaptiveAvgPool2d": "mean pool"}
BOX, GAP, HIGH = 1.72, 0.42, 0.96  # inches: a box with its bar, the arrow between two, a row
KEY = "a bar's height: the number of channels"
BAR = 0.16  # inches: what comes out of a box, as high as it has channels


@dataclass(eq=False)
class Unit:
    """One box: a layer with the norm and activation behind it, or where branches meet."""

    rows: list[Row]
    layer: Layer
    x: float
    y: float
    before: list[Unit] = field(default_factory=list)
    loop: Unit | None = None  # the shortcut without layers begins here
    role: str = ""  # describe(layer), with what it is there for: squeeze 1×1

    @property
    def join(self) -> str:
        """Where branches meet: how, in the papers' words."""
        if isinstance(self.layer, Residual):
            return "F(x) + Wx" if "shortcut" in self.layer.children() else "F(x) + x"
        return "concat" if isinstance(self.layer, Concat) else ""

    @property
    def lines(self) -> list[str]:
        """What is written in the box: what it does, what stands behind it, what comes out."""
        behind = ", ".join(SHORT.get(row.layer, row.layer) for row in self.rows[1:])
        size = size_of(self.rows[-1].output_shape)
        return [line for line in (self.join or self.role, behind, size) if line]

    @property
    def channels(self) -> int:
        return self.rows[-1].output_shape[0]

    @property
    def macs(self) -> int:
        return sum(row.macs for row in self.rows)

    @property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)


def describe(layer: Layer) -> str:
    """A layer in a few words: conv 3×3, /2 (its stride); depthwise 3×3; max pool 3×3."""
    kind = type(layer).__name__
    name = KINDS.get(kind, SHORT.get(kind, kind))
    if isinstance(layer, LPPool2d):
        name = f"L{layer.norm_type:g} pool"
    if isinstance(layer, Conv2d) and layer.groups > 1:
        name = "depthwise" if layer.groups == layer.in_channels else "grouped"
    size = getattr(layer, "kernel_size", None)
    if size is None:
        return name
    window, (down, across) = "×".join(map(str, _both(size))), _both(getattr(layer, "stride", 1))
    stride = f"{down}" if down == across else f"{down}×{across}"
    return f"{name} {window}" + (f", /{stride}" if stride != "1" else "")


def _name_roles(units: list[Unit]) -> None:
    """Say of convolutions what they are there for, in the papers' words: squeeze and expand,
    reduce, project."""
    for unit in units:
        unit.role = words = describe(unit.layer)
        if not isinstance(unit.layer, Conv2d) or not words.startswith("conv"):
            continue
        own, conv = unit.rows[0].name.split("."), unit.layer
        deep = any(isinstance(u.layer, Conv2d) and u.layer.groups > 1 for u in unit.before)
        followed = any(unit in u.before and isinstance(u.layer, Conv2d) for u in units)
        pointwise = _both(conv.kernel_size) == (1, 1)
        role = next((r for r in ("squeeze", "expand") if own[-1].startswith(r)), "")
        if not role and "shortcut" in own:
            role = "W"
        elif not role and pointwise and deep:
            role = "project"
        elif not role and pointwise and conv.out_channels > conv.in_channels:
            role = "expand"
        elif not role and pointwise and followed and conv.out_channels < conv.in_channels:
            role = "reduce"
        unit.role = words.replace("conv", role or "conv")


def _both(value: int | tuple[int, int]) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def block_units(block: Layer, input_shape: tuple[int, ...]) -> list[Unit]:
    """The boxes of a module in the order in which they are computed. ValueError: the module does
    not take this shape, has no layers, or has a head beside its trunk."""
    if any(isinstance(part, Auxiliary) for _, part in block.named_layers()):
        raise ValueError("Auxiliary: a head beside the trunk can't be drawn; draw its modules")
    drawn = _Drawn(block.summary(input_shape))
    drawn.place(block, "", 0.0, 0.0, None)
    at_least_one(drawn.units, "layer")
    _name_roles(drawn.units)
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
        unit = Unit([self.rows[name]], layer, x, y, [before] if before else [])
        self.units.append(unit)
        return BOX + GAP, HIGH, unit

    def _chain(
        self, layer: Sequential, name: str, x: float, y: float, before: Unit | None
    ) -> tuple[float, float, Unit | None]:
        width, height, entered = 0.0, 0.0, before
        # Of each part: its first and its last unit, and its height.
        placed: list[tuple[int, int, float]] = []
        for child, part in layer.children().items():
            row = self.rows.get(_dotted(name, child))
            # What stands before the first layer of a branch is not this branch's alone.
            if row and row.layer in JOINED and before is not None and before is not entered:
                before.rows.append(row)
                continue
            first = len(self.units)
            wide, high, before = self.place(part, _dotted(name, child), x + width, y, before)
            width, height = width + wide, max(height, high)
            placed.append((first, len(self.units), high))
        for first, end, high in placed:  # in the middle of the highest
            for unit in self.units[first:end]:
                unit.y += (height - high) / 2
        return width, height, before

    def _branches(
        self, layer: Concat | Residual, name: str, x: float, y: float, before: Unit | None
    ) -> tuple[float, float, Unit]:
        width, height, ends = 0.0, 0.0, []
        for child, part in layer.children().items():
            wide, high, end = self.place(part, _dotted(name, child), x, y + height, before)
            width, height = max(width, wide), height + high
            ends.append(end)
        unit = Unit([self.rows[name]], layer, x + width, y + max(0.0, height - HIGH) / 2)
        unit.before = [end for end in ends if end is not None and end is not before]
        straight = isinstance(layer, Residual) and len(ends) == 1
        if straight or len(unit.before) < len(ends):  # a way without layers
            unit.loop = before or unit  # `unit` itself: from the module's input
            height += 0.6 * HIGH
        self.units.append(unit)
        return width + BOX + GAP, max(height, HIGH), unit


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


def _dotted(name: str, child: str) -> str:
    return f"{name}.{child}" if name else child
