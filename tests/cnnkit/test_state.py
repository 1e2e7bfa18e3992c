"""Parameters: where they start, when they are allocated, how they are kept; layers by name."""

import copy

import numpy as np
import pytest
import torch
from cases import normal, tie_free

import cnnkit
from cnnkit.layers import Conv2d, Flatten, Linear, MaxPool2d, Sequential, Tanh
from cnnkit.models import lenet5


def test_weights_start_uniform_within_one_over_root_fan_in_as_in_pytorch():
    for layer, fan_in in [(Linear(400, 300), 400), (Conv2d(8, 200, (3, 5), groups=2), 60)]:
        bound = 1 / np.sqrt(fan_in)
        theirs = layer.to_torch()
        theirs.reset_parameters()
        for ours, reference in [(layer.weight, theirs.weight), (layer.bias, theirs.bias)]:
            values = ours.data.ravel()
            assert values.dtype == np.float32
            assert 0.98 * bound < np.abs(values).max() <= bound * (1 + 1e-6)
            assert values.std() == pytest.approx(bound / np.sqrt(3), rel=0.15)
            assert values.std() == pytest.approx(reference.std().item(), rel=0.2)


def test_the_seed_fixes_the_weights_and_the_order_of_use_changes_nothing():
    def weights(order):
        cnnkit.manual_seed(7)
        net = Sequential(Linear(3, 4), Linear(4, 2))
        for i in order:
            _ = net[i].weight.data
        return net.state_dict()

    one, other = weights([0, 1]), weights([1, 0])
    assert all(np.array_equal(one[name], other[name]) for name in one)
    assert len({values.ravel()[0] for values in one.values()}) == len(one)
    cnnkit.manual_seed(8)
    assert not np.array_equal(Linear(3, 4).weight.data, one["0.weight"])
    with pytest.raises(ValueError, match="expected a number ≥ 0, got -1"):
        cnnkit.manual_seed(-1)


def test_double_before_or_after_the_first_use_gives_the_same_weights():
    cnnkit.manual_seed(3)
    early = Linear(3, 4).double()
    cnnkit.manual_seed(3)
    late = Linear(3, 4)
    late(np.ones((1, 3), np.float32))
    late.backward(np.ones((1, 4), np.float32))
    late.double()
    assert early.weight.data.dtype == late.weight.data.dtype == late.weight.grad.dtype == np.float64
    assert np.array_equal(early.weight.data, late.weight.data)


def test_constructing_and_counting_allocates_nothing():
    net = Linear(10**6, 10**6)
    assert net.summary((10**6,)).parameters == 10**12 + 10**6
    assert "10" in repr(net.weight)


def test_assigned_data_is_copied_in_the_parameters_dtype_and_shape():
    conv = Conv2d(1, 1, 2)
    kernel = np.array([[[[1, 0], [0, -1]]]])
    conv.weight.data = kernel
    kernel[:] = 9
    assert conv.weight.data.dtype == np.float32
    assert conv.weight.data.tolist() == [[[[1, 0], [0, -1]]]]
    with pytest.raises(ValueError, match=r"expected shape \(1, 1, 2, 2\), got \(2, 2\)"):
        conv.weight.data = [[1, 0], [0, -1]]


def test_parameters_have_pytorchs_names():
    net = lenet5()
    names = [name for name, _ in net.named_parameters()]
    assert names == [name for name, _ in net.to_torch().named_parameters()]
    assert names[:2] == ["conv1.weight", "conv1.bias"]
    assert [p.shape for p in net.parameters()] == [p.data.shape for p in net.parameters()]


