"""Windows that slide, step by step: as one picture, as a strip, and as a film."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from cnnkit.viz.display import Bounds, Bundle, image_bundle
from cnnkit.viz.panels import Panel, Window, grid_of_panels, row_of_panels
from cnnkit.viz.steps import ConvolutionStep, PoolingStep, convolution_step, pooling_step
from cnnkit.viz.style import Picture, at_least_one, number

Step = ConvolutionStep | PoolingStep


class Film:
    """Pictures of one size that follow one another, shown as an animated PNG, which every browser,
    GitHub and an HTML export play, and which is sharp where a GIF is not. It begins again at its
    end. `alt` is its alternative text; `stills` are the pictures."""

    def __init__(self, stills: Sequence[Picture], alt: str) -> None:
        at_least_one(stills, "picture")
        self.stills, self.alt = list(stills), alt

    def png(self, dots_per_inch: float = 150) -> bytes:
        """The film as an animated PNG file, a second for each picture and three for the last."""
        frames = [Image.open(BytesIO(still.png(dots_per_inch))) for still in self.stills]
        times = [1000] * (len(frames) - 1) + [3000]  # milliseconds
        buffer = BytesIO()
        frames[0].convert("RGB").save(
            buffer,
            "PNG",
            save_all=True,
            append_images=[frame.convert("RGB") for frame in frames[1:]],
            duration=times,
            loop=0,
        )
        return buffer.getvalue()

    def __repr__(self) -> str:
        return self.alt

    @property
    def page_width(self) -> int:
        """In pixels of the page."""
        return self.stills[0].page_width

    def photographs(self) -> list[Bounds]:
        """What keeps its colours in a dark theme: in each of its pictures the same."""
        return self.stills[0].photographs()

    def _repr_mimebundle_(self, **_: Any) -> Bundle:
        return image_bundle(self.png(), self.alt, self.page_width, photographs=self.photographs())


def convolution_step_picture(step: ConvolutionStep) -> Picture:
    """The padded input with the window framed, the products, and the output as far as it goes."""
    return _step_picture(step)


def pooling_step_picture(step: PoolingStep) -> Picture:
    """The image with the window framed, what is computed from it, the output as far as it goes."""
    return _step_picture(step)


def _step_picture(step: Step) -> Picture:
    picture = row_of_panels(step_panels(step), "→→")
    picture.alt = f"{step.sentence}. {picture.alt}"
    return picture


def strip_picture(steps: Sequence[Step]) -> Picture:
    """Steps below one another, one row for each, ⋮ where steps are left out. ValueError: there is
    none."""
    at_least_one(steps, "step")
    rows = [step_panels(step) for step in steps]
    # The titles stand once, above the first row.
    rows[1:] = [[replace(panel, title="") for panel in row] for row in rows[1:]]
    places = [step.row * step.output.shape[1] + step.column for step in steps]
    left_out = ["⋮" if b - a > 1 else "" for a, b in itertools.pairwise(places)]
    words = " Then: ".join(step.sentence for step in steps)
    return grid_of_panels(rows, "→→", words, left_out)


def convolution_film(
    image: Any, kernel: Any, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Film:
    """A kernel that slides over an image (H, W), a second for each position; ValueError as of
    `convolution_step`."""
    first = convolution_step(image, kernel, stride, padding, 0, dilation)
    steps = [
        convolution_step(image, kernel, stride, padding, index, dilation)
        for index in range(first.positions)
    ]
    high, wide = first.kernel.shape
    words = f"A {high}×{wide} kernel slides over the image; "
    return _film([convolution_step_picture(step) for step in steps], steps, words)


def pooling_film(image: Any, kind: str = "maximum", kernel_size: int = 2, stride: int = 2) -> Film:
    """A pooling window that slides over an image (H, W), a second for each position; ValueError as
    of `pooling_step`."""
    count = pooling_step(image, kind, kernel_size, stride).output.size
    steps = [pooling_step(image, kind, kernel_size, stride, index) for index in range(count)]
    words = f"A {kernel_size}×{kernel_size} window slides over the image, {kind} pooling; "
    return _film([pooling_step_picture(step) for step in steps], steps, words)


def _film(stills: list[Picture], steps: Sequence[Step], words: str) -> Film:
    return Film(stills, f"{words}in the end, {Panel(steps[-1].output, 'output').words}.")


def step_panels(step: Step) -> list[Panel]:
    """The matrices of a step: input, what is computed from its window, output."""
    return _convolution_panels(step) if isinstance(step, ConvolutionStep) else _pooling_panels(step)


def _convolution_panels(step: ConvolutionStep) -> list[Panel]:
    texts = [
        [f"{number(value)}\n×{number(weight)}" for value, weight in zip(*pair, strict=True)]
        for pair in zip(step.window, step.kernel, strict=True)
    ]
    options = {"padding": step.padding, "stride": step.stride, "dilation": step.dilation}
    usual = {"padding": 0, "stride": 1, "dilation": 1}
    named = [f"{name} {value}" for name, value in options.items() if value != usual[name]]
    title = ", ".join(["input", *named])
    total = f"sum: {number(step.total)}"
    seen, seen_to = _windows(step), ((step.row, step.column, 1, 1),)
    return [
        Panel(step.padded, title, windows=seen, border=step.padding),
        # Larger than the others' cells: two lines stand in each.
        Panel(step.products, "window ⊙ kernel", total, texts=texts, scale=1.35),
        Panel(step.output, "kernel ⋆ input", windows=seen_to, largest=step.largest),
    ]


def _windows(step: ConvolutionStep) -> tuple[Window, ...]:
    """One frame round the window; of a dilated kernel, one round each of its pixels."""
    (height, width), top, left = (
        step.kernel.shape,
        step.row * step.stride,
        step.column * step.stride,
    )
    if step.dilation == 1:
        return ((top, left, height, width),)
    d = step.dilation
    return tuple((top + d * k, left + d * l, 1, 1) for k, l in np.ndindex(height, width))


def _pooling_panels(step: PoolingStep) -> list[Panel]:
    place = (step.row * step.stride, step.column * step.stride, step.kernel_size, step.kernel_size)
    chosen: tuple[Window, ...] = ()
    if step.kind == "maximum":
        row, column = divmod(int(step.window.argmax()), step.kernel_size)
        chosen = ((row, column, 1, 1),)
    total, top = f"{step.kind}: {number(step.total)}", step.largest
    return [
        Panel(step.image, f"input, stride {step.stride}", windows=(place,), largest=top),
        Panel(step.window, "window", total, windows=chosen, largest=top),
        Panel(step.output, "output", windows=((step.row, step.column, 1, 1),), largest=top),
    ]
