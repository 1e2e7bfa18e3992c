"""Inception, residual and other modules taken apart."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from cnnkit import models
from cnnkit.layers import Concat, Conv2d, Layer, MaxPool2d
from cnnkit.viz.blocks import Unit, block_picture, block_units, describe
from cnnkit.viz.explorers.base import StepExplorer
from cnnkit.viz.style import Picture


def _inside(net: Layer, name: str) -> Layer:
    return next(layer for path, layer in net.named_layers() if path.split(".")[-1] == name)


def _naive() -> Layer:
    """Figure 2(a) of Szegedy et al., 2015, with the widths of 3a."""
    return Concat(
        Conv2d(192, 64, 1),
        Conv2d(192, 128, 3, padding=1),
        Conv2d(192, 32, 5, padding=2),
        MaxPool2d(3, 1, 1),
    )


BLOCKS: dict[str, tuple[Callable[[], Layer], tuple[int, ...]]] = {
    "Inception, naive": (_naive, (192, 28, 28)),
    "Inception 3a (GoogLeNet)": (
        lambda: _inside(models.googlenet(variant="paper"), "inception3a"),
        (192, 28, 28),
    ),
    "residual (ResNet-18)": (lambda: models.resnet18().layer1[0], (64, 56, 56)),
    "residual, narrower maps (ResNet-18)": (lambda: models.resnet18().layer2[0], (64, 56, 56)),
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

    def prepare(self) -> int:
        build, self._shape = BLOCKS[self.module.value]
        self._block = build()
        self._units = block_units(self._block, self._shape)
        return len(self._units)

    def draw_step(self, index: int) -> tuple[Picture, str]:
        summary = self._block.summary(self._shape)
        whole = f"The module: {summary.parameters:,} parameters, {summary.macs:,} multiply-adds."
        text = f"<p>{unit_sentence(self._units, index)}</p><p>{whole}</p>"
        return block_picture(self._block, self._shape, index), text


def unit_sentence(units: list[Unit], index: int) -> str:
    """What a part does and costs, and what it saves: a 1×1 reduction before a convolution, and a
    depthwise convolution."""
    unit, size = units[index], units[index].lines[-1]
    if unit.join:
        what = "The branches' maps one behind the other" if unit.join == "concat" else "The sum"
        return f"{what}: {size}, no parameters."
    text = f"{describe(unit.layer)}: {size}, {unit.parameters:,} parameters, "
    text += f"{unit.macs:,} multiply-adds, "
    text += f"{unit.macs / sum(other.macs for other in units):.0%} of the module's."
    if not isinstance(unit.layer, Conv2d):
        return text
    conv = unit.layer
    if conv.groups == conv.in_channels > 1:
        times = conv.in_channels // conv.groups * conv.in_channels
        text += f" One kernel for each channel; kernels over all channels would cost {times} times."
    after = next((other for other in units[index + 1 :] if unit in other.before), None)
    if (
        after is not None
        and isinstance(after.layer, Conv2d)
        and conv.out_channels < conv.in_channels
    ):
        without = after.macs * conv.in_channels // conv.out_channels
        if max(_sides(after.layer)) > 1 and after.layer.groups == 1:
            text += f" Without it the {describe(after.layer)} behind it would cost {without:,} "
            text += f"multiply-adds instead of {after.macs:,}."
    return text


def _sides(conv: Conv2d) -> tuple[int, ...]:
    size = conv.kernel_size
    return size if isinstance(size, tuple) else (size, size)


def block_explorer() -> BlockExplorer:
    """Inception, residual, Fire and inverted residual modules taken apart."""
    return BlockExplorer()
