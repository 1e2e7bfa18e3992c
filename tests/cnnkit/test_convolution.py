"""Convolution where its windows do not reach, and of what is infinite."""

import numpy as np
import pytest
import torch
from cases import normal, tie_free

from cnnkit.layers import Conv2d

INF, NAN = np.inf, np.nan


def test_rows_and_columns_that_no_window_reaches_have_no_part_and_no_gradient():
    conv, x = Conv2d(2, 3, 4, stride=4).double(), tie_free((2, 2, 11, 11))
    module, their_x = conv.to_torch(), torch.from_numpy(x.copy()).requires_grad_()
    y, dy = conv(x), normal((2, 3, 2, 2))
    dx = conv.backward(dy)
    assert y.shape == dy.shape
    assert not dx[:, :, 8:].any()
    assert not dx[:, :, :, 8:].any()
    assert dx[:, :, :8, :8].all()
    module(their_x).backward(torch.from_numpy(dy))
    np.testing.assert_allclose(dx, their_x.grad.numpy(), rtol=1e-12)
    x[:, :, 8:] = x[:, :, :, 8:] = NAN
    np.testing.assert_array_equal(conv(x), y)
    weight_gradient = conv.weight.grad.copy()
    conv.zero_grad()
    conv.backward(dy)
    np.testing.assert_array_equal(conv.weight.grad, weight_gradient)


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("value", [INF, -INF, NAN])
def test_what_is_infinite_reaches_only_the_windows_that_see_it(groups, value):
    conv = Conv2d(4, 4, 3, stride=2, padding=1, groups=groups).double()
    x = tie_free((2, 4, 7, 8))
    x[1, 2, 6, 5] = value
    with np.errstate(invalid="ignore"):
        y = conv(x)
    with torch.no_grad():
        np.testing.assert_allclose(y, conv.to_torch()(torch.from_numpy(x)).numpy(), rtol=1e-10)
    assert np.isfinite(y).sum() == y.size - 2 * (4 // groups)
