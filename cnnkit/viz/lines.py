"""Curves over one axis, side by side: losses over scores, errors over degrees, runs over epochs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from cnnkit.viz.curves import COLOURS
from cnnkit.viz.style import GREY, NORMAL, PAGE, SMALL, Picture, at_least_one, number, plain_axes

DASHES = ("-", "--", "-.", ":")  # told apart without colours, too
HEIGHT, LEFT, BELOW, ABOVE = 3.5, 0.85, 0.62, 0.15  # inches
LEGEND = 0.32  # of the page's width, beside a single panel
FEW = 12  # measurements, each of which gets a dot


def lines_picture(
    x: Any,
    panels: Mapping[str, Mapping[str, Any]],
    across: str,
    *,
    log: bool = False,
    percent: bool = False,
) -> Picture:
    """A panel for each of `panels`, with a scale of its own: what it measures, and its curves by
    their names, one value for each of `x`. `across` is what x measures; with `log` each step along
    it multiplies. `percent`: the values are shares. Where a panel has the curves of the first one,
    the first one's legend is enough.

    ValueError: no panel, no curve, or a curve that has not one value for each x.
    """
    at_least_one(panels, "panel")
    x = np.asarray(x, np.float64)
    for measured, curves in panels.items():
        at_least_one(curves, f"curve of {measured!r}")
        for name, values in curves.items():
            if np.shape(values) != x.shape:
                raise ValueError(
                    f"{name}: expected a value for each of {x.size} places, got {np.shape(values)}"
                )
    picture = Picture(PAGE, HEIGHT, _in_words(x, panels, across))
    side = PAGE * (1 - LEGEND) if len(panels) == 1 else PAGE / len(panels)
    bottom, high = BELOW / HEIGHT, (HEIGHT - BELOW - ABOVE) / HEIGHT
    first = next(iter(panels.values()))
    for i, (measured, curves) in enumerate(panels.items()):
        left, wide = (i * side + LEFT) / PAGE, (side - LEFT - ABOVE) / PAGE
        axes = plain_axes(picture, (left, bottom, wide, high))
        _draw_curves(axes, x, curves)
        axes.set_xlabel(across, fontsize=NORMAL)
        axes.set_ylabel(measured, fontsize=NORMAL)
        _scale(axes, x, log, percent)
        if len(panels) == 1:
            axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, fontsize=SMALL)
        elif i == 0 or list(curves) != list(first):
            axes.legend(frameon=False, fontsize=SMALL, handlelength=2.6)
    return picture


def _draw_curves(axes: Axes, x: np.ndarray, curves: Mapping[str, Any]) -> None:
    dot = "o" if len(x) <= FEW else ""
    for n, (name, values) in enumerate(curves.items()):
        look: dict[str, Any] = {"color": COLOURS[n % len(COLOURS)], "marker": dot}
        axes.plot(x, values, DASHES[n % len(DASHES)], linewidth=2, label=name, **look)
    low, high = axes.get_ylim()
    if low <= 0 <= high:  # elsewhere it would press the curves together
        axes.axhline(0, color=GREY, linewidth=0.8, zorder=0)


def _scale(axes: Axes, x: np.ndarray, log: bool, percent: bool) -> None:
    if log:
        axes.set_xscale("log")
        axes.minorticks_off()
        axes.set_xticks(x, [f"{tick:,g}" for tick in x])
    elif (x == np.round(x)).all():  # there is no epoch 2.5
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if percent:
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def _in_words(x: np.ndarray, panels: Mapping[str, Mapping[str, Any]], across: str) -> str:
    """Where each curve begins, ends and is lowest."""
    words = f"Over {across}, from {number(x[0])} to {number(x[-1])}:"
    for measured, curves in panels.items():
        said = [
            f"{name} goes from {number(values[0])} to {number(values[-1])}, lowest "
            f"{number(np.min(values))} at {number(x[int(np.argmin(values))])}"
            for name, values in curves.items()
        ]
        words += f" {measured}: {'; '.join(said)}."
    return words
