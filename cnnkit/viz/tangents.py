"""One activation function, with its gradient and its tangent at a place."""

from __future__ import annotations

import numpy as np

from cnnkit.layers import ELU, Layer, LeakyReLU, ReLU, Sigmoid, SiLU, Step, Tanh
from cnnkit.viz.style import (
    BLACK,
    BLUE,
    GREY,
    NORMAL,
    ORANGE,
    SMALL,
    Picture,
    number,
    plain_axes,
)

ACTIVATIONS: dict[str, Layer] = {
    "sigmoid": Sigmoid(),
    "tanh": Tanh(),
    "ReLU": ReLU(),
    "leaky ReLU (0.1)": LeakyReLU(0.1),
    "ELU": ELU(),
    "Swish": SiLU(),
    "step": Step(),
}
WIDTH, SHARE = 7.0, 0.88  # inches: the picture; of them the axes
GRID = np.linspace(-6, 6, 121).round(1)


def tangent_picture(function: str, x: float) -> Picture:
    """One of `ACTIVATIONS` (blue), its derivative (orange, dashed) and its tangent at x (black); x
    and y have one scale, so that a slope of 1 rises by 45°.

    ValueError: there is no such function.
    """
    if function not in ACTIVATIONS:
        raise ValueError(f"expected one of {', '.join(ACTIVATIONS)}, got {function!r}")
    everywhere = np.append(np.linspace(GRID[0], GRID[-1], 401), x)
    y, slope = values_and_slopes(ACTIVATIONS[function], everywhere)
    sentence = activation_sentence(x, float(y[-1]), float(slope[-1]))
    words = f"{function} with its gradient, and its tangent at x. {sentence}"
    low = max(-2.2, min(-0.6, float(y.min()) - 0.2))
    high = max(2.4, min(6.2, float(y.max()) + 0.3))
    across = WIDTH * SHARE
    tall = across * (high - low) / (1.1 * (GRID[-1] - GRID[0]))
    height = tall + 0.7
    picture = Picture(WIDTH, height, words)
    axes = plain_axes(picture, (0.1, 0.55 / height, SHARE, tall / height))
    axes.set_xlim(1.1 * GRID[0], 1.1 * GRID[-1])
    axes.plot(everywhere[:-1], y[:-1], color=BLUE, linewidth=2, label="y")
    axes.plot(everywhere[:-1], slope[:-1], "--", color=ORANGE, linewidth=1.8, label="dy/dx")
    near = np.array([x - 1, x + 1])
    tangent = axes.plot(near, y[-1] + slope[-1] * (near - x), color=BLACK)
    tangent[0].set(linewidth=2.4, label=f"tangent: slope {number(slope[-1])}")
    axes.plot(x, y[-1], "o", color=BLACK, markersize=8)
    axes.plot(x, slope[-1], "o", color=ORANGE, markersize=8, markeredgecolor=BLACK)
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.set_ylim(low, high)
    axes.set_xlabel("x", fontsize=NORMAL)
    axes.set_ylabel("y, dy/dx", fontsize=NORMAL)
    axes.legend(loc="upper left", frameon=False, fontsize=SMALL)
    return picture


def activation_sentence(x: float, y: float, slope: float) -> str:
    """What a unit with this value and slope lets through."""
    shown = number(slope) if abs(slope) > 5e-4 or slope == 0 else f"{slope:.0e}".replace("-", "−")
    text = f"y({number(x)}) = {number(y)}, dy/dx = {shown}."
    if slope == 0:
        return f"{text} No gradient passes: what lies before this unit learns nothing from it."
    if abs(slope) < 0.1:
        flat = "The unit is saturated: little" if abs(x) > 2 else "Little"
        return f"{text} {flat} of the gradient passes."
    return text


def values_and_slopes(layer: Layer, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The function's values and its derivatives."""
    y = layer(x[:, None])[:, 0]
    return y, layer.backward(np.ones((len(x), 1)))[:, 0]
