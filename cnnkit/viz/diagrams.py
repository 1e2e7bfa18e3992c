"""Networks drawn from their definition, as papers draw them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from cnnkit.layers import Auxiliary, Concat, Layer, Residual, Sequential
from cnnkit.viz.style import BLACK, GREY, ORANGE, PAGE, SKY, SMALL, Picture, bare_axes

MOST = 12  # blocks; of a deeper network equal neighbours are drawn as one
FEW = 5  # parts; a network of fewer is opened one level further
# What changes no shape and has no weights worth a block of its own.
LEFT_OUT = {"ReLU", "ReLU6", "LeakyReLU", "ELU", "PReLU", "SiLU", "Tanh", "ScaledTanh", "Sigmoid"}
LEFT_OUT |= {"BatchNorm1d", "BatchNorm2d", "LocalResponseNorm", "Dropout", "HistoricalDropout"}
LEFT_OUT |= {"Flatten", "Identity", "Softmax", "LogSoftmax", "Standardize", "ZeroPad2d"}
COLOURS = {"Conv2d": SKY, "ConvTranspose2d": SKY, "Linear": ORANGE, "RBF": ORANGE}
SHORT = {"Conv2d": "conv", "ConvTranspose2d": "deconv", "Linear": "fc", "Concat": "module"}
SHORT |= {"Residual": "module", "Sequential": "module"}
LETTER, GAP = 0.092, 0.14  # inches: a letter of a label, between two labels
ABOVE, BELOW = 0.62, 0.36  # inches for the labels
SLANT = 0.13  # inches: how far a block reaches to the back


@dataclass(frozen=True)
class Block:
    """What is drawn as one box: a layer or module, and the maps that come out of it."""

    name: str
    kind: str
    shape: tuple[int, ...]
    count: int = 1

    @property
    def label(self) -> str:
        """Its name, if it has one that says something; else what it is, and how many they are."""
        kind = SHORT.get(self.kind, "pool" if "Pool" in self.kind else self.kind)
        if self.count > 1:
            return f"{self.count}× {kind}"
        return kind if self.name.isdigit() else self.name

    @property
    def size(self) -> str:
        """ "96 @ 55×55", or "4096" for a vector."""
        channels, *sides = self.shape
        return f"{channels} @ {'×'.join(map(str, sides))}" if sides else f"{channels}"

    @property
    def height(self) -> float:
        """In inches: it grows with the logarithm of the maps' side."""
        if len(self.shape) == 1:
            return 0.2 + 0.085 * math.log2(self.shape[0])
        return 0.15 + 0.19 * math.log2(max(self.shape[1:]) + 1)

    @property
    def thickness(self) -> float:
        """In inches: it grows with the logarithm of the number of maps."""
        one = 0.12 if len(self.shape) == 1 else 0.06 + 0.036 * math.log2(self.shape[0] + 1)
        return one * (1 + 0.25 * min(self.count - 1, 4))

    @property
    def width(self) -> float:
        """In inches, with its labels."""
        letters = max(len(text) for text in (self.label, *self.size.split(" @ ")))
        return max(self.thickness + SLANT, LETTER * letters) + GAP


def network_picture(net: Layer, input_shape: tuple[int, ...]) -> Picture:
    """The maps behind each layer that changes them, from the image at the left to the scores: the
    height of a box grows with the maps' side, its thickness with their number (both by logarithm).
    Convolutions are blue, fully connected layers orange, all others grey; what does not fit into
    one row goes on in the next."""
    blocks = [Block("image", "", tuple(input_shape)), *_blocks(net, tuple(input_shape))]
    if len(blocks) > MOST:
        blocks = _merged(blocks)
    words = ", ".join(f"{block.label} {block.size}" for block in blocks)
    rows = _wrapped(blocks)
    width = max(sum(block.width for block in row) for row in rows) + 0.1
    words = f"A network from the left to the right: {words}."
    heights = [max(block.height for block in row) + ABOVE + BELOW for row in rows]
    picture = Picture(width, sum(heights), words)
    axes = bare_axes(picture, (0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(sum(heights), 0)
    top = 0.0
    for row, height in zip(rows, heights, strict=True):
        left = 0.05
        for block in row:
            _draw(axes, block, left, top + (height + ABOVE - BELOW) / 2)
            left += block.width
        top += height
    return picture


def _blocks(net: Layer, shape: tuple[int, ...]) -> Iterator[Block]:
    parts = list(_opened("net", net))
    if sum(type(part).__name__ not in LEFT_OUT for _, part in parts) < FEW:
        opened = [_opened(name, part) for name, part in parts]
        parts = [part for several in opened for part in several]
    for name, part in parts:
        shape = part.output_shape(shape)
        kind = type(_one_layer(part) or part).__name__
        if kind not in LEFT_OUT:
            yield Block(name, "Sequential" if isinstance(part, Sequential) and not _one_layer(part)
                        else kind, shape)  # fmt: skip


def _opened(name: str, layer: Layer) -> Iterator[tuple[str, Layer]]:
    """A sequence's parts, and theirs: what has branches stays whole, and beside such modules every
    sequence does; so does a layer with its norm and activation. Of a trunk with a head beside it
    the trunk is taken."""
    if isinstance(layer, Auxiliary):
        yield from _opened(name, layer.body)
        return
    if not isinstance(layer, Sequential) or _one_layer(layer) is not None:
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
    return [replace(group[0], count=len(group)) for group in groups]


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
    height, thick = block.height, block.thickness
    x, top = left + (block.width - thick - SLANT) / 2, middle - height / 2
    colour = COLOURS.get(block.kind, "#E4E4E4")
    right, bottom = x + thick, top + height
    front = [(x, top), (right, top), (right, bottom), (x, bottom)]
    roof = [(x, top), (right, top), (right + SLANT, top - SLANT), (x + SLANT, top - SLANT)]
    side = [(right, top), (right, bottom), (right + SLANT, bottom - SLANT), roof[2]]
    for corners, strength in ((front, 1.0), (roof, 0.55), (side, 0.75)):
        face = Polygon(corners, closed=True, facecolor=colour, edgecolor=GREY, linewidth=0.7)
        face.set_alpha(strength)
        axes.add_patch(face)
    centre = left + block.width / 2
    size = block.size.replace(" @ ", "\n")
    above = axes.text(centre, top - SLANT - 0.06, size, fontsize=SMALL, color=BLACK)
    above.set(ha="center", va="bottom", linespacing=1.1)
    below = axes.text(centre, bottom + 0.07, block.label, fontsize=SMALL, color=BLACK)
    below.set(ha="center", va="top")
