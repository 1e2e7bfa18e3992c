"""Convolution and pooling with drawn shapes and options: what PyTorch computes we compute, what
PyTorch refuses we refuse."""

import pytest
import torch
from cases import normal, relative_error, tie_free
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit import layers

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


def int_or_pair(least, most):
    one = st.integers(least, most)
    return st.one_of(one, st.tuples(one, one))


sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))
conv_options = st.fixed_dictionaries(
    {
        "in_channels": st.integers(1, 4),
        "out_channels": st.integers(1, 4),
        "kernel_size": int_or_pair(1, 4),
        "stride": st.one_of(st.just(1), int_or_pair(0, 3)),
        "padding": st.one_of(int_or_pair(0, 3), st.just("same")),
        "dilation": int_or_pair(1, 3),
        "groups": st.sampled_from([1, 1, 2, 3, 4]),
        "bias": st.booleans(),
    }
)
pool_options = {
    "kernel_size": int_or_pair(1, 4),
    "stride": st.one_of(st.none(), int_or_pair(0, 4)),
    "padding": int_or_pair(0, 2),
    "ceil_mode": st.booleans(),
}
max_options = st.fixed_dictionaries({**pool_options, "dilation": int_or_pair(1, 3)})
avg_options = st.fixed_dictionaries({**pool_options, "count_include_pad": st.booleans()})


def assert_does_what_pytorch_does(name, options, shape):
    x = tie_free(shape)
    their_x = torch.from_numpy(x.copy()).requires_grad_()
    try:
        module = getattr(torch.nn, name)(**options).double()
        their_y = module(their_x)
    except (RuntimeError, ValueError):
        with pytest.raises(ValueError, match=name + "|stride|kernel_size|padding"):
            getattr(layers, name)(**options).double()(x)
        return
    layer = getattr(layers, name)(**options).double()
    layer.load_state_dict(module.state_dict())
    assert relative_error(layer(x), their_y.detach().numpy()) <= 1e-10
    assert layer.output_shape(shape[1:]) == tuple(their_y.shape[1:])
    dy = normal(tuple(their_y.shape))
    their_y.backward(torch.from_numpy(dy))
    assert relative_error(layer.backward(dy), their_x.grad.numpy()) <= 1e-10
    for parameter, theirs in zip(layer.parameters(), module.parameters(), strict=True):
        assert relative_error(parameter.grad, theirs.grad.numpy()) <= 1e-10


@settings(max_examples=250, derandomize=True)
@given(conv_options, st.integers(1, 3), sizes)
def test_conv_does_what_pytorch_does(options, batch, size):
    assert_does_what_pytorch_does("Conv2d", options, (batch, options["in_channels"], *size))


@settings(max_examples=250, derandomize=True)
@given(max_options, st.integers(1, 2), st.integers(1, 3), sizes)
def test_max_pooling_does_what_pytorch_does(options, batch, channels, size):
    assert_does_what_pytorch_does("MaxPool2d", options, (batch, channels, *size))


@settings(max_examples=250, derandomize=True)
@given(avg_options, st.integers(1, 2), st.integers(1, 3), sizes)
def test_average_pooling_does_what_pytorch_does(options, batch, channels, size):
    assert_does_what_pytorch_does("AvgPool2d", options, (batch, channels, *size))
