"""MobileNet V1 (Howard et al., MobileNets, 2017, table 1) and V2 (Sandler et al., MobileNetV2:
Inverted Residuals and Linear Bottlenecks, 2018, table 2)."""

from __future__ import annotations

from cnnkit.layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    Linear,
    ReLU,
    ReLU6,
    Residual,
    Sequential,
)
from cnnkit.models.network import Network
from cnnkit.models.pretrained import with_weights

# V1's table: the width behind each pair of a depthwise and a 1×1 convolution, and its stride.
V1 = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
V1 += [(512, 1)] * 5 + [(1024, 2), (1024, 1)]

# V2's table: expansion t, width c, repetitions n, stride s.
V2 = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)]
V2 += [(6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


def mobilenet_v1(num_classes: int = 1000, width: float = 1.0) -> Sequential:
    """MobileNet V1, for images (3, 224, 224); `width` is the paper's multiplier α."""

    def scaled(channels: int) -> int:
        return int(channels * width)

    features: list[Layer] = [*_convolved(3, scaled(32), 3, 2, ReLU())]
    channels = scaled(32)
    for out_channels, stride in V1:
        features += _convolved(channels, channels, 3, stride, ReLU(), groups=channels)
        features += _convolved(channels, scaled(out_channels), 1, 1, ReLU())
        channels = scaled(out_channels)
    return Sequential(
        {
            "features": Sequential(*features),
            "avgpool": AdaptiveAvgPool2d(1),
            "flatten": Flatten(),
            "classifier": Linear(channels, num_classes),
        }
    )


def _convolved(
    channels: int, out_channels: int, size: int, stride: int, activation: Layer, groups: int = 1
) -> tuple[Layer, Layer, Layer]:
    """A convolution that keeps the map's size or divides it by its stride, normalised."""
    convolution = Conv2d(
        channels, out_channels, size, stride, padding=size // 2, groups=groups, bias=False
    )
    return convolution, BatchNorm2d(out_channels), activation


@with_weights
def mobilenet_v2(num_classes: int = 1000, width: float = 1.0, dropout: float = 0.2) -> Network:
    """MobileNet V2, for images (3, 224, 224), as in torchvision; `width` is the multiplier α."""
    channels = _divisible(32 * width)
    features: list[Layer] = [Sequential(*_convolved(3, channels, 3, 2, ReLU6()))]
    for expansion, wanted, count, stride in V2:
        for number in range(count):
            out_channels = _divisible(wanted * width)
            step = stride if number == 0 else 1
            features.append(_inverted(channels, out_channels, step, expansion))
            channels = out_channels
    last = _divisible(1280 * max(1.0, width))
    features.append(Sequential(*_convolved(channels, last, 1, 1, ReLU6())))
    return Network(
        {
            "features": Sequential(*features),
            "avgpool": AdaptiveAvgPool2d(1),
            "flatten": Flatten(),
            "classifier": Sequential(Dropout(dropout), Linear(last, num_classes)),
        },
        lambda name: name.replace(".body.", ".conv."),
    )


def _inverted(channels: int, out_channels: int, stride: int, expansion: int) -> Layer:
    """An inverted residual: narrow, wide, narrow, and no activation at its end (section 3.3)."""
    hidden = channels * expansion
    layers: list[Layer] = []
    if expansion != 1:
        layers.append(Sequential(*_convolved(channels, hidden, 1, 1, ReLU6())))
    layers.append(Sequential(*_convolved(hidden, hidden, 3, stride, ReLU6(), groups=hidden)))
    layers += [Conv2d(hidden, out_channels, 1, bias=False), BatchNorm2d(out_channels)]
    body = Sequential(*layers)
    if stride == 1 and channels == out_channels:
        return Residual(body)
    return Sequential({"body": body})


def _divisible(channels: float, divisor: int = 8) -> int:
    """The nearest multiple of the divisor that is at least nine tenths of the channels."""
    rounded = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * channels else rounded
