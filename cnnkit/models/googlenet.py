"""GoogLeNet (Szegedy et al., Going Deeper with Convolutions, 2015, table 1)."""

from __future__ import annotations

import re

from cnnkit.layers import (
    AdaptiveAvgPool2d,
    Auxiliary,
    AvgPool2d,
    BatchNorm2d,
    Concat,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    Sequential,
)
from cnnkit.models.network import Network
from cnnkit.models.pretrained import with_weights
from cnnkit.models.variants import one_of

# Table 1: widths of 1×1; 3×3 reduce, 3×3; 5×5 reduce, 5×5; pool projection.
INCEPTION = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


class _Form:
    """What torchvision's form and the paper's do differently."""

    def __init__(self, batch_norm: bool) -> None:
        self.batch_norm = batch_norm
        self.large = 3 if batch_norm else 5  # torchvision's third branch, by an old mistake, is 3×3

    def conv(self, channels: int, out_channels: int, size: int, **options: int) -> Sequential:
        convolution = Conv2d(channels, out_channels, size, bias=not self.batch_norm, **options)
        if not self.batch_norm:
            return Sequential({"conv": convolution, "relu": ReLU()})
        norm = BatchNorm2d(out_channels, eps=0.001)
        return Sequential({"conv": convolution, "bn": norm, "relu": ReLU()})

    def stem(self) -> dict[str, Layer]:
        layers: dict[str, Layer] = {
            "conv1": self.conv(3, 64, 7, stride=2, padding=3),
            "maxpool1": MaxPool2d(3, 2, ceil_mode=True),
            "conv2": self.conv(64, 64, 1),
            "conv3": self.conv(64, 192, 3, padding=1),
            "maxpool2": MaxPool2d(3, 2, ceil_mode=True),
        }
        if self.batch_norm:
            return layers
        one, two = (LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0) for _ in range(2))
        items = list(layers.items())
        return dict([*items[:2], ("norm1", one), *items[2:4], ("norm2", two), items[4]])

    def inception(self, channels: int, name: str) -> Concat:
        one, reduce3, three, reduce5, five, pooled = INCEPTION[name]
        size = self.large
        return Concat(
            {
                "branch1": self.conv(channels, one, 1),
                "branch2": Sequential(
                    self.conv(channels, reduce3, 1), self.conv(reduce3, three, 3, padding=1)
                ),
                "branch3": Sequential(
                    self.conv(channels, reduce5, 1),
                    self.conv(reduce5, five, size, padding=size // 2),
                ),
                "branch4": Sequential(
                    MaxPool2d(3, stride=1, padding=1), self.conv(channels, pooled, 1)
                ),
            }
        )

    def head(self, channels: int, num_classes: int) -> Sequential:
        """An auxiliary classifier (section 5)."""
        pool = AdaptiveAvgPool2d(4) if self.batch_norm else AvgPool2d(5, 3)
        return Sequential(
            {
                "avgpool": pool,
                "conv": self.conv(channels, 128, 1),
                "flatten": Flatten(),
                "fc1": Linear(128 * 4 * 4, 1024),
                "relu": ReLU(),
                "dropout": Dropout(0.7),
                "fc2": Linear(1024, num_classes),
            }
        )


@with_weights
def googlenet(
    num_classes: int = 1000,
    aux_logits: bool = True,
    dropout: float | None = None,
    variant: str = "torchvision",
) -> Network:
    """GoogLeNet, for images (3, 224, 224). `variant="torchvision"`: with batch normalisation, and
    3×3 where the paper has 5×5; `variant="paper"`: local response normalisation, biases.

    With `aux_logits` the maps behind 4a and 4d have classifiers of their own in training: their
    scores are `net.until4d.body.until4a.scores` and `net.until4d.scores` (`Auxiliary`). `dropout`
    is 0.2 in torchvision's form and 0.4 in the paper's unless given.
    """
    form, usual = one_of(
        variant, torchvision=lambda: (_Form(True), 0.2), paper=lambda: (_Form(False), 0.4)
    )()
    layers, channels = form.stem(), 192
    for name in INCEPTION:
        layers[f"inception{name}"] = form.inception(channels, name)
        channels = _width(name)
        if name in ("3b", "4e"):
            pool = MaxPool2d(3, 2, ceil_mode=True)
            if form.batch_norm and name == "4e":
                pool = MaxPool2d(2, 2, ceil_mode=True)
            layers[f"maxpool{3 if name == '3b' else 4}"] = pool
        if aux_logits and name in ("4a", "4d"):
            head = form.head(channels, num_classes)
            layers = {f"until{name}": Auxiliary(Sequential(layers), head)}
    layers |= {
        "avgpool": AdaptiveAvgPool2d(1),
        "flatten": Flatten(),
        "dropout": Dropout(usual if dropout is None else dropout),
        "fc": Linear(channels, num_classes),
    }
    return Network(layers, _torchvision_name)


def _width(name: str) -> int:
    one, _, three, _, five, pooled = INCEPTION[name]
    return one + three + five + pooled


def _torchvision_name(name: str) -> str:
    name = name.replace("until4d.body.until4a.head.", "aux1.").replace("until4d.head.", "aux2.")
    return re.sub(r"^until4d\.body\.(until4a\.body\.)?", "", name)
