"""A training goes on only with the options that it began with."""

import functools

import numpy as np
import pytest
import torch
from small_training import FEW, build
from torch import nn

from cnnkit import losses, optim, train
from cnnkit.train import fit
from cnnkit.train.settings import described

ENGINES = {"numpy": (optim, losses), "torch": (torch.optim, nn)}
BOTH = pytest.mark.parametrize("engine", ENGINES)


def trained(engine, path, optimizer=None, options=None, freeze=(), **fitted):
    """`fit` of a new model; `options` are the constructed optimizer's."""
    net = build().train()
    model = net if engine == "numpy" else net.to_torch()
    for number in freeze:
        model.net[number].eval()
    if options is not None:
        optimizer = getattr(ENGINES[engine][0], optimizer)(model.parameters(), **options)
    fitted = {"epochs": 1, "optimizer": optimizer or "adam", "progress": False} | fitted
    return fit(model, FEW.take(range(100)), checkpoint=path, device="cpu", **fitted)


OPTIMIZERS = [
    ("SGD", {"lr": 0.01, "momentum": 0.9}, {"momentum": 0.5}),
    ("SGD", {"lr": 0.01, "momentum": 0.9}, {"nesterov": True}),
    ("SGD", {"lr": 0.01}, {"weight_decay": 0.1}),
    ("SGD", {"lr": 0.01}, {"lr": 0.02}),
    ("RMSprop", {}, {"alpha": 0.9}),
    ("Adam", {}, {"betas": (0.8, 0.999)}),
    ("Adam", {}, {"betas": (0.9, 0.99)}),
    ("AdamW", {}, {"eps": 1e-6}),
    ("AdamW", {}, {"weight_decay": 0.1}),
]


@BOTH
@pytest.mark.parametrize(("name", "options", "change"), OPTIMIZERS, ids=str)
def test_an_optimizer_with_another_option_is_refused(tmp_path, engine, name, options, change):
    path = tmp_path / "c.npz"
    trained(engine, path, name, options)
    assert len(trained(engine, path, name, options)) == 1  # with the same it goes on
    [option] = change
    with pytest.raises(ValueError, match=rf"another training: .*{option} was .*, is "):
        trained(engine, path, name, options | change)


def test_every_group_of_an_optimizer_is_looked_at(tmp_path):
    def with_rates(*rates):
        module = build().to_torch()
        pairs = zip((module.net[0], module.net[7]), rates, strict=True)
        groups = [{"params": list(layer.parameters()), "lr": lr} for layer, lr in pairs]
        optimizer = torch.optim.SGD(groups)
        options = {"optimizer": optimizer, "checkpoint": tmp_path / "c.npz", "device": "cpu"}
        return fit(module, FEW, epochs=1, progress=False, **options)

    with_rates(0.1, 0.01)
    with pytest.raises(
        ValueError, match=r"another training: optimizer\.1\.lr was 0\.01, is 0\.02\."
    ):
        with_rates(0.1, 0.02)


WEIGHT = np.linspace(0.5, 1.5, 10)

LOSSES = [
    ({"label_smoothing": 0.1}, {"label_smoothing": 0.2}, "loss.label_smoothing was 0.1, is 0.2"),
    ({}, {"label_smoothing": 0.2}, "loss.label_smoothing was 0.0, is 0.2"),
    ({"weight": WEIGHT}, {"weight": WEIGHT[::-1].copy()}, r"loss.weight was \[0.5, .* is \[1.5, "),
    ({"weight": WEIGHT}, {}, r"loss.weight was \[.*\], is None"),
]


@BOTH
@pytest.mark.parametrize(("before", "now", "message"), LOSSES, ids=str)
def test_a_loss_with_another_option_is_refused(tmp_path, engine, before, now, message):
    def loss(weight=None, **options):
        if weight is not None and engine == "torch":
            weight = torch.tensor(weight, dtype=torch.float32)
        return ENGINES[engine][1].CrossEntropyLoss(weight, **options)

    path = tmp_path / "c.npz"
    trained(engine, path, loss=loss(**before))
    assert len(trained(engine, path, loss=loss(**before))) == 1
    with pytest.raises(ValueError, match=f"another training: {message}"):
        trained(engine, path, loss=loss(**now))


def test_other_losses_and_schedules_are_known_by_their_names_and_arguments(tmp_path):
    path = tmp_path / "c.npz"
    loss, schedule = nn.functional.cross_entropy, train.warm_cosine
    given = {"loss": functools.partial(loss, label_smoothing=0.1)}
    given |= {"schedule": functools.partial(schedule, warm=0.1)}
    trained("torch", path, **given)
    other = {"loss": functools.partial(loss, label_smoothing=0.3)}
    with pytest.raises(ValueError, match=r"loss\.options\.label_smoothing was 0\.1, is 0\.3"):
        trained("torch", path, **given | other)
    other = {"schedule": functools.partial(schedule, warm=0.3)}
    with pytest.raises(ValueError, match=r"schedule\.options\.warm was 0\.1, is 0\.3"):
        trained("torch", path, **given | other)
    with pytest.raises(ValueError, match=r"loss was .*, is multi_margin_loss"):
        trained("torch", path, **given | {"loss": nn.functional.multi_margin_loss})


def test_a_loss_made_of_losses_is_looked_through():
    class Both(losses.Loss):
        def __init__(self, smoothing):
            self.parts = [losses.CrossEntropyLoss(None, smoothing), losses.MultiClassHingeLoss()]

    class Module(nn.Module):
        def __init__(self, smoothing):
            super().__init__()
            self.part = nn.CrossEntropyLoss(label_smoothing=smoothing)

    for build_loss in (Both, Module):
        assert described(build_loss(0.1)) == described(build_loss(0.1))
        assert described(build_loss(0.1)) != described(build_loss(0.2))


@BOTH
def test_what_was_frozen_has_to_be_frozen_again(tmp_path, engine):
    path = tmp_path / "c.npz"
    trained(engine, path, freeze=(4,))
    assert len(trained(engine, path, freeze=(4,))) == 1
    with pytest.raises(ValueError, match=r"frozen was \['net.4'\], is \[\]"):
        trained(engine, path)


@BOTH
def test_a_parameter_that_was_not_learned_is_not_learned_when_it_goes_on(tmp_path, engine):
    def last_layer_alone(number):
        net = build()
        model = net if engine == "numpy" else net.to_torch()
        optimizer = ENGINES[engine][0].SGD(model.net[number].parameters(), lr=0.01)
        options = {"optimizer": optimizer, "epochs": 1, "progress": False, "device": "cpu"}
        return fit(model, FEW, checkpoint=tmp_path / "c.npz", **options)

    last_layer_alone(7)
    with pytest.raises(ValueError, match="another training: frozen was"):
        last_layer_alone(3)
