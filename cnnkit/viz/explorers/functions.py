"""Activation functions and their gradients."""

from __future__ import annotations

import ipywidgets as widgets
import numpy as np

from cnnkit.layers import (
    ELU,
    Layer,
    LeakyReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Step,
    Tanh,
)
from cnnkit.viz.explorers.base import Explorer
from cnnkit.viz.style import BLUE, GREY, NORMAL, ORANGE, VERMILION, Picture, number, plain_axes

ACTIVATIONS: dict[str, Layer] = {
    "sigmoid": Sigmoid(),
    "tanh": Tanh(),
    "ReLU": ReLU(),
    "leaky ReLU (0.1)": LeakyReLU(0.1),
    "ELU": ELU(),
    "Swish": SiLU(),
    "step": Step(),
}
RANGE = 6.0


class ActivationExplorer(Explorer):
    """An activation function, its value and its gradient where the slider is."""

    def __init__(self) -> None:
        self.function = widgets.Dropdown(options=list(ACTIVATIONS), description="function")
        self.x = widgets.FloatSlider(value=1.0, min=-RANGE, max=RANGE, step=0.1, description="x")
        super().__init__([[self.function, self.x]])
        self.watch(self.function, self.x)
        self.show()

    def draw(self) -> tuple[Picture, str]:
        layer, x = ACTIVATIONS[self.function.value], self.x.value
        everywhere = np.append(np.linspace(-RANGE, RANGE, 401), x)[:, None]
        y = layer(everywhere)[:, 0]
        slope = layer.backward(np.ones_like(everywhere))[:, 0]
        sentence = _sentence(x, float(y[-1]), float(slope[-1]))
        words = f"{self.function.value} with its gradient, and its tangent at x. {sentence}"
        picture = Picture(7.0, 3.2, words)
        axes = plain_axes(picture, (0.1, 0.17, 0.88, 0.78))
        axes.plot(everywhere[:-1], y[:-1], color=BLUE, linewidth=2, label="y")
        axes.plot(everywhere[:-1], slope[:-1], "--", color=ORANGE, linewidth=1.8, label="dy/dx")
        near = np.array([x - 1, x + 1])
        axes.plot(
            near, y[-1] + slope[-1] * (near - x), color=VERMILION, linewidth=2.4, label="tangent"
        )
        axes.plot(x, y[-1], "o", color=VERMILION, markersize=8)
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.set_ylim(max(-2.2, min(-0.3, float(y.min()) - 0.2)), min(6.2, float(y.max()) + 0.3))
        axes.set_xlabel("x", fontsize=NORMAL)
        axes.set_ylabel("y, dy/dx", fontsize=NORMAL)
        axes.legend(loc="upper left", frameon=False)
        return picture, f"<p>{sentence}</p>"


def _sentence(x: float, y: float, slope: float) -> str:
    shown = number(slope) if abs(slope) > 5e-4 or slope == 0 else f"{slope:.0e}".replace("-", "−")
    text = f"y({number(x)}) = {number(y)}, dy/dx = {shown}."
    if slope == 0:
        return f"{text} No gradient passes: what lies before this unit learns nothing from it."
    if abs(slope) < 0.1:
        flat = "The unit is saturated: little" if abs(x) > 2 else "Little"
        return f"{text} {flat} of the gradient passes."
    return text


def activation_explorer() -> ActivationExplorer:
    """An activation function with its tangent, where the slider is."""
    return ActivationExplorer()
