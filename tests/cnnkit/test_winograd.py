"""3×3 convolutions by Winograd's products are what the definition gives."""

import warnings

import numpy as np
import pytest
import torch
from cases import relative_error
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.layers import Conv2d, products, winograd
from cnnkit.layers.windows import Windows

MANY = winograd.LEAST
side = st.integers(0, 3)


def by_definition(monkeypatch, *arguments):
    with monkeypatch.context() as patch:
        patch.setattr(winograd, "fits", lambda *_: False)
        return all_three(*arguments)


def all_three(weight, image, dout, windows):
    return (
        products.correlate(weight, image, windows, 1),
        products.image_gradient(weight, dout, windows, 1, image.shape),
        products.weight_gradient(image, dout, windows, 1),
    )


@given(
    st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6)),
    st.tuples(st.integers(3, 11), st.integers(3, 11)),
    st.tuples(side, side, side, side),
    st.sampled_from([np.float32, np.float64]),
    st.integers(0, 100),
)
@settings(max_examples=60, deadline=None)
def test_sizes_and_paddings_of_every_kind_give_what_the_definition_gives(
    channels, size, sides, dtype, seed
):
    count, wide, narrow = channels
    top, bottom, left, right = sides
    shape = (size[0] + top + bottom - 2, size[1] + left + right - 2)
    windows = Windows((3, 3), (1, 1), (1, 1), ((top, bottom), (left, right)), shape)
    rng = np.random.default_rng(seed)
    weight = rng.standard_normal((narrow, wide, 3, 3)).astype(dtype)
    image = rng.standard_normal((count, wide, *size)).astype(dtype)
    dout = rng.standard_normal((count, narrow, *shape)).astype(dtype)
    with pytest.MonkeyPatch.context() as patch:
        expected = by_definition(patch, weight, image, dout, windows)
        # What is added up: a sum may be small beside its terms, whose rounding it has.
        terms = by_definition(patch, np.abs(weight), np.abs(image), np.abs(dout), windows)
        patch.setattr(winograd, "LEAST", 1)
        patch.setattr(winograd, "TILES", 1)
        patch.setattr(winograd, "ROOM", 2**10)  # in several parts
        found = all_three(weight, image, dout, windows)
    for one, other, term in zip(found, expected, terms, strict=True):
        assert one.dtype == dtype
        assert one.shape == other.shape
        error = np.abs(one - other).max(initial=0) / (term.max(initial=0) or 1)
        assert error < 8 * np.finfo(dtype).eps  # 1e-6, 2e-15


def many(dtype=np.float32) -> tuple[Conv2d, np.ndarray]:
    layer = Conv2d(MANY, MANY, 3, padding=1)
    layer = layer.double() if dtype == np.float64 else layer
    return layer, np.random.default_rng(0).standard_normal((1, MANY, 24, 23)).astype(dtype)


def test_a_layer_of_many_channels_takes_that_way_and_agrees_with_pytorch(monkeypatch):
    layer, x = many()
    taken = []
    for name in ("correlate", "weight_gradient"):
        way = getattr(winograd, name)

        def noted(*arguments, name=name, way=way):
            taken.append(name)
            return way(*arguments)

        monkeypatch.setattr(winograd, name, noted)
    y = layer(x)
    dy = np.cos(y)
    dx = layer.backward(dy)
    assert sorted(taken) == ["correlate", "correlate", "weight_gradient"]
    their_x = torch.from_numpy(x).requires_grad_()
    twin = layer.to_torch()
    their_y = twin(their_x)
    their_y.backward(torch.from_numpy(dy))
    assert relative_error(y, their_y.detach().numpy()) < 3e-6
    assert relative_error(dx, their_x.grad.numpy()) < 3e-6
    assert relative_error(layer.weight.grad, twin.weight.grad.numpy()) < 1e-5


@pytest.mark.parametrize("where", ["image", "weight", "dout"])
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 3e38])
def test_what_is_not_finite_or_overflows_is_where_the_definition_has_it(value, where, monkeypatch):
    layer, image = many()
    weight, dout = layer.weight.data.copy(), np.ones((1, MANY, 24, 23), np.float32)
    {"image": image[0, 3, 5], "weight": weight[4, 7, 2], "dout": dout[0, 9, 20]}[where][2] = value
    arguments = weight, image, dout, layer._windows((24, 23))
    with np.errstate(all="ignore"):
        found, expected = all_three(*arguments), by_definition(monkeypatch, *arguments)
    for one, other in zip(found, expected, strict=True):
        finite = np.isfinite(other)
        np.testing.assert_array_equal(one[~finite], other[~finite])
        np.testing.assert_allclose(one[finite], other[finite], rtol=1e-3, atol=1e-3)


def test_what_is_thrown_away_gives_no_warning():
    layer, x = many()
    x[0, 3, 5, 6] = np.inf
    windows = layer._windows((24, 23))
    with warnings.catch_warnings(), np.errstate(all="warn"):
        warnings.simplefilter("error")
        winograd.correlate(layer.weight.data, x, windows)
        winograd.correlate(np.where(layer.weight.data > 0.028, np.inf, 1), x, windows)
        winograd.weight_gradient(x, np.ones((1, MANY, 24, 23), np.float32), windows)


def test_no_output_depends_on_a_pixel_that_its_window_does_not_see():
    layer, x = many()
    before = layer(x).copy()
    x[0, :, 11, 11] = 1e6
    changed = (layer(x) != before).any(axis=1)[0]
    assert changed[10:13, 10:13].all()
    changed[10:13, 10:13] = False
    assert not changed.any()


def test_halves_and_few_channels_follow_the_definition(monkeypatch):
    monkeypatch.setattr(winograd, "correlate", None)  # would not be callable
    layer, x = many()
    weight = layer.weight.data.astype(np.float16)
    products.correlate(weight, x.astype(np.float16), layer._windows((24, 23)), 1)
    Conv2d(MANY - 1, MANY, 3)(x[:, : MANY - 1])
    Conv2d(MANY, MANY, 3, stride=2)(x)
    Conv2d(MANY, MANY, 3, dilation=2)(x)
    Conv2d(MANY, MANY, 3, padding=1)(x[:, :, :5, :5])
