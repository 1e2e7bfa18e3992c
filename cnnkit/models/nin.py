"""Network in Network (Lin, Chen, Yan, 2014), as its authors' Caffe models define it."""

from cnnkit.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    MaxPool2d,
    ReLU,
    Sequential,
)


def _mlpconv(
    channels: int, widths: tuple[int, int, int], kernel_size: int, stride: int = 1, padding: int = 0
) -> list[Layer]:
    """A convolution and two of 1×1, each with a ReLU: a small network slid over the map."""
    first, second, third = widths
    return [
        *(Conv2d(channels, first, kernel_size, stride, padding), ReLU()),
        *(Conv2d(first, second, 1), ReLU()),
        *(Conv2d(second, third, 1), ReLU()),
    ]


def nin_cifar10(num_classes: int = 10, dropout: float = 0.5) -> Sequential:
    """For images (3, 32, 32); 966,986 parameters, and no fully connected layer."""
    return _with_average(
        *_mlpconv(3, (192, 160, 96), 5, padding=2),
        *(MaxPool2d(3, 2, ceil_mode=True), Dropout(dropout)),
        *_mlpconv(96, (192, 192, 192), 5, padding=2),
        *(AvgPool2d(3, 2, ceil_mode=True), Dropout(dropout)),
        *_mlpconv(192, (192, 192, num_classes), 3, padding=1),
    )


def nin_imagenet(num_classes: int = 1000, dropout: float = 0.5) -> Sequential:
    """For images (3, 224, 224)."""
    return _with_average(
        *(*_mlpconv(3, (96, 96, 96), 11, stride=4), MaxPool2d(3, 2)),
        *(*_mlpconv(96, (256, 256, 256), 5, padding=2), MaxPool2d(3, 2)),
        *(*_mlpconv(256, (384, 384, 384), 3, padding=1), MaxPool2d(3, 2), Dropout(dropout)),
        *_mlpconv(384, (1024, 1024, num_classes), 3, padding=1),
    )


def _with_average(*features: Layer) -> Sequential:
    """A map for each class, averaged: section 3.2's global average pooling."""
    return Sequential(
        {"features": Sequential(*features), "avgpool": AdaptiveAvgPool2d(1), "flatten": Flatten()}
    )
