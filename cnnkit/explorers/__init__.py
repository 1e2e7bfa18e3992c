"""Explorers: widgets to play with in a notebook, each a thin view over functions that are tested
without a browser.

    from cnnkit import explorers

    explorers.convolution()

`ALL` has every one of them by name. Only this package needs ipywidgets and anywidget.
"""

from cnnkit.explorers.approximation import approximation
from cnnkit.explorers.architectures import architecture, field
from cnnkit.explorers.attacks import adversarial
from cnnkit.explorers.base import Explorer, StepExplorer
from cnnkit.explorers.blocks import block
from cnnkit.explorers.boundaries import logistic
from cnnkit.explorers.clinic import clinic
from cnnkit.explorers.cones import cone
from cnnkit.explorers.descent import optimizer
from cnnkit.explorers.digits import digit, features, read
from cnnkit.explorers.feature_maps import maps
from cnnkit.explorers.fitting import overfitting
from cnnkit.explorers.functions import activation
from cnnkit.explorers.graphs import backpropagation
from cnnkit.explorers.kernels import kernel
from cnnkit.explorers.learning import perceptron
from cnnkit.explorers.scores import softmax
from cnnkit.explorers.signals import signals
from cnnkit.explorers.sliding import convolution, pooling
from cnnkit.explorers.workshop import workshop

ALL = {
    "features": features,
    "digit": digit,
    "perceptron": perceptron,
    "logistic": logistic,
    "activation": activation,
    "approximation": approximation,
    "backpropagation": backpropagation,
    "softmax": softmax,
    "overfitting": overfitting,
    "clinic": clinic,
    "convolution": convolution,
    "kernel": kernel,
    "pooling": pooling,
    "cone": cone,
    "field": field,
    "signals": signals,
    "optimizer": optimizer,
    "architecture": architecture,
    "block": block,
    "workshop": workshop,
    "maps": maps,
    "adversarial": adversarial,
}

__all__ = [
    "ALL",
    "Explorer",
    "StepExplorer",
    "activation",
    "adversarial",
    "approximation",
    "architecture",
    "backpropagation",
    "block",
    "clinic",
    "cone",
    "convolution",
    "digit",
    "features",
    "field",
    "kernel",
    "logistic",
    "maps",
    "optimizer",
    "overfitting",
    "perceptron",
    "pooling",
    "read",
    "signals",
    "softmax",
    "workshop",
]
