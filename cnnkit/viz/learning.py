"""Learning, step by step: what the perceptron's and the optimisers' explorers show, computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from cnnkit.data.dataset import Dataset
from cnnkit.initializers import constant
from cnnkit.layers.parameter import Parameter
from cnnkit.optim import SGD, Adam, Optimizer, RMSprop
from cnnkit.rosenblatt import perceptron, rosenblatt_step
from cnnkit.viz.curves import COLOURS, MARKERS
from cnnkit.viz.style import BLACK, GREY, NORMAL, SMALL, Picture, bracketed, number, plain_axes


@dataclass(frozen=True, eq=False)
class PerceptronStep:
    """One example shown to a perceptron: its weights (w1, w2) and bias before and after, what it
    answered and what it should have. `index` is the example's number, `epoch` counts from 1."""

    index: int
    epoch: int
    weight: np.ndarray
    bias: float
    output: int
    target: int
    new_weight: np.ndarray
    new_bias: float

    def sentence(self, x: np.ndarray) -> str:
        """The weighted sum in full, the answer, and what is learned."""
        terms = f"{_term(self.weight[0], x[0])} + {_term(self.weight[1], x[1])}"
        total = float(self.weight @ x + self.bias)
        sign = "> 0" if self.output else "≤ 0"
        text = f"Pass {self.epoch}: w·x + b = {terms} + {bracketed(self.bias)} = {number(total)} "
        text += f"{sign}, so the output is {self.output}. "
        if self.output == self.target:
            return f"{text}Right: nothing changes."
        change = "added to" if self.target else "subtracted from"
        new = ", ".join(number(v) for v in self.new_weight)
        return (
            f"{text}Wrong, it should be {self.target}: x is {change} w, 1 {change} b; now "
            f"w = ({new}), b = {number(self.new_bias)}."
        )


def perceptron_run(points: Dataset, most: int = 60) -> list[PerceptronStep]:
    """Rosenblatt's rule from weights 0, example by example, until a pass brings no mistake, at most
    `most` steps. ValueError: not two classes of points in the plane."""
    if points.images.shape[1:] != (2,) or not set(points.labels.tolist()) <= {0, 1}:
        raise ValueError(
            f"expected points (N, 2) of the classes 0 and 1, got {points.images.shape}"
        )
    net = perceptron(2).double()
    net.linear.weight.data, net.linear.bias.data = np.zeros((1, 2)), np.zeros(1)
    x, targets = points.images.astype(np.float64), points.labels
    run: list[PerceptronStep] = []
    wrong = 0
    while len(run) < most:
        index = len(run) % len(x)
        if index == 0 and run and not wrong:
            break
        wrong = 0 if index == 0 else wrong
        weight, bias = net.linear.weight.data[0], float(net.linear.bias.data[0])
        output = int(net(x[[index]])[0, 0])
        wrong += rosenblatt_step(net, x[[index]], targets[[index]])
        after = net.linear.weight.data[0], float(net.linear.bias.data[0])
        epoch = 1 + len(run) // len(x)
        run.append(PerceptronStep(index, epoch, weight, bias, output, int(targets[index]), *after))
    return run


def perceptron_picture(points: Dataset, step: PerceptronStep) -> Picture:
    """The points, the example of this step in a ring, the line w·x + b = 0 before (dashed) and
    after it (with the side of class 1 shaded), and w as an arrow."""
    picture = Picture(6.2, 4.4, step.sentence(points.images[step.index]))
    axes = square_axes(picture, (0.13, 0.15, 3.6 / 6.2, 3.6 / 4.4), points)
    if step.weight.any():
        name = "before" if _crosses(axes, step.weight, step.bias) else "before (outside)"
        draw_line(axes, step.weight, step.bias, color=GREY, linestyle="--", label=name)
    if step.new_weight.any():
        seen = _crosses(axes, step.new_weight, step.new_bias)
        name = "after" if seen else "after (outside)"
        draw_line(axes, step.new_weight, step.new_bias, color=BLACK, linewidth=2, label=name)
        _draw_side(axes, step.new_weight, step.new_bias)
    draw_points(axes, points)
    ring = axes.scatter(*points.images[step.index], facecolor="none", zorder=4)
    wrong = step.output != step.target
    ring.set(edgecolor=BLACK, linewidth=2.6 if wrong else 1.2, sizes=[260])
    ring.set_label("shown, wrong" if wrong else "shown, right")
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), frameon=False, fontsize=SMALL)
    return picture


def _crosses(axes: Axes, weight: np.ndarray, bias: float) -> bool:
    """Whether the line w·x + b = 0 passes through the picture: its corners are on both sides."""
    corners = [weight @ (x, y) + bias for x in axes.get_xlim() for y in axes.get_ylim()]
    return bool(min(corners) <= 0 <= max(corners))


def square_axes(
    picture: Picture, rectangle: tuple[float, float, float, float], points: Dataset
) -> Axes:
    """Axes x₁, x₂ around the points, as high as wide: w is at right angles to its line. The
    rectangle, in 0 … 1, has to be a square of the picture."""
    x = points.images
    middle, side = (x.min(axis=0) + x.max(axis=0)) / 2, float(np.ptp(x, axis=0).max()) + 1.2
    low, high = middle - side / 2, middle + side / 2
    axes = plain_axes(picture, rectangle)
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.locator_params(nbins=5)
    axes.set_xlabel("x₁", fontsize=NORMAL)
    axes.set_ylabel("x₂", fontsize=NORMAL)
    return axes


