"""Residual, Concat, Auxiliary and unpooling: what the table of cases cannot say."""

import numpy as np
import pytest
import torch
from cases import normal, relative_error, tie_free

from cnnkit.gradcheck import gradcheck
from cnnkit.layers import (
    Auxiliary,
    AvgPool2d,
    Concat,
    Conv2d,
    Flatten,
    Identity,
    Linear,
    MaxPool2d,
    MaxUnpool2d,
    ReLU,
    Residual,
    Sequential,
    Tanh,
)


def trunk_and_head():
    head = Sequential(AvgPool2d(2), Flatten(), Linear(3 * 2 * 2, 5))
    return Sequential(
        {"stem": Conv2d(2, 3, 3, padding=1), "aux": Auxiliary(Tanh(), head), "flat": Flatten()}
    ).double()


def test_an_auxiliary_heads_gradient_joins_the_trunks_as_in_pytorch():
    net = trunk_and_head()
    x, dy, dscores = tie_free((3, 2, 4, 5)), normal((3, 60)), normal((3, 5), seed=3)
    module = net.to_torch()
    their_x = torch.from_numpy(x.copy()).requires_grad_()
    their_y = module(their_x)
    loss = (their_y * torch.from_numpy(dy)).sum()
    (loss + 0.3 * (module.aux.scores * torch.from_numpy(dscores)).sum()).backward()
    y = net(x)
    assert relative_error(y, their_y.detach().numpy()) <= 1e-12
    assert relative_error(net.aux.scores, module.aux.scores.detach().numpy()) <= 1e-12
    net.aux.dscores = 0.3 * dscores
    assert relative_error(net.backward(dy), their_x.grad.numpy()) <= 1e-12
    theirs = {name: p.grad.numpy() for name, p in module.named_parameters()}
    for name, parameter in net.named_parameters():
        assert relative_error(parameter.grad, theirs[name]) <= 1e-12, name


def test_a_head_without_a_gradient_of_its_own_gets_none():
    net = trunk_and_head()
    net(tie_free((3, 2, 4, 5)))
    net.backward(normal((3, 60)))
    assert net.stem.weight.grad is not None
    assert net.aux.head[2].weight.grad is None


def test_in_use_the_head_rests():
    net = trunk_and_head().eval()
    x = tie_free((3, 2, 4, 5))
    y = net(x)
    assert net.aux.scores is None
    module = net.to_torch()
    assert relative_error(y, module(torch.from_numpy(x)).detach().numpy()) <= 1e-12
    assert module.aux.scores is None


def test_branches_are_counted_once_with_a_row_for_the_sum_and_the_joined_channels():
    body = Sequential(Conv2d(4, 4, 3, padding=1), ReLU())
    net = Sequential(
        {
            "residual": Residual(body, Conv2d(4, 4, 1)),
            "concat": Concat({"a": Conv2d(4, 2, 1), "b": Identity()}),
        }
    )
    summary = net.summary((4, 6, 5))
    assert [row.name for row in summary.rows] == [
        "residual.body.0",
        "residual.body.1",
        "residual.shortcut",
        "residual",
        "concat.a",
        "concat.b",
        "concat",
    ]
    assert summary.parameters == sum(p.size for p in net.parameters()) == 148 + 20 + 10
    assert summary.macs == 30 * (4 * 36 + 16 + 8) == net.macs((4, 6, 5))
    assert [row.output_shape[0] for row in summary.rows] == [4, 4, 4, 4, 2, 4, 6]


