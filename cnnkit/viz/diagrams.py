"""Networks drawn from their definition, as papers draw them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle

from cnnkit.layers import Auxiliary, Concat, Conv2d, Layer, Residual, Sequential
from cnnkit.viz.style import (
    BLACK,
    GREEN,
    GREY,
    LINE,
    ORANGE,
    PAGE,
    SKY,
    SMALL,
    Picture,
    bare_axes,
)

MOST = 12  # blocks; of a deeper network equal neighbours are drawn as one
FEW = 5  # parts; a network of fewer is opened one level further
# What changes no shape and has no weights worth a block of its own.
LEFT_OUT = {"ReLU", "ReLU6", "LeakyReLU", "ELU", "PReLU", "SiLU", "Tanh", "ScaledTanh", "Sigmoid"}
LEFT_OUT |= {"BatchNorm1d", "BatchNorm2d", "LocalResponseNorm", "Dropout", "HistoricalDropout"}
LEFT_OUT |= {"Flatten", "Identity", "Softmax", "LogSoftmax", "Standardize", "ZeroPad2d"}
MODULES = {"Concat", "Residual", "Sequential"}
CONVOLUTIONS = {"Conv2d": "conv", "ConvTranspose2d": "deconv"}
OTHER = "#E4E4E4"
LEGEND = {"convolution": SKY, "fully connected": ORANGE, "module": GREEN}
LEGEND |= {"pooling, other": OTHER}
LETTER, GAP = 0.092, 0.2  # inches: a letter of a label, between two labels
ABOVE, BELOW = 0.5, 0.58  # inches for the labels
TALLEST = 1.55  # inches


@dataclass(frozen=True)
class Block:
    """What is drawn as one box: a layer or module, and the maps that come out of it."""

    name: str
    layer: Layer | None
    shape: tuple[int, ...]
    largest: int  # side of the network's maps
    count: int = 1
    details: tuple[str, ...] = ()  # of all that it stands for, if they differ

    @property
    def kind(self) -> str:
        """The layer's class; of a layer with its norm and activation the layer's."""
        return "" if self.layer is None else type(_one_layer(self.layer) or self.layer).__name__

    @property
    def colour(self) -> str:
        if self.kind in MODULES:
            return GREEN
        return SKY if self.kind in CONVOLUTIONS else ORANGE if self._connected else OTHER

    @property
    def label(self) -> str:
        """Its name, if it has one that says something, and how many they are; below it the window
        of a convolution or pooling, or how many modules a stage has."""
        what = CONVOLUTIONS.get(self.kind, "module" if self.kind in MODULES else "")
        what = what or ("fc" if self._connected else "pool" if "Pool" in self.kind else self.kind)
        first = f"{self.count}× {what}" if self.count > 1 else what
        if self.count == 1 and self.name and not self.name.isdigit():
            first = self.name
        return f"{first}\n{', '.join(self.details) or self.detail}"

    @property
    def _connected(self) -> bool:
        return self.kind in ("Linear", "RBF")

    @property
    def detail(self) -> str:
        """The window and (/2) stride of a layer, or how many modules a stage has."""
        layer = self.layer and (_one_layer(self.layer) or self.layer)
        if isinstance(layer, Sequential) and not self.name.isdigit():
            inside = sum(_branched(part) for part in layer)
            return f"{inside} modules" if inside > 1 else ""
        size = getattr(layer, "kernel_size", None)
        if size is None or len(self.shape) == 1:
            return ""
        window = "×".join(map(str, size if isinstance(size, tuple) else (size, size)))
        strides = getattr(layer, "stride", 1)
        stride = strides[0] if isinstance(strides, tuple) else strides
        if isinstance(layer, Conv2d) and layer.groups == layer.in_channels > 1:
            window = f"depthwise {window}"
        return f"{window} /{stride}" if stride > 1 else window

    @property
    def size(self) -> str:
        return size_of(self.shape)

    @property
    def height(self) -> float:
        """In inches: the root of the maps' side; of a vector the logarithm of its length."""
        if len(self.shape) == 1:
            return 0.25 + 0.06 * math.log2(self.shape[0])
        return max(0.1, TALLEST * math.sqrt(max(self.shape[1:]) / self.largest))

    @property
    def slant(self) -> float:
        """In inches: how far a map reaches to the back; a vector is flat."""
        return 0.0 if len(self.shape) == 1 else 0.22 * self.height

    @property
    def thickness(self) -> float:
        """In inches: it grows with the logarithm of the number of maps."""
        return 0.1 if len(self.shape) == 1 else 0.04 + 0.04 * math.log2(self.shape[0] + 1)

    @property
    def width(self) -> float:
        """In inches, with its labels."""
        texts = (*self.label.split("\n"), *self.size.split(" @ "))
        return max(self.thickness + self.slant, LETTER * max(map(len, texts))) + GAP


