"""Networks of the course's own that are small enough to be trained on a laptop."""

from __future__ import annotations

from collections.abc import Collection

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


def fashion_convnet(num_classes: int = 10, width: int = 32) -> Sequential:
    """Three pairs of 3×3 convolutions, normalised, for images (1, 28, 28): 288,170 parameters.

    VGG's pattern (narrow filters, twice as many behind each maximum) with batch normalisation and
    the average over each map instead of fully connected layers (NiN).
    """
    layers: list[Layer] = []
    channels = 1
    for stage in range(3):
        for _ in range(2):
            out_channels = width * 2**stage
            layers += [
                Conv2d(channels, out_channels, 3, padding=1, bias=False),
                BatchNorm2d(out_channels),
                ReLU(),
            ]
            channels = out_channels
        layers.append(MaxPool2d(2) if stage < 2 else AdaptiveAvgPool2d(1))
    return Sequential(
        {
            "features": Sequential(*layers),
            "flatten": Flatten(),
            "classifier": Linear(channels, num_classes),
        }
    )


REMOVABLE = ("conv3", "conv4", "fc6", "fc7")


def small_alexnet(
    num_classes: int = 10, removed: Collection[str] = (), dropout: float = 0.5
) -> Sequential:
    """AlexNet's eight layers at a small scale, for images (1, 28, 28), without those in `removed`
    ("conv3", "conv4", "fc6", "fc7"): Zeiler and Fergus' experiment on why depth matters
    (Visualizing and Understanding Convolutional Networks, 2014, table 3). `dropout` is the
    probability before fc6 and fc7, and goes with them. ValueError: another name.
    """
    if unknown := set(removed) - set(REMOVABLE):
        raise ValueError(f"removed: expected some of {REMOVABLE}, got {sorted(unknown)}")
    layers: dict[str, Layer] = {"conv1": Conv2d(1, 32, 5, padding=2), "relu1": ReLU()}
    layers |= {"pool1": MaxPool2d(2), "conv2": Conv2d(32, 64, 5, padding=2), "relu2": ReLU()}
    layers["pool2"] = MaxPool2d(2)
    channels = 64
    for number, width in ((3, 96), (4, 96), (5, 64)):
        if f"conv{number}" not in removed:
            layers[f"conv{number}"] = Conv2d(channels, width, 3, padding=1)
            layers[f"relu{number}"] = ReLU()
            channels = width
    layers |= {"pool5": MaxPool2d(2), "flatten": Flatten()}
    features = channels * 3 * 3
    for number in (6, 7):
        if f"fc{number}" not in removed:
            layers[f"drop{number}"] = Dropout(dropout)
            layers[f"fc{number}"] = Linear(features, 256)
            layers[f"relu{number}"] = ReLU()
            features = 256
    return Sequential(layers | {"fc8": Linear(features, num_classes)})
