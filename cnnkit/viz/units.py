"""Modules taken apart: each convolution or pooling with the norm and activation behind it, what it
is there for, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field

from cnnkit.layers import Auxiliary, Concat, Conv2d, Layer, LPPool2d, Residual, Sequential
from cnnkit.summary import Row, Summary
from cnnkit.viz.slabs import size_of
from cnnkit.viz.style import at_least_one

# What stands in the box of the layer before it.
JOINED = ("BatchNorm2d", "ReLU", "ReLU6", "LocalResponseNorm", "Dropout")
SHORT = {"BatchNorm2d": "BN", "LocalResponseNorm": "LRN"}
KINDS = {"Conv2d": "conv", "ConvTranspose2d": "deconv", "MaxPool2d": "max pool"}
KINDS |= {"AvgPool2d": "mean pool", "SumPool2d": "sum pool", "AdaptiveAvgPool2d": "mean pool"}
BOX, GAP, HIGH = 1.72, 0.42, 0.96  # inches: a box with its bar, the arrow between two, a row


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


def _dotted(name: str, child: str) -> str:
    return f"{name}.{child}" if name else child