def size_of(shape: tuple[int, ...]) -> str:
    """ "96 @ 55×55", or "4096" for a vector."""
    channels, *sides = shape
    return f"{channels} @ {'×'.join(map(str, sides))}" if sides else f"{channels}"


def network_picture(net: Layer, input_shape: tuple[int, ...]) -> Picture:
    """The maps behind each layer that changes them, from the image at the left to the scores: the
    height of a box grows with the root of the maps' side, its thickness with the logarithm of their
    number. Below each stand its window and (/2) stride; what does not fit into one row goes on in
    the next."""
    blocks = list(_blocks(net, tuple(input_shape)))
    if len(blocks) > MOST:
        blocks = _merged(blocks)
    words = ", ".join(
        f"{block.label.replace(chr(10), ' ').strip()} {block.size}" for block in blocks
    )
    rows = _wrapped(blocks)
    width = max(sum(block.width for block in row) for row in rows) + 0.1
    width = max(width, _legend_width({block.colour for block in blocks}))
    heights = [max(b.height + b.slant for b in row) + ABOVE + BELOW for row in rows]
    total = sum(heights) + 0.35
    picture = Picture(width, total, f"A network from the left to the right: {words}.")
    axes = bare_axes(picture, (0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(total, 0)
    top = 0.0
    for row, height in zip(rows, heights, strict=True):
        ground = top + ABOVE + (height - ABOVE - BELOW) / 2
        axes.plot([0.05, sum(block.width for block in row)], [ground] * 2, color=LINE, zorder=0)
        left = 0.05
        for block in row:
            _draw(axes, block, left, ground)
            left += block.width
        top += height
    _legend(axes, {block.colour for block in blocks}, total - 0.3)
    return picture


def _blocks(net: Layer, shape: tuple[int, ...]) -> Iterator[Block]:
    parts = list(_opened("", net))
    if sum(type(part).__name__ not in LEFT_OUT for _, part in parts) < FEW:
        opened = [_opened(name, part) for name, part in parts]
        parts = [part for several in opened for part in several]
    shapes = [shape]
    for _, part in parts:
        shapes.append(part.output_shape(shapes[-1]))
    largest = max(side for each in shapes for side in each[1:] or (1,))
    yield Block(
        "image" if len(shape) == 3 and shape[0] in (1, 3) else "input", None, shape, largest
    )
    for (name, part), before, shape in zip(parts, shapes, shapes[1:], strict=False):
        block = Block(name, part, shape, largest)
        idle = "Pool" in block.kind and shape == before  # an adaptive pooling of what fits already
        if block.kind not in LEFT_OUT and not idle:
            yield block


def _opened(name: str, layer: Layer) -> Iterator[tuple[str, Layer]]:
    """A sequence's parts, and theirs: what has branches stays whole, and beside such modules every
    sequence does; so does a layer with its norm and activation. Of a trunk with a head beside it
    the trunk is taken."""
    if isinstance(layer, Auxiliary):
        yield from _opened(name, layer.body)
        return
    if not isinstance(layer, Sequential) or (name and _one_layer(layer) is not None):
        yield name, layer
        return
    modules = any(_branched(part) for part in layer)
    for child, part in layer.children().items():
        if isinstance(part, Auxiliary) or (isinstance(part, Sequential) and not modules):
            yield from _opened(child, part)
        else:
            yield child, part


def _branched(layer: Layer) -> bool:
    parts = (layer, *(part for _, part in layer.named_layers()))
    return any(isinstance(part, Concat | Residual) for part in parts)


def _one_layer(layer: Layer) -> Layer | None:
    """The only part of a sequence that is worth a block."""
    if not isinstance(layer, Sequential):
        return None
    own = [part for part in layer if type(part).__name__ not in LEFT_OUT]
    single = len(own) == 1 and not isinstance(own[0], Sequential | Concat | Residual)
    return own[0] if single else None


def _merged(blocks: list[Block]) -> list[Block]:
    """Neighbours of one kind and shape as one block, which says how many they are."""
    groups = [list(group) for _, group in groupby(blocks, lambda block: (block.kind, block.shape))]
    return [
        replace(group[0], count=len(group), details=tuple(dict.fromkeys(b.detail for b in group)))
        for group in groups
    ]


def _wrapped(blocks: list[Block]) -> list[list[Block]]:
    """In as few rows as fit the page, of about the same width."""
    width, page = sum(block.width for block in blocks), PAGE - 0.1
    widest = width / math.ceil(width / page)
    while True:
        rows: list[list[Block]] = [[]]
        for block in blocks:
            if rows[-1] and sum(other.width for other in rows[-1]) + block.width > widest:
                rows.append([])
            rows[-1].append(block)
        if len(rows) <= math.ceil(width / page) or widest >= page:
            return rows
        widest = min(page, widest + 0.1)


def _draw(axes: Axes, block: Block, left: float, middle: float) -> None:
    """A slab in perspective, its size above and its name below."""
    height, thick, slant = block.height, block.thickness, block.slant
    x, top = left + (block.width - thick - slant) / 2, middle - height / 2 + slant / 2
    right, bottom = x + thick, top + height
    front = [(x, top), (right, top), (right, bottom), (x, bottom)]
    roof = [(x, top), (right, top), (right + slant, top - slant), (x + slant, top - slant)]
    side = [(right, top), (right, bottom), (right + slant, bottom - slant), roof[2]]
    for corners, strength in ((front, 1.0), (roof, 0.55), (side, 0.75)):
        under = Polygon(corners, closed=True, facecolor="white", edgecolor="none")
        face = Polygon(corners, closed=True, facecolor=block.colour, edgecolor=GREY, linewidth=0.7)
        face.set_alpha(strength)
        axes.add_patch(under)
        axes.add_patch(face)
    centre = left + block.width / 2
    size = block.size.replace(" @ ", " @\n")
    above = axes.text(centre, top - slant - 0.05, size, fontsize=SMALL, color=BLACK)
    above.set(ha="center", va="bottom", linespacing=1.05)
    below = axes.text(centre, bottom + 0.06, block.label, fontsize=SMALL, color=BLACK)
    below.set(ha="center", va="top", linespacing=1.1)


def _legend(axes: Axes, colours: set[str], top: float) -> None:
    """What the colours mean, of those that are there."""
    left = 0.1
    for name, colour in LEGEND.items():
        if colour in colours:
            axes.add_patch(Rectangle((left, top), 0.16, 0.16, facecolor=colour, edgecolor=GREY))
            axes.text(left + 0.24, top + 0.08, name, fontsize=SMALL, va="center", color=GREY)
            left += _entry_width(name)


def _legend_width(colours: set[str]) -> float:
    return 0.1 + sum(_entry_width(name) for name, colour in LEGEND.items() if colour in colours)


def _entry_width(name: str) -> float:
    return 0.54 + LETTER * len(name)