def test_an_auxiliary_head_is_counted_beside_the_trunk():
    rows = trunk_and_head().summary((2, 4, 5)).rows
    heads = [row for row in rows if row.name.startswith("aux.head")]
    assert sum(row.parameters for row in heads) == 65
    assert rows[-1].receptive_field == 3  # the head's pooling does not widen what the trunk sees


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: Residual(Conv2d(1, 2, 1)).output_shape((1, 4, 4)),
            r"body gives \(N, 2, 4, 4\), the",
        ),
        (
            lambda: Concat(Conv2d(1, 2, 3), Identity())(np.zeros((2, 1, 4, 4), np.float32)),
            r"branches give \(N, 2, 2, 2\), \(N, 1, 4, 4\); they may differ in their channels",
        ),
        (lambda: Concat(), "expected at least one branch"),
        (lambda: Residual(*[ReLU()] * 2), "'body' and 'shortcut' are the same layer object"),
        (lambda: Concat(*[ReLU()] * 2), "'0' and '1' are the same layer object"),
        (lambda: Auxiliary(*[ReLU()] * 2), "'body' and 'head' are the same layer object"),
        (lambda: Auxiliary(Tanh(), Linear(3, 2)).output_shape((4,)), "expected 3 features"),
        (lambda: Sequential({"_x": ReLU()}), "'_x' can't be a layer's name"),
    ],
)
def test_what_does_not_fit_together_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_every_layer_of_a_composition_has_an_activation_and_its_gradient():
    net = Sequential(Conv2d(2, 4, 1), Residual(Sequential(Conv2d(4, 4, 3, padding=1), ReLU())))
    x = normal((2, 2, 5, 4), np.float32)
    kept = net.activations(x)
    net.backward(normal((2, 4, 5, 4), np.float32))
    assert set(kept) == {"0", "1", "1.body", "1.body.0", "1.body.1"}
    assert all(a.grad.shape == a.data.shape for a in kept.values())


# Unpooling.


@pytest.mark.parametrize("options", [(2,), (3, 2, 1), ((2, 3), (1, 2), (1, 0), 2), (3, 2, 0, 1)])
def test_switches_are_pytorchs_indices(options):
    pool, x = MaxPool2d(*options), tie_free((2, 3, 8, 9))
    pool(x)
    _, indices = torch.nn.MaxPool2d(*options, return_indices=True)(torch.from_numpy(x))
    assert np.array_equal(pool.switches, indices.numpy())


def test_unpooling_without_overlap_is_pytorchs():
    pool, x, z = MaxPool2d(2), tie_free((2, 3, 7, 6)), normal((2, 3, 3, 3))
    unpool = MaxUnpool2d(pool)
    pool(x)
    indices = torch.from_numpy(pool.switches)
    theirs = torch.nn.MaxUnpool2d(2)(torch.from_numpy(z), indices, output_size=(7, 6)).numpy()
    assert np.array_equal(unpool(z), theirs)
    assert (unpool(pool(x)) != 0).sum() == z.size


def test_unpooling_something_else_has_the_right_gradient():
    pool = MaxPool2d(3, 2)
    pool(tie_free((2, 3, 7, 8)))
    assert max(gradcheck(MaxUnpool2d(pool), normal((2, 3, 3, 3))).values()) < 1e-8


def test_unpooling_before_pooling_is_refused():
    pool = MaxPool2d(2)
    unpool = MaxUnpool2d(pool)
    with pytest.raises(RuntimeError, match="its pool has not run"):
        unpool(np.zeros((1, 1, 2, 2)))
    with pytest.raises(RuntimeError, match="no switches before forward"):
        _ = pool.switches
    pool(np.zeros((1, 1, 4, 4)))
    with pytest.raises(ValueError, match="not what its pool gave"):
        unpool(np.zeros((1, 1, 3, 2)))
    with pytest.raises(ValueError, match=r"expected the shape that its pool gave, \(1, 1, 2, 2\)"):
        unpool(np.zeros((2, 1, 2, 2)))
    with pytest.raises(ValueError, match="its pool does not stand before it"):
        unpool.to_torch()
    with pytest.raises(TypeError, match="expected a MaxPool2d, got ReLU"):
        MaxUnpool2d(ReLU())


def test_the_pool_that_is_named_is_no_part_of_the_unpooling():
    pool = MaxPool2d(2)
    net = Sequential(pool, MaxUnpool2d(pool))
    assert [name for name, _ in net.named_layers()] == ["0", "1"]
    assert repr(net[1]).startswith("MaxUnpool2d(pool=MaxPool2d(")
