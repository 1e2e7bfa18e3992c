"""The architectures, each a composition of layers; `names()` lists them."""

from cnnkit.models.alexnet import alexnet
from cnnkit.models.comparison import SourceTable, source_table
from cnnkit.models.dcgan import dcgan_discriminator, dcgan_generator
from cnnkit.models.facenet import facenet_nn1, facenet_nn2
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
from cnnkit.models.segnet import segnet
from cnnkit.models.shallow import (
    cifar10_walk,
    logistic_regression,
    mlp,
    mnist_convnet,
    softmax_regression,
)
from cnnkit.models.shipped import Trained, trained, trained_names
from cnnkit.models.small import fashion_convnet, small_alexnet
from cnnkit.models.squeezenet import squeezenet1_1
from cnnkit.models.table import Table, table
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
from cnnkit.models.weights import load_weights
from cnnkit.models.zfnet import zfnet
from cnnkit.rosenblatt import perceptron, rosenblatt_step

__all__ = [
    "Network",
    "SourceTable",
    "Table",
    "Trained",
    "alexnet",
    "cifar10_walk",
    "dcgan_discriminator",
    "dcgan_generator",
    "facenet_nn1",
    "facenet_nn2",
    "fashion_convnet",
    "googlenet",
    "lenet5",
    "load_weights",
    "logistic_regression",
    "mlp",
    "mnist_convnet",
    "mobilenet_v1",
    "mobilenet_v2",
    "names",
    "nin_cifar10",
    "nin_imagenet",
    "perceptron",
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
    "rosenblatt_step",
    "segnet",
    "small_alexnet",
    "softmax_regression",
    "source_table",
    "squeezenet1_1",
    "table",
    "trained",
    "trained_names",
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

OTHERS = {"Network", "SourceTable", "Table", "load_weights", "names", "rosenblatt_step"}
OTHERS |= {"Trained", "source_table", "table", "trained", "trained_names"}


def names() -> list[str]:
    """The networks that can be built as `cnnkit.models.NAME(**options)`."""
    return sorted(set(__all__) - OTHERS)
