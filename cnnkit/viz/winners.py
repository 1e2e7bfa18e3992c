"""The winners of a challenge side by side: what they reached, and at what price."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from matplotlib.axes import Axes

from cnnkit.viz.style import (
    BLUE,
    GREY,
    NORMAL,
    ORANGE,
    PAGE,
    SMALL,
    Picture,
    at_least_one,
    bare_axes,
)

ROW, BELOW = 1.32, 0.55  # inches: a row of bars, and the names below the last
LEFT, WIDE = 0.24, 0.75  # of the axes, in the picture: what is left of them names the rows


class Winner(Protocol):
    """What is drawn of a network."""

    @property
    def title(self) -> str: ...

    @property
    def year(self) -> int: ...

    @property
    def depth(self) -> int: ...

    @property
    def parameters(self) -> int: ...

    @property
    def macs(self) -> int: ...

    @property
    def error(self) -> float | None: ...


ROWS: dict[str, Callable[[Winner], float | None]] = {
    "top-5 error\nin percent": lambda net: net.error,
    "layers with\nweights": lambda net: net.depth,
    "parameters\nin millions": lambda net: net.parameters / 1e6,
    "multiply-adds\nin billions": lambda net: net.macs / 1e9,
}


def winners_picture(facts: Sequence[Winner], own: Winner | None = None) -> Picture:
    """Networks from left to right, below one another their error, depth, parameters and
    multiply-adds, a bar each, from 0; a network of one's `own` is the last, in another colour, and
    may have no error. ValueError: no network, or none with an error."""
    at_least_one([net for net in facts if net.error is not None], "network with an error")
    nets = [*facts, *([own] if own is not None else [])]
    height = ROW * len(ROWS) + BELOW
    picture = Picture(PAGE, height, _in_words(nets))
    for row, (name, value) in enumerate(ROWS.items()):
        bottom = BELOW + ROW * (len(ROWS) - 1 - row)
        axes = bare_axes(picture, (LEFT, bottom / height, WIDE, 0.92 * ROW / height))
        _draw_bars(axes, [value(net) for net in nets], [_colour(net, own) for net in nets])
        middle = (bottom + 0.4 * ROW) / height
        picture.text(0.01, middle, name, fontsize=NORMAL, va="center")
    for x, net in enumerate(nets):
        place = (LEFT + WIDE * (x + 0.5) / len(nets), (BELOW - 0.1) / height)
        picture.text(*place, f"{net.title}\n{net.year}", fontsize=SMALL, ha="center", va="top")
    return picture


def _colour(net: Winner, own: Winner | None) -> str:
    return ORANGE if net is own else BLUE


def _draw_bars(axes: Axes, values: Sequence[float | None], colours: Sequence[str]) -> None:
    """A bar for each value, which stands above it."""
    highest = max(value for value in values if value is not None)
    axes.set_xlim(-0.5, len(values) - 0.5)
    axes.set_ylim(0, 1.3 * highest)
    axes.axhline(0, color=GREY, linewidth=1.6)
    for x, (value, colour) in enumerate(zip(values, colours, strict=True)):
        axes.bar(x, value or 0, 0.55, color=colour)
        label = axes.text(x, (value or 0) + 0.05 * highest, said(value), fontsize=SMALL)
        label.set(ha="center", va="bottom")


def said(value: float | None) -> str:
    """A figure in three digits, "?" where there is none."""
    return "?" if value is None else f"{value:.3g}"


def _in_words(nets: Sequence[Winner]) -> str:
    told = [
        f"{net.title} ({net.year}) "
        + ", ".join(f"{' '.join(name.split())} {said(value(net))}" for name, value in ROWS.items())
        for net in nets
    ]
    return f"Networks by year: {'; '.join(told)}."
