"""Inception, residual and other modules taken apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import ipywidgets as widgets

from cnnkit import models
from cnnkit.explorers.base import Step, StepExplorer
from cnnkit.explorers.screen import Diagram
from cnnkit.layers import Concat, Conv2d, Layer, MaxPool2d, ReLU, Sequential
from cnnkit.viz.blocks import block_picture
from cnnkit.viz.units import Unit, block_units, describe


def _inside(net: Layer, name: str) -> Layer:
    return next(layer for path, layer in net.named_layers() if path.split(".")[-1] == name)


def _naive() -> Layer:
    """Figure 2(a) of Szegedy et al., 2015, with the widths of 3a."""
    return Concat(
        Sequential(Conv2d(192, 64, 1), ReLU()),
        Sequential(Conv2d(192, 128, 3, padding=1), ReLU()),
        Sequential(Conv2d(192, 32, 5, padding=2), ReLU()),
        MaxPool2d(3, 1, 1),
    )


BLOCKS: dict[str, tuple[Callable[[], Layer], tuple[int, ...]]] = {
    "Inception, naive": (_naive, (192, 28, 28)),
    "Inception 3a (GoogLeNet)": (
        lambda: _inside(models.googlenet(variant="paper"), "inception3a"),
        (192, 28, 28),
    ),
    "residual (ResNet-18)": (lambda: models.resnet18().layer1[0], (64, 56, 56)),
    "residual, half the side (ResNet-18)": (lambda: models.resnet18().layer2[0], (64, 56, 56)),
    "bottleneck (ResNet-50)": (lambda: models.resnet50().layer1[1], (256, 56, 56)),
    "Fire (SqueezeNet)": (lambda: models.squeezenet1_1().features[3], (64, 55, 55)),
    "inverted residual (MobileNet V2)": (
        lambda: models.mobilenet_v2().features[3],
        (24, 56, 56),
    ),
}


class BlockExplorer(StepExplorer):
    """A module, part by part: what each does, what it costs, what it saves."""

    def __init__(self) -> None:
        self.module = widgets.Dropdown(
            options=list(BLOCKS), value="Inception 3a (GoogLeNet)", description="module"
        )
        super().__init__([self.module], "part", 1500)

    def prepare(self) -> Sequence[Step]:
        build, shape = BLOCKS[self.module.value]
        block = build()
        units = block_units(block, shape)
        return [
            Step(unit.join or describe(unit.layer), partial(_draw_part, block, shape, units, index))
            for index, unit in enumerate(units)
        ]


def _draw_part(block: Layer, shape: tuple[int, ...], units: list[Unit], index: int) -> Diagram:
    summary = block.summary(shape)
    whole = f"The module: {summary.parameters:,} parameters, {summary.macs:,} multiply-adds."
    text = f"<p>{unit_sentence(units, index)}</p><p>{whole}</p>"
    return Diagram(block_picture(block, shape, index), text)


def unit_sentence(units: list[Unit], index: int) -> str:
    """What a part does and costs, and what it saves: a 1×1 reduction before a convolution, and a
    depthwise convolution."""
    unit, size = units[index], units[index].lines[-1]
    if unit.join:
        what = (
            "The branches' maps, stacked along the channels" if unit.join == "concat" else "The sum"
        )
        return f"{what}: {size}, no parameters."
    norm = " with batch norm" if any(row.layer == "BatchNorm2d" for row in unit.rows) else ""
    text = f"{describe(unit.layer)}: {size}, {unit.parameters:,} parameters{norm}, "
    text += f"{unit.macs:,} multiply-adds"
    if total := sum(other.macs for other in units):
        text += f", {unit.macs / total:.0%} of the module's"
    conv = unit.layer
    if not isinstance(conv, Conv2d):
        return f"{text}."
    text += "."
    if conv.groups == conv.in_channels > 1:
        text += " One kernel for each channel; kernels over all channels would cost "
        text += f"{conv.in_channels} times as much."
    if conv.out_channels < conv.in_channels and _sides(conv) == _strides(conv) == (1, 1):
        for after in units[index + 1 :]:
            if unit in after.before and isinstance(after.layer, Conv2d) and after.layer.groups == 1:
                text += _saved(conv, after)
    return text


def _saved(conv: Conv2d, after: Unit) -> str:
    """What a convolution behind a reduction would cost without it."""
    assert isinstance(after.layer, Conv2d)
    if max(_sides(after.layer)) == 1:
        return ""
    without = after.macs * conv.in_channels // conv.out_channels
    text = f" Without it the {describe(after.layer)} behind it would cost {without:,} multiply-adds"
    return f"{text} instead of {after.macs:,}."


def _sides(conv: Conv2d) -> tuple[int, ...]:
    size = conv.kernel_size
    return size if isinstance(size, tuple) else (size, size)


def _strides(conv: Conv2d) -> tuple[int, ...]:
    return conv.stride if isinstance(conv.stride, tuple) else (conv.stride, conv.stride)


def block() -> BlockExplorer:
    """Inception, residual, Fire and inverted residual modules taken apart."""
    return BlockExplorer()
