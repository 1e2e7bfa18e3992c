import numpy as np
import pytest
import torch
from cases import normal, relative_error

from cnnkit import optim
from cnnkit.layers.parameter import Parameter
from cnnkit.regularizers import L1, L2, ElasticNet

OPTIMIZERS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.05, "alpha": 0.9, "eps": 1e-6, "weight_decay": 0.1}),
    ("Adam", {}),
    ("Adam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.05, "weight_decay": 0.2}),
]


def parameter(values, dtype=np.float64):
    made = Parameter(values.shape, lambda rng, shape: np.zeros(shape))
    if dtype == np.float64:
        made.to(np.float64)
    made.data = values
    return made


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_an_optimizer_takes_pytorchs_steps(name, options, dtype, tolerance):
    start = [normal((3, 4)), normal((5,))]
    ours = [parameter(values, dtype) for values in start]
    theirs = [torch.nn.Parameter(torch.from_numpy(v.astype(dtype))) for v in start]
    optimizer = getattr(optim, name)(ours, **options)
    reference = getattr(torch.optim, name)(theirs, **options)
    rng = np.random.default_rng(0)
    for _ in range(20):
        for p, q in zip(ours, theirs, strict=True):
            gradient = rng.standard_normal(p.shape).astype(dtype)
            p.grad, q.grad = gradient, torch.from_numpy(gradient.copy())
        optimizer.step()
        reference.step()
    for p, q in zip(ours, theirs, strict=True):
        assert p.data.dtype == dtype
        assert relative_error(p.data, q.detach().numpy()) <= tolerance


def test_adams_first_steps_are_as_long_as_the_learning_rate():
    """m̂ / (√ŝ + eps) = 0.5 / (0.5 + 1e-8), as long as the gradient is the same."""
    ours, theirs = parameter(np.ones(1)), torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer, reference = optim.Adam([ours], lr=0.1), torch.optim.Adam([theirs], lr=0.1)
    for expected in (0.900000002, 0.800000004):
        ours.grad, theirs.grad = np.array([0.5]), torch.full((1,), 0.5, dtype=torch.float64)
        optimizer.step()
        reference.step()
        assert ours.data == pytest.approx([expected], abs=1e-10)
        assert theirs.item() == pytest.approx(expected, abs=1e-10)


SCHEDULES = [
    ("StepLR", {"step_size": 3}),
    ("StepLR", {"step_size": 2, "gamma": 0.5}),
    ("CosineAnnealingLR", {"T_max": 10}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 0.1, "total_iters": 4}),
]


@pytest.mark.parametrize(("name", "options"), SCHEDULES)
def test_a_schedule_gives_pytorchs_learning_rates(name, options):
    ours = optim.SGD([parameter(normal((1,)))], lr=0.4)
    theirs = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.4)
    schedule = getattr(optim, name)(ours, **options)
    reference = getattr(torch.optim.lr_scheduler, name)(theirs, **options)
    for _ in range(10):
        assert ours.lr == pytest.approx(theirs.param_groups[0]["lr"], abs=1e-15)
        schedule.step()
        theirs.step()
        reference.step()


def test_a_parameter_without_a_gradient_stays_and_zero_grad_forgets():
    still, moved = parameter(np.ones(2)), parameter(np.ones(2))
    optimizer = optim.Adam([still, moved])
    moved.grad = np.ones(2)
    optimizer.step()
    assert still.data.tolist() == [1, 1]
    assert moved.data.max() < 1
    optimizer.zero_grad()
    assert moved.grad is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: optim.SGD([]), "no parameter to optimise"),
        (lambda: optim.SGD([parameter(np.ones(1))], lr=-1), "at least 0"),
        (lambda: optim.SGD([parameter(np.ones(1))], nesterov=True), "needs a momentum"),
        (lambda: optim.SGD([parameter(np.ones(1))], momentum=-0.1), "momentum must be at least 0"),
        (lambda: optim.Adam([parameter(np.ones(1))], betas=(0.9, 1.0)), "betas .* in 0 … 1"),
        (lambda: optim.Adam([parameter(np.ones(1))], eps=-1), "eps must be at least 0"),
        (lambda: optim.RMSprop([parameter(np.ones(1))], alpha=-1), "alpha, eps must be at least 0"),
        (lambda: L1(-1), "expected numbers ≥ 0"),
        (lambda: L1(np.nan), "expected numbers ≥ 0"),
        (lambda: L2(-1), "expected numbers ≥ 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_l2_prefers_the_weights_that_are_spread():
    x = np.ones(4)
    w1, w2 = np.array([1.0, 0, 0, 0]), np.full(4, 0.25)
    assert x @ w1 == x @ w2
    assert L2(1)([parameter(w1)]) == 1
    assert L2(1)([parameter(w2)]) == 0.25
    assert L1(1)([parameter(w1)]) == L1(1)([parameter(w2)]) == 1


@pytest.mark.parametrize(
    "penalty", [L1(0.3), L2(0.3), ElasticNet(0.3, 2.0)], ids=["L1", "L2", "elastic"]
)
def test_a_penaltys_gradient_is_pytorchs_and_adds_to_the_losss(penalty):
    values = normal((3, 4))
    ours, theirs = parameter(values), torch.from_numpy(values.copy()).requires_grad_()
    square = {L1: 0.0, L2: 0.3}.get(type(penalty), 0.6)
    absolute = {L2: 0.0}.get(type(penalty), 0.3)
    reference = square * (theirs**2).sum() + absolute * theirs.abs().sum()
    reference.backward()
    ours.grad = np.ones((3, 4))
    assert penalty([ours]) == pytest.approx(reference.item())
    penalty.backward()
    assert relative_error(ours.grad - 1, theirs.grad.numpy()) <= 1e-12
