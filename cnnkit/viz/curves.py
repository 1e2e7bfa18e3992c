"""Pictures of functions: activations with their gradients, decision boundaries, loss surfaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from cnnkit.data.dataset import Dataset
from cnnkit.layers import Layer, Softmax
from cnnkit.pytorch.either import scores
from cnnkit.viz.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    NORMAL,
    ORANGE,
    PAGE,
    SMALL,
    VERMILION,
    Picture,
    at_least_one,
    bare_axes,
    plain_axes,
)

# Of Okabe and Ito: classes are told apart by colour and by marker.
COLOURS = (BLUE, VERMILION, GREEN, "#CC79A7", BLACK, "#56B4E9", "#F0E442", GREY)
MARKERS = "os^DvPX*"


def activations_picture(
    layers: Mapping[str, Layer], limit: float = 4.0, columns: int = 4
) -> Picture:
    """Each activation function from −limit to limit (blue), and its gradient (orange, dashed), all
    on one scale, so that their heights can be compared."""
    at_least_one(layers, "activation function")
    x = np.linspace(-limit, limit, 401)
    columns = min(columns, len(layers))
    rows = -(-len(layers) // columns)
    side, high = PAGE / columns, 2.2
    words = f"Activation functions and their gradients: {', '.join(layers)}."
    height = rows * high + 0.5
    picture = Picture(PAGE, height, words)
    lowest, highest = -1.2, 1.2
    for i, (name, layer) in enumerate(layers.items()):
        layer.double()
        y = layer(x[:, None])[:, 0]
        dy = layer.backward(np.ones((len(x), 1)))[:, 0]
        dy[1:][np.abs(np.diff(dy)) > 0.3] = np.nan  # a jump is no slope
        left, bottom = (i % columns) * side + 0.55, height - 0.3 - (i // columns + 1) * high + 0.42
        box = (left / PAGE, bottom / height, (side - 0.65) / PAGE, (high - 0.75) / height)
        axes = plain_axes(picture, box)
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.plot(x, y, color=BLUE, linewidth=2, label="y")
        axes.plot(x, dy, "--", color=ORANGE, linewidth=1.6, label="dy/dx")
        axes.set_title(name, fontsize=NORMAL, pad=3)
        axes.set_xlabel("x", fontsize=SMALL, labelpad=1)
        if i % columns == 0:  # for its row
            axes.set_ylabel("y, dy/dx", fontsize=SMALL, labelpad=1)
        else:
            axes.yaxis.set_major_formatter(NullFormatter())
        lowest, highest = min(lowest, float(y.min())), max(highest, float(y.max()))
    for axes in picture.axes:
        axes.set_ylim(lowest - 0.1, min(limit, highest) + 0.1)
    handles, names = picture.axes[0].get_legend_handles_labels()
    picture.legend(handles, names, loc="upper left", ncols=2, frameon=False, fontsize=SMALL)
    return picture


def decision_picture(model: Any, points: Dataset, fineness: int = 200) -> Picture:
    """What a model makes of every place of the plane, and the points that it learned from.

    The stronger the colour, the surer the model (its largest probability). ValueError: the points
    are not of the plane.
    """
    if points.images.ndim != 2 or points.images.shape[1] != 2:
        raise ValueError(f"expected points (N, 2), got {points.images.shape}")
    low, high = points.images.min(axis=0), points.images.max(axis=0)
    room = 0.08 * (high - low)
    low, high = low - room, high + room
    x, y = (np.linspace(low[i], high[i], fineness, dtype=np.float32) for i in (0, 1))
    grid = np.stack([v.reshape(-1) for v in np.meshgrid(x, y)], axis=1)
    p = _probabilities(model, grid)
    winner, sure = p.argmax(axis=1), p.max(axis=1)
    colours = np.array([_rgb(COLOURS[c % len(COLOURS)]) for c in range(p.shape[1])])
    strength = 0.12 + 0.38 * (sure - 1 / p.shape[1]) / (1 - 1 / p.shape[1])
    shown = 1 - strength[:, None] * (1 - colours[winner])
    side = 5.0
    tall = side * float((high[1] - low[1]) / (high[0] - low[0]))
    given = _probabilities(model, points.images.astype(np.float32)).argmax(axis=1)
    right = float((given == points.labels).mean())
    words = f"{len(points.labels)} points of {len(points.classes)} classes in the plane, which a "
    words += f"model divides between the classes; {right:.1%} are where they belong."
    picture = Picture(side + 2.1, tall + 0.75, words)
    axes = picture.add_axes(
        (0.75 / (side + 2.1), 0.6 / (tall + 0.75), side / (side + 2.1), tall / (tall + 0.75))
    )
    extent = (low[0], high[0], low[1], high[1])
    axes.imshow(shown.reshape(fineness, fineness, 3), origin="lower", extent=extent, aspect="auto")
    for label, name in enumerate(points.classes):
        own = points.images[points.labels == label]
        dots = axes.scatter(
            own[:, 0], own[:, 1], 22, marker=MARKERS[label % len(MARKERS)], label=name
        )
        dots.set(facecolor=COLOURS[label % len(COLOURS)], edgecolor="white", linewidth=0.6)
    axes.set_xlabel("x₁", fontsize=NORMAL)
    axes.set_ylabel("x₂", fontsize=NORMAL)
    legend = axes.legend(title="class", loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    for text in (legend.get_title(), *legend.get_texts()):
        text.set_fontsize(SMALL)
    return picture


def inside_part(path: np.ndarray, limits: tuple[float, float, float, float]) -> np.ndarray:
    """The path, if it ends in the picture; else until it first leaves it, and where it is then."""
    left, right, bottom, top = limits
    within = (path >= (left, bottom)) & (path <= (right, top))
    gone = np.flatnonzero(~within.all(axis=1))
    return path if within[-1].all() else path[: gone[0] + 1]


def _probabilities(model: Any, x: np.ndarray) -> np.ndarray:
    given = scores(model, x)
    if given.shape[1] == 1:  # one score: above 0 the second class
        given = np.concatenate([np.zeros_like(given), given], axis=1)
    return Softmax()(given)


def surface_picture(
    loss: Callable[[np.ndarray, np.ndarray], np.ndarray],
    paths: Mapping[str, np.ndarray],
    limits: tuple[float, float, float, float],
    fineness: int = 150,
) -> Picture:
    """The level lines of loss(w1, w2) within limits (left, right, bottom, top), and the path
    (steps, 2) that each optimiser took over it, from the ring to the cross."""
    at_least_one(paths, "path")
    ends = [f"{name} ends at loss {loss(*path[-1]):.3g}" for name, path in paths.items()]
    picture = Picture(PAGE * 0.8, 4.6, f"Level lines of a loss with paths: {', '.join(ends)}.")
    axes = plain_axes(picture, (0.11, 0.14, 0.62, 0.83))
    _draw_levels(axes, loss, limits, fineness)
    for (name, path), colour, marker in zip(paths.items(), COLOURS, MARKERS, strict=False):
        path = inside_part(path, limits)
        look: dict[str, Any] = {
            "color": colour,
            "marker": marker,
            "markersize": 6,
            "markeredgecolor": "white",
        }
        axes.plot(*path.T, markevery=max(1, len(path) // 8), label=name, linewidth=1.6, **look)
        axes.plot(*path[-1], "x", color=colour, markersize=9, markeredgewidth=2.4)
    start = next(iter(paths.values()))[0]
    axes.plot(*start, "o", markersize=11, markerfacecolor="none", color=BLACK, label="start")
    axes.plot([], [], "x", color=GREY, markersize=9, markeredgewidth=2.4, label="end")
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, fontsize=SMALL)
    return picture


def levels_picture(
    loss: Callable[[np.ndarray, np.ndarray], np.ndarray],
    limits: tuple[float, float, float, float],
    fineness: int = 150,
) -> Picture:
    """The level lines of loss(w1, w2) within limits alone, without axes, for paths that are drawn
    over them."""
    picture = Picture(PAGE / 2, 3.8, "Level lines of a loss.")
    _draw_levels(bare_axes(picture, (0, 0, 1, 1)), loss, limits, fineness)
    return picture


def _draw_levels(
    axes: Axes,
    loss: Callable[[np.ndarray, np.ndarray], np.ndarray],
    limits: tuple[float, float, float, float],
    fineness: int,
) -> None:
    left, right, bottom, top = limits
    x, y = np.meshgrid(np.linspace(left, right, fineness), np.linspace(bottom, top, fineness))
    z = loss(x, y)
    # Evenly spaced in the root of the loss: the denser, the steeper.
    low, high = float(z.min()), float(z.max())
    levels = low + np.linspace(0, np.sqrt(high - low) or 1.0, 20) ** 2
    axes.grid(False)
    axes.contourf(x, y, z, levels, cmap="Greys", alpha=0.5)
    axes.contour(x, y, z, levels, colors=GREY, linewidths=0.4, linestyles="solid")
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_xlabel("w₁", fontsize=NORMAL)
    axes.set_ylabel("w₂", fontsize=NORMAL)


def _rgb(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
