"""A kernel that slides over an image."""

from typing import Any

import ipywidgets as widgets
import numpy as np

from cnnkit.viz.explorers.base import Explorer, slider
from cnnkit.viz.kernels import KERNELS
from cnnkit.viz.pictures import as_matrix, convolution_step_picture
from cnnkit.viz.steps import ConvolutionStep, convolution_step
from cnnkit.viz.style import Picture

LARGEST = 10  # rows or columns whose numbers can still be read
IMAGE = np.array(
    [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
)
CHOICES = {
    "cross": np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]]),
    **KERNELS,
    "4×4, all ones": np.ones((4, 4)),
}


class ConvolutionExplorer(Explorer):
    """A kernel that slides over an image: choose kernel, stride and padding, move the window."""

    def __init__(self, image: Any = None) -> None:
        self.image = as_matrix(IMAGE if image is None else image)
        if max(self.image.shape) > LARGEST:
            raise ValueError(
                f"expected an image of at most {LARGEST}×{LARGEST}, whose numbers can be read; "
                f"got {self.image.shape[0]}×{self.image.shape[1]}"
            )
        self.kernel = widgets.Dropdown(options=list(CHOICES), description="kernel")
        self.stride = slider("stride", 1, 3)
        self.padding = slider("padding", 0, 2)
        self.position = slider("position", 0, 1).add_class("explorer-position")
        self.play = widgets.Play(min=0, max=1, interval=900)
        widgets.jslink((self.play, "value"), (self.position, "value"))
        for control in (self.kernel, self.stride, self.padding):
            control.observe(self._begin, "value")
        super().__init__([[self.kernel, self.stride, self.padding], [self.play, self.position]])
        self.watch(self.position)
        self._begin()

    def step(self) -> ConvolutionStep:
        """What the controls ask for; ValueError if it can't be had."""
        kernel = CHOICES[self.kernel.value]
        return convolution_step(
            self.image, kernel, self.stride.value, self.padding.value, self.position.value
        )

    def _begin(self, _: Any = None) -> None:
        """From the first window on, with as many positions as the settings give."""
        self.position.unobserve(self.show, "value")
        self.position.value = 0
        try:
            last = self.step().positions - 1
        except ValueError:
            last = 0
        self.play.value = 0
        self.position.max = self.play.max = last
        self.position.disabled = self.play.disabled = last == 0
        self.watch(self.position)
        self.show()

    def draw(self) -> tuple[Picture, str]:
        step = self.step()
        sentence = f'<p role="status">{step.sentence}</p>{_remark(step)}'
        return convolution_step_picture(step), sentence


def convolution_explorer(image: Any = None) -> ConvolutionExplorer:
    """The explorer for `image` (H, W), at most 10×10; without one, for the lecture's 5×5 image."""
    return ConvolutionExplorer(image)


def _remark(step: ConvolutionStep) -> str:
    height, width = step.output.shape
    remark = f"The output is {height}×{width}."
    counts = zip(step.unseen, ("row", "column"), strict=True)
    if missed := " and ".join(_count(n, what) for n, what in counts if n):
        remark += (
            f" No window reaches the last {missed} of the padded input: stride {step.stride} "
            "does not fit."
        )
    return f"<p>{remark}</p>"


def _count(n: int, what: str) -> str:
    return what if n == 1 else f"{n} {what}s"
