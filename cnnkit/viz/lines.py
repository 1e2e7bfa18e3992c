"""Curves over one axis, side by side: losses over scores, errors over degrees, runs over epochs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from cnnkit.viz.curves import COLOURS
from cnnkit.viz.style import GREY, NORMAL, PAGE, SMALL, Picture, at_least_one, number, plain_axes

DASHES = ("-", "--", "-.", ":")  # told apart without colours, too
HEIGHT, LEFT, BELOW, ABOVE = 3.5, 0.85, 0.62, 0.15  # inches


def lines_picture(x: Any, panels: Mapping[str, Mapping[str, Any]], across: str) -> Picture:
    """A panel for each of `panels`, with a scale of its own: what it measures, and its curves by
    their names, one value for each of `x`. `across` is what x measures. Where a panel has the
    curves of the first one, the first one's legend is enough.

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
    side = PAGE / len(panels)
    bottom, high = BELOW / HEIGHT, (HEIGHT - BELOW - ABOVE) / HEIGHT
    for i, (measured, curves) in enumerate(panels.items()):
        left, wide = (i * side + LEFT) / PAGE, (side - LEFT - ABOVE) / PAGE
        axes = plain_axes(picture, (left, bottom, wide, high))
        axes.axhline(0, color=GREY, linewidth=0.8)
        for n, (name, values) in enumerate(curves.items()):
            colour, dash = COLOURS[n % len(COLOURS)], DASHES[n % len(DASHES)]
            axes.plot(x, values, dash, color=colour, linewidth=2, label=name)
        axes.set_xlabel(across, fontsize=NORMAL)
        axes.set_ylabel(measured, fontsize=NORMAL)
        if i == 0 or list(curves) != list(next(iter(panels.values()))):
            axes.legend(frameon=False, fontsize=SMALL, handlelength=2.6)
        if (x == np.round(x)).all():  # there is no epoch 2.5
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return picture


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
