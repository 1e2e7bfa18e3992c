"""SqueezeNet 1.1 (Iandola et al., SqueezeNet, 2016, and the release that followed it)."""

from cnnkit.layers import (
    AdaptiveAvgPool2d,
    Concat,
    Conv2d,
    Dropout,
    Flatten,
    MaxPool2d,
    ReLU,
    Sequential,
)
from cnnkit.models.network import Network
from cnnkit.models.pretrained import with_weights


def _fire(channels: int, squeeze: int, expand: int) -> Sequential:
    """Section 3.1's module: few 1×1 filters, then as many 1×1 as 3×3, side by side."""
    return Sequential(
        {
            "squeeze": Conv2d(channels, squeeze, 1),
            "squeeze_activation": ReLU(),
            "expand": Concat(
                {
                    "expand1x1": Conv2d(squeeze, expand, 1),
                    "expand3x3": Conv2d(squeeze, expand, 3, padding=1),
                }
            ),
            "expand_activation": ReLU(),
        }
    )


@with_weights
def squeezenet1_1(num_classes: int = 1000, dropout: float = 0.5) -> Network:
    """SqueezeNet 1.1, for images (3, 224, 224), as in torchvision."""
    features = Sequential(
        *(Conv2d(3, 64, 3, stride=2), ReLU(), MaxPool2d(3, 2, ceil_mode=True)),
        *(_fire(64, 16, 64), _fire(128, 16, 64), MaxPool2d(3, 2, ceil_mode=True)),
        *(_fire(128, 32, 128), _fire(256, 32, 128), MaxPool2d(3, 2, ceil_mode=True)),
        *(_fire(256, 48, 192), _fire(384, 48, 192), _fire(384, 64, 256), _fire(512, 64, 256)),
    )
    classifier = Sequential(
        Dropout(dropout), Conv2d(512, num_classes, 1), ReLU(), AdaptiveAvgPool2d(1)
    )
    return Network(
        {"features": features, "classifier": classifier, "flatten": Flatten()},
        lambda name: name.replace(".expand.", "."),
    )
