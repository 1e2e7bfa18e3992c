"""SegNet (Badrinarayanan, Kendall, Cipolla, SegNet: A Deep Convolutional Encoder-Decoder
Architecture for Image Segmentation, 2017, figure 2)."""

from cnnkit.layers import BatchNorm2d, Conv2d, Layer, MaxPool2d, MaxUnpool2d, ReLU, Sequential

# The encoder is VGG-16's: widths of each stage's convolutions.
ENCODER = [(64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512)]


def segnet(num_classes: int = 11) -> Sequential:
    """Scores (num_classes, H, W) for each pixel of an image (3, H, W), 360×480 in the paper.

    Each pool of the encoder remembers where its maxima stood; the decoder puts its maps there.
    """
    layers: dict[str, Layer] = {}
    pools: list[MaxPool2d] = []
    channels = 3
    for number, widths in enumerate(ENCODER, 1):
        layers[f"encoder{number}"] = _convolved(channels, widths)
        pools.append(MaxPool2d(2))
        layers[f"pool{number}"] = pools[-1]
        channels = widths[-1]
    for number in range(len(ENCODER), 0, -1):
        widths = ENCODER[number - 1][1:]
        layers[f"unpool{number}"] = MaxUnpool2d(pools[number - 1])
        if number > 1:
            widths = (*widths, ENCODER[number - 2][-1])
        layers[f"decoder{number}"] = _convolved(channels, widths)
        channels = widths[-1]
    return Sequential(layers | {"scores": Conv2d(channels, num_classes, 3, padding=1)})


def _convolved(channels: int, widths: tuple[int, ...]) -> Sequential:
    layers: list[Layer] = []
    for width in widths:
        layers += [Conv2d(channels, width, 3, padding=1), BatchNorm2d(width), ReLU()]
        channels = width
    return Sequential(*layers)
