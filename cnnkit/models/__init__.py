"""The architectures, each a composition of layers; `names()` lists them."""

from cnnkit.models.lenet import lenet5
from cnnkit.models.vgg import (
    vgg11,
    vgg11_bn,
    vgg13,
    vgg13_bn,
    vgg16,
    vgg16_bn,
    vgg19,
    vgg19_bn,
)

__all__ = [
    "lenet5",
    "names",
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
]


def names() -> list[str]:
    """The networks that can be built as `cnnkit.models.NAME(**options)`."""
    return sorted(set(__all__) - {"names"})
