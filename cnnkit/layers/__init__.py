"""The layers. Names, arguments and defaults are PyTorch's; arrays are NCHW.

A new layer is one class: `forward`, `backward`, and where it has them its `Parameter`s,
`output_shape`, `macs` and `window`; where PyTorch has no layer of its name and options, a twin in
`cnnkit/pytorch/twins.py`; and its rows in the tables of its tests.
"""

from cnnkit.layers.activation import (
    ELU,
    LeakyReLU,
    Maxout,
    PReLU,
    ReLU,
    ReLU6,
    ScaledTanh,
    Sigmoid,
    SiLU,
    Step,
    Tanh,
)
from cnnkit.layers.base import Layer
from cnnkit.layers.compose import Auxiliary, Concat, Residual, Sequential
from cnnkit.layers.conv import Conv2d
from cnnkit.layers.conv_transpose import ConvTranspose2d
from cnnkit.layers.dropout import Dropout, HistoricalDropout
from cnnkit.layers.linear import RBF, Linear
from cnnkit.layers.maxpool import MaxPool2d, MaxUnpool2d
from cnnkit.layers.norm import BatchNorm1d, BatchNorm2d, L2Normalize, LocalResponseNorm, Standardize
from cnnkit.layers.parameter import Activation, Buffer, Parameter
from cnnkit.layers.pool import AvgPool2d, FeatureL2Pool, LPPool2d, SumPool2d
from cnnkit.layers.resize import AdaptiveAvgPool2d, Upsample
from cnnkit.layers.shape import Flatten, Identity, Reshape, Select, Shrink, ZeroPad2d
from cnnkit.layers.softmax import LogSoftmax, Softmax

__all__ = [
    "ELU",
    "RBF",
    "Activation",
    "AdaptiveAvgPool2d",
    "Auxiliary",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Buffer",
    "Concat",
    "Conv2d",
    "ConvTranspose2d",
    "Dropout",
    "FeatureL2Pool",
    "Flatten",
    "HistoricalDropout",
    "Identity",
    "L2Normalize",
    "LPPool2d",
    "Layer",
    "LeakyReLU",
    "Linear",
    "LocalResponseNorm",
    "LogSoftmax",
    "MaxPool2d",
    "MaxUnpool2d",
    "Maxout",
    "PReLU",
    "Parameter",
    "ReLU",
    "ReLU6",
    "Reshape",
    "Residual",
    "ScaledTanh",
    "Select",
    "Sequential",
    "Shrink",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Standardize",
    "Step",
    "SumPool2d",
    "Tanh",
    "Upsample",
    "ZeroPad2d",
]
