"""Explorers: widgets to play with in a notebook, each a thin view over a function of `steps`."""

from typing import Any

import ipywidgets as widgets
import numpy as np

from cnnkit.viz.kernels import KERNELS
from cnnkit.viz.pictures import as_matrix, convolution_step_picture
from cnnkit.viz.steps import ConvolutionStep, convolution_step

LARGEST = 10  # rows or columns whose numbers can still be read
IMAGE = np.array(
    [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
)
CHOICES = {
    "cross": np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]]),
    **KERNELS,
    "4×4, all ones": np.ones((4, 4)),
}


class ConvolutionExplorer(widgets.VBox):
    """A kernel that slides over an image: choose kernel, stride and padding, move the window."""

    def __init__(self, image: Any = None) -> None:
        self.image = as_matrix(IMAGE if image is None else image)
        if max(self.image.shape) > LARGEST:
            raise ValueError(
                f"expected an image of at most {LARGEST}×{LARGEST}, whose numbers can be read; "
                f"got {self.image.shape[0]}×{self.image.shape[1]}"
            )
        self.kernel = widgets.Dropdown(options=list(CHOICES), description="kernel")
        self.stride = _slider("stride", 1, 3)
        self.padding = _slider("padding", 0, 2)
        self.position = _slider("position", 0, 1).add_class("explorer-position")
        self.play = widgets.Play(min=0, max=1, interval=900)
        self.picture = widgets.Image(format="png", layout=widgets.Layout(max_width="100%"))
        self.sum = widgets.HTML().add_class("explorer-sum")
        widgets.jslink((self.play, "value"), (self.position, "value"))
        for control in (self.kernel, self.stride, self.padding):
            control.observe(self._begin, "value")
        self.position.observe(self._show, "value")
        super().__init__(
            [
                widgets.HBox([self.kernel, self.stride, self.padding], layout=_wrapping()),
                widgets.HBox([self.play, self.position], layout=_wrapping()),
                self.picture,
                self.sum,
            ]
        )
        self.add_class("convolution-explorer")
        self._begin()

    def step(self) -> ConvolutionStep:
        """What the controls ask for; ValueError if it can't be had."""
        kernel = CHOICES[self.kernel.value]
        return convolution_step(
            self.image, kernel, self.stride.value, self.padding.value, self.position.value
        )

    def _begin(self, _: Any = None) -> None:
        """From the first window on, with as many positions as the settings give."""
        self.position.unobserve(self._show, "value")
        self.position.value = 0
        try:
            last = self.step().positions - 1
        except ValueError:
            last = 0
        self.play.value = 0
        self.position.max = self.play.max = last
        self.position.disabled = self.play.disabled = last == 0
        self.position.observe(self._show, "value")
        self._show()

    def _show(self, _: Any = None) -> None:
        try:
            step = self.step()
        except ValueError as problem:
            self.picture.layout.display = "none"
            self.sum.value = f'<p role="status"><b>{problem}</b></p>'
            return
        picture = convolution_step_picture(step)
        self.picture.value = picture.png(150)
        self.picture.width = str(round(100 * picture.get_size_inches()[0]))
        self.picture.layout.display = None
        self.sum.value = f'<p role="status">{step.sentence}</p>{_remark(step)}'


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


def _slider(name: str, least: int, most: int) -> widgets.IntSlider:
    return widgets.IntSlider(value=least, min=least, max=most, description=name)


def _wrapping() -> widgets.Layout:
    return widgets.Layout(flex_flow="row wrap")
