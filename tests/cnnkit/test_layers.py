"""Every row of the table against PyTorch, the loops, numerical gradients, and its own figures."""

import tracemalloc

import numpy as np
import pytest
import table_others
import table_windows
import torch
from cases import TORCH, Case, normal, relative_error, tie_free

from cnnkit import layers
from cnnkit.gradcheck import gradcheck
from cnnkit.layers import Layer

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
CASES = [*table_windows.CASES, *table_others.CASES]
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def torch_twin(case: Case, layer: Layer) -> torch.nn.Module:
    """The case's layer as PyTorch itself builds it, with `layer`'s weights."""
    module = case.build(TORCH)
    state = {name: torch.from_numpy(values) for name, values in layer.state_dict().items()}
    module.load_state_dict(state)
    return (
        module.double() if any(v.dtype == np.float64 for _, v in layer.named_stored()) else module
    )


def errors_against_pytorch(case: Case, layer: Layer, dtype: type) -> tuple[float, dict[str, float]]:
    """Of the output, and of the gradients by name."""
    module = torch_twin(case, layer)
    x, dy = tie_free(case.input_shape, dtype), normal(case.output_shape, dtype)
    their_x = torch.from_numpy(x.copy()).requires_grad_()
    their_y = module(their_x)
    their_y.backward(torch.from_numpy(dy))
    y = layer(x)
    gradients = {"input": relative_error(layer.backward(dy), their_x.grad.numpy())}
    theirs = {name: p.grad.numpy() for name, p in module.named_parameters()}
    for name, parameter in layer.named_parameters():
        gradients[name] = relative_error(parameter.grad, theirs.pop(name))
    assert not theirs
    assert y.dtype == dtype
    return relative_error(y, their_y.detach().numpy()), gradients


@each_case
def test_agrees_with_pytorch_in_float64(case):
    output, gradients = errors_against_pytorch(case, case.build(layers).double(), np.float64)
    assert output <= 1e-10
    assert max(gradients.values()) <= 1e-10, gradients


@each_case
def test_agrees_with_pytorch_in_float32(case):
    output, gradients = errors_against_pytorch(case, case.build(layers), np.float32)
    assert output <= 1e-5
    assert max(gradients.values()) <= 1e-4, gradients


@pytest.mark.parametrize("case", [c for c in CASES if c.loops], ids=lambda case: case.name)
def test_agrees_with_the_loops(case):
    layer = case.build(layers).double()
    x = tie_free(case.input_shape)
    assert relative_error(layer(x), case.loops(layer, x)) <= 1e-12


@each_case
def test_gradients_agree_with_numerical_ones(case):
    x = tie_free((min(3, case.input_shape[0]), *case.input_shape[1:]))
    errors = gradcheck(case.build(layers), x)
    assert max(errors.values()) <= 1e-7, errors


@each_case
def test_gradients_agree_with_the_complex_step_to_the_last_digits(case):
    x = tie_free((min(3, case.input_shape[0]), *case.input_shape[1:]))
    errors = gradcheck(case.build(layers), x, method="complex")
    assert max(errors.values()) <= 1e-13, errors


@each_case
def test_output_shape_and_parameters_are_known_without_running(case):
    layer = case.build(layers)
    assert layer.output_shape(case.input_shape[1:]) == case.output_shape[1:]
    assert sum(p.size for p in layer.parameters()) == case.parameters
    summary = layer.summary(case.input_shape[1:])
    assert summary.parameters == case.parameters
    assert summary.macs == layer.macs(case.input_shape[1:])
    assert all(p._data is None for p in layer.parameters())
    assert layer(tie_free(case.input_shape, np.float32)).shape == case.output_shape


@each_case
def test_to_torch_gives_the_same_output_and_leaves_the_random_state_alone(case):
    layer = case.build(layers).double().eval()
    before = torch.random.get_rng_state()
    module = layer.to_torch()
    assert torch.equal(before, torch.random.get_rng_state())
    assert type(module) is type(case.build(TORCH))
    assert not module.training
    assert all(p.requires_grad and p.device.type == "cpu" for p in module.parameters())
    x = tie_free(case.input_shape)
    with torch.no_grad():
        assert relative_error(layer(x), module(torch.from_numpy(x)).numpy()) <= 1e-10


@each_case
def test_state_goes_to_a_file_and_back(case, tmp_path):
    layer, other = case.build(layers), case.build(layers)
    layer.save(tmp_path / "weights")
    other.load(tmp_path / "weights.npz")
    for name, values in layer.state_dict().items():
        assert np.array_equal(other.state_dict()[name], values)


