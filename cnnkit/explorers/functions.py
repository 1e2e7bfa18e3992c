"""Activation functions and their gradients; the explorer needs the kernel for nothing."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from cnnkit.explorers.base import StaticPicture
from cnnkit.explorers.screen import HERE, still_of
from cnnkit.layers import Layer
from cnnkit.viz.tangents import (
    ACTIVATIONS,
    GRID,
    activation_sentence,
    tangent_picture,
    values_and_slopes,
)

BEGIN = 70  # x = 1


class ActivationExplorer(StaticPicture, anywidget.AnyWidget):
    """An activation function, its value and its gradient where the slider is.

    `function` and `index` (of x in −6, −5.9 … 6) can be read and set from the notebook.
    """

    _esm = HERE / "activation.js"
    _css = HERE / "activation.css"
    grid: traitlets.List[float] = traitlets.List(GRID.tolist()).tag(sync=True)
    curves: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    function = traitlets.Enum(list(ACTIVATIONS), "sigmoid").tag(sync=True)
    index = traitlets.Int(BEGIN, min=0, max=len(GRID) - 1).tag(sync=True)

    def __init__(self) -> None:
        super().__init__(curves={name: curve(layer) for name, layer in ACTIVATIONS.items()})
        self.add_class("activation-explorer")

    def still(self) -> dict[str, Any]:
        return still_of(tangent_picture(self.function, float(GRID[self.index])))


def curve(layer: Layer) -> dict[str, list[Any]]:
    """What the browser draws of a function: `y` and `slope` at each x of the grid, and what is
    said there, `sentence`."""
    y, slope = values_and_slopes(layer, GRID)
    sentences = [activation_sentence(*each) for each in zip(GRID, y, slope, strict=True)]
    return {"y": y.tolist(), "slope": slope.tolist(), "sentence": sentences}


def activation() -> ActivationExplorer:
    """An activation function with its tangent, where the slider is."""
    return ActivationExplorer()
