"""Windows that slide: convolution and pooling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import ipywidgets as widgets
import numpy as np

from cnnkit.explorers.base import Draw, Drawn, StepExplorer, slider
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

    stays = True

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

    def prepare(self) -> Sequence[Draw]:
        kernel = CHOICES[self.kernel.value]
        options = (self.stride.value, self.padding.value)
        first = convolution_step(self.image, kernel, *options, 0, self.dilation.value)
        at = partial(convolution_step, self.image, kernel, *options, dilation=first.dilation)
        return [partial(_draw_convolution, at, index) for index in range(first.positions)]


def _draw_convolution(at: Callable[..., ConvolutionStep], index: int) -> Drawn:
    step = at(index=index)
    return convolution_step_picture(step), f"<p>{step.sentence}</p>{_remark(step)}"


class PoolingExplorer(StepExplorer):
    """Pooling of a small image that can be shifted: what changes in the output, and what does not.

    Pixels that are shifted in are 0.
    """

    stays = True

    def __init__(self) -> None:
        self.kind = widgets.Dropdown(options=list(POOLS), description="pooling")
        self.size = slider("window", 1, 4, 2)
        self.stride = slider("stride", 1, 3)
        self.shift = slider("shift", 0, 2)
        super().__init__([self.kind, self.size, self.stride, self.shift], "position")

    def prepare(self) -> Sequence[Draw]:
        shift = self.shift.value
        shifted = np.pad(POOLED, ((0, 0), (shift, 0)))[:, : POOLED.shape[1]]
        options = (self.kind.value, self.size.value, self.stride.value)
        count = pooling_step(POOLED, *options).output.size
        before, after = (pooling_step(x, *options, count - 1).output for x in (POOLED, shifted))
        remark = ""
        if shift:
            remark = f"<p>The shift changes {np.mean(shifted != POOLED):.0%} of the image and "
            remark += f"{np.mean(before != after):.0%} of the output.</p>"
        at = partial(pooling_step, shifted, *options)
        return [partial(_draw_pooling, at, index, remark) for index in range(count)]


def _draw_pooling(at: Callable[[int], PoolingStep], index: int, remark: str) -> Drawn:
    step = at(index)
    return pooling_step_picture(step), f"<p>{step.sentence}</p>{_remark(step)}{remark}"


def convolution(image: Any = None) -> ConvolutionExplorer:
    """The explorer for `image` (H, W), at most 10×10; without one, for the lecture's 5×5 image."""
    return ConvolutionExplorer(image)


def pooling() -> PoolingExplorer:
    """The lecture's 5×5 image, pooled and shifted."""
    return PoolingExplorer()


def _remark(step: ConvolutionStep | PoolingStep) -> str:
    height, width = step.output.shape
    remark = f"The output is {height}×{width}."
    if isinstance(step, PoolingStep):
        remark += " Pooling has no parameters."
    padding = step.padding if isinstance(step, ConvolutionStep) else 0
    lost = (max(0, count - padding) for count in step.unseen)  # what is lost of the padding is 0
    counts = zip(lost, ("row", "column"), strict=True)
    if missed := " and ".join(_count(n, what) for n, what in counts if n):
        remark += (
            f" No window reaches the last {missed} of the input: stride {step.stride} does not fit."
        )
    return f"<p>{remark}</p>"


def _count(n: int, what: str) -> str:
    return what if n == 1 else f"{n} {what}s"
