"""A network of one's own from seven numbers: what the architecture workshop builds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from cnnkit.depth import depth
from cnnkit.layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Concat,
    Conv2d,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    Sequential,
)
from cnnkit.models.facts import Fact

CLASSES = 1000
EXPANSION = 6  # of an inverted residual, MobileNet V2's


def _conv(channels: int, out_channels: int, size: int, groups: int = 1) -> list[Layer]:
    """A convolution that keeps the map's size, normalised; without an activation."""
    convolution = Conv2d(channels, out_channels, size, padding=size // 2, groups=groups, bias=False)
    return [convolution, BatchNorm2d(out_channels)]


def _plain(channels: int, width: int, size: int) -> Layer:
    """Two K×K convolutions (VGG, normalised)."""
    return Sequential(*_conv(channels, width, size), ReLU(), *_conv(width, width, size), ReLU())


def _around(channels: int, width: int, *body: Layer) -> Residual:
    """The body and a way round it: x itself, or a projection where the channels change."""
    shortcut = None if channels == width else Sequential(*_conv(channels, width, 1))
    return Residual(Sequential(*body), shortcut)


def _residual(channels: int, width: int, size: int) -> Layer:
    """The same two convolutions with a shortcut (ResNet-18)."""
    body = [*_conv(channels, width, size), ReLU(), *_conv(width, width, size)]
    return Sequential({"residual": _around(channels, width, *body), "relu": ReLU()})


def _bottleneck(channels: int, width: int, size: int) -> Layer:
    """Narrow, K×K, wide, with a shortcut (ResNet-50)."""
    narrow = width // 4
    body = [*_conv(channels, narrow, 1), ReLU(), *_conv(narrow, narrow, size), ReLU()]
    block = _around(channels, width, *body, *_conv(narrow, width, 1))
    return Sequential({"residual": block, "relu": ReLU()})


def _inception(channels: int, width: int, size: int) -> Layer:
    """Four branches, stacked; half of the maps come from K×K (after GoogLeNet)."""
    quarter, eighth = width // 4, width // 8
    return Concat(
        Sequential(*_conv(channels, quarter, 1), ReLU()),
        Sequential(
            *(*_conv(channels, quarter, 1), ReLU()),
            *(*_conv(quarter, 2 * quarter, size), ReLU()),
        ),
        Sequential(
            *(*_conv(channels, eighth, 1), ReLU()),
            *(*_conv(eighth, eighth, size + 2), ReLU()),
        ),
        Sequential(MaxPool2d(3, 1, 1), *_conv(channels, eighth, 1), ReLU()),
    )


def _separable(channels: int, width: int, size: int) -> Layer:
    """Depthwise K×K, then 1×1 (MobileNet V1)."""
    depthwise = _conv(channels, channels, size, groups=channels)
    return Sequential(*depthwise, ReLU(), *_conv(channels, width, 1), ReLU())


def _inverted(channels: int, width: int, size: int) -> Layer:
    """Narrow, wide and depthwise, narrow; a shortcut where the channels stay (MobileNet V2)."""
    wide = EXPANSION * channels
    body = [*_conv(channels, wide, 1), ReLU(), *_conv(wide, wide, size, wide), ReLU()]
    body += _conv(wide, width, 1)
    return Residual(Sequential(*body)) if channels == width else Sequential(*body)


MODULES: dict[str, Callable[[int, int, int], Layer]] = {
    "two convolutions": _plain,
    "residual": _residual,
    "bottleneck": _bottleneck,
    "Inception": _inception,
    "depthwise separable": _separable,
    "inverted residual": _inverted,
}
ENDS = ("global average", "VGG's: 4096, 4096")


@dataclass(frozen=True)
class Definition:
    """Of a network for colour pictures and 1,000 classes: `stages`, each with `modules` modules of
    one kind; the first has `width` maps, each other twice as many as the one before, and a 2×2
    maximum stands between them."""

    module: str = "two convolutions"
    side: int = 64
    width: int = 32
    stages: int = 3
    modules: int = 1
    kernel: int = 3
    end: str = ENDS[0]

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (3, self.side, self.side)

    @property
    def fact(self) -> Fact:
        """What is known of it, as of the networks of `cnnkit.models.facts`; of this year."""
        net, year = self.build(), date.today().year
        summary = net.summary(self.input_shape)
        counts = summary.parameters, summary.macs
        return Fact("", "yours", year, depth(net), "your own", self.input_shape, *counts)

    def build(self) -> Sequential:
        """ValueError: another module or end than there are."""
        if self.module not in MODULES or self.end not in ENDS:
            known = ", ".join((*MODULES, *ENDS))
            raise ValueError(f"expected a module and an end of {known}; got {self}")
        make, channels = MODULES[self.module], self.width
        layers: dict[str, Layer] = {"stem": Sequential(*_conv(3, channels, 3), ReLU())}
        for stage in range(1, self.stages + 1):
            width = self.width * 2 ** (stage - 1)
            if stage > 1:
                layers[f"pool{stage - 1}"] = MaxPool2d(2)
            rows = []
            for _ in range(self.modules):
                rows.append(make(channels, width, self.kernel))
                channels = width
            layers[f"stage{stage}"] = Sequential(*rows)
        return Sequential(layers | self._end(channels))

    def _end(self, channels: int) -> dict[str, Layer]:
        if self.end == ENDS[0]:
            layers: dict[str, Layer] = {"average": AdaptiveAvgPool2d(1), "flatten": Flatten()}
            return layers | {"fc": Linear(channels, CLASSES)}
        side = self.side // 2 ** (self.stages - 1)
        layers = {"flatten": Flatten(), "fc1": Linear(channels * side**2, 4096), "relu1": ReLU()}
        layers |= {"fc2": Linear(4096, 4096), "relu2": ReLU()}
        return layers | {"fc3": Linear(4096, CLASSES)}
