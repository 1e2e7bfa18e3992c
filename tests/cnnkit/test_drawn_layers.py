"""Layers with drawn shapes and options: as PyTorch where it computes, refused where it refuses."""

from typing import Any

import numpy as np
import pytest
import torch
from cases import TORCH, normal, relative_error, tie_free
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cnnkit import cores, layers
from cnnkit.layers import blocks, products

pytestmark = pytest.mark.filterwarnings(
    "ignore:Using padding='same' with even kernel", "ignore:The default behavior for interpolate"
)


@pytest.fixture(scope="module", autouse=True)
def in_small_blocks():
    """As large images are computed: in many parts, on several threads."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(products, "COLUMN_BYTES", 1)
        patched.setattr(blocks, "BLOCK_BYTES", 64)
        patched.setattr(cores, "_cores", 3)
        yield


drawn = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])


def few(least: int, most: int) -> st.SearchStrategy[Any]:
    """A number, or a pair of them."""
    number = st.integers(least, most)
    return number | st.tuples(number, number)


def images(channels: st.SearchStrategy[int], least: int = 1) -> st.SearchStrategy[Any]:
    side = st.integers(least, 9)
    return st.tuples(st.integers(1, 3), channels, side, side)


def compare(name: str, options: dict[str, Any], shape: tuple[int, ...]) -> None:
    """Output, gradients and shape as PyTorch's; where PyTorch raises, so do we."""
    x = tie_free(shape) + 0.37  # so that no sum is 0 but for rounding
    try:
        module = getattr(TORCH, name)(**options).double()
        their_x = torch.from_numpy(x.copy()).requires_grad_()
        their_y = module(their_x)
    except (RuntimeError, ValueError, TypeError, IndexError):
        with pytest.raises((ValueError, TypeError)):
            getattr(layers, name)(**options).double()(x)
        return
    layer = getattr(layers, name)(**options).double()
    layer.load_state_dict(module.state_dict())
    y = layer(x)
    assert layer.output_shape(shape[1:]) == y.shape[1:]
    finite = np.isfinite(y)  # a dilated window may see the padding alone: its maximum is −∞
    their_values = their_y.detach().numpy()
    assert np.array_equal(y[~finite], their_values[~finite])
    assert relative_error(y[finite], their_values[finite]) <= 1e-10
    dy = normal(y.shape)
    if not finite.all():  # PyTorch writes such a window's gradient outside the array and crashes
        assert np.isclose(layer.backward(dy).sum(), dy[finite].sum())
        return
    their_y.backward(torch.from_numpy(dy))
    gradients = {"input": (layer.backward(dy), their_x.grad)}
    for key, parameter in layer.named_parameters():
        gradients[key] = parameter.grad, module.get_parameter(key).grad
    for key, (ours, theirs) in gradients.items():  # some are 0 but for rounding: measured by dy
        scale = max(np.abs(theirs.numpy()).max(initial=0), np.abs(dy).max(initial=0) / 100)
        assert np.abs(ours - theirs.numpy()).max(initial=0) <= 1e-10 * scale, key


GROUPS = st.sampled_from(
    [(1, 1, 1), (2, 4, 1), (2, 4, 2), (3, 3, 3), (2, 6, 2), (4, 2, 4), (4, 6, 3)]
)


@given(
    GROUPS,
    few(1, 4),
    few(1, 3),
    few(0, 3) | st.just("same"),
    few(1, 3),
    st.booleans(),
    images(st.sampled_from([1, 2, 3, 4])),
)
@drawn
def test_conv2d(channels, kernel_size, stride, padding, dilation, bias, shape):
    in_channels, out_channels, groups = channels
    options = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    options |= {"dilation": dilation, "groups": groups, "bias": bias}
    options |= {"in_channels": in_channels, "out_channels": out_channels}
    compare("Conv2d", options, shape)
    compare("Conv2d", options, (shape[0], in_channels, *shape[2:]))


