"""Curves over one axis, side by side: losses over scores, errors over degrees, runs over epochs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnkit.viz.curves import COLOURS
from cnnkit.viz.style import (
    GREY,
    NORMAL,
    PAGE,
    SMALL,
    Picture,
    at_least_one,
    number,
    plain_axes,
)

DASHES = ("-", "--", "-.", ":")  # told apart without colours, too
HEIGHT, LEFT, BETWEEN, BELOW = 3.5, 0.85, 0.55, 0.62  # inches


def lines_picture(x: Any, panels: Mapping[str, Mapping[str, Any]], across: str, up: str) -> Picture:
    """A panel for each of `panels`, which maps a title to curves by their names: one value for each
    of `x`. `across` and `up` name the axes; all panels have one scale.

    ValueError: no panel, no curve, or a curve that has not one value for each x.
    """
    at_least_one(panels, "panel")
    x = np.asarray(x, np.float64)
    for title, curves in panels.items():
        at_least_one(curves, f"curve in {title!r}")
        for name, values in curves.items():
            if np.shape(values) != x.shape:
                raise ValueError(
                    f"{name}: expected a value for each of {x.size} places, got {np.shape(values)}"
                )
    picture = Picture(PAGE, HEIGHT, _in_words(x, panels, across, up))
    wide = (PAGE - LEFT - 0.15 - BETWEEN * (len(panels) - 1)) / len(panels)
    for i, (title, curves) in enumerate(panels.items()):
        left = (LEFT + i * (wide + BETWEEN)) / PAGE
        axes = plain_axes(
            picture, (left, BELOW / HEIGHT, wide / PAGE, (HEIGHT - BELOW - 0.35) / HEIGHT)
        )
        axes.axhline(0, color=GREY, linewidth=0.8)
        for n, (name, values) in enumerate(curves.items()):
            colour, dash = COLOURS[n % len(COLOURS)], DASHES[n % len(DASHES)]
            axes.plot(x, values, dash, color=colour, linewidth=2, label=name)
        axes.set_title(title, fontsize=NORMAL, pad=5)
        axes.set_xlabel(across, fontsize=NORMAL)
        axes.legend(frameon=False, fontsize=SMALL, handlelength=2.6)
    picture.axes[0].set_ylabel(up, fontsize=NORMAL)
    low = min(axes.get_ylim()[0] for axes in picture.axes)
    high = max(axes.get_ylim()[1] for axes in picture.axes)
    for i, axes in enumerate(picture.axes):
        axes.set_ylim(low, high)
        if i:
            axes.set_yticklabels([])
    return picture


def _in_words(x: np.ndarray, panels: Mapping[str, Mapping[str, Any]], across: str, up: str) -> str:
    """Where each curve begins, ends and is lowest."""
    words = f"{up} over {across}, from {number(x[0])} to {number(x[-1])}."
    for title, curves in panels.items():
        said = [
            f"{name} goes from {number(values[0])} to {number(values[-1])}, lowest "
            f"{number(np.min(values))} at {number(x[int(np.argmin(values))])}"
            for name, values in curves.items()
        ]
        words += f" {title + ': ' if title else ''}{'; '.join(said)}."
    return words
