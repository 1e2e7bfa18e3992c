"""Networks drawn from their definition, as papers draw them."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Polygon, Rectangle

from cnnkit.layers import Layer
from cnnkit.viz.slabs import (
    APART,
    IDENTITY,
    LETTER,
    OTHER,
    PROJECTION,
    Block,
    network_blocks,
)
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

LEGEND = {"convolution": SKY, "fully connected": ORANGE, "module": GREEN}
LEGEND |= {"pooling, other": OTHER}
WAYS = {IDENTITY: ("shortcut x", "-"), PROJECTION: ("shortcut Wx", (0, (2, 1.2)))}
SCALE = "height: √ of the side, thickness: log of the maps"
ABOVE, BELOW = 0.5, 0.58  # inches for the labels
ARC = 0.2  # inches: how high a shortcut rises


def network_picture(net: Layer, input_shape: tuple[int, ...]) -> Picture:
    """The maps behind each layer that changes them, from the image at the left to the scores: the
    height of a box grows with the root of the maps' side, its thickness with the logarithm of their
    number. Below each stand its window and (/2) stride; an arc over a module is its shortcut,
    dashed where it is a projection. What does not fit into one row goes on in the next."""
    blocks = network_blocks(net, tuple(input_shape))
    words = ", ".join(block.words for block in blocks)
    rows = _wrapped(blocks)
    width = max(sum(block.width for block in row) for row in rows) + 0.1
    entries = _entries(blocks)
    width = max(width, sum(_entry_width(name) for name, _ in entries) + 0.1, LETTER * len(SCALE))
    above = [ABOVE + ARC * any(any(block.ways) for block in row) for row in rows]
    heights = [
        max(b.height + b.slant for b in row) + over + BELOW
        for row, over in zip(rows, above, strict=True)
    ]
    total = sum(heights) + 0.6
    picture = Picture(width, total, f"A network from the left to the right: {words}.")
    axes = bare_axes(picture, (0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(total, 0)
    top = 0.0
    for row, height, over in zip(rows, heights, above, strict=True):
        ground = top + over + (height - over - BELOW) / 2
        axes.plot([0.05, sum(block.width for block in row)], [ground] * 2, color=LINE, zorder=0)
        left = 0.05
        for block in row:
            _draw(axes, block, left, ground)
            left += block.width
        top += height
    _legend(axes, entries, total - 0.55)
    axes.text(0.1, total - 0.14, SCALE, fontsize=SMALL, va="center", color=GREY)
    return picture


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
    """Its slabs with their shortcuts, its size above and its name below."""
    top = middle - (block.height - block.slant) / 2
    bottom = top + block.height
    x, over = left + (block.width - block.extent) / 2, top - block.slant - 0.05
    for way in block.drawn:
        if way is None:
            axes.text(x + block.thickness / 2, middle, "⋯", ha="center", va="center", zorder=3)
        else:
            _slab(axes, block, x, top, bottom)
            if way:
                _arc(axes, way, (x - APART, x + block.thickness + APART), top - block.slant)
        x += block.thickness + block.apart
    centre = left + block.width / 2
    size = block.size.replace(" @ ", " @\n")
    above = axes.text(centre, over - ARC * any(block.ways), size, fontsize=SMALL, color=BLACK)
    above.set(ha="center", va="bottom", linespacing=1.05)
    below = axes.text(centre, bottom + 0.06, block.label, fontsize=SMALL, color=BLACK)
    below.set(ha="center", va="top", linespacing=1.1)


def _slab(axes: Axes, block: Block, x: float, top: float, bottom: float) -> None:
    """One box in perspective, with its front's corner at (x, top)."""
    right, slant = x + block.thickness, block.slant
    front = [(x, top), (right, top), (right, bottom), (x, bottom)]
    roof = [(x, top), (right, top), (right + slant, top - slant), (x + slant, top - slant)]
    side = [(right, top), (right, bottom), (right + slant, bottom - slant), roof[2]]
    for corners, strength in ((front, 1.0), (roof, 0.55), (side, 0.75)):
        under = Polygon(corners, closed=True, facecolor="white", edgecolor="none")
        face = Polygon(corners, closed=True, facecolor=block.colour, edgecolor=GREY, linewidth=0.7)
        face.set_alpha(strength)
        axes.add_patch(under)
        axes.add_patch(face)


def _arc(axes: Axes, way: str, ends: tuple[float, float], roof: float) -> None:
    """A shortcut over a module."""
    start, end = ends
    rise = ARC / (end - start)
    arrow = FancyArrowPatch(
        (start, roof),
        (end, roof),
        connectionstyle=f"arc3,rad={-1.6 * rise}",
        arrowstyle="-|>",
        mutation_scale=7,
        shrinkA=0,
        shrinkB=0,
    )
    arrow.set(color=BLACK, linewidth=1.1, linestyle=WAYS[way][1], zorder=4)
    axes.add_patch(arrow)


def _entries(blocks: list[Block]) -> list[tuple[str, str]]:
    """What the legend says, of what is there: a name and its colour, or its shortcut."""
    colours = {block.colour for block in blocks}
    ways = {way for block in blocks for way in block.ways}
    entries = [(name, colour) for name, colour in LEGEND.items() if colour in colours]
    return entries + [(name, way) for way, (name, _) in WAYS.items() if way in ways]


def _legend(axes: Axes, entries: list[tuple[str, str]], top: float) -> None:
    left = 0.1
    for name, look in entries:
        if look in WAYS:
            axes.plot(
                [left - 0.05, left + 0.18], [top + 0.08] * 2, color=BLACK, linestyle=WAYS[look][1]
            )
        else:
            axes.add_patch(Rectangle((left, top), 0.16, 0.16, facecolor=look, edgecolor=GREY))
        axes.text(left + 0.24, top + 0.08, name, fontsize=SMALL, va="center", color=GREY)
        left += _entry_width(name)


def _entry_width(name: str) -> float:
    return 0.5 + LETTER * len(name)
