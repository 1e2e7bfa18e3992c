"""Pictures (matplotlib) and explorers (ipywidgets).

    from cnnkit import viz

    viz.filtering(image, viz.KERNELS["box blur"])  # a Figure
    explorers.convolution()                     # a widget

`import cnnkit` does not import this package, which brings matplotlib and ipywidgets.
"""

from cnnkit.viz.approximation import approximation_picture, approximation_run
from cnnkit.viz.blocks import block_picture
from cnnkit.viz.boundaries import (
    boundaries_picture,
    logistic_picture,
    logistic_run,
    moments_picture,
    templates_picture,
)
from cnnkit.viz.clinic import charts_picture
from cnnkit.viz.cones import cone_picture
from cnnkit.viz.connections import connections_picture, windows_fit_picture
from cnnkit.viz.curves import activations_picture, decision_picture, surface_picture
from cnnkit.viz.diagrams import network_picture
from cnnkit.viz.enlarging import enlarging_picture
from cnnkit.viz.features import answer_picture, directions_picture
from cnnkit.viz.fields import receptive_fields_picture
from cnnkit.viz.fitting import fits_picture, noisy_sine, polynomial_fit
from cnnkit.viz.graphs import graph_picture
from cnnkit.viz.histograms import histograms_picture
from cnnkit.viz.kernels import KERNELS
from cnnkit.viz.learning import SURFACES, descend, perceptron_picture, perceptron_run
from cnnkit.viz.lines import lines_picture
from cnnkit.viz.maps import (
    feature_maps_picture,
    filters_picture,
    gradient_as_image,
    heat_picture,
    images_picture,
)
from cnnkit.viz.pictures import filter_gallery, filtering, matrices, matrix
from cnnkit.viz.rows import padded_row_picture
from cnnkit.viz.scores import softmax_picture
from cnnkit.viz.shifts import commuting_square_picture, shifted
from cnnkit.viz.signals import signal_run, signals_picture
from cnnkit.viz.sliding import (
    Film,
    convolution_film,
    convolution_step_picture,
    pooling_film,
    pooling_step_picture,
    strip_picture,
)
from cnnkit.viz.steps import ConvolutionStep, PoolingStep, convolution_step, pooling_step
from cnnkit.viz.style import Picture
from cnnkit.viz.tangents import tangent_picture
from cnnkit.viz.training import (
    augmentation_sheet,
    confusion_picture,
    history_picture,
    search_picture,
)
from cnnkit.viz.volumes import LayerStep, layer_backward_picture, layer_step, layer_step_picture

__all__ = [
    "KERNELS",
    "SURFACES",
    "ConvolutionStep",
    "Film",
    "LayerStep",
    "Picture",
    "PoolingStep",
    "activations_picture",
    "answer_picture",
    "approximation_picture",
    "approximation_run",
    "augmentation_sheet",
    "block_picture",
    "boundaries_picture",
    "charts_picture",
    "commuting_square_picture",
    "cone_picture",
    "confusion_picture",
    "connections_picture",
    "convolution_film",
    "convolution_step",
    "convolution_step_picture",
    "decision_picture",
    "descend",
    "directions_picture",
    "enlarging_picture",
    "feature_maps_picture",
    "filter_gallery",
    "filtering",
    "filters_picture",
    "fits_picture",
    "gradient_as_image",
    "graph_picture",
    "heat_picture",
    "histograms_picture",
    "history_picture",
    "images_picture",
    "layer_backward_picture",
    "layer_step",
    "layer_step_picture",
    "lines_picture",
    "logistic_picture",
    "logistic_run",
    "matrices",
    "matrix",
    "moments_picture",
    "network_picture",
    "noisy_sine",
    "padded_row_picture",
    "perceptron_picture",
    "perceptron_run",
    "polynomial_fit",
    "pooling_film",
    "pooling_step",
    "pooling_step_picture",
    "receptive_fields_picture",
    "search_picture",
    "shifted",
    "signal_run",
    "signals_picture",
    "softmax_picture",
    "strip_picture",
    "surface_picture",
    "tangent_picture",
    "templates_picture",
    "windows_fit_picture",
]