@given(
    GROUPS,
    few(1, 4),
    few(1, 3),
    few(0, 2),
    few(0, 2),
    few(1, 3),
    images(st.just(0)),
)
@drawn
@example((1, 1, 1), 1, 1, 1, 2, 3, (1, 0, 1, 1))  # what padding takes, output_padding gives back
def test_conv_transpose2d(channels, kernel_size, stride, padding, more, dilation, shape):
    in_channels, out_channels, groups = channels
    options = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    options |= {"output_padding": more, "groups": groups, "dilation": dilation}
    options |= {"in_channels": in_channels, "out_channels": out_channels}
    compare("ConvTranspose2d", options, (shape[0], in_channels, *shape[2:]))


@given(
    st.sampled_from(["MaxPool2d", "AvgPool2d", "SumPool2d"]),
    few(1, 4),
    st.none() | few(1, 4),
    few(0, 2),
    st.booleans(),
    images(st.integers(1, 3)),
)
@drawn
def test_pooling(name, kernel_size, stride, padding, ceil_mode, shape):
    options = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    compare(name, options | {"ceil_mode": ceil_mode}, shape)


@given(few(1, 3), st.none() | few(1, 3), few(0, 1), few(1, 3), images(st.integers(1, 2)))
@drawn
def test_dilated_max_pooling(kernel_size, stride, padding, dilation, shape):
    options = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    compare("MaxPool2d", options | {"dilation": dilation}, shape)


@given(st.sampled_from([1, 2, 4]), few(1, 4), st.booleans(), images(st.integers(1, 2)))
@drawn
def test_lp_pooling(norm_type, kernel_size, ceil_mode, shape):
    compare(
        "LPPool2d",
        {"norm_type": norm_type, "kernel_size": kernel_size, "ceil_mode": ceil_mode},
        (shape[0], shape[1] if norm_type > 1 else 1, *shape[2:]),
    )


@given(few(1, 8), images(st.integers(1, 3)))
@drawn
def test_adaptive_average_pooling(output_size, shape):
    compare("AdaptiveAvgPool2d", {"output_size": output_size}, shape)


@given(
    st.none() | few(1, 12),
    st.none() | st.sampled_from([1, 2, 3, 0.5, 1.5, 0.1, (2, 3), (1.5, 0.5)]),
    st.sampled_from(["nearest", "bilinear"]),
    st.sampled_from([None, True, False]),
    images(st.integers(1, 2)),
)
@drawn
def test_upsampling(size, scale_factor, mode, align_corners, shape):
    options = {"size": size, "scale_factor": scale_factor}
    compare("Upsample", options | {"mode": mode, "align_corners": align_corners}, shape)


@given(
    st.integers(1, 7),
    st.floats(0.01, 2),
    st.sampled_from([0.5, 0.75, 1.0, 2.0]),
    st.floats(0.5, 2),
    images(st.integers(1, 8)),
)
@drawn
def test_local_response_normalisation(size, alpha, beta, k, shape):
    compare("LocalResponseNorm", {"size": size, "alpha": alpha, "beta": beta, "k": k}, shape)


@given(
    st.sampled_from(["BatchNorm1d", "BatchNorm2d"]),
    st.integers(1, 3),
    st.sampled_from([1e-5, 1e-3]),
    st.booleans(),
    st.lists(st.integers(1, 4), min_size=2, max_size=4),
)
@drawn
def test_batch_normalisation(name, num_features, eps, affine, shape):
    compare(name, {"num_features": num_features, "eps": eps, "affine": affine}, tuple(shape))


@given(
    st.sampled_from(["Softmax", "LogSoftmax", "L2Normalize"]),
    st.integers(-5, 4),
    st.lists(st.integers(1, 4), min_size=2, max_size=4),
)
@drawn
def test_along_a_dimension(name, dim, shape):
    compare(name, {"dim": dim}, tuple(shape))
