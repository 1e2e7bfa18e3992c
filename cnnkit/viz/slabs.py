"""What of a network's definition is drawn as a box each, and how large it is."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cnnkit.layers import Auxiliary, Concat, Conv2d, Layer, Residual, Sequential
from cnnkit.viz.style import GREEN, ORANGE, SKY

MOST = 13  # blocks; of a deeper network equal neighbours are drawn as one
FEW = 5  # parts; a network of fewer is opened one level further
# What changes no shape and has no weights worth a block of its own.
LEFT_OUT = {"ReLU", "ReLU6", "LeakyReLU", "ELU", "PReLU", "SiLU", "Tanh", "ScaledTanh", "Sigmoid"}
LEFT_OUT |= {"BatchNorm1d", "BatchNorm2d", "LocalResponseNorm", "Dropout", "HistoricalDropout"}
LEFT_OUT |= {"Identity", "Softmax", "LogSoftmax", "Standardize", "ZeroPad2d"}
MODULES = {"Concat", "Residual", "Sequential"}
CONVOLUTIONS = {"Conv2d": "conv", "ConvTranspose2d": "deconv"}
OTHER = "#E4E4E4"
LETTER, GAP = 0.092, 0.2  # inches: a letter of a label, between two labels
TALLEST = 1.55  # inches
APART = 0.05  # inches on each side of one of several slabs, and their shortcuts
SLABS = 8  # of more only the first and the last are drawn
IDENTITY, PROJECTION = "identity", "projection"  # the ways round a residual module


@dataclass(frozen=True)
class Block:
    """What is drawn as one box: a layer or module, and the maps that come out of it."""

    name: str
    layer: Layer | None
    shape: tuple[int, ...]
    largest: int  # side of the network's maps
    count: int = 1
    details: tuple[str, ...] = ()  # of all that it stands for, if they differ
    ways: tuple[str, ...] = ("",)  # round each of the layers or modules that it stands for

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
        first = f"{self.count}× {what}" if self.count > 1 else what.replace("Flatten", "flatten")
        if self.name and not self.name.isdigit():
            first = self.name
        return f"{first}\n{', '.join(self.details) or self.detail}"

    @property
    def _connected(self) -> bool:
        return self.kind in ("Linear", "RBF")

    @property
    def detail(self) -> str:
        """The window and (/2) stride of a layer, or how many modules a stage has."""
        layer = self.layer and (_one_layer(self.layer) or self.layer)
        if isinstance(layer, Sequential) and len(self.ways) > 1:
            return f"{len(self.ways)} modules"
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
    def words(self) -> str:
        """What is seen of it."""
        text = f"{self.label.replace(chr(10), ' ').strip()} {self.size}"
        if shortcuts := [way for way in self.ways if way]:
            counts = (f"{len(list(same))} {way}" for way, same in itertools.groupby(shortcuts))
            text += f" (shortcuts: {' and '.join(counts)})"
        return text

    @property
    def drawn(self) -> tuple[str | None, ...]:
        """The way round each slab; None stands for slabs that are left out."""
        if len(self.ways) <= SLABS:
            return self.ways
        return (*self.ways[:3], None, self.ways[-1])

    @property
    def apart(self) -> float:
        """In inches: from slab to slab, which hide one another in part."""
        return 2 * APART if any(self.ways) else APART

    @property
    def extent(self) -> float:
        """In inches: of all slabs."""
        slabs = len(self.drawn)
        return slabs * self.thickness + (slabs - 1) * self.apart + self.slant

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
        return 0.1 if len(self.shape) == 1 else 0.04 + 0.03 * math.log2(self.shape[0] + 1)

    @property
    def width(self) -> float:
        """In inches, with its labels."""
        texts = (*self.label.split("\n"), *self.size.split(" @ "))
        return max(self.extent, LETTER * max(map(len, texts))) + GAP


def size_of(shape: tuple[int, ...]) -> str:
    """ "96 @ 55×55", or "4096" for a vector."""
    channels, *sides = shape
    return f"{channels} @ {'×'.join(map(str, sides))}" if sides else f"{channels}"


def network_blocks(net: Layer, input_shape: tuple[int, ...]) -> list[Block]:
    """The image and the maps behind each layer that changes them; of a deep network equal
    neighbours are one block."""
    blocks = list(_blocks(net, input_shape))
    return _merged(blocks) if len(blocks) > MOST else blocks


def _blocks(net: Layer, shape: tuple[int, ...]) -> Iterator[Block]:
    parts = list(_opened("", net))
    if sum(type(part).__name__ not in {*LEFT_OUT, "Flatten"} for _, part in parts) < FEW:
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
        block = Block(name, part, shape, largest, ways=_ways(part) or ("",))
        # An adaptive pooling of what fits already; flattening of what has one value for each map.
        idle = "Pool" in block.kind and shape == before
        idle |= block.kind == "Flatten" and shape[0] == before[0]
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


def _ways(layer: Layer) -> tuple[str, ...]:
    """Of each module of a stage its way round, "" where it has none."""
    if isinstance(layer, Residual):
        return (PROJECTION if "shortcut" in layer.children() else IDENTITY,)
    if isinstance(layer, Sequential):
        if not _branched(layer):
            return ()
        modules = [p for p in layer if _branched(p) or isinstance(p, Sequential)]
        return tuple(way for part in modules for way in _ways(part) or ("",))
    return ("",)


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
    alike = itertools.groupby(blocks, lambda block: (block.kind, block.shape))
    groups = [list(group) for _, group in alike]
    return [
        replace(
            group[0],
            name=span([block.name for block in group]),
            count=len(group),
            details=tuple(dict.fromkeys(block.detail for block in group)),
            ways=tuple(way for block in group for way in block.ways),
        )
        for group in groups
    ]


def span(names: Sequence[str]) -> str:
    """What neighbours are called together, inception4a–4c; "" if the names come again, as in
    stages of which each counts from 1."""
    first, last = names[0], names[-1]
    if len(names) == 1 or first.isdigit():
        return first
    if len(set(names)) < len(names):
        return ""
    letters = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    common = "".join(letter for letter, _ in letters).rstrip("0123456789")
    return f"{first}–{last[len(common) :]}"
