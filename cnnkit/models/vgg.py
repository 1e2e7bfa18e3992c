"""VGG (Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition,
2015, table 1)."""

from cnnkit.layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)

Column = list[int | str]

# The table's columns: 3×3 convolutions of this width, "M" a 2×2 maximum.
A: Column = [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"]
B: Column = [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"]
D: Column = [*B[:8], 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"]
E: Column = [*B[:8], 256, 256, "M", 512, 512, 512, 512, "M", 512, 512, 512, 512, "M"]


def _vgg(column: Column, batch_norm: bool, num_classes: int, dropout: float) -> Sequential:
    features: list[Layer] = []
    channels = 3
    for width in column:
        if isinstance(width, str):
            features.append(MaxPool2d(2))
            continue
        features.append(Conv2d(channels, width, 3, padding=1))
        features += [BatchNorm2d(width), ReLU()] if batch_norm else [ReLU()]
        channels = width
    classifier = Sequential(
        *(Linear(512 * 7 * 7, 4096), ReLU(), Dropout(dropout)),
        *(Linear(4096, 4096), ReLU(), Dropout(dropout)),
        Linear(4096, num_classes),
    )
    return Sequential(
        {
            "features": Sequential(*features),
            "avgpool": AdaptiveAvgPool2d(7),  # the paper's maps are 7×7 already, from 224×224
            "flatten": Flatten(),
            "classifier": classifier,
        }
    )


def vgg11(num_classes: int = 1000, dropout: float = 0.5) -> Sequential:
    """Column A, for images (3, 224, 224)."""
    return _vgg(A, False, num_classes, dropout)


def vgg11_bn(num_classes: int = 1000, dropout: float = 0.5) -> Sequential:
    """`vgg11` with a batch normalisation behind each convolution."""
    return _vgg(A, True, num_classes, dropout)


def vgg13(num_classes: int = 1000, dropout: float = 0.5) -> Sequential:
    """Column B, for images (3, 224, 224)."""
    return _vgg(B, False, num_classes, dropout)


def vgg13_bn(num_classes: int = 1000, dropout: float = 0.5) -> Sequential:
    """`vgg13` with a batch normalisation behind each convolution."""
    return _vgg(B, True, num_classes, dropout)


def vgg16(num_classes: int = 1000, dropout: float = 0.5) -> Sequential:
    """Column D, for images (3, 224, 224)."""
    return _vgg(D, False, num_classes, dropout)


def vgg16_bn(num_classes: int = 1000, dropout: float = 0.5) -> Sequential:
    """`vgg16` with a batch normalisation behind each convolution."""
    return _vgg(D, True, num_classes, dropout)


def vgg19(num_classes: int = 1000, dropout: float = 0.5) -> Sequential:
    """Column E, for images (3, 224, 224)."""
    return _vgg(E, False, num_classes, dropout)


def vgg19_bn(num_classes: int = 1000, dropout: float = 0.5) -> Sequential:
    """`vgg19` with a batch normalisation behind each convolution."""
    return _vgg(E, True, num_classes, dropout)
