"""Networks drawn from their definition, as papers draw them, and what their units see."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle

from cnnkit.layers import Layer
from cnnkit.summary import Row, Summary
from cnnkit.viz.style import BLACK, GREY, NORMAL, ORANGE, PAGE, SKY, VERMILION, Picture, bare_axes

SMALL = 8.5  # points
MOST = 12  # blocks in one row; of a deeper network equal neighbours are drawn as one
# What changes no shape and has no weights worth a block of its own.
LEFT_OUT = {"ReLU", "ReLU6", "Tanh", "Sigmoid", "ScaledTanh", "SiLU", "Dropout", "Flatten"}
LEFT_OUT |= {
    "BatchNorm2d",
    "LocalResponseNorm",
    "Softmax",
    "LogSoftmax",
    "ZeroPad2d",
    "Standardize",
}
LEFT_OUT |= {"BatchNorm1d", "Identity", "LeakyReLU", "ELU", "PReLU", "HistoricalDropout"}
COLOURS = {"Conv2d": SKY, "ConvTranspose2d": SKY, "Linear": ORANGE, "RBF": ORANGE}


@dataclass(frozen=True)
class Block:
    """What is drawn as one box: the maps behind some layers, and what made them."""

    name: str
    kind: str
    shape: tuple[int, ...]
    count: int = 1

    @property
    def size(self) -> str:
        """ "96 @ 55×55", or "4096" for a vector."""
        channels, *sides = self.shape
        return f"{channels} @ {'×'.join(map(str, sides))}" if sides else f"{channels}"


def network_picture(net: Layer, input_shape: tuple[int, ...]) -> Picture:
    """The maps behind each layer that changes them, from the image at the left to the scores: the
    height of a box grows with the maps' side, its thickness with their number (both by logarithm).
    Convolutions are blue, fully connected layers orange, all others grey."""
    image = Block("image", "", tuple(input_shape))
    blocks = [image, *_blocks(net, net.summary(input_shape))]
    if len(blocks) > MOST:
        blocks = _merged(blocks)
    picture = Picture(PAGE, 2.9)
    axes = bare_axes(picture, (0.005, 0, 0.99, 1))
    thick = [_thickness(block) for block in blocks]
    gap = max(0.35, 6.0 / len(blocks))
    x, largest = 0.0, max(_height(block) for block in blocks)
    for block, width in zip(blocks, thick, strict=True):
        _box(axes, block, x, width, largest, crowded=len(blocks) > 9)
        x += width + gap
    axes.set_xlim(-0.45, x - gap + 1.0)
    axes.set_ylim(-1.1, largest + 1.1)
    return picture


def receptive_fields_picture(
    photo: np.ndarray,
    summary: Summary,
    names: list[str] | None = None,
    width: float = PAGE,
) -> Picture:
    """What one unit in the middle of each layer sees of a photograph (3, H, W) or (1, H, W) of
    uint8: the frame is its receptive field. `names` are the layers (default: those whose field is
    larger than the one before, at most eight), `width` the picture's in inches. ValueError: no such
    layer, or it sees no image."""
    rows = {row.name: row for row in summary.rows}
    chosen = [_named(rows, name) for name in names] if names else _growing(summary.rows)
    height, across = photo.shape[1:]
    columns = min(4, len(chosen))
    side = width / columns
    high = side * height / across
    picture = Picture(width, -(-len(chosen) // columns) * (high + 0.3))
    total = picture.get_size_inches()[1]
    shown = photo[0] if len(photo) == 1 else photo.transpose(1, 2, 0)
    for i, row in enumerate(chosen):
        bottom = total - (i // columns + 1) * (high + 0.3)
        box = ((i % columns) * side / width, bottom / total, 0.97 * side / width, high / total)
        axes = bare_axes(picture, box)
        field = row.receptive_field
        rows_seen, columns_seen = field if isinstance(field, tuple) else (field or 1, field or 1)
        axes.set_title(
            f"{row.name}: {rows_seen}×{columns_seen}", fontsize=NORMAL, loc="left", pad=3
        )
        axes.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="antialiased")
        columns_seen, rows_seen = min(columns_seen, across), min(rows_seen, height)
        left, top = (across - columns_seen) / 2 - 0.5, (height - rows_seen) / 2 - 0.5
        frame = Rectangle((left, top), columns_seen, rows_seen, fill=False)
        frame.set(edgecolor=VERMILION, linewidth=2.5)
        axes.add_patch(frame)
    return picture


def _blocks(net: Layer, summary: Summary) -> list[Block]:
    rows = [row for row in summary.rows if row.layer not in LEFT_OUT]
    leaves = [row for row in rows if row.layer not in ("Residual", "Concat")]
    branched = len(leaves) < len(rows)
    if len(leaves) <= MOST and not branched:
        return [Block(row.name.rpartition(".")[2], row.layer, row.output_shape) for row in leaves]
    parts: dict[str, Block] = {}
    for row in summary.rows:  # the last row of a part is what comes out of it
        name = _part(row.name, rows)
        kind = type(dict(net.named_layers())[name]).__name__
        parts[name] = Block(name, kind, row.output_shape)
    return [block for block in parts.values() if block.kind not in LEFT_OUT]


def _merged(blocks: list[Block]) -> list[Block]:
    """Neighbours of one kind and shape as one block, which says how many they are."""
    groups = [list(group) for _, group in groupby(blocks, lambda block: (block.kind, block.shape))]
    return [
        group[0] if len(group) == 1 else replace(group[0], name=f"{len(group)}×", count=len(group))
        for group in groups
    ]


def _part(name: str, rows: list[Row]) -> str:
    """The first parts of a dotted name; two of them where the network's own parts are few."""
    pieces = name.split(".")
    top = {row.name.split(".")[0] for row in rows}
    two = {".".join(row.name.split(".")[:2]) for row in rows}
    return ".".join(pieces[:2]) if len(top) < 5 and len(two) <= 2 * MOST else pieces[0]


