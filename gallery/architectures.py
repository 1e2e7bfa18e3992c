"""Pictures of networks: layer by layer, taken apart, and what they look at."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit import data, models, viz
from cnnkit.explorers.blocks import BLOCKS
from cnnkit.models.papernames import paper_names
from cnnkit.models.workshop import Definition
from gallery.digits import lenet, mnist

Seen = viz.Picture | viz.Film


def table() -> Seen:
    """The networks by size and cost"""
    return models.table().picture()


def winners() -> Seen:
    """The networks of ILSVRC by error, depth, size and work"""
    return models.table().winners(Definition("residual").fact)


def lenet5_drawn() -> Seen:
    """LeNet-5, drawn from its definition"""
    return viz.network_picture(models.lenet5(), (1, 32, 32))


def alexnet_drawn() -> Seen:
    """AlexNet, one column (torchvision)"""
    return viz.network_picture(models.alexnet(variant="torchvision"), (3, 224, 224))


def alexnet_shares() -> Seen:
    """Where AlexNet's parameters are, and where its work is done"""
    table = models.alexnet(variant="paper").summary((3, 227, 227))
    shares = {
        row.name: {
            "parameters": 100 * row.parameters / table.parameters,
            "multiply-adds": 100 * row.macs / table.macs,
        }
        for row in table.rows
        if row.parameters
    }
    return viz.bars_picture(shares, "percent of the network's")


def vgg16_drawn() -> Seen:
    """VGG-16"""
    return viz.network_picture(models.vgg16(), (3, 224, 224))


def vgg16_shares() -> Seen:
    """Where VGG-16's weights, work and memory are"""
    net = models.vgg16()
    layers, names = dict(net.named_layers()), paper_names("vgg16", net)
    rows = [row for row in net.summary((3, 224, 224)).rows if row.macs]
    return viz.shares_picture(
        [names[row.name] for row in rows],
        {
            "weights": [next(layers[row.name].parameters()).size for row in rows],
            "work": [row.macs for row in rows],
            "memory": [row.activation_bytes for row in rows],
        },
    )


def googlenet_drawn() -> Seen:
    """GoogLeNet"""
    return viz.network_picture(models.googlenet(variant="paper"), (3, 224, 224))


def resnet18_drawn() -> Seen:
    """ResNet-18"""
    return viz.network_picture(models.resnet18(), (3, 224, 224))


def resnet50_drawn() -> Seen:
    """ResNet-50"""
    return viz.network_picture(models.resnet50(), (3, 224, 224))


def mobilenet_drawn() -> Seen:
    """MobileNet V2"""
    return viz.network_picture(models.mobilenet_v2(), (3, 224, 224))


def receptive_fields() -> Seen:
    """Receptive fields of VGG-16's units"""
    photo = data.crop_and_resize(data.photograph("cat"), 224)
    net = models.vgg16()
    names = paper_names("vgg16", net)
    return viz.receptive_fields_picture(photo, net.summary((3, 224, 224)), called=names)


def _block(name: str) -> Seen:
    build, shape = BLOCKS[name]
    return viz.block_picture(build(), shape)


def inception() -> Seen:
    """An Inception module"""
    return _block("Inception 3a (GoogLeNet)")


def naive_inception() -> Seen:
    """The naive Inception module"""
    return _block("Inception, naive")


def residual() -> Seen:
    """A residual module"""
    return _block("residual (ResNet-18)")


def projected_residual() -> Seen:
    """A residual module whose shortcut is a projection"""
    return _block("residual, half the side (ResNet-18)")


def bottleneck() -> Seen:
    """A bottleneck"""
    return _block("bottleneck (ResNet-50)")


def fire() -> Seen:
    """A Fire module"""
    return _block("Fire (SqueezeNet)")


def inverted_residual() -> Seen:
    """An inverted residual"""
    return _block("inverted residual (MobileNet V2)")


def small_filters() -> Seen:
    """Filters of LeNet-5's second convolution, trained on digits"""
    net: Any = lenet()  # its layers have the names of its definition
    return viz.filters_picture(net.net.conv2.weight.data)


def feature_maps() -> Seen:
    """Feature maps of LeNet-5 on a digit"""
    found = lenet().activations(mnist("test").images[[60]].astype(np.float32))
    maps = {name: a.data[0] for name, a in found.items() if a.data.ndim == 4}
    wanted = ("tanh1", "pool1", "tanh2", "pool2")
    digit = {"the digit": mnist("test").images[60].astype(np.float32)}
    return viz.feature_maps_picture(digit | {name: maps[f"net.{name}"] for name in wanted}, 8)