def draw_points(axes: Axes, points: Dataset, size: float = 70) -> None:
    """The points, each class in its colour and with its marker."""
    for label, name in enumerate(points.classes):
        own = points.images[points.labels == label]
        dots = axes.scatter(own[:, 0], own[:, 1], size, marker=MARKERS[label], zorder=3)
        dots.set(facecolor=COLOURS[label], edgecolor="white", label=f"target {name}")


def _draw_side(axes: Axes, weight: np.ndarray, bias: float) -> None:
    """The side of the line where the output is 1, and w as an arrow across the line."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    grid = np.stack(np.meshgrid(np.linspace(left, right, 120), np.linspace(bottom, top, 120)), -1)
    inside = (grid @ weight + bias > 0).astype(float)
    colours = [COLOURS[1]]
    axes.contourf(grid[..., 0], grid[..., 1], inside, [0.5, 1.5], colors=colours, alpha=0.15)
    axes.fill([], [], color=COLOURS[1], alpha=0.15, label="output 1, after")
    foot = _foot(weight, bias)
    if not (left < foot[0] < right and bottom < foot[1] < top):
        return
    tip = foot + weight / np.linalg.norm(weight) * 0.2 * (top - bottom)
    arrow = {"arrowstyle": "-|>", "linewidth": "1.6"}
    axes.annotate("", tuple(tip), tuple(foot), arrowprops=arrow)
    beyond = foot + 1.25 * (tip - foot)
    axes.text(beyond[0], beyond[1], "w", fontsize=NORMAL, ha="center", va="center", zorder=5)


@dataclass(frozen=True)
class Surface:
    """A loss of two weights with its gradient, where to look at it and where to begin."""

    loss: Callable[[np.ndarray, np.ndarray], np.ndarray]
    gradient: Callable[[float, float], tuple[float, float]]
    limits: tuple[float, float, float, float]
    start: tuple[float, float]


SURFACES = {
    "ravine": Surface(
        lambda x, y: 0.05 * x**2 + y**2,
        lambda x, y: (0.1 * x, 2 * y),
        (-7, 3, -2.2, 2.2),
        (-6, 1.8),
    ),
    "Rosenbrock's valley": Surface(  # Rosenbrock, The Computer Journal, 1960, with 5 for 100
        lambda x, y: (1 - x) ** 2 + 5 * (y - x**2) ** 2,
        lambda x, y: (-2 * (1 - x) - 20 * x * (y - x**2), 10 * (y - x**2)),
        (-1.8, 1.8, -1, 2.4),
        (-1.5, 1.0),
    ),
    "saddle": Surface(
        lambda x, y: x**2 - y**2 + 0.25 * y**4,
        lambda x, y: (2 * x, -2 * y + y**3),
        (-2, 2, -2.2, 2.2),
        (-1.7, 0.01),
    ),
    "two valleys": Surface(
        lambda x, y: 0.25 * x**4 - x**2 + 0.2 * x + y**2,
        lambda x, y: (x**3 - 2 * x + 0.2, 2 * y),
        (-2.2, 2.2, -1.8, 1.8),
        (2.0, 1.4),
    ),
}
OPTIMIZERS: dict[str, Callable[[list[Parameter], float], Optimizer]] = {
    "SGD": lambda p, lr: SGD(p, lr),
    "momentum 0.9": lambda p, lr: SGD(p, lr, momentum=0.9),
    "Nesterov 0.9": lambda p, lr: SGD(p, lr, momentum=0.9, nesterov=True),
    "RMSprop": lambda p, lr: RMSprop(p, lr),
    "Adam": lambda p, lr: Adam(p, lr),
}


def descend(surface: Surface, lr: float, steps: int) -> Mapping[str, np.ndarray]:
    """The path (steps + 1, 2) of each optimiser over a surface, from its start. Where one leaves
    for infinity, it is clipped to ±1e6."""
    paths = {}
    for name, optimizer_of in OPTIMIZERS.items():
        w = Parameter((2,), constant(0.0))
        w.to(np.float64)
        w.data = np.array(surface.start, np.float64)
        optimizer = optimizer_of([w], lr)
        path = [w.data.copy()]
        for _ in range(steps):
            w.grad = np.array(surface.gradient(*w.data))
            optimizer.step()
            w.data = np.clip(w.data, -1e6, 1e6)
            path.append(w.data.copy())
        paths[name] = np.array(path)
    return paths


def _foot(weight: np.ndarray, bias: float) -> np.ndarray:
    """The point of w·x + b = 0 that is nearest to the origin."""
    return -bias * weight / (weight @ weight)


def draw_line(axes: Axes, weight: np.ndarray, bias: float, **look: Any) -> None:
    """The line w·x + b = 0."""
    foot = _foot(weight, bias)
    beside = foot + np.array([-weight[1], weight[0]])
    axes.axline((foot[0], foot[1]), (beside[0], beside[1]), **look)


def _term(weight: float, value: float) -> str:
    return f"{bracketed(float(weight))}·{bracketed(float(value))}"
