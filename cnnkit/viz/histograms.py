"""Which values the units of each layer have: where they are saturated, dead, or far from zero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from cnnkit.viz.style import BLUE, NORMAL, PAGE, SMALL, Picture, at_least_one, number, plain_axes

BINS = 31
TOP = 0.4  # the share at which a bar is cut
ROW, LEFT, MARGIN = 1.5, 0.7, 0.35  # inches; ROW is high


def histograms_picture(rows: Mapping[str, Mapping[str, np.ndarray]]) -> Picture:
    """A row for each network, in it a histogram for each of its layers: what share of the values
    lies where. The panels of a row have one scale, from the row's smallest to its largest value. A
    bar that is too high is cut, and its share is written beside it.

    ValueError: no network, or networks with other layers than the first.
    """
    at_least_one(rows, "network")
    first = list(next(iter(rows.values())))
    at_least_one(first, "layer")
    for name, layers in rows.items():
        if list(layers) != first:
            raise ValueError(f"{name}: expected the layers {first}, got {list(layers)}")
    height = ROW * len(rows)
    picture = Picture(PAGE, height, _in_words(rows))
    wide = (PAGE - LEFT) / len(first)
    for r, (name, layers) in enumerate(rows.items()):
        ends = min(v.min() for v in layers.values()), max(v.max() for v in layers.values())
        bottom = (height - (r + 1) * ROW + 0.55) / height
        for c, (layer, values) in enumerate(layers.items()):
            box = (LEFT + c * wide) / PAGE, bottom, (wide - MARGIN) / PAGE
            axes = plain_axes(picture, (*box, (ROW - 0.7) / height))
            _draw_shares(axes, *shares_of(values, *ends))
            axes.set_xlabel(layer, fontsize=SMALL, labelpad=1)
            if c == 0:
                axes.set_ylabel(name, fontsize=NORMAL)
    return picture


def shares_of(values: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """The share of the values in each of `BINS` equal parts from `low` to `high`, and their
    edges."""
    counts, edges = np.histogram(values, BINS, (low, high))
    return counts / values.size, edges


def _draw_shares(axes: Axes, shares: np.ndarray, edges: np.ndarray) -> None:
    axes.stairs(shares, edges, fill=True, color=BLUE)
    axes.set_ylim(0, TOP)
    axes.set_yticks([0, TOP / 2, TOP], ["", "", ""])
    axes.locator_params(axis="x", nbins=3)
    highest = int(shares.argmax())
    if shares[highest] > TOP:
        left = highest < len(shares) / 2
        side: dict[str, Any] = {"ha": "left" if left else "right", "va": "top", "fontsize": SMALL}
        place = edges[highest + 1] if left else edges[highest]
        axes.text(place, TOP, f" {shares[highest]:.0%} ", **side)


def _in_words(rows: Mapping[str, Mapping[str, np.ndarray]]) -> str:
    """Mean and deviation of each histogram."""
    said = [
        f"{name}: "
        + ", ".join(
            f"{layer} {number(float(values.mean()))} ± {number(float(values.std()))}"
            for layer, values in layers.items()
        )
        for name, layers in rows.items()
    ]
    return f"Histograms of the values of units, mean ± deviation. {'; '.join(said)}."
