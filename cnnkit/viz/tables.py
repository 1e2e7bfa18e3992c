"""Pictures of tables of networks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from matplotlib.axes import Axes

from cnnkit.viz.style import GREY, NORMAL, PAGE, SKY, SMALL, Picture, at_least_one, plain_axes

HEIGHT = 5.6  # inches
FRAME = (0.08, 0.11, 0.9, 0.86)  # of the axes, in the picture
LARGEST = 28.0  # points: the radius of the most parameters
KEY = (1e6, 1e7, 1e8)  # parameters, drawn to compare with


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

    @property
    def top1(self) -> float | None: ...


def models_picture(facts: Sequence[Counted]) -> Picture:
    """Networks as Canziani, Paszke and Culurciello draw them (An Analysis of Deep Neural Network
    Models for Practical Applications, 2016, figure 2): accuracy (up) against multiply-adds for an
    image (right, logarithmic), parameters as the circle's area. High and left is accurate and fast,
    a small circle is small. ValueError: no network, or one without an accuracy."""
    at_least_one(facts, "network")
    words = "Networks by their accuracy and their multiply-adds, the most accurate first: "
    words += ", ".join(
        f"{fact.title} {_accuracy(fact):.1f} % with {fact.macs / 1e9:.2g} billion"
        for fact in sorted(facts, key=lambda fact: -_accuracy(fact))
    )
    picture = Picture(PAGE, HEIGHT, f"{words}.")
    axes = plain_axes(picture, FRAME)
    axes.set_xscale("log")
    axes.set_xlim(1.6e8, 6e10)
    values = [_accuracy(fact) for fact in facts]
    axes.set_ylim(min(values) - 5, max(values) + 3)
    scale = LARGEST / math.sqrt(max(fact.parameters for fact in facts))
    for fact in sorted(facts, key=lambda fact: -fact.parameters):  # the small ones on top
        _circle(axes, fact.macs, _accuracy(fact), scale * math.sqrt(fact.parameters))
    _label(axes, facts, scale)
    _key(axes, scale)
    axes.set_xlabel("multiply-adds for one image", fontsize=NORMAL)
    axes.set_ylabel("top-1 accuracy on ImageNet, one crop", fontsize=NORMAL)
    axes.yaxis.set_major_formatter("{x:.0f}%")
    return picture


def _accuracy(fact: Counted) -> float:
    if fact.top1 is None:
        raise ValueError(f"{fact.title} has no published accuracy that could be drawn")
    return fact.top1


def _circle(axes: Axes, x: float, y: float, radius: float) -> None:
    """Of a radius in points; its middle is a dot."""
    axes.plot(x, y, "o", markersize=2 * radius, color=SKY, alpha=0.45, zorder=2)
    [edge] = axes.plot(x, y, "o", markersize=2 * radius, zorder=2)
    edge.set(markerfacecolor="none", markeredgecolor=GREY, markeredgewidth=0.8)
    axes.plot(x, y, "o", markersize=3, color="black", zorder=3)


def _key(axes: Axes, scale: float) -> None:
    """How many parameters an area is, at the lower right."""
    right, low = axes.get_xlim()[1], axes.get_ylim()[0]
    places = [right / 2 ** (2.45 - i) for i in range(len(KEY))]
    for x, parameters in zip(places, KEY, strict=True):
        _circle(axes, x, low + 2.4, scale * math.sqrt(parameters))
        _above(axes, (x, low + 2.4), 32, f"{parameters / 1e6:.0f} M")
    _above(axes, (places[1], low + 2.4), 48, "parameters")


def _above(axes: Axes, place: tuple[float, float], points: float, text: str) -> None:
    label = axes.annotate(text, place, (0, points), textcoords="offset points")
    label.set(fontsize=SMALL, ha="center", color=GREY)


def _label(axes: Axes, facts: Sequence[Counted], scale: float) -> None:
    """Write each network's name and year beside its circle, where it covers as little as can be of
    other names and circles."""
    dots = [_points(axes, fact) for fact in facts]
    radii = [scale * math.sqrt(fact.parameters) for fact in facts]
    sides = [max(4.0, 0.85 * radius) for radius in radii]  # of a square of about the circle's area
    taken = [(x - a, y - a, x + a, y + a) for (x, y), a in zip(dots, sides, strict=True)]
    taken.append((-1000.0, 0.0, 0.0, 1000.0))  # what is left of the axes
    for fact, (x, y), radius in zip(facts, dots, radii, strict=True):
        text, away = f"{fact.title}, {fact.year}", radius + 3
        width = 0.56 * SMALL * len(text)
        before = {"left": 0.0, "center": width / 2, "right": width}
        choices = [("left", away, -4.0), ("right", -away, -4.0), ("center", 0.0, away)]
        choices += [("center", 0.0, -away - SMALL), ("left", away, 8.0), ("left", away, -16.0)]
        choices += [("right", -away, 8.0), ("right", -away, -16.0)]
        lefts = [x + dx - before[side] for side, dx, _ in choices]
        boxes = [
            (left, y + dy, left + width, y + dy + SMALL)
            for left, (_, _, dy) in zip(lefts, choices, strict=True)
        ]
        covered = [sum(_overlap(box, other) for other in taken) for box in boxes]
        best = covered.index(min(covered))
        taken.append(boxes[best])
        axes.annotate(
            text,
            (fact.macs, _accuracy(fact)),
            xytext=choices[best][1:],
            ha=choices[best][0],
            textcoords="offset points",
            fontsize=SMALL,
            zorder=4,
        )


def _points(axes: Axes, fact: Counted) -> tuple[float, float]:
    """Where a network's dot is, in points from the lower left of the axes."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    x = math.log(fact.macs / left) / math.log(right / left)
    y = (_accuracy(fact) - low) / (high - low)
    return 72 * PAGE * FRAME[2] * x, 72 * HEIGHT * FRAME[3] * y


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """The area that two boxes (left, low, right, high) share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)
