"""AlexNet (Krizhevsky, Sutskever, Hinton, ImageNet Classification with Deep Convolutional Neural
Networks, 2012, section 3.5) and its one-column form (Krizhevsky, One Weird Trick for Parallelizing
Convolutional Neural Networks, 2014), which torchvision has."""

from cnnkit.layers import (
    AdaptiveAvgPool2d,
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
from cnnkit.models.pretrained import with_weights
from cnnkit.models.variants import one_of


@with_weights
def alexnet(
    num_classes: int = 1000, dropout: float = 0.5, variant: str = "torchvision"
) -> Sequential:
    """AlexNet. `variant="torchvision"`: one column, images (3, 224, 224). `variant="paper"`: two
    groups, one for each of two GPUs, local response normalisation, images (3, 227, 227): with the
    224 that the paper prints its first layer would not give the 55×55 maps that it names.
    """
    return one_of(variant, torchvision=_one_column, paper=_two_groups)(num_classes, dropout)


def _one_column(num_classes: int, dropout: float) -> Sequential:
    features = Sequential(
        *(Conv2d(3, 64, 11, stride=4, padding=2), ReLU(), MaxPool2d(3, 2)),
        *(Conv2d(64, 192, 5, padding=2), ReLU(), MaxPool2d(3, 2)),
        *(Conv2d(192, 384, 3, padding=1), ReLU()),
        *(Conv2d(384, 256, 3, padding=1), ReLU()),
        *(Conv2d(256, 256, 3, padding=1), ReLU(), MaxPool2d(3, 2)),
    )
    classifier = Sequential(
        *(Dropout(dropout), Linear(256 * 6 * 6, 4096), ReLU()),
        *(Dropout(dropout), Linear(4096, 4096), ReLU()),
        Linear(4096, num_classes),
    )
    return Sequential(
        {
            "features": features,
            "avgpool": AdaptiveAvgPool2d(6),
            "flatten": Flatten(),
            "classifier": classifier,
        }
    )


def _two_groups(num_classes: int, dropout: float) -> Sequential:
    def normalize() -> LocalResponseNorm:
        # Section 3.3: n = 5, k = 2, α = 1e-4, β = 0.75; PyTorch divides its α by n.
        return LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)

    return Sequential(
        {
            "conv1": Conv2d(3, 96, 11, stride=4),
            "relu1": ReLU(),
            "norm1": normalize(),
            "pool1": MaxPool2d(3, 2),
            "conv2": Conv2d(96, 256, 5, padding=2, groups=2),
            "relu2": ReLU(),
            "norm2": normalize(),
            "pool2": MaxPool2d(3, 2),
        }
        | upper_layers(num_classes, dropout, groups=2)
    )


def upper_layers(num_classes: int, dropout: float, groups: int) -> dict[str, Layer]:
    """From the third convolution on maps (256, 13, 13) to the scores; ZFNet's are these, too."""
    return {
        "conv3": Conv2d(256, 384, 3, padding=1),
        "relu3": ReLU(),
        "conv4": Conv2d(384, 384, 3, padding=1, groups=groups),
        "relu4": ReLU(),
        "conv5": Conv2d(384, 256, 3, padding=1, groups=groups),
        "relu5": ReLU(),
        "pool5": MaxPool2d(3, 2),
        "flatten": Flatten(),
        "fc6": Linear(256 * 6 * 6, 4096),
        "relu6": ReLU(),
        "drop6": Dropout(dropout),
        "fc7": Linear(4096, 4096),
        "relu7": ReLU(),
        "drop7": Dropout(dropout),
        "fc8": Linear(4096, num_classes),
    }
