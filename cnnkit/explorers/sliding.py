"""Windows that slide: convolution and pooling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from typing import Any

import ipywidgets as widgets
import numpy as np

from cnnkit.explorers.base import Step, StepExplorer
from cnnkit.explorers.cells import Slot, panels_html
from cnnkit.explorers.controls import slider
from cnnkit.explorers.screen import Page
from cnnkit.viz.kernels import KERNELS
from cnnkit.viz.panels import Panel, as_matrix
from cnnkit.viz.sliding import convolution_step_picture, pooling_step_picture, step_panels
from cnnkit.viz.steps import (
    POOLS,
    ConvolutionStep,
    PoolingStep,
    convolution_step,
    pooling_step,
    size_formula,
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
SHOWN = {"cross": "× (ones on both diagonals)"}  # as the list of kernels names it
PADDINGS, WINDOWS = 2, 4  # the largest padding, and the largest window of pooling
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
        named = [(SHOWN.get(name, name), name) for name in CHOICES]
        self.kernel = widgets.Dropdown(options=named, description="kernel")
        self.stride = slider("stride", 1, 3)
        self.padding = slider("padding", 0, PADDINGS)
        self.dilation = slider("dilation", 1, 2)
        super().__init__([self.kernel, self.stride, self.padding, self.dilation], "position")

    def prepare(self) -> Sequence[Step]:
        kernel = CHOICES[self.kernel.value]
        options = (self.stride.value, self.padding.value)
        first = convolution_step(self.image, kernel, *options, 0, self.dilation.value)
        at = partial(convolution_step, self.image, kernel, *options, dilation=first.dilation)
        draw = partial(_draw_convolution, at, self.image.shape)
        return [Step(_cell(i, first), partial(draw, i)) for i in range(first.positions)]


def _draw_convolution(at: Callable[..., ConvolutionStep], size: Slot, index: int) -> Page:
    step = at(index=index)
    image, products, output = step_panels(step)
    panels = [
        replace(image, title="image I, padded" if step.padding else "image I"),
        Panel(step.kernel, "kernel f"),
        replace(products, title="window × kernel"),
        replace(output, title="output h"),
    ]
    height, width = (side + 2 * PADDINGS for side in size)
    largest = max(max(kernel.shape) for kernel in CHOICES.values())
    least = min(min(kernel.shape) for kernel in CHOICES.values())
    kernels = (largest, largest)
    answer = (height - least + 1, width - least + 1)
    html = panels_html(panels, "⋆→→", [(height, width), kernels, kernels, answer])
    return _page(step, html, lambda: convolution_step_picture(step))


class PoolingExplorer(StepExplorer):
    """Pooling of a small image that can be shifted: what changes in the output, and what does not.

    Pixels that are shifted in are 0.
    """

    stays = True

    def __init__(self) -> None:
        self.kind = widgets.Dropdown(options=list(POOLS), description="pooling")
        self.size = slider("window", 1, WINDOWS, 2)
        self.stride = slider("stride", 1, 3)
        self.shift = slider("shift", 0, 2)
        super().__init__([self.kind, self.size, self.stride, self.shift], "position")

    def prepare(self) -> Sequence[Step]:
        shift = self.shift.value
        shifted = np.pad(POOLED, ((0, 0), (shift, 0)))[:, : POOLED.shape[1]]
        options = (self.kind.value, self.size.value, self.stride.value)
        first = pooling_step(POOLED, *options)
        count = first.output.size
        before, after = (pooling_step(x, *options, count - 1).output for x in (POOLED, shifted))
        remark = ""
        if shift:
            remark = f"<p>The shift changes {np.mean(shifted != POOLED):.0%} of the image and "
            remark += f"{np.mean(before != after):.0%} of the output.</p>"
        at = partial(pooling_step, shifted, *options)
        return [Step(_cell(i, first), partial(_draw_pooling, at, remark, i)) for i in range(count)]


def _draw_pooling(at: Callable[[int], PoolingStep], remark: str, index: int) -> Page:
    step = at(index)
    image, window, output = step_panels(step)
    panels = [
        replace(image, title="image I"),
        replace(window, title="window"),
        replace(output, title="output h"),
    ]
    slots = [POOLED.shape, (WINDOWS, WINDOWS), POOLED.shape]
    html = panels_html(panels, "→→", slots)
    return _page(step, html, lambda: pooling_step_picture(step), remark)


def convolution(image: Any = None) -> ConvolutionExplorer:
    """The explorer for `image` (H, W), at most 10×10; without one, for the lecture's 5×5 image."""
    return ConvolutionExplorer(image)


def pooling() -> PoolingExplorer:
    """The lecture's 5×5 image, pooled and shifted."""
    return PoolingExplorer()


def _cell(index: int, step: ConvolutionStep | PoolingStep) -> str:
    """The output's cell of a step."""
    row, column = divmod(index, step.output.shape[1])
    return f"h[{row}, {column}]"


def _page(
    step: ConvolutionStep | PoolingStep, html: str, picture: Callable[[], Picture], more: str = ""
) -> Page:
    sentence = f"<p>{escape(step.sentence)}</p>{_remark(step)}{more}"
    words = ". ".join(panel.words for panel in step_panels(step))
    return Page(html, f"{step.sentence}. {words}", sentence, picture)


def _remark(step: ConvolutionStep | PoolingStep) -> str:
    """The output's size by its formula, and what no window reaches."""
    if isinstance(step, ConvolutionStep):
        padding, d = step.padding, step.dilation
        sizes = [side - 2 * padding for side in step.padded.shape]
        windows = [d * (side - 1) + 1 for side in step.kernel.shape]
    else:
        padding, sizes = 0, list(step.image.shape)
        windows = [step.kernel_size] * 2
    formulas = [
        size_formula(size, window, step.stride, padding)
        for size, window in zip(sizes, windows, strict=True)
    ]
    height, width = step.output.shape
    remark = f"The output is {height}×{width}: "
    same = formulas[0] == formulas[1]
    remark += f"{formulas[0]}." if same else f"{formulas[0]} rows, {formulas[1]} columns."
    if isinstance(step, PoolingStep):
        remark += " Pooling has no parameters."
    lost = (max(0, count - padding) for count in step.unseen)  # what is lost of the padding is 0
    counts = zip(lost, ("row", "column"), strict=True)
    if missed := " and ".join(_count(n, what) for n, what in counts if n):
        remark += (
            f" No window reaches the last {missed} of the input: stride {step.stride} does not fit."
        )
    return f"<p>{remark}</p>"


def _count(n: int, what: str) -> str:
    return what if n == 1 else f"{n} {what}s"
