"""Windows that slide: convolution and pooling."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import numpy as np

from cnnkit.viz.explorers.base import StepExplorer, slider
from cnnkit.viz.kernels import KERNELS
from cnnkit.viz.panels import as_matrix
from cnnkit.viz.sliding import convolution_step_picture, pooling_step_picture
from cnnkit.viz.steps import (
    POOLS,
    ConvolutionStep,
    PoolingStep,
    convolution_step,
    pooling_step,
)
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
POOLED = np.array(
    [[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]], float
)


class ConvolutionExplorer(StepExplorer):
    """A kernel that slides over an image: choose kernel, stride, padding and dilation, move the
    window."""

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
        self.dilation = slider("dilation", 1, 2)
        super().__init__([self.kernel, self.stride, self.padding, self.dilation], "position")

    def at(self, index: int) -> ConvolutionStep:
        """What the controls ask for, at a position; ValueError if it can't be had."""
        return convolution_step(
            self.image,
            CHOICES[self.kernel.value],
            self.stride.value,
            self.padding.value,
            index,
            self.dilation.value,
        )

    def prepare(self) -> int:
        return self.at(0).positions

    def draw_step(self, index: int) -> tuple[Picture, str]:
        step = self.at(index)
        return convolution_step_picture(step), f"<p>{step.sentence}</p>{_remark(step)}"


class PoolingExplorer(StepExplorer):
    """Pooling of a small image that can be shifted: what changes in the output, and what does not.

    Pixels that are shifted in are 0.
    """

    def __init__(self) -> None:
        self.kind = widgets.Dropdown(options=list(POOLS), description="pooling")
        self.size = slider("window", 1, 4, 2)
        self.stride = slider("stride", 1, 3)
        self.shift = slider("shift", 0, 2)
        super().__init__([self.kind, self.size, self.stride, self.shift], "position")

    def at(self, index: int, shift: int) -> PoolingStep:
        """A position of the window on the image, shifted to the right."""
        shifted = np.pad(POOLED, ((0, 0), (shift, 0)))[:, : POOLED.shape[1]]
        return pooling_step(shifted, self.kind.value, self.size.value, self.stride.value, index)

    def prepare(self) -> int:
        return self.at(0, 0).output.size

    def draw_step(self, index: int) -> tuple[Picture, str]:
        step, last = self.at(index, self.shift.value), self.count - 1
        high, wide = step.output.shape
        text = f"{step.sentence}</p><p>The output is {high}×{wide}; pooling has no parameters."
        if self.shift.value:
            before, after = self.at(last, 0), self.at(last, self.shift.value)
            image = np.mean(before.image != after.image)
            output = np.mean(before.output != after.output)
            text += f" The shift changes {image:.0%} of the image and {output:.0%} of the output."
        return pooling_step_picture(step), f"<p>{text}</p>"


def convolution_explorer(image: Any = None) -> ConvolutionExplorer:
    """The explorer for `image` (H, W), at most 10×10; without one, for the lecture's 5×5 image."""
    return ConvolutionExplorer(image)


def pooling_explorer() -> PoolingExplorer:
    """The lecture's 5×5 image, pooled and shifted."""
    return PoolingExplorer()


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