def test_state_is_a_copy_and_comes_from_arrays_or_tensors_of_any_float_dtype():
    net = Linear(2, 3)
    state = net.state_dict()
    state["weight"][:] = 5
    assert not (net.weight.data == 5).any()
    net.load_state_dict(state)
    assert (net.weight.data == 5).all()
    theirs = torch.nn.Linear(2, 3).double()
    for given in (theirs.state_dict(), dict(theirs.named_parameters())):
        net.load_state_dict(given)
        assert net.weight.data.dtype == np.float32
        assert np.allclose(net.weight.data, theirs.weight.detach().numpy(), rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("bias"), "missing bias"),
        (lambda s: s.update(extra=np.ones(1)), "unexpected extra"),
        (
            lambda s: s.update(bias=np.ones(4)),
            r"bias: expected shape \(3,\), got \(4,\)",
        ),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, message):
    net = Linear(2, 3)
    before = net.state_dict()
    state = {name: np.ones_like(values) for name, values in before.items()}
    change(state)
    with pytest.raises(ValueError, match=message):
        net.load_state_dict(state)
    assert all(np.array_equal(net.state_dict()[name], before[name]) for name in before)


def test_a_pickle_in_a_weights_file_is_refused(tmp_path):
    np.savez(tmp_path / "evil.npz", weight=np.array([object()]), bias=np.ones(3))
    with pytest.raises(ValueError, match=r"weight\.npy holds object, not numbers"):
        Linear(2, 3).load(tmp_path / "evil.npz")


def test_save_keeps_only_what_it_was_given(tmp_path):
    Linear(2, 3).save(tmp_path / "w.npz")
    with np.load(tmp_path / "w.npz") as saved:
        assert sorted(saved) == ["bias", "weight"]


def test_train_and_eval_reach_every_layer():
    net = Sequential(Sequential(Tanh()), Flatten())
    assert net.training
    assert net.eval() is net
    assert not any(layer.training for _, layer in net.named_layers())
    assert all(layer.training for _, layer in net.train().named_layers())


def test_a_copy_is_independent():
    net = lenet5()
    other = copy.deepcopy(net)
    assert np.array_equal(net.conv1.weight.data, other.conv1.weight.data)
    other.conv1.weight.data += 1
    assert not np.array_equal(net.conv1.weight.data, other.conv1.weight.data)


def test_layers_are_found_by_name_and_number_and_can_be_replaced():
    net = lenet5()
    assert net.conv1 is net[0]
    assert net.fc3 is net[-1]
    assert len(net) == len(list(net)) == 12
    net.fc3 = Linear(84, 3)
    assert net(tie_free((2, 1, 32, 32), np.float32)).shape == (2, 3)
    assert "fc3: Linear(in_features=84, out_features=3, bias=True)" in repr(net)
    with pytest.raises(AttributeError):
        _ = net.fc4


def test_activations_give_outputs_and_after_backward_gradients_by_name():
    trunk = Sequential({"conv": Conv2d(1, 2, 3), "pool": MaxPool2d(2, 1)})
    net = Sequential({"trunk": trunk, "flatten": Flatten(), "fc": Linear(12, 3)}).double()
    x, dy = tie_free((2, 1, 5, 6)), normal((2, 3))
    kept = net.activations(x)
    assert list(kept) == ["trunk", "trunk.conv", "trunk.pool", "flatten", "fc"]
    assert np.array_equal(kept["fc"].data, net.fc(net.flatten(trunk(x))))
    assert all(activation.grad is None for activation in kept.values())

    kept = net.activations(x)
    dx = net.backward(dy)
    assert np.array_equal(kept["fc"].grad, dy)
    assert np.array_equal(kept["flatten"].grad, dy @ net.fc.weight.data)
    assert np.array_equal(kept["trunk"].grad, kept["trunk.pool"].grad)
    assert np.array_equal(trunk.conv.backward(kept["trunk.conv"].grad), dx)
    before = kept["fc"].grad.copy()
    net(2 * x)
    net.backward(2 * dy)
    assert np.array_equal(kept["fc"].grad, before)
    net.activations(x)
    kept = net.fc._activation
    net.fc.forward(np.ones((1, 12)))
    net.fc.backward(np.ones((1, 3)))
    assert kept.grad is None
