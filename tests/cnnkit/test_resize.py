"""Maps made larger: which pixel is repeated, in whole numbers; and what is infinite stays local."""

import numpy as np
import pytest
import torch
from cases import TORCH, normal

from cnnkit import layers
from cnnkit.layers import AdaptiveAvgPool2d, Upsample

INF, NAN = np.inf, np.nan


def column(count):
    """Rows 0, 1, …, count − 1."""
    return np.arange(float(count)).reshape(1, 1, count, 1)


@pytest.mark.parametrize(("before", "after", "row"), [(2, 98, 49), (2, 82, 41), (3, 123, 82)])
def test_a_row_on_the_border_shows_the_pixel_behind_it(before, after, row):
    y = Upsample(size=(after, 1))(column(before))[0, 0, :, 0]
    assert y[row - 1] + 1 == y[row] == row * before // after
    dy = np.zeros((1, 1, after, 1))
    dy[0, 0, row] = 1
    layer = Upsample(size=(after, 1))
    layer(column(before))
    assert layer.backward(dy)[0, 0, :, 0].tolist() == np.eye(before)[row * before // after].tolist()


def test_nearest_is_the_floor_in_whole_numbers_and_pytorchs_but_where_float32_errs():
    for before in range(1, 30):
        for after in range(1, 130):
            y = Upsample(size=(after, 1))(column(before))[0, 0, :, 0]
            assert y.tolist() == [i * before // after for i in range(after)]
            theirs = torch.nn.Upsample(size=(after, 1))(torch.from_numpy(column(before)))
            between = np.arange(after) * before % after != 0
            assert np.array_equal(y[between], theirs[0, 0, :, 0].numpy()[between])


@pytest.mark.parametrize("scale", [3, 7, 41, 49, 0.1, 0.3, 0.5, 1.5, 5 / 3, 1 / 3, 2 / 3, 1.1, 2.3])
def test_a_scale_is_the_fraction_that_is_meant(scale):
    for before in range(1, 60):
        if before * scale < 1:
            continue
        y = Upsample(scale_factor=(scale, 1.0))(column(before))[0, 0, :, 0]
        theirs = torch.nn.Upsample(scale_factor=(scale, 1.0))(torch.from_numpy(column(before)))
        theirs = theirs[0, 0, :, 0].numpy()
        assert y.shape == theirs.shape
        places = np.arange(len(y)) / scale
        between = np.abs(places - np.rint(places)) > 1e-5
        assert np.array_equal(y[between], theirs[between])
        if len(y) not in (before, 2 * before):
            assert np.array_equal(y, np.minimum(np.floor(places + 1e-9), before - 1))


def test_a_scale_is_a_positive_finite_number():
    for scale in (0, -1, INF, NAN, (2, INF), (1, 2, 3)):
        with pytest.raises(ValueError, match="scale_factor: expected one or two positive numbers"):
            Upsample(scale_factor=scale)


SPREADING = {
    "adaptive average": lambda m: m.AdaptiveAvgPool2d((2, 3)),
    "nearest": lambda m: m.Upsample(size=(7, 9)),
}


@pytest.mark.parametrize("build", SPREADING.values(), ids=SPREADING)
@pytest.mark.parametrize("value", [INF, -INF, NAN])
def test_what_is_infinite_reaches_only_the_windows_that_see_it(build, value):
    x = normal((2, 2, 5, 6))
    x[1, 0, 3, 4] = value
    their_x = torch.from_numpy(x.copy()).requires_grad_()
    their_y = build(TORCH)(their_x)
    layer = build(layers)
    y = layer(x)
    np.testing.assert_allclose(y, their_y.detach().numpy(), rtol=1e-12)
    dy = normal(y.shape)
    dy[0, 1, 1, 2] = value
    their_y.backward(torch.from_numpy(dy))
    np.testing.assert_allclose(layer.backward(dy), their_x.grad.numpy(), rtol=1e-12, atol=1e-15)


def test_opposite_infinities_in_one_window_are_no_number():
    x = np.array([[[[INF, -INF, 1, 2]]]])
    assert str(AdaptiveAvgPool2d((1, 2))(x).tolist()) == "[[[[nan, 1.5]]]]"


def test_a_bilinear_mix_takes_nothing_of_what_has_no_weight():
    x = np.array([[[[1.0, 2.0, INF]]]])
    y = Upsample(size=(1, 5), mode="bilinear", align_corners=True)(x)
    assert y.tolist() == [[[[1, 1.5, 2, INF, INF]]]]
