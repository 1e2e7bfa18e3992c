"""Pictures (matplotlib) and explorers (ipywidgets).

    from cnnkit import viz

    viz.filtering(image, viz.KERNELS["box blur"])  # a Figure
    viz.convolution_explorer()                     # a widget

`import cnnkit` does not import this package, which brings matplotlib and ipywidgets.
"""

from cnnkit.viz.curves import activations_picture, decision_picture, surface_picture
from cnnkit.viz.explorers import (
    Explorer,
    activation_explorer,
    architecture_explorer,
    convolution_explorer,
    field_explorer,
    pooling_explorer,
)
from cnnkit.viz.graphs import graph_picture
from cnnkit.viz.kernels import KERNELS
from cnnkit.viz.maps import (
    feature_maps_picture,
    filters_picture,
    gradient_as_image,
    heat_picture,
    images_picture,
)
from cnnkit.viz.networks import network_picture, receptive_fields_picture
from cnnkit.viz.pictures import (
    convolution_step_picture,
    filter_gallery,
    filtering,
    matrices,
    matrix,
)
from cnnkit.viz.steps import ConvolutionStep, convolution_step
from cnnkit.viz.style import Picture
from cnnkit.viz.training import (
    augmentation_sheet,
    confusion_picture,
    history_picture,
    search_picture,
)

__all__ = [
    "KERNELS",
    "ConvolutionStep",
    "Explorer",
    "Picture",
    "activation_explorer",
    "activations_picture",
    "architecture_explorer",
    "augmentation_sheet",
    "confusion_picture",
    "convolution_explorer",
    "convolution_step",
    "convolution_step_picture",
    "decision_picture",
    "feature_maps_picture",
    "field_explorer",
    "filter_gallery",
    "filtering",
    "filters_picture",
    "gradient_as_image",
    "graph_picture",
    "heat_picture",
    "history_picture",
    "images_picture",
    "matrices",
    "matrix",
    "network_picture",
    "pooling_explorer",
    "receptive_fields_picture",
    "search_picture",
    "surface_picture",
]
