"""Boundaries in the plane that move while they are learned, and curves of what is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator

from cnnkit.data.dataset import Dataset
from cnnkit.layers.activation import sigmoid
from cnnkit.losses import BCEWithLogitsLoss
from cnnkit.viz.curves import COLOURS
from cnnkit.viz.learning import draw_line, draw_points, square_axes
from cnnkit.viz.style import (
    BLACK,
    BLUE,
    GREY,
    NORMAL,
    PAGE,
    SMALL,
    Picture,
    at_least_one,
    bare_axes,
    number,
    plain_axes,
    tint,
)

Line = tuple[np.ndarray, float]  # w (2,) and b, of w·x + b = 0
STYLES = ("-", "--", ":", "-.")
SURE = LinearSegmentedColormap.from_list("sure", [COLOURS[0], "#FFFFFF", COLOURS[1]])


def boundaries_picture(points: Dataset, lines: Mapping[str, Line]) -> Picture:
    """The points (N, 2), and each line w·x + b = 0 with its name."""
    at_least_one(lines, "line")
    words = ", ".join(f"{name} ({_equation(*line)})" for name, line in lines.items())
    picture = Picture(7.8, 4.4, f"{len(points)} points of the plane, and the lines {words}.")
    axes = square_axes(picture, (0.1, 0.15, 3.6 / 7.8, 3.6 / 4.4), points)
    for place, (name, (weight, bias)) in enumerate(lines.items()):
        look: dict[str, Any] = {"linestyle": STYLES[place % 4], "color": COLOURS[2 + place % 5]}
        draw_line(axes, weight, bias, linewidth=2, label=name, **look)
    draw_points(axes, points)
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), frameon=False, fontsize=SMALL)
    return picture


def moments_picture(points: Dataset, lines: Mapping[str, Line]) -> Picture:
    """A map for each moment of a training: the probability σ(w·x + b) of class 1 at every place,
    with the line where it is ½ and, dashed, where it is 0.1 and 0.9."""
    at_least_one(lines, "moment")
    count = len(lines)
    side = min(3.0, (PAGE - 0.2) / count - 0.75)
    across, high = count * (side + 0.75) + 0.1, side + 1.0
    words = "; ".join(f"{name}: {_equation(*line)}" for name, line in lines.items())
    picture = Picture(across, high, f"A boundary at {count} moments: {words}.")
    for place, (name, line) in enumerate(lines.items()):
        left = (0.65 + place * (side + 0.75)) / across
        axes = square_axes(picture, (left, 0.6 / high, side / across, side / high), points)
        _draw_map(axes, points, line, 30)
        axes.set_title(name, fontsize=NORMAL)
    return picture


@dataclass(frozen=True, eq=False)
class LogisticRun:
    """A training of a logistic regression in the plane, from w = 0, b = 0: after each epoch the
    weights (epochs + 1, 2), the bias, and the cost of all points with its penalty. `steps` is how
    many there are in an epoch."""

    weights: np.ndarray
    biases: np.ndarray
    costs: np.ndarray
    steps: int


def logistic_run(
    points: Dataset,
    lr: float,
    batch_size: int,
    weight_decay: float = 0.0,
    epochs: int = 30,
    seed: int = 0,
) -> LogisticRun:
    """Mini-batch descent on J = mean loss + weight_decay/2 · |w|², shuffled in each epoch."""
    x, targets = points.images.astype(np.float64), points.labels.astype(np.float64)
    rng, weight, bias, loss = np.random.default_rng(seed), np.zeros(2), 0.0, BCEWithLogitsLoss()
    run: list[tuple[np.ndarray, float, float]] = []
    for epoch in range(epochs + 1):
        if epoch:
            order = rng.permutation(len(x))
            for batch in np.split(order, range(batch_size, len(x), batch_size)):
                loss(x[batch] @ weight + bias, targets[batch])
                slope = loss.backward()
                weight = weight - lr * (x[batch].T @ slope + weight_decay * weight)
                bias = bias - lr * float(slope.sum())
        cost = loss(x @ weight + bias, targets) + weight_decay / 2 * float(weight @ weight)
        run.append((weight, bias, cost))
    weights, biases, costs = map(np.array, zip(*run, strict=True))
    return LogisticRun(weights, biases, costs, -(-len(x) // batch_size))


def logistic_picture(points: Dataset, run: LogisticRun, epoch: int) -> Picture:
    """The map of probabilities after an epoch, and the cost until then."""
    line = run.weights[epoch], float(run.biases[epoch])
    words = f"After {epoch} epochs the boundary is {_equation(*line)}, and the cost is "
    picture = Picture(PAGE * 0.9, 3.7, f"{words}{number(run.costs[epoch])}.")
    across = PAGE * 0.9
    axes = square_axes(picture, (0.65 / across, 0.6 / 3.7, 2.9 / across, 2.9 / 3.7), points)
    _draw_map(axes, points, line, 60)
    axes = plain_axes(picture, (4.5 / across, 0.6 / 3.7, (across - 4.7) / across, 2.9 / 3.7))
    axes.plot(run.costs[: epoch + 1], color=BLUE, linewidth=1.6)
    axes.plot(epoch, run.costs[epoch], "o", color=BLACK)
    axes.set_xlim(-0.5, len(run.costs) - 0.5)
    axes.set_ylim(0, min(3.0, 1.1 * float(run.costs.max())))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("epoch", fontsize=NORMAL)
    axes.set_ylabel("cost", fontsize=NORMAL)
    return picture


def templates_picture(weights: Mapping[str, np.ndarray]) -> Picture:
    """The weights (H, W) of units that see a whole picture: blue where ink speaks for the unit's
    class, orange where it speaks against it. Each has its own scale."""
    at_least_one(weights, "template")
    count = len(weights)
    side = min(2.6, PAGE / count - 0.1)
    across, high = count * (side + 0.1), side + 0.35
    words = f"The weights of {count} units as pictures: {', '.join(weights)}."
    picture = Picture(across, high, words)
    for place, (name, template) in enumerate(weights.items()):
        left = (0.05 + place * (side + 0.1)) / across
        axes = bare_axes(picture, (left, 0, side / across, side / high))
        axes.imshow(tint(template), interpolation="nearest")
        axes.set_title(name, fontsize=NORMAL, pad=3)
    return picture


def _draw_map(axes: Axes, points: Dataset, line: Line, size: float) -> None:
    """How sure the unit is at every place, and the points."""
    weight, bias = line
    axis = [np.linspace(*limits, 80) for limits in (axes.get_xlim(), axes.get_ylim())]
    grid = np.stack(np.meshgrid(*axis), axis=-1)
    p = sigmoid(grid @ weight + bias)
    axes.contourf(grid[..., 0], grid[..., 1], p, np.linspace(0, 1, 11), cmap=SURE, alpha=0.45)
    if np.abs(weight).max() > 1e-9:  # else rounding alone says where the line is
        draw_line(axes, weight, bias, color=BLACK, linewidth=2)
        for odds in (-np.log(9), np.log(9)):  # σ(±log 9) is 0.9 and 0.1
            draw_line(axes, weight, bias + odds, color=GREY, linestyle="--", linewidth=1)
    draw_points(axes, points, size)


def _equation(weight: np.ndarray, bias: float) -> str:
    """2·x₁ − 3·x₂ + 1 = 0."""
    terms = f"{number(weight[0])}·x₁ + {number(weight[1])}·x₂ + {number(bias)} = 0"
    return terms.replace("+ −", "− ")
