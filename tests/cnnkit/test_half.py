"""Half precision: stored and handed on in float16, added up in float32."""

import numpy as np
import pytest
import table_others
import table_windows
from cases import normal, relative_error, tie_free

from cnnkit import layers, optim
from cnnkit.layers.parameter import Parameter
from cnnkit.regularizers import L1, L2

HALF = np.float16
CASES = [*table_windows.CASES, *table_others.CASES]


def in_half(layer):
    for _, stored in layer.named_stored():
        stored.to(HALF)
    return layer


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_layer_in_half_precision_gives_what_float32_gives_rounded(case):
    half, single = in_half(case.build(layers)), case.build(layers)
    single.load_state_dict(half.state_dict())
    x, dy = tie_free(case.input_shape, HALF), normal(case.output_shape, HALF)
    y, reference = half(x), single(x.astype(np.float32))
    dx, their_dx = half.backward(dy), single.backward(dy.astype(np.float32))
    grads = {name: p.grad for name, p in single.named_parameters()}
    results = {"output": (y, reference), "input": (dx, their_dx)}
    results |= {name: (p.grad, grads[name]) for name, p in half.named_parameters()}
    for name, (ours, theirs) in results.items():
        assert ours.dtype == HALF, name
        assert relative_error(ours.astype(np.float32), theirs) <= 1e-2, name


GREAT = np.array([300.0, 400.0])  # whose squares are beyond float16

ALONG_CHANNELS = [
    (layers.L2Normalize(), GREAT, [0.6, 0.8]),
    (layers.FeatureL2Pool(2), GREAT, [500]),
    (layers.LPPool2d(2, (2, 1)), GREAT[:, None], [500]),
    (layers.LocalResponseNorm(1, 1.0, 0.5, 0.0), GREAT[:, None, None], [1, 1]),
    (layers.Softmax(), np.zeros(70_000), np.full(70_000, 1 / 70_000)),
    (layers.LogSoftmax(), np.zeros(70_000), np.full(70_000, -np.log(70_000))),
    (layers.AvgPool2d(50), np.full((50, 50), 30), [30]),
    (layers.AvgPool2d((2, 1)), [[60_000], [50_000]], [55_000]),
    (layers.SumPool2d(50), np.ones((50, 50)), [2500]),
    (layers.AdaptiveAvgPool2d(1), np.full((265, 265), 3), [3]),
]


@pytest.mark.parametrize(("layer", "x", "expected"), ALONG_CHANNELS, ids=lambda v: str(v)[:30])
def test_squares_and_sums_may_be_beyond_half_precision(layer, x, expected):
    x = np.asarray(x, HALF)
    x = x[None, None] if x.ndim == 2 else x[None]  # one picture, or one vector or map of channels
    y = layer(x)
    np.testing.assert_allclose(y.reshape(-1), expected, rtol=2e-3)
    dy = normal(y.shape, HALF)
    theirs = type(layer)(**layer.options())
    theirs(x.astype(np.float64))
    expected = theirs.backward(dy.astype(np.float64))
    np.testing.assert_allclose(layer.backward(dy), expected, rtol=0.01, atol=1e-3)


def test_batch_normalisation_of_great_values_and_large_batches_in_half_precision():
    layer = in_half(layers.BatchNorm1d(2, momentum=1.0))
    x = np.tile(np.array([[100, -300], [500, -300]], HALF), (35_000, 1))
    y = layer(x)
    np.testing.assert_allclose(y[:2], [[-1, 0], [1, 0]], atol=0.01)
    np.testing.assert_allclose(layer.running_mean.data, [300, -300])
    np.testing.assert_allclose(layer.running_var.data, [40_000, 0], rtol=1e-3)
    layer.backward(np.full(x.shape, 0.5, HALF))
    np.testing.assert_allclose(layer.bias.grad, 35_000, rtol=1e-3)
    np.testing.assert_allclose(layer.eval()(x[:2]), [[-1, 0], [1, 0]], atol=0.01)


def test_a_vector_of_zeros_stays_one_in_half_precision():
    assert layers.L2Normalize()(np.zeros((1, 2), HALF)).tolist() == [[0, 0]]


def test_a_bias_in_half_precision_gets_the_whole_batchs_gradient():
    linear = in_half(layers.Linear(1, 1))
    linear(np.ones((5000, 1), HALF))
    linear.backward(np.ones((5000, 1), HALF))
    assert linear.bias.grad == linear.weight.grad == 5000
    for build in (layers.Conv2d, layers.ConvTranspose2d):
        conv = in_half(build(1, 1, 1))
        conv(np.ones((5000, 1, 1, 1), HALF))
        conv.backward(np.ones((5000, 1, 1, 1), HALF))
        assert conv.bias.grad == conv.weight.grad == 5000
    prelu = in_half(layers.PReLU())
    prelu(-np.ones((5000, 1), HALF))
    prelu.backward(np.ones((5000, 1), HALF))
    assert prelu.weight.grad == -5000


def in_parameter(values):
    made = Parameter(np.shape(values), lambda rng, shape: np.zeros(shape))
    made.to(HALF)
    made.data = values
    return made


def test_a_penalty_on_weights_in_half_precision_is_their_sum():
    weights = in_parameter(np.full(70_000, 2.0))
    assert L1(1.0)([weights]) == 140_000
    assert L2(1.0)([weights]) == 280_000


def test_a_penalty_without_strength_does_not_count_however_great_the_weight():
    weight = Parameter((2,), lambda rng, shape: np.array([np.inf, 1e30]))
    penalty = L1(2.0)
    with np.errstate(over="ignore"):
        assert penalty([weight]) == np.inf
    penalty.backward()
    assert weight.grad.tolist() == [2, 2]


@pytest.mark.parametrize("optimizer", [optim.Adam, optim.AdamW, optim.RMSprop])
@pytest.mark.parametrize("gradient", [1e-4, 1000.0])
def test_squares_of_gradients_in_half_precision_neither_vanish_nor_overflow(optimizer, gradient):
    weight = in_parameter(np.ones(1))
    weight.grad = np.full(1, gradient, HALF)
    optimizer([weight], lr=0.01, weight_decay=0.0).step()
    moved = 0.1 if optimizer is optim.RMSprop else 0.01
    np.testing.assert_allclose(weight.data, 1 - moved, rtol=1e-3)
    assert weight.data.dtype == HALF
