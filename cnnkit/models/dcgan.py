"""DCGAN (Radford, Metz, Chintala, Unsupervised Representation Learning with Deep Convolutional
Generative Adversarial Networks, 2016, figure 1), for images (3, 64, 64)."""

from itertools import pairwise

from cnnkit.layers import (
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Flatten,
    Layer,
    LeakyReLU,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
)


def dcgan_generator(latent: int = 100, width: int = 64, channels: int = 3) -> Sequential:
    """An image (channels, 64, 64), of values in −1 … 1, from numbers (latent, 1, 1)."""
    layers: list[Layer] = []
    widths = [latent, 8 * width, 4 * width, 2 * width, width]
    for number, (before, after) in enumerate(pairwise(widths)):
        stride, padding = (1, 0) if number == 0 else (2, 1)
        layers.append(ConvTranspose2d(before, after, 4, stride, padding, bias=False))
        layers += [BatchNorm2d(after), ReLU()]
    layers += [ConvTranspose2d(width, channels, 4, 2, 1, bias=False), Tanh()]
    return Sequential(*layers)


def dcgan_discriminator(width: int = 64, channels: int = 3) -> Sequential:
    """The probability that an image (channels, 64, 64) is real."""
    layers: list[Layer] = [Conv2d(channels, width, 4, 2, 1, bias=False), LeakyReLU(0.2)]
    for factor in (1, 2, 4):
        before, after = factor * width, 2 * factor * width
        layers += [Conv2d(before, after, 4, 2, 1, bias=False), BatchNorm2d(after), LeakyReLU(0.2)]
    layers += [Conv2d(8 * width, 1, 4, 1, 0, bias=False), Flatten(), Sigmoid()]
    return Sequential(*layers)
