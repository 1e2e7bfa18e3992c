"""The layers. Names, arguments and defaults are PyTorch's; arrays are NCHW.

A new layer is one class: `forward`, `backward`, and where it has them its `Parameter`s,
`output_shape`, `macs`, `window` and `make_torch`; and its rows in `tests/cnnkit/cases.py`.
"""

from cnnkit.layers.activation import ReLU, Sigmoid, Tanh
from cnnkit.layers.base import Layer
from cnnkit.layers.compose import Sequential
from cnnkit.layers.conv import Conv2d
from cnnkit.layers.linear import Flatten, Linear
from cnnkit.layers.parameter import Activation, Parameter
from cnnkit.layers.pool import AvgPool2d, MaxPool2d

__all__ = [
    "Activation",
    "AvgPool2d",
    "Conv2d",
    "Flatten",
    "Layer",
    "Linear",
    "MaxPool2d",
    "Parameter",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Tanh",
]
