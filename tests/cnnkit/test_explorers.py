"""Explorers answer their controls, quickly enough to play with, and leave a picture behind."""

import base64

import numpy as np
import pytest

from cnnkit import viz
from cnnkit.viz.explorers import architectures, functions

EXPLORERS = {
    "convolution": viz.convolution_explorer,
    "activation": viz.activation_explorer,
    "pooling": viz.pooling_explorer,
    "architecture": viz.architecture_explorer,
    "field": viz.field_explorer,
}


@pytest.mark.parametrize("name", EXPLORERS)
def test_where_no_kernel_runs_its_picture_is_shown(name):
    explorer = EXPLORERS[name]()
    bundle = explorer._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]) == bytes(explorer.picture.value)
    assert bytes(explorer.picture.value).startswith(b"\x89PNG")
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert f"{name}-explorer" in explorer._dom_classes
    assert 'role="status"' in explorer.status.value


def test_the_activation_explorer_says_value_and_slope():
    explorer = viz.activation_explorer()
    explorer.function.value, explorer.x.value = "tanh", 0.0
    assert "y(0) = 0, dy/dx = 1" in explorer.status.value
    explorer.x.value = 4.0
    assert "saturated" in explorer.status.value
    explorer.function.value, explorer.x.value = "ReLU", -2.0
    assert "No gradient passes" in explorer.status.value


@pytest.mark.parametrize("name", functions.ACTIVATIONS)
def test_every_activation_is_drawn_with_its_tangent(name):
    explorer = viz.activation_explorer()
    explorer.function.value, explorer.x.value = name, 1.3
    picture, _ = explorer.draw()
    tangent = picture.axes[0].lines[2]
    (x0, x1), (y0, y1) = tangent.get_xdata(), tangent.get_ydata()
    layer = functions.ACTIVATIONS[name]
    step = 1e-6
    numeric = layer(np.array([[1.3 + step]])) - layer(np.array([[1.3 - step]]))
    assert np.isclose((y1 - y0) / (x1 - x0), numeric[0, 0] / (2 * step), atol=1e-6)


def test_the_pooling_explorer_pools_the_lectures_image_and_says_what_a_shift_changes():
    explorer = viz.pooling_explorer()
    explorer.size.value = 3
    expected = [[3, 3, 3], [3, 3, 3], [3, 2, 3]]
    np.testing.assert_array_equal(explorer.pooled(functions.IMAGE), expected)
    assert "The output is 3×3" in explorer.status.value
    before = explorer.picture.value
    explorer.shift.value = 1
    assert explorer.picture.value != before
    assert "of the image and" in explorer.status.value
    for kind in functions.POOLS:
        explorer.kind.value = kind
        assert "The output is 3×3" in explorer.status.value


def test_the_architecture_explorer_has_every_network_of_images():
    explorer = viz.architecture_explorer()
    for title in architectures.BY_TITLE:
        explorer.network.value = title
        assert f"{architectures.BY_TITLE[title].parameters:,} parameters" in explorer.status.value
    explorer.network.value = "AlexNet"
    assert "Error 15.3 % (ILSVRC 2012" in explorer.status.value
    assert "<table>" in explorer.status.value


@pytest.mark.parametrize("title", architectures.SEEING)
def test_the_field_explorer_goes_through_a_network(title):
    explorer = viz.field_explorer()
    explorer.network.value = title
    sentences = set()
    for depth in range(explorer.depth.max + 1):
        explorer.depth.value = depth
        sentences.add(explorer.status.value)
    assert len(sentences) == explorer.depth.max + 1 >= 3


def test_another_network_begins_at_its_first_layer():
    explorer = viz.field_explorer()
    explorer.depth.value = 3
    explorer.network.value = "VGG-16"
    assert explorer.depth.value == 0
    assert "features.0 sees 3×3 pixels" in explorer.status.value