@each_case
def test_an_empty_batch_gives_an_empty_output_and_zero_gradients(case):
    layer = case.build(layers)
    y = layer(np.zeros((0, *case.input_shape[1:]), np.float32))
    assert y.shape == (0, *case.output_shape[1:])
    assert layer.backward(y).shape == (0, *case.input_shape[1:])
    assert all(not p.grad.any() for p in layer.parameters())


@each_case
def test_a_non_contiguous_input_gives_the_same(case):
    x = tie_free(case.input_shape)
    strided = np.moveaxis(np.repeat(np.moveaxis(x, 0, -1), 2, axis=0)[::2], -1, 0)
    assert np.array_equal(strided, x)
    dy = np.asfortranarray(normal(case.output_shape))
    layer = case.build(layers).double()
    y, dx = layer(x), layer.backward(normal(case.output_shape))
    assert np.allclose(layer(strided), y, rtol=1e-12, atol=1e-13)
    assert np.allclose(layer.backward(dy), dx, rtol=1e-12, atol=1e-13)


@each_case
def test_input_and_upstream_gradient_are_left_as_they_were(case):
    x, dy = tie_free(case.input_shape), normal(case.output_shape)
    layer = case.build(layers).double()
    layer(x)
    layer.backward(dy)
    assert np.array_equal(x, tie_free(case.input_shape))
    assert np.array_equal(dy, normal(case.output_shape))


@each_case
def test_backward_is_of_the_last_call_and_parameter_gradients_add_up(case):
    layer = case.build(layers).double()
    first, last = tie_free(case.input_shape, seed=2), tie_free(case.input_shape, seed=3)
    dy = normal(case.output_shape)
    layer(last)
    dx = layer.backward(dy)
    once = {name: p.grad.copy() for name, p in layer.named_parameters()}
    layer(first)
    layer(last)
    assert np.array_equal(layer.backward(dy), dx)
    for name, parameter in layer.named_parameters():
        assert np.allclose(parameter.grad, 2 * once[name], rtol=1e-12)
    layer.zero_grad()
    assert all(p.grad is None for p in layer.parameters())


@each_case
def test_a_second_backward_gives_the_same_again(case):
    layer = case.build(layers).double()
    layer(tie_free(case.input_shape))
    dy = normal(case.output_shape)
    dx = layer.backward(dy)
    once = {name: p.grad.copy() for name, p in layer.named_parameters()}
    assert np.array_equal(layer.backward(dy), dx)
    for name, parameter in layer.named_parameters():
        assert np.allclose(parameter.grad, 2 * once[name], rtol=1e-12)


@each_case
def test_printed_it_says_how_to_make_it(case):
    layer = case.build(layers)
    for single in (layer, *(inner for _, inner in layer.named_layers())):
        if not single.children() and not isinstance(single, layers.MaxUnpool2d | layers.Sequential):
            assert repr(eval(repr(single), vars(layers))) == repr(single)


@each_case
def test_wrong_calls_are_refused_in_clear_words(case):
    layer = case.build(layers)
    x, dy = tie_free(case.input_shape, np.float32), normal(case.output_shape, np.float32)
    with pytest.raises(RuntimeError, match="backward before forward"):
        layer.backward(dy)
    with pytest.raises(TypeError, match=r"expected .*(float32|floating point).*, got int64"):
        layer(np.ones(case.input_shape, np.int64))
    with pytest.raises(TypeError, match="expected a NumPy array, got list"):
        layer(x.tolist())
    with pytest.raises(TypeError, match="expected a NumPy array, got Tensor"):
        layer(torch.from_numpy(x))
    with pytest.raises(ValueError, match="expected a batch"):
        layer(np.array(1, np.float32))
    layer(x)
    with pytest.raises(ValueError, match="expected dy of the output's shape"):
        layer.backward(dy[:-1])
    with pytest.raises(TypeError, match="expected dy to be an array of float32, got float64"):
        layer.backward(dy.astype(np.float64))
    with pytest.raises(TypeError, match="expected dy to be an array of float32, got float"):
        layer.backward(1.0)


@each_case
def test_another_dtype_than_the_parameters_is_refused(case):
    layer = case.build(layers)
    if any(stored.dtype == np.float32 for _, stored in layer.named_stored()):
        with pytest.raises(TypeError, match=r"expected float32.*got float64.*astype\(np.float32\)"):
            layer(tie_free(case.input_shape))
        with pytest.raises(TypeError, match=r"expected float64.*got float32"):
            layer.double()(tie_free(case.input_shape, np.float32))
    else:
        assert layer(tie_free(case.input_shape)).dtype == np.float64


ELEMENTWISE = ["ReLU", "ReLU6", "LeakyReLU", "PReLU", "ELU", "SiLU", "Tanh", "Sigmoid", "Flatten"]


