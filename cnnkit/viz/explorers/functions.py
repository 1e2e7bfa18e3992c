"""Activation functions and pooling, by hand."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets
import numpy as np

from cnnkit.layers import (
    ELU,
    AvgPool2d,
    Layer,
    LeakyReLU,
    LPPool2d,
    MaxPool2d,
    ReLU,
    Sigmoid,
    SiLU,
    Step,
    SumPool2d,
    Tanh,
)
from cnnkit.viz.explorers.base import Explorer, slider
from cnnkit.viz.pictures import Panel, row_of_panels
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
IMAGE = np.array(
    [[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]], float
)
POOLS: dict[str, Callable[[int, int], Layer]] = {
    "maximum": MaxPool2d,
    "average": AvgPool2d,
    "sum": SumPool2d,
    "L2": lambda size, stride: LPPool2d(2, size, stride),
}


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
        picture = Picture(7.0, 3.2)
        axes = plain_axes(picture, (0.07, 0.14, 0.91, 0.8))
        axes.plot(everywhere[:-1], y[:-1], color=BLUE, linewidth=2, label="y")
        axes.plot(everywhere[:-1], slope[:-1], "--", color=ORANGE, linewidth=1.8, label="dy/dx")
        near = np.array([x - 1, x + 1])
        axes.plot(near, y[-1] + slope[-1] * (near - x), color=VERMILION, linewidth=2.4)
        axes.plot(x, y[-1], "o", color=VERMILION, markersize=8)
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.set_ylim(max(-2.2, min(-0.3, float(y.min()) - 0.2)), min(6.2, float(y.max()) + 0.3))
        axes.set_xlabel("x", fontsize=NORMAL)
        axes.legend(loc="upper left", frameon=False)
        return picture, f'<p role="status">{_sentence(x, float(y[-1]), float(slope[-1]))}</p>'


def _sentence(x: float, y: float, slope: float) -> str:
    text = f"y({number(x)}) = {number(y)}, dy/dx = {number(slope)}."
    if slope == 0:
        return f"{text} No gradient passes: what lies before this unit learns nothing from it."
    if abs(slope) < 0.1:
        return f"{text} The unit is saturated: little of the gradient passes."
    return text


class PoolingExplorer(Explorer):
    """Pooling of a small image that can be shifted: what changes in the output, and what does not.

    Pixels that are shifted in are 0.
    """

    def __init__(self) -> None:
        self.kind = widgets.Dropdown(options=list(POOLS), description="pooling")
        self.size = slider("window", 1, 4, 2)
        self.stride = slider("stride", 1, 3)
        self.shift = slider("shift", 0, 2)
        super().__init__([[self.kind, self.size], [self.stride, self.shift]])
        self.watch(self.kind, self.size, self.stride, self.shift)
        self.show()

    def pooled(self, image: np.ndarray) -> np.ndarray:
        """The output (H', W') for an image (H, W)."""
        layer = POOLS[self.kind.value](self.size.value, self.stride.value)
        return np.asarray(layer(image[None, None])[0, 0])

    def draw(self) -> tuple[Picture, str]:
        shift = self.shift.value
        shifted = np.pad(IMAGE, ((0, 0), (shift, 0)))[:, : IMAGE.shape[1]]
        before, after = self.pooled(IMAGE), self.pooled(shifted)
        panels = [
            Panel(shifted, f"image, shifted by {shift}" if shift else "image"),
            Panel(
                after, f"{self.kind.value}, window {self.size.value}, stride {self.stride.value}"
            ),
        ]
        high, wide = after.shape
        sentence = f"The output is {high}×{wide}; pooling has no parameters."
        if shift:
            moved = np.mean(shifted != IMAGE), np.mean(before != after)
            sentence += (
                f" The shift changes {moved[0]:.0%} of the image and {moved[1]:.0%} of the output."
            )
        return row_of_panels(panels, "→"), f'<p role="status">{sentence}</p>'


def activation_explorer() -> ActivationExplorer:
    """An activation function with its tangent, where the slider is."""
    return ActivationExplorer()


def pooling_explorer() -> PoolingExplorer:
    """The lecture's 5×5 image, pooled and shifted."""
    return PoolingExplorer()
