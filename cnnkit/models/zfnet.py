"""ZFNet (Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2014, fig. 3)."""

from cnnkit.layers import Conv2d, LocalResponseNorm, MaxPool2d, ReLU, Sequential
from cnnkit.models.alexnet import upper_layers


def zfnet(num_classes: int = 1000, dropout: float = 0.5) -> Sequential:
    """ZFNet, for images (3, 224, 224): AlexNet with a first layer of 7×7 and stride 2, one column.

    The figure's sizes 110, 55, 26, 13 and 6 need a padding of 1 at the first convolution and the
    first two pools, and none at the second convolution; the paper states none of them. Contrast
    normalisation across maps is AlexNet's.
    """
    return Sequential(
        {
            "conv1": Conv2d(3, 96, 7, stride=2, padding=1),
            "relu1": ReLU(),
            "pool1": MaxPool2d(3, 2, padding=1),
            "norm1": LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0),
            "conv2": Conv2d(96, 256, 5, stride=2),
            "relu2": ReLU(),
            "pool2": MaxPool2d(3, 2, padding=1),
            "norm2": LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0),
        }
        | upper_layers(num_classes, dropout, groups=1)
    )
