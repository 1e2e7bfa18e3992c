"""What one unit sees through a stack of equal layers."""

from __future__ import annotations

from cnnkit.explorers.base import Explorer
from cnnkit.explorers.controls import choice, slider
from cnnkit.explorers.screen import Diagram
from cnnkit.viz.cones import Line, cone_picture, cone_sentence

DOUBLING = "1, 2, 4, …"


class ConeExplorer(Explorer):
    """Layers on one another in one direction: choose how many, their kernel, stride and dilation,
    and see which pixels reach the unit on top, and in how many ways."""

    def __init__(self) -> None:
        self.layers = slider("layers", 1, 4, 2)
        self.kernel = slider("kernel", 1, 5, 3)
        self.stride = slider("stride", 1, 2)
        self.dilation = choice("dilation", ["1", "2", DOUBLING])
        controls = [self.layers, self.kernel, self.stride, self.dilation]
        super().__init__(controls)
        self.watch(*controls)
        self.show()

    def stack(self) -> list[Line]:
        """The layers that the controls ask for, from the input upwards."""
        doubling = self.dilation.label == DOUBLING
        return [
            (self.kernel.value, self.stride.value, 2**n if doubling else self.dilation.value + 1)
            for n in range(self.layers.value)
        ]

    def draw(self) -> Diagram:
        layers = self.stack()
        return Diagram(cone_picture(layers), f"<p>{cone_sentence(layers)}.</p>")


def cone() -> ConeExplorer:
    """Up to four layers on one another, and what their last unit sees."""
    return ConeExplorer()
