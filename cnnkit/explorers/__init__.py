"""Explorers: widgets to play with in a notebook, each a thin view over functions that are tested
without a browser."""

from cnnkit.viz.explorers.architectures import architecture_explorer, field_explorer
from cnnkit.viz.explorers.backpropagation import backpropagation_explorer
from cnnkit.viz.explorers.base import Explorer, StepExplorer
from cnnkit.viz.explorers.blocks import block_explorer
from cnnkit.viz.explorers.functions import activation_explorer
from cnnkit.viz.explorers.learning import optimizer_explorer, perceptron_explorer
from cnnkit.viz.explorers.pictures import adversarial_explorer, maps_explorer
from cnnkit.viz.explorers.sliding import convolution_explorer, pooling_explorer
from cnnkit.viz.explorers.softmax import softmax_explorer

EXPLORERS = {
    "perceptron": perceptron_explorer,
    "activation": activation_explorer,
    "backpropagation": backpropagation_explorer,
    "softmax": softmax_explorer,
    "convolution": convolution_explorer,
    "pooling": pooling_explorer,
    "field": field_explorer,
    "optimizer": optimizer_explorer,
    "architecture": architecture_explorer,
    "block": block_explorer,
    "maps": maps_explorer,
    "adversarial": adversarial_explorer,
}

__all__ = [
    "EXPLORERS",
    "Explorer",
    "StepExplorer",
    "activation_explorer",
    "adversarial_explorer",
    "architecture_explorer",
    "backpropagation_explorer",
    "block_explorer",
    "convolution_explorer",
    "field_explorer",
    "maps_explorer",
    "optimizer_explorer",
    "perceptron_explorer",
    "pooling_explorer",
    "softmax_explorer",
]
