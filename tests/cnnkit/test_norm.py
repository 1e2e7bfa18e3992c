"""Batch normalisation over several batches, in training and in use."""

import numpy as np
import pytest
import torch
from cases import normal, relative_error, tie_free

from cnnkit.layers import BatchNorm1d, BatchNorm2d, Sequential


def pairs(build, *options):
    ours = build(*options).double()
    return ours, ours.to_torch()


@pytest.mark.parametrize("momentum", [0.1, 0.7, None])
def test_running_statistics_follow_the_batches_as_in_pytorch(momentum):
    ours, theirs = pairs(BatchNorm2d, 3, 1e-5, momentum)
    for seed in range(4):
        x = normal((2 + seed, 3, 4, 5), seed=seed) * (seed + 1) + seed
        assert relative_error(ours(x), theirs(torch.from_numpy(x)).detach().numpy()) <= 1e-12
    for name, buffer in theirs.named_buffers():
        assert np.allclose(ours.state_dict()[name], buffer.numpy(), rtol=1e-12), name
    assert ours.num_batches_tracked.data == 4


def test_the_running_variance_is_the_unbiased_one():
    ours, theirs = pairs(BatchNorm1d, 1, 1e-5, 1.0)
    x = np.array([[1.0], [2], [3], [4]])
    theirs(torch.from_numpy(x))
    y = ours(x)
    assert ours.running_var.data == pytest.approx([5 / 3], rel=1e-12)
    assert theirs.running_var.item() == pytest.approx(5 / 3, rel=1e-12)
    assert y.std() == pytest.approx(1, rel=1e-5)  # the batch is divided by the biased one


@pytest.mark.parametrize(
    ("build", "shape"),
    [(BatchNorm2d, (4, 3, 2, 5)), (BatchNorm1d, (4, 3)), (BatchNorm1d, (4, 3, 2))],
)
def test_in_use_it_takes_the_running_statistics_forward_and_backward(build, shape):
    ours, _ = pairs(build, 3)
    ours.weight.data, ours.bias.data = normal((3,), seed=5), normal((3,), seed=6)
    ours(normal(shape) * 3 + 1)
    ours.zero_grad()
    ours.eval()
    theirs = ours.to_torch()
    x, dy = tie_free(shape), normal(shape, seed=7)
    their_x = torch.from_numpy(x.copy()).requires_grad_()
    their_y = theirs(their_x)
    their_y.backward(torch.from_numpy(dy))
    before = ours.state_dict()
    assert relative_error(ours(x), their_y.detach().numpy()) <= 1e-12
    assert relative_error(ours.backward(dy), their_x.grad.numpy()) <= 1e-12
    assert relative_error(ours.weight.grad, theirs.weight.grad.numpy()) <= 1e-12
    assert relative_error(ours.bias.grad, theirs.bias.grad.numpy()) <= 1e-12
    assert all(np.array_equal(before[name], ours.state_dict()[name]) for name in before)


def test_backward_belongs_to_the_mode_of_the_last_forward():
    ours, _ = pairs(BatchNorm1d, 3)
    x, dy = tie_free((5, 3)), normal((5, 3))
    ours(x)
    in_training = ours.backward(dy)
    ours.eval()
    assert np.array_equal(ours.backward(dy), in_training)


def test_a_batch_in_training_needs_more_than_one_value_per_channel():
    for layer, shape in [(BatchNorm1d(3), (1, 3)), (BatchNorm2d(3), (1, 3, 1, 1))]:
        with pytest.raises(ValueError, match="more than one value per channel in training"):
            layer(np.zeros(shape, np.float32))
        assert layer.eval()(np.zeros(shape, np.float32)).shape == shape


def test_an_empty_batch_leaves_the_statistics_alone():
    layer = BatchNorm2d(3)
    before = layer.state_dict()
    layer(np.zeros((0, 3, 4, 5), np.float32))
    assert all(np.array_equal(before[name], layer.state_dict()[name]) for name in before)


def test_buffers_are_saved_translated_and_not_learned(tmp_path):
    net, other = Sequential(BatchNorm2d(3)), Sequential(BatchNorm2d(3))
    net(normal((4, 3, 5, 6), np.float32) + 2)
    net.save(tmp_path / "weights")
    other.load(tmp_path / "weights")
    names = ["0.weight", "0.bias", "0.running_mean", "0.running_var", "0.num_batches_tracked"]
    assert list(other.state_dict()) == names == list(net.to_torch().state_dict())
    assert np.array_equal(other[0].running_mean.data, net[0].running_mean.data)
    assert other[0].num_batches_tracked.data.dtype == np.int64
    assert [name for name, _ in net.named_parameters()] == names[:2]
    assert [name for name, _ in net.named_buffers()] == names[2:]
    assert net.summary((3, 5, 6)).parameters == 6
    assert net.double()[0].running_var.data.dtype == np.float64
    assert net[0].num_batches_tracked.data.dtype == np.int64


def test_a_pytorch_modules_state_is_taken_over():
    theirs = torch.nn.BatchNorm2d(3)
    theirs(torch.from_numpy(normal((4, 3, 5, 6), np.float32)))
    ours = BatchNorm2d(3)
    ours.load_state_dict(theirs.state_dict())
    x = normal((2, 3, 4, 4), np.float32, seed=9)
    reference = theirs.eval()(torch.from_numpy(x)).detach().numpy()
    assert relative_error(ours.eval()(x), reference) <= 1e-6