@pytest.mark.parametrize("name", [*ELEMENTWISE, "MaxPool2d", "AvgPool2d", "SumPool2d"])
def test_nan_stays_nan(name):
    layer = getattr(layers, name)(*([2, 1] if "Pool" in name else []))
    x = tie_free((1, 1, 3, 3), np.float32)
    x[0, 0, 1, 1] = np.nan
    assert np.isnan(layer(x)).sum() == (4 if "Pool" in name else 1)


@pytest.mark.parametrize("options", [(2,), (3, 1), (3, 2, 1)])
def test_among_equal_values_the_first_takes_the_gradient_as_in_pytorch(options):
    x = np.random.default_rng(0).integers(0, 2, (2, 3, 8, 7)).astype(np.float64)
    their_x = torch.from_numpy(x.copy()).requires_grad_()
    their_y = torch.nn.MaxPool2d(*options)(their_x)
    layer = layers.MaxPool2d(*options)
    dy = normal(layer(x).shape)
    their_y.backward(torch.from_numpy(dy))
    assert np.allclose(layer.backward(dy), their_x.grad.numpy(), rtol=1e-12, atol=1e-15)


KINKS = [
    ("ReLU", (), [0.0]),
    ("ReLU6", (), [0.0, 6.0]),
    ("LeakyReLU", (0.1,), [0.0]),
    ("ELU", (0.5,), [0.0]),
    ("Step", (), [0.0]),
    ("Maxout", (3,), [1.0, 1.0, 0.5]),
    ("L2Normalize", (), [0.0, 0.0]),
    ("FeatureL2Pool", (2,), [0.0, 0.0]),
]


@pytest.mark.parametrize(("name", "options", "x"), KINKS, ids=[name for name, *_ in KINKS])
def test_at_a_kink_the_gradient_is_pytorchs(name, options, x):
    x = np.array([x])
    layer = getattr(layers, name)(*options)
    their_x = torch.from_numpy(x.copy()).requires_grad_()
    dy = normal(layer(x).shape)
    getattr(TORCH, name)(*options)(their_x).backward(torch.from_numpy(dy))
    assert np.array_equal(layer.backward(dy), their_x.grad.numpy())


def test_a_prelu_gives_the_slope_no_gradient_at_zero():
    prelu = layers.PReLU().double()
    prelu(np.zeros((1, 3)))
    assert prelu.backward(np.ones((1, 3))).tolist() == [[0.25] * 3]
    assert prelu.weight.grad.tolist() == [0]


@pytest.mark.parametrize("norm_type", [1, 2, 3])
def test_lp_pooling_of_zeros_has_gradient_zero_and_of_what_is_negative_no_root(norm_type):
    x = np.zeros((1, 1, 2, 4))
    x[..., 2:] = -1
    their_x = torch.from_numpy(x.copy()).requires_grad_()
    their_y = torch.nn.LPPool2d(norm_type, 2)(their_x)
    their_y.sum().backward()
    layer = layers.LPPool2d(norm_type, 2)
    y = layer(x)
    assert np.allclose(y, their_y.detach().numpy(), equal_nan=True)
    assert np.allclose(layer.backward(np.ones_like(y)), their_x.grad.numpy(), equal_nan=True)


@pytest.mark.parametrize("name", ["Softmax", "LogSoftmax"])
def test_softmax_neither_overflows_nor_loses_what_is_small(name):
    x = np.array([[1000.0, 999.0, -1000.0]])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = getattr(layers, name)()(x)
    theirs = getattr(torch.nn, name)(1)(torch.from_numpy(x)).numpy()
    assert np.allclose(y, theirs, rtol=1e-12)


def test_sigmoid_neither_overflows_nor_loses_the_small():
    with np.errstate(all="raise", under="ignore"):
        y = layers.Sigmoid()(np.array([[-1000.0, -50.0, 0.0, 50.0, 1000.0]]))
    assert y[0, 0] == 0
    assert y[0, 4] == 1
    assert y[0, 2] == 0.5
    assert y[0, 1] == pytest.approx(np.exp(-50.0), rel=1e-12)


def test_a_convolutions_columns_do_not_grow_with_the_batch():
    def beyond_the_results(batch):
        conv = layers.Conv2d(16, 16, 3, padding=1)
        x = normal((batch, 16, 32, 32), np.float32)
        dy = normal((batch, 16, 32, 32), np.float32)
        conv.weight.data  # noqa: B018 (drawn before anything is measured)
        tracemalloc.start()
        y = conv(x)
        dx = conv.backward(dy)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak - y.nbytes - dx.nbytes

    few, many = beyond_the_results(8), beyond_the_results(256)
    assert many < 1.1 * few
    assert many < 2**23  # all columns at once would be 151 MB
