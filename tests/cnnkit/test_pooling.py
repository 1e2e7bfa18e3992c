"""Pooling at the edge: −∞, NaN, ties, windows that reach beyond the image, half precision."""

import numpy as np
import pytest
import torch
from cases import TORCH, normal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnkit import layers
from cnnkit.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    FeatureL2Pool,
    LPPool2d,
    MaxPool2d,
    SumPool2d,
)

INF, NAN = np.inf, np.nan


def image(rows, dtype=np.float64):
    return np.array(rows, dtype)[None, None]


def test_where_all_is_minus_infinity_the_first_pixel_of_the_image_wins():
    pool, x = MaxPool2d(2, 2, 1), image(np.full((2, 2), -INF))
    assert pool(x).tolist() == x.tolist()
    assert pool.switches[0, 0].tolist() == [[0, 1], [2, 3]]
    assert pool.backward(image([[1, 2], [3, 4]])).tolist() == [[[[1, 2], [3, 4]]]]


def test_nan_wins_where_it_stands_and_takes_the_gradient():
    pool = MaxPool2d(2)
    assert np.isnan(pool(image([[1, NAN], [2, 3]]))).all()
    assert pool.switches.tolist() == [[[[1]]]]
    assert pool.backward(image([[5]])).tolist() == [[[[0, 5], [0, 0]]]]


EXTREMES = st.sampled_from([-INF, -1.0, 0.0, -0.0, 1.0, INF, NAN])


@given(st.data(), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2), st.booleans())
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_the_winners_of_extremes_are_pytorchs(data, kernel, stride, dilation, ceil_mode):
    padding = data.draw(st.integers(0, kernel // 2))
    options = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    height, width = (data.draw(st.integers(dilation * (kernel - 1) + 1, 6)) for _ in range(2))
    count = 2 * height * width
    values = data.draw(st.lists(EXTREMES, min_size=count, max_size=count))
    x = np.array(values).reshape(1, 2, height, width)
    their_x = torch.from_numpy(x.copy()).requires_grad_()
    theirs = torch.nn.MaxPool2d(kernel, **options, return_indices=True)
    their_y, their_switches = theirs(their_x)
    pool = MaxPool2d(kernel, **options)
    y = pool(x)
    np.testing.assert_array_equal(y, their_y.detach().numpy())
    assert pool.switches.tolist() == their_switches.tolist()
    dy = normal(y.shape)
    their_y.backward(torch.from_numpy(dy))
    dx = pool.backward(dy)
    np.testing.assert_allclose(dx, their_x.grad.numpy(), rtol=1e-12, atol=1e-15)
    assert np.isclose(dx.sum(), dy.sum())


def test_a_window_that_sees_the_padding_alone_has_no_winner():
    pool = MaxPool2d((1, 2), 1, (0, 1), (1, 3))
    y = pool(image([[5, 7], [6, 8]]))
    assert y.tolist() == [[[[-INF], [-INF]]]]
    assert pool.switches.tolist() == [[[[-1], [-1]]]]
    assert not pool.backward(np.ones_like(y)).any()
    assert pool.to_winners(y).tolist() == [[[[0, 0], [0, 0]]]]


def test_an_infinite_gradient_leaves_the_losers_alone():
    pool = MaxPool2d(2)
    pool(image([[1, 2], [4, 3]]))
    assert pool.backward(image([[INF]])).tolist() == [[[[0, 0], [INF, 0]]]]


def unpooled(m):
    pool = m.MaxPool2d(2, 2, 1)
    return m.Sequential(pool, m.MaxUnpool2d(pool))


@pytest.mark.parametrize(
    "rows",
    [
        [[-INF, -INF], [-INF, -INF]],
        [[-INF, INF, 1], [2, -INF, -INF], [NAN, 0, -INF]],
        [[-1, NAN, NAN, -INF], [INF, 2, NAN, 3]],
    ],
)
def test_unpooling_puts_extremes_back_where_they_were(rows):
    net, module, x = unpooled(layers), unpooled(TORCH), image(rows)
    their_x = torch.from_numpy(x.copy()).requires_grad_()
    their_y = module(their_x)
    y = net(x)
    np.testing.assert_array_equal(y, their_y.detach().numpy())
    dy = normal(y.shape)
    their_y.backward(torch.from_numpy(dy))
    np.testing.assert_array_equal(net.backward(dy), their_x.grad.numpy())


@pytest.mark.parametrize("build", [layers, TORCH], ids=["numpy", "torch"])
def test_one_pool_can_be_undone_twice(build):
    pool = build.MaxPool2d(2)
    undone = build.Concat(build.MaxUnpool2d(pool), build.MaxUnpool2d(pool))
    net = build.Sequential(pool, undone)
    x = normal((2, 1, 4, 4), np.float32)
    y = np.asarray(net(x if build is layers else torch.from_numpy(x)))
    assert np.count_nonzero(y) == 2 * 2 * 4
    np.testing.assert_array_equal(y[:, 0], y[:, 1])
    assert set(y[y != 0]) <= set(x.flat)


def test_averages_with_ceil_mode_count_what_is_in_the_image():
    x = image(np.arange(49).reshape(7, 7))
    expected = [[4, 7, 9.5], [25, 28, 30.5], [42.5, 45.5, 48]]
    pool = AvgPool2d(2, stride=3, ceil_mode=True)
    assert pool(x)[0, 0].tolist() == expected
    assert torch.nn.AvgPool2d(2, 3, ceil_mode=True)(torch.from_numpy(x))[0, 0].tolist() == expected
    dx = pool.backward(np.ones((1, 1, 3, 3)))[0, 0]
    assert dx[0].tolist() == [0.25, 0.25, 0, 0.25, 0.25, 0, 0.5]
    assert dx[6].tolist() == [0.5, 0.5, 0, 0.5, 0.5, 0, 1]


@pytest.mark.parametrize(
    ("layer", "shape", "value", "expected"),
    [
        (AvgPool2d(40), (1, 1, 40, 40), 100, 100),
        (AdaptiveAvgPool2d(1), (1, 1, 300, 300), 1, 1),
        (SumPool2d(60), (1, 1, 60, 60), 1.001, 3600 * np.float16(1.001)),
        (LPPool2d(2, 2), (1, 1, 2, 2), 300, 600),
        (FeatureL2Pool(4), (1, 4, 1, 1), 300, 600),
    ],
    ids=lambda value: type(value).__name__,
)
def test_half_precision_neither_overflows_nor_loses_digits_on_the_way(
    layer, shape, value, expected
):
    x = np.full(shape, value, np.float16)
    y = layer(x)
    assert y.dtype == np.float16
    assert y.ravel() == pytest.approx(expected, rel=1e-3)
    dx = layer.backward(np.ones_like(y))
    assert dx.dtype == np.float16
    layer(x.astype(np.float64))
    np.testing.assert_allclose(dx, layer.backward(np.ones(y.shape)), rtol=1e-3, atol=1e-7)
