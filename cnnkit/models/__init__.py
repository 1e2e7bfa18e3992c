"""The architectures, each a composition of layers; `names()` lists them."""

from cnnkit.models.alexnet import alexnet
from cnnkit.models.googlenet import googlenet
from cnnkit.models.lenet import lenet5
from cnnkit.models.mobilenet import mobilenet_v1, mobilenet_v2
from cnnkit.models.network import Network
from cnnkit.models.nin import nin_cifar10, nin_imagenet
from cnnkit.models.resnet import (
    plain18,
    plain34,
    resnet18,
    resnet20,
    resnet32,
    resnet34,
    resnet44,
    resnet50,
    resnet56,
    resnet101,
    resnet110,
    resnet152,
)
from cnnkit.models.squeezenet import squeezenet1_1
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
from cnnkit.models.zfnet import zfnet

__all__ = [
    "Network",
    "alexnet",
    "googlenet",
    "lenet5",
    "mobilenet_v1",
    "mobilenet_v2",
    "names",
    "nin_cifar10",
    "nin_imagenet",
    "plain18",
    "plain34",
    "resnet18",
    "resnet20",
    "resnet32",
    "resnet34",
    "resnet44",
    "resnet50",
    "resnet56",
    "resnet101",
    "resnet110",
    "resnet152",
    "squeezenet1_1",
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
    "zfnet",
]


def names() -> list[str]:
    """The networks that can be built as `cnnkit.models.NAME(**options)`."""
    return sorted(set(__all__) - {"names", "Network"})
