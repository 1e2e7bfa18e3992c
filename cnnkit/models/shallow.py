"""Networks without a convolution, and the two small ones that the lectures build first."""

from __future__ import annotations

from collections.abc import Sequence

from cnnkit.layers import (
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    Sigmoid,
)


def logistic_regression(in_features: int = 2) -> Sequential:
    """p = σ(w·x + b), the probability of class 1."""
    return Sequential({"linear": Linear(in_features, 1), "sigmoid": Sigmoid()})


def softmax_regression(in_features: int = 784, num_classes: int = 10) -> Sequential:
    """Scores W·x + b; their softmax is a part of the loss."""
    return Sequential({"flatten": Flatten(), "linear": Linear(in_features, num_classes)})


def mlp(
    in_features: int = 784, hidden: Sequence[int] = (128, 64), num_classes: int = 10
) -> Sequential:
    """Linear layers with ReLUs between them."""
    layers: list[Layer] = [Flatten()]
    for width in hidden:
        layers += [Linear(in_features, width), ReLU()]
        in_features = width
    return Sequential(*layers, Linear(in_features, num_classes))


def mnist_convnet(num_classes: int = 10, dropout: float = 0.2) -> Sequential:
    """Three convolutions for digits (1, 28, 28); 80,266 parameters."""
    return Sequential(
        *(Conv2d(1, 64, 3), ReLU(), MaxPool2d(2), Dropout(dropout)),
        *(Conv2d(64, 64, 3), ReLU(), MaxPool2d(2), Dropout(dropout)),
        *(Conv2d(64, 64, 3), ReLU(), Dropout(dropout)),
        *(Flatten(), Linear(64 * 3 * 3, num_classes)),
    )


def cifar10_walk(num_classes: int = 10) -> Sequential:
    """The smallest network with every kind of layer, for images (3, 32, 32)."""
    return Sequential(
        {
            "conv": Conv2d(3, 12, 3, padding=1),
            "relu": ReLU(),
            "pool": MaxPool2d(2),
            "flatten": Flatten(),
            "fc": Linear(12 * 16 * 16, num_classes),
        }
    )
