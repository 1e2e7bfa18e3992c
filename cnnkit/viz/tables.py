"""Pictures of tables of networks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import Normalize

from cnnkit.viz.style import BLACK, GREY, LINE, NORMAL, PAGE, SMALL, Picture

DOT = 6.0  # points: the radius of a dot with some room
HEIGHT = 5.4  # inches
FRAME = (0.08, 0.11, 0.9, 0.86)  # of the axes, in the picture


class Counted(Protocol):
    """What is drawn of a network."""

    @property
    def title(self) -> str: ...

    @property
    def year(self) -> int: ...

    @property
    def parameters(self) -> int: ...

    @property
    def macs(self) -> int: ...


def models_picture(facts: Sequence[Counted]) -> Picture:
    """Networks: parameters (up) against multiply-adds for an image (right), both logarithmic; the
    darker, the later. Low and left is small and fast."""
    words = "Networks by multiply-adds and parameters, the smallest first: "
    words += ", ".join(fact.title for fact in sorted(facts, key=lambda fact: fact.macs))
    picture = Picture(PAGE, HEIGHT, f"{words}.")
    axes = picture.add_axes(FRAME)
    place = Normalize(min(f.year for f in facts) - 1, max(f.year for f in facts))
    colours = mpl.colormaps["viridis_r"]
    for fact in facts:
        colour = colours(place(fact.year))
        axes.scatter(fact.macs, fact.parameters, s=70, color=colour, edgecolor=BLACK, zorder=3)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(5e7, 9e10)
    axes.set_ylim(8e5, 3e8)
    _label(axes, facts)
    axes.set_xlabel("multiply-adds for one image", fontsize=NORMAL)
    axes.set_ylabel("parameters", fontsize=NORMAL)
    axes.grid(color=LINE, linewidth=0.6, zorder=0)
    axes.tick_params(colors=GREY)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return picture


def _label(axes: Axes, facts: Sequence[Counted]) -> None:
    """Write each network's name beside its dot, where it covers no dot and no other name."""
    dots = [_points(axes, fact) for fact in facts]
    taken = [(x - DOT, y - DOT, x + DOT, y + DOT) for x, y in dots]
    for fact, (x, y) in zip(facts, dots, strict=True):
        text = f"{fact.title}, {fact.year}"
        width = 0.6 * SMALL * len(text)
        choices = [(DOT, -4.0), (-DOT - width, -4.0), (-width / 2, DOT), (-width / 2, -DOT - SMALL)]
        choices += [(DOT, 6.0), (DOT, -14.0), (-DOT - width, 6.0), (-DOT - width, -14.0)]
        boxes = [(x + dx, y + dy, x + dx + width, y + dy + SMALL) for dx, dy in choices]
        covered = [sum(_overlap(box, other) for other in taken) for box in boxes]
        best = covered.index(min(covered))
        taken.append(boxes[best])
        axes.annotate(
            text,
            (fact.macs, fact.parameters),
            xytext=choices[best],
            textcoords="offset points",
            fontsize=SMALL,
        )


def _points(axes: Axes, fact: Counted) -> tuple[float, float]:
    """Where a network's dot is, in points from the lower left of the axes."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    x = math.log(fact.macs / left) / math.log(right / left)
    y = math.log(fact.parameters / low) / math.log(high / low)
    return 72 * PAGE * FRAME[2] * x, 72 * HEIGHT * FRAME[3] * y


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """The area that two boxes (left, low, right, high) share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)
