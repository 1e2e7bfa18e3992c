"""Dropout: what is kept, what comes out on average, and where the masks come from."""

import copy

import numpy as np
import pytest
import torch

import cnnkit
from cnnkit.layers import Dropout, HistoricalDropout, Linear, Sequential

ONES = np.ones((200, 300), np.float32)
BOTH = pytest.mark.parametrize("kind", [Dropout, HistoricalDropout])


@pytest.mark.parametrize("p", [0.2, 0.5, 0.9])
def test_a_share_of_p_is_left_out_and_the_rest_scaled(p):
    y = Dropout(p)(ONES)
    assert (y == 0).mean() == pytest.approx(p, abs=0.01)
    assert np.allclose(y[y != 0], 1 / (1 - p), rtol=1e-6)
    y = HistoricalDropout(p)(ONES)
    assert (y == 0).mean() == pytest.approx(p, abs=0.01)
    assert (y[y != 0] == 1).all()


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_both_forms_agree_in_expectation_with_what_they_do_in_use(p):
    inverted, historical = Dropout(p), HistoricalDropout(p)
    assert inverted(ONES).mean() == pytest.approx(1, abs=0.01)
    assert np.array_equal(inverted.eval()(ONES), ONES)
    assert historical(ONES).mean() == pytest.approx(1 - p, abs=0.01)
    assert np.allclose(historical.eval()(ONES), 1 - p)


@BOTH
def test_backward_goes_through_the_same_units_as_the_last_forward(kind):
    layer = kind(0.5)
    layer(ONES)
    y = layer(ONES)
    assert np.array_equal(layer.backward(ONES), y)
    layer.eval()(ONES)
    assert np.array_equal(layer.backward(ONES), layer(ONES))


@BOTH
def test_the_seed_fixes_the_masks_and_each_call_and_layer_has_its_own(kind):
    def masks():
        cnnkit.manual_seed(5)
        one, other = kind(), kind()
        return one(ONES), one(ONES), other(ONES)

    first, again = masks(), masks()
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[0], first[2])


def test_the_masks_do_not_depend_on_what_else_was_drawn():
    cnnkit.manual_seed(5)
    net = Sequential(Linear(300, 300), Dropout())
    copied = copy.deepcopy(net)
    _ = net[0].weight.data
    assert np.array_equal(net[1](ONES), copied[1](ONES))


def test_everything_or_nothing_can_be_left_out():
    assert not Dropout(1.0)(ONES).any()
    assert np.array_equal(Dropout(0.0)(ONES), ONES)
    assert Dropout()(ONES).dtype == np.float32
    assert Dropout()(ONES.astype(float)).dtype == np.float64


@BOTH
@pytest.mark.parametrize("p", [-0.1, 1.1])
def test_what_is_no_probability_is_refused(kind, p):
    with pytest.raises(ValueError, match=rf"{kind.__name__}: p is a probability, 0 … 1; got {p}"):
        kind(p)


@BOTH
def test_the_twin_does_the_same_in_use_and_leaves_out_as_many_in_training(kind):
    layer = kind(0.3)
    twin, x = layer.to_torch(), torch.from_numpy(ONES)
    torch.manual_seed(0)
    assert (twin(x) == 0).float().mean().item() == pytest.approx(0.3, abs=0.01)
    assert twin(x).max().item() == pytest.approx(layer(ONES).max())
    assert np.allclose(layer.eval()(ONES), layer.to_torch()(x).numpy())
