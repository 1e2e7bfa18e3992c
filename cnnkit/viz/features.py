"""Digits and what is made of them: directions cell by cell, similarities, a network's answer; and
measurements as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from cnnkit.viz import style
from cnnkit.viz.style import Picture

FAINT = 0.15  # of the strongest direction: what is weaker is not drawn


def directions_picture(
    digits: Mapping[str, tuple[np.ndarray, np.ndarray]], alike: Mapping[str, float]
) -> Picture:
    """Digits (H, W) under their names, ink dark, and over each its histograms (rows, columns, bins)
    of directions: in every cell a stroke along each edge, the longer the more of it there is. On
    the right how `alike` they are, as bars from 0 to 1."""
    style.at_least_one(digits, "digit")
    said = ", ".join(f"{name} {value:.2f}" for name, value in alike.items())
    words = f"{', '.join(digits)}, with the directions of the edges in each cell. Alike: {said}."
    picture = Picture(style.PAGE, 3.5, words)
    for n, (name, (digit, histograms)) in enumerate(digits.items()):
        axes = style.bare_axes(picture, (0.02 + 0.33 * n, 0.03, 0.31, 0.83))
        axes.set_title(name, fontsize=style.NORMAL)
        _draw_ink(axes, digit)
        _draw_directions(axes, digit.shape, histograms)
    _draw_bars(picture, (0.8, 0.22, 0.17, 0.5), alike, "similarity")
    return picture


def answer_picture(digit: np.ndarray, probabilities: Sequence[float], name: str = "") -> Picture:
    """A digit (28, 28) as a network is shown it, ink dark, and its probabilities for 0 to 9."""
    best = int(np.argmax(probabilities))
    words = f"{name or 'A digit'} as the network is shown it; it reads a {best}, "
    words += f"with probability {probabilities[best]:.1%}."
    picture = Picture(style.PAGE * 0.8, 3.6, words)
    axes = style.bare_axes(picture, (0.02, 0.08, 0.4, 0.8))
    axes.set_title("what the network is shown", fontsize=style.NORMAL)
    _draw_ink(axes, digit)
    bars = {str(label): float(p) for label, p in enumerate(probabilities)}
    _draw_bars(picture, (0.56, 0.2, 0.4, 0.72), bars, "probability")
    picture.axes[-1].set_ylabel("digit", fontsize=style.NORMAL)
    return picture


def _draw_ink(axes: Axes, digit: np.ndarray) -> None:
    """Ink dark on paper, which a dark theme turns round."""
    axes.imshow(255 - np.asarray(digit, np.float64), cmap="gray", vmin=0, vmax=255)
    height, width = digit.shape
    axes.plot([-0.5, width - 0.5, width - 0.5, -0.5, -0.5],
              [-0.5, -0.5, height - 0.5, height - 0.5, -0.5], color=style.LINE)  # fmt: skip


def _draw_directions(axes: Axes, size: tuple[int, ...], histograms: np.ndarray) -> None:
    rows, columns, bins = histograms.shape
    cell = size[0] // rows
    largest = float(histograms.max()) or 1.0
    ends = (-0.5, size[1] - 0.5)
    edges = [[(x * cell - 0.5, ends[0]), (x * cell - 0.5, ends[1])] for x in range(1, columns)]
    edges += [[(ends[0], y * cell - 0.5), (ends[1], y * cell - 0.5)] for y in range(1, rows)]
    axes.add_collection(LineCollection(edges, colors=style.SKY, linewidths=0.7))
    strokes = []
    for i, j, n in np.argwhere(histograms >= FAINT * largest):
        across = np.pi * (n + 0.5) / bins  # the grey values change across the edge
        middle = np.array([j + 0.5, i + 0.5]) * cell - 0.5
        along = 0.48 * cell * histograms[i, j, n] / largest
        stroke = along * np.array([-np.sin(across), np.cos(across)])
        strokes.append([middle - stroke, middle + stroke])
    axes.add_collection(LineCollection(strokes, colors=style.VERMILION, linewidths=2))


def _draw_bars(picture: Picture, box: Any, values: Mapping[str, float], name: str) -> None:
    axes = style.plain_axes(picture, box)
    places = range(len(values))
    axes.barh(places, list(values.values()), 0.62, color=style.BLUE)
    axes.set_yticks(places, list(values), color="black")
    axes.set_xlim(0, 1.3)
    axes.set_xticks([0, 0.5, 1])
    axes.invert_yaxis()
    axes.grid(False)
    axes.set_xlabel(name, fontsize=style.NORMAL)
    for place, value in zip(places, values.values(), strict=True):
        axes.text(max(value, 0) + 0.03, place, f"{value:.2f}", va="center", fontsize=style.SMALL)
