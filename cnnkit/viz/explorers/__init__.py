"""Explorers: widgets to play with in a notebook, each a thin view over functions that are tested
without a browser."""

from cnnkit.viz.explorers.architectures import (
    ArchitectureExplorer,
    FieldExplorer,
    architecture_explorer,
    field_explorer,
)
from cnnkit.viz.explorers.base import Explorer
from cnnkit.viz.explorers.convolution import ConvolutionExplorer, convolution_explorer
from cnnkit.viz.explorers.functions import (
    ActivationExplorer,
    PoolingExplorer,
    activation_explorer,
    pooling_explorer,
)

__all__ = [
    "ActivationExplorer",
    "ArchitectureExplorer",
    "ConvolutionExplorer",
    "Explorer",
    "FieldExplorer",
    "PoolingExplorer",
    "activation_explorer",
    "architecture_explorer",
    "convolution_explorer",
    "field_explorer",
    "pooling_explorer",
]