def _height(block: Block) -> float:
    if len(block.shape) == 1:
        return 0.3 + 0.14 * math.log2(block.shape[0])
    return 0.25 + 0.32 * math.log2(max(block.shape[1:]) + 1)


def _thickness(block: Block) -> float:
    one = 0.16 if len(block.shape) == 1 else 0.1 + 0.11 * math.log2(block.shape[0] + 1)
    return one * (1 + 0.25 * (block.count - 1))


def _box(axes: Axes, block: Block, x: float, width: float, largest: float, crowded: bool) -> None:
    """A slab in perspective, its size above and its name below."""
    height = _height(block)
    bottom, slant = (largest - height) / 2, 0.16
    colour = COLOURS.get(block.kind, "#E4E4E4")
    front = [(x, bottom), (x + width, bottom), (x + width, bottom + height), (x, bottom + height)]
    roof = [front[3], front[2], (x + width + slant, bottom + height + slant)]
    roof.append((x + slant, bottom + height + slant))
    side = [front[1], front[2], roof[2], (x + width + slant, bottom + slant)]
    for corners, strength in ((front, 1.0), (roof, 0.55), (side, 0.75)):
        face = Polygon(corners, closed=True, facecolor=colour, edgecolor=GREY, linewidth=0.7)
        face.set_alpha(strength)
        axes.add_patch(face)
    middle = x + width / 2 + slant / 2
    turned = {"rotation": 30, "rotation_mode": "anchor"} if crowded else {}
    size = axes.text(middle, bottom + height + 0.26, block.size, fontsize=SMALL, color=BLACK)
    name = axes.text(middle, bottom - 0.12, block.name, fontsize=SMALL, va="top")
    size.set(ha="left" if crowded else "center", **turned)
    name.set(ha="right" if crowded and len(block.name) > 5 else "center")
    if crowded and len(block.name) > 5:
        name.set(**turned)


def _named(rows: dict[str, Row], name: str) -> Row:
    if name not in rows or rows[name].receptive_field is None:
        known = ", ".join(n for n, row in rows.items() if row.receptive_field is not None)
        raise ValueError(f"no layer {name!r} that sees an image; there are {known}")
    return rows[name]


def _growing(rows: list[Row], most: int = 8) -> list[Row]:
    """Rows whose field is larger than all before, spread over the depth."""
    chosen: list[Row] = []
    seen = (1, 1)
    for row in rows:
        field = row.receptive_field
        if field is None or row.layer in LEFT_OUT:
            continue
        pair = field if isinstance(field, tuple) else (field, field)
        if pair > seen:
            chosen.append(row)
            seen = pair
    if not chosen:
        raise ValueError("no layer sees more than one pixel of an image")
    picks = np.unique(np.linspace(0, len(chosen) - 1, min(most, len(chosen))).round().astype(int))
    return [chosen[i] for i in picks]
