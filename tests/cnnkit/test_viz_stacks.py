"""Stacks of layers, padded rows, transposed convolutions: what is drawn is what the layers do."""

import numpy as np
import pytest
import torch

from cnnkit import explorers, viz
from cnnkit.layers import Conv2d, ConvTranspose2d, Sequential
from cnnkit.viz.cones import cone_sentence, paths
from cnnkit.viz.enlarging import laid_kernels
from cnnkit.viz.rows import standing

RNG = np.random.default_rng(7)
STACKS = [[(3, 1, 1)], [(3, 1, 1)] * 3, [(3, 2, 1)] * 3, [(3, 1, 2)] * 2, [(2, 1, 3), (5, 2, 1)]]


def texts(picture):
    return [text.get_text() for axes in picture.axes for text in axes.texts]


def in_a_row(layers):
    """The same layers of cnnkit, all weights 1, in one direction."""
    net = Sequential(
        *(Conv2d(1, 1, (1, k), (1, s), dilation=(1, d), bias=False) for k, s, d in layers)
    ).double()
    for parameter in net.parameters():
        parameter.data[...] = 1
    return net


@pytest.mark.parametrize("layers", STACKS, ids=str)
def test_the_ways_to_a_unit_are_its_gradient_where_all_weights_are_1(layers):
    pixels = paths(layers)[-1]
    net = in_a_row(layers)
    assert net(RNG.standard_normal((1, 1, 1, len(pixels)))).shape == (1, 1, 1, 1)
    np.testing.assert_array_equal(net.backward(np.ones((1, 1, 1, 1)))[0, 0, 0], pixels)
    row = net.summary((1, 1, len(pixels))).rows[-1]
    assert row.receptive_field == (1, len(pixels))


def test_the_sentence_counts_what_is_seen_and_what_is_stepped_over():
    assert cone_sentence([(3, 1, 2)] * 3) == (
        "The unit on top sees 7 pixels of a row of 13: it steps over 6. Its neighbour's begin 1 "
        "pixel further"
    )
    assert cone_sentence([(3, 2, 1)] * 2).endswith("begin 4 pixels further")


def test_the_picture_of_a_cone_writes_the_ways_below_the_pixels():
    layers = [(3, 1, 1), (3, 1, 1)]
    written = texts(viz.cone_picture(layers))
    assert [text for text in written if text.isdigit()] == ["1", "2", "3", "2", "1"]
    assert "layer 2: K = 3; spans 5" in written


@pytest.mark.parametrize("layers", [[], [(3, 0, 1)], [(3, 2, 2)] * 4])
def test_a_stack_that_cannot_be_drawn_is_refused_with_a_reason(layers):
    with pytest.raises(ValueError, match=r"at least|fewer layers"):
        viz.cone_picture(layers)


def test_the_cone_explorer_draws_what_its_controls_ask_for():
    explorer = explorers.cone()
    assert explorer.stack() == [(3, 1, 1)] * 2
    explorer.dilation.value, explorer.layers.value = 2, 4
    assert explorer.stack() == [(3, 1, 1), (3, 1, 2), (3, 1, 4), (3, 1, 8)]
    assert "sees 31 pixels" in explorer.sentence
    explorer.dilation.value, explorer.stride.value = 1, 2
    assert "take fewer layers" in explorer.sentence


@pytest.mark.parametrize("size", range(3, 12))
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("sides", [(0, 0), (1, 1), (0, 1), (2, 0)])
def test_windows_stand_on_a_padded_row_as_pytorch_lets_them_stand(size, stride, sides):
    layer = torch.nn.Conv1d(1, 1, 3, stride, bias=False)
    torch.nn.init.ones_(layer.weight)
    row = torch.zeros(1, 1, sides[0] + size + sides[1], requires_grad=True)
    y = layer(row)
    y.sum().backward()
    seen = (row.grad[0, 0] > 0).tolist()
    before, pixels, behind = np.split(seen, [sides[0], sides[0] + size])
    expected = (y.shape[2], np.flatnonzero(~pixels).tolist(), before.sum(), behind.sum())
    assert standing(size, 3, stride, sides) == expected


def test_the_picture_of_a_padded_row_says_what_each_way_does():
    ways = {"nothing": (0, 0), "SAME": (0, 1), "padding 1": (1, 1)}
    picture = viz.padded_row_picture(8, 3, 2, ways)
    assert "nothing: 3 windows; 1 pixel unseen" in texts(picture)
    assert "SAME: 4 windows; zeros seen: 0 before, 1 behind" in picture.alt
    assert "padding 1: 4 windows; zeros seen: 1 before, 0 behind" in picture.alt
    for size, given in [(2, ways), (8, {})]:
        with pytest.raises(ValueError, match=r"does not fit|at least one way"):
            viz.padded_row_picture(size, 3, 2, given)


@pytest.mark.parametrize("options", [(1, 0, 0), (2, 0, 0), (2, 1, 0), (2, 1, 1), (3, 2, 2)])
def test_laid_kernels_add_up_to_the_transposed_convolution(options):
    stride, padding, more = options
    x, kernel = RNG.integers(-3, 4, 5), RNG.integers(-3, 4, 4)
    layer = ConvTranspose2d(1, 1, (1, 4), (1, stride), (0, padding), (0, more), bias=False).double()
    layer.weight.data[0, 0, 0] = kernel
    y = layer(x[None, None, None].astype(float))[0, 0, 0]
    whole = laid_kernels(x, kernel, stride, more).sum(axis=0)
    np.testing.assert_array_equal(whole[padding : len(whole) - padding], y)
    picture = viz.enlarging_picture(x, kernel, *options)
    assert f"5 → {len(y)}" in picture.alt


@pytest.mark.parametrize(
    ("x", "kernel", "options"),
    [([[1]], [1], (1,)), ([1], [], (1,)), ([1, 2], [1, 2], (0,)), ([1], [1, 2], (1, 1))],
)
def test_what_cannot_be_enlarged_is_refused(x, kernel, options):
    with pytest.raises(ValueError, match=r"expected an input|takes all"):
        viz.enlarging_picture(x, kernel, *options)
