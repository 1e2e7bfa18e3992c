"""ResNet (He, Zhang, Ren, Sun, Deep Residual Learning for Image Recognition, 2016, tables 1 and 6),
its plain twins, and its small form for CIFAR-10."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from cnnkit.layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    Sequential,
    Shrink,
)
from cnnkit.models.network import Network
from cnnkit.models.pretrained import with_weights
from cnnkit.models.variants import one_of

Block = Callable[[int, int, int], Layer]  # of channels, width and stride


def _basic(channels: int, width: int, stride: int) -> Sequential:
    """Two 3×3 convolutions."""
    return Sequential(
        {
            "conv1": Conv2d(channels, width, 3, stride, padding=1, bias=False),
            "bn1": BatchNorm2d(width),
            "relu": ReLU(),
            "conv2": Conv2d(width, width, 3, padding=1, bias=False),
            "bn2": BatchNorm2d(width),
        }
    )


def _bottleneck(channels: int, width: int, stride: int, strides: tuple[int, int]) -> Sequential:
    """A 1×1, a 3×3 and a 1×1 convolution, four times as wide at its end; the stride is in one of
    the first two, by `strides`."""
    first, second = (stride if chosen else 1 for chosen in strides)
    return Sequential(
        {
            "conv1": Conv2d(channels, width, 1, first, bias=False),
            "bn1": BatchNorm2d(width),
            "relu1": ReLU(),
            "conv2": Conv2d(width, width, 3, second, padding=1, bias=False),
            "bn2": BatchNorm2d(width),
            "relu2": ReLU(),
            "conv3": Conv2d(width, 4 * width, 1, bias=False),
            "bn3": BatchNorm2d(4 * width),
        }
    )


def _projection(channels: int, out_channels: int, stride: int) -> Layer:
    """The shortcut where the shape changes: option B, a 1×1 convolution."""
    return Sequential(
        Conv2d(channels, out_channels, 1, stride, bias=False), BatchNorm2d(out_channels)
    )


def _stage(
    body: Block, expansion: int, channels: int, width: int, count: int, stride: int, residual: bool
) -> Sequential:
    """Blocks of one width; the first of them changes the shape."""
    blocks: list[Layer] = []
    for number in range(count):
        step = stride if number == 0 else 1
        inner, shortcut = body(channels, width, step), None
        if step != 1 or channels != expansion * width:
            shortcut = _projection(channels, expansion * width, step)
        block = Residual(inner, shortcut) if residual else inner
        blocks.append(Sequential({"residual": block, "relu": ReLU()}))
        channels = expansion * width
    return Sequential(*blocks)


def _torchvision_name(name: str) -> str:
    name = name.replace(".residual.body.", ".").replace(".residual.shortcut.", ".downsample.")
    return name.replace(".residual.", ".")


def _resnet(
    body: Block, expansion: int, counts: tuple[int, ...], num_classes: int, residual: bool = True
) -> Network:
    layers: dict[str, Layer] = {
        "conv1": Conv2d(3, 64, 7, stride=2, padding=3, bias=False),
        "bn1": BatchNorm2d(64),
        "relu": ReLU(),
        "maxpool": MaxPool2d(3, 2, padding=1),
    }
    channels = 64
    for number, (width, count) in enumerate(zip((64, 128, 256, 512), counts, strict=True), 1):
        stride = 1 if number == 1 else 2
        layers[f"layer{number}"] = _stage(body, expansion, channels, width, count, stride, residual)
        channels = expansion * width
    layers |= {"avgpool": AdaptiveAvgPool2d(1), "flatten": Flatten()}
    layers["fc"] = Linear(channels, num_classes)
    return Network(layers, _torchvision_name)


def _deep(counts: tuple[int, ...], num_classes: int, variant: str) -> Network:
    """`variant="torchvision"` has a block's stride in its 3×3 convolution, `"paper"` in the first
    1×1."""
    strides = one_of(variant, torchvision=lambda: (0, 1), paper=lambda: (1, 0))()
    return _resnet(partial(_bottleneck, strides=strides), 4, counts, num_classes)


@with_weights
def resnet18(num_classes: int = 1000) -> Network:
    """18 layers with weights, for images (3, 224, 224)."""
    return _resnet(_basic, 1, (2, 2, 2, 2), num_classes)


@with_weights
def resnet34(num_classes: int = 1000) -> Network:
    """34 layers with weights, for images (3, 224, 224)."""
    return _resnet(_basic, 1, (3, 4, 6, 3), num_classes)


@with_weights
def resnet50(num_classes: int = 1000, variant: str = "torchvision") -> Network:
    """50 layers in bottlenecks, for images (3, 224, 224)."""
    return _deep((3, 4, 6, 3), num_classes, variant)


@with_weights
def resnet101(num_classes: int = 1000, variant: str = "torchvision") -> Network:
    """101 layers in bottlenecks, for images (3, 224, 224)."""
    return _deep((3, 4, 23, 3), num_classes, variant)


@with_weights
def resnet152(num_classes: int = 1000, variant: str = "torchvision") -> Network:
    """152 layers in bottlenecks, for images (3, 224, 224)."""
    return _deep((3, 8, 36, 3), num_classes, variant)


def plain18(num_classes: int = 1000) -> Network:
    """`resnet18` without its shortcuts."""
    return _resnet(_basic, 1, (2, 2, 2, 2), num_classes, residual=False)


def plain34(num_classes: int = 1000) -> Network:
    """`resnet34` without its shortcuts: worse than `plain18`, in training too (figure 4)."""
    return _resnet(_basic, 1, (3, 4, 6, 3), num_classes, residual=False)


def _cifar(depth: int, num_classes: int, residual: bool, in_channels: int) -> Network:
    """Section 4.2: 6n + 2 layers, three stages of 16, 32 and 64 maps; shortcuts of option A, which
    leave every second pixel out and add maps of zeros, have no parameters."""
    layers: dict[str, Layer] = {
        "conv1": Conv2d(in_channels, 16, 3, padding=1, bias=False),
        "bn1": BatchNorm2d(16),
        "relu": ReLU(),
    }
    channels = 16
    for number, width in enumerate((16, 32, 64), 1):
        blocks: list[Layer] = []
        for block in range((depth - 2) // 6):
            stride = 2 if block == 0 and number > 1 else 1
            body: Layer = _basic(channels, width, stride)
            if residual:
                body = Residual(body, Shrink(stride, width - channels) if stride > 1 else None)
            blocks.append(Sequential({"residual": body, "relu": ReLU()}))
            channels = width
        layers[f"layer{number}"] = Sequential(*blocks)
    layers |= {"avgpool": AdaptiveAvgPool2d(1), "flatten": Flatten()}
    layers["fc"] = Linear(channels, num_classes)
    return Network(layers, _torchvision_name)


def resnet20(num_classes: int = 10, residual: bool = True, in_channels: int = 3) -> Network:
    """20 layers for images (3, 32, 32); `residual=False`: its plain twin."""
    return _cifar(20, num_classes, residual, in_channels)


def resnet32(num_classes: int = 10, residual: bool = True, in_channels: int = 3) -> Network:
    """32 layers for images (3, 32, 32); `residual=False`: its plain twin."""
    return _cifar(32, num_classes, residual, in_channels)


def resnet44(num_classes: int = 10, residual: bool = True, in_channels: int = 3) -> Network:
    """44 layers for images (3, 32, 32); `residual=False`: its plain twin."""
    return _cifar(44, num_classes, residual, in_channels)


def resnet56(num_classes: int = 10, residual: bool = True, in_channels: int = 3) -> Network:
    """56 layers for images (3, 32, 32); `residual=False`: its plain twin."""
    return _cifar(56, num_classes, residual, in_channels)


def resnet110(num_classes: int = 10, residual: bool = True, in_channels: int = 3) -> Network:
    """110 layers for images (3, 32, 32); `residual=False`: its plain twin."""
    return _cifar(110, num_classes, residual, in_channels)
