"""A curve that one hidden layer learns to follow: its units, their sum, and how it comes nearer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnnkit.layers import Layer, Linear, ReLU, Sequential, Sigmoid, Tanh
from cnnkit.losses import MSELoss
from cnnkit.optim import Adam
from cnnkit.viz.style import (
    BLACK,
    BLUE,
    NORMAL,
    ORANGE,
    PAGE,
    SKY,
    SMALL,
    Picture,
    number,
    plain_axes,
)

CURVES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "wave": lambda x: np.sin(np.pi * x),
    "corner": np.abs,
    "step": lambda x: (x > 0) * 1.0,
    "ripple": lambda x: np.sin(3 * np.pi * x) * (1 - np.abs(x)),
}
BENT: dict[str, Callable[[], Layer]] = {
    "ReLU": ReLU,
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "none": Sequential,
}
X = np.linspace(-1, 1, 101)
MOMENTS, BETWEEN = 24, 25  # moments that are kept, and steps of descent between two of them
LR = 0.03
HEIGHT, LIMIT = 3.7, 1.8  # inches; what of the y axis is shown


@dataclass(frozen=True, eq=False)
class Approximation:
    """A training of y = Σ v φ(w x + b) + c to follow a curve. At each moment, at each of `X`: what
    each unit adds, v φ(w x + b), in `parts` (moments, units, 101), and the network's answer in `y`
    (moments, 101); `errors` are its mean square errors, `moments` the steps until then."""

    curve: str
    parts: np.ndarray
    y: np.ndarray
    errors: np.ndarray
    moments: np.ndarray

    @property
    def idle(self) -> np.ndarray:
        """At each moment how many units add the same everywhere, and so bend nothing."""
        return np.asarray((np.ptp(self.parts, axis=2) < 1e-6).sum(axis=1))

    @property
    def worst(self) -> np.ndarray:
        """At each moment the largest |y − curve|."""
        return np.asarray(np.abs(self.y - CURVES[self.curve](X)).max(axis=1))


def approximation_run(curve: str, units: int, activation: str, seed: int = 3) -> Approximation:
    """Learn one of `CURVES` with so many hidden units of one of `BENT`, by Adam on all of `X`.

    ValueError: no such curve or activation.
    """
    for name, known in ((curve, CURVES), (activation, BENT)):
        if name not in known:
            raise ValueError(f"expected one of {', '.join(known)}, got {name!r}")
    hidden, bend, output = layers = _layers(units, activation, np.random.default_rng(seed))
    net = Sequential(*layers)
    x, target = X[:, None], CURVES[curve](X)[:, None]
    loss, optimizer, kept = MSELoss(), Adam(net.parameters(), LR), []
    for step in range(MOMENTS * BETWEEN + 1):
        y = net(x)
        error = loss(y, target)
        if step % BETWEEN == 0:
            parts = bend(hidden(x)) * output.weight.data
            kept.append((parts.T, y[:, 0], error))
        optimizer.zero_grad()
        net.backward(loss.backward())
        optimizer.step()
    parts, answers, errors = map(np.array, zip(*kept, strict=True))
    return Approximation(curve, parts, answers, errors, BETWEEN * np.arange(MOMENTS + 1))


def _layers(units: int, activation: str, rng: np.random.Generator) -> tuple[Linear, Layer, Linear]:
    """The hidden layer's scores, its bend, the output. The scores are 0 at places drawn from
    −1 … 1, with slopes of 1 to 3 up or down."""
    hidden, bend, output = Linear(1, units).double(), BENT[activation](), Linear(units, 1).double()
    slopes = rng.uniform(1, 3, (units, 1)) * rng.choice([-1, 1], (units, 1))
    hidden.weight.data = slopes
    assert hidden.bias is not None
    hidden.bias.data = -slopes[:, 0] * rng.uniform(-1, 1, units)
    output.weight.data = rng.normal(0, 0.3, (1, units)) / np.sqrt(units)
    assert output.bias is not None
    output.bias.data = np.zeros(1)
    return hidden, bend, output


def approximation_picture(run: Approximation, moment: int) -> Picture:
    """On the left the curve (dashed), the network's answer and, thin, what each unit adds to it;
    on the right the mean square error until this moment, its scale logarithmic."""
    error = run.errors[moment]
    picture = Picture(
        PAGE,
        HEIGHT,
        f"After {run.moments[moment]} steps {run.parts.shape[1]} hidden units follow the "
        f"{run.curve} with a mean square error of {number(error)}.",
    )
    axes = plain_axes(picture, (0.08, 0.6 / HEIGHT, 0.5, (HEIGHT - 1.1) / HEIGHT))
    parts = axes.plot(X, run.parts[moment].T, color=SKY, linewidth=0.9)
    parts[0].set_label("what each unit adds")
    axes.plot(X, CURVES[run.curve](X), "--", color=ORANGE, linewidth=2, label="the curve")
    axes.plot(X, run.y[moment], color=BLUE, linewidth=2.4, label="the network")
    axes.set_ylim(-LIMIT, LIMIT)
    axes.set_xlabel("x", fontsize=NORMAL)
    axes.set_ylabel("y", fontsize=NORMAL)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, fontsize=SMALL)
    axes = plain_axes(picture, (0.68, 0.6 / HEIGHT, 0.3, (HEIGHT - 1.1) / HEIGHT))
    axes.plot(run.moments[: moment + 1], run.errors[: moment + 1], color=BLUE, linewidth=1.6)
    axes.plot(run.moments[moment], error, "o", color=BLACK)
    axes.set_yscale("log")
    axes.set_xlim(-20, run.moments[-1] + 20)
    axes.set_ylim(0.5 * min(run.errors.min(), 1e-3), 2 * max(run.errors.max(), 1))
    axes.set_xlabel("step", fontsize=NORMAL)
    axes.set_ylabel("mean square error", fontsize=NORMAL)
    return picture
