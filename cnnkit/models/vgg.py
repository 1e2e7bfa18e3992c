"""VGG (Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition,
2015, table 1)."""

from collections.abc import Callable

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
from cnnkit.models.pretrained import with_weights

Column = list[int | str]

# The table's columns: 3×3 convolutions of this width, "M" a 2×2 maximum.
A: Column = [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"]
B: Column = [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"]
D: Column = [*B[:8], 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"]
E: Column = [*B[:8], 256, 256, "M", 512, 512, 512, 512, "M", 512, 512, 512, 512, "M"]


def _vgg(name: str, column: Column, batch_norm: bool = False) -> Callable[..., Sequential]:
    """The builder of a column's network."""

    def build(num_classes: int = 1000, dropout: float = 0.5) -> Sequential:
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

    build.__name__ = build.__qualname__ = name
    depth = 3 + len([width for width in column if width != "M"])
    normalised = ", each convolution followed by a batch normalisation" if batch_norm else ""
    build.__doc__ = f"{depth} layers with weights{normalised}, for images (3, 224, 224)."
    return with_weights(build)


vgg11 = _vgg("vgg11", A)
vgg11_bn = _vgg("vgg11_bn", A, batch_norm=True)
vgg13 = _vgg("vgg13", B)
vgg13_bn = _vgg("vgg13_bn", B, batch_norm=True)
vgg16 = _vgg("vgg16", D)
vgg16_bn = _vgg("vgg16_bn", D, batch_norm=True)
vgg19 = _vgg("vgg19", E)
vgg19_bn = _vgg("vgg19_bn", E, batch_norm=True)
