"""In training or in use: what is frozen stays so, and nothing is left behind."""

import numpy as np
import pytest
import torch
from cases import normal
from small_training import FEW, TEST, build
from torch import nn

from cnnkit import inside, models, train
from cnnkit.data.dataset import Dataset
from cnnkit.layers import Auxiliary, Flatten, Linear, Sequential, Tanh
from cnnkit.models.network import Network
from cnnkit.train import evaluate, fit

ENGINES = pytest.mark.parametrize("engine", ["numpy", "torch"])
OPTIONS = {"progress": False, "device": "cpu"}


def model_of(net, engine):
    return net if engine == "numpy" else net.to_torch()


def state(model):
    return {name: np.asarray(values).copy() for name, values in model.state_dict().items()}


def modes(model):
    return [layer.training for layer in model.modules()]


def norm_and_dropout(model):
    return model.net[4], model.net[6]


@ENGINES
def test_what_is_frozen_stays_frozen_in_training(engine):
    model = model_of(build(dropout=0.5), engine)
    for layer in norm_and_dropout(model):
        layer.eval()
    seen, before = [], state(model)

    def note(images, rng):
        seen.append(modes(model))
        return images

    fit(model, FEW, epochs=3, validation=0.2, augment=note, **OPTIONS)
    frozen = [layer in norm_and_dropout(model) for layer in model.modules()]
    assert sum(frozen) == 2
    assert all(training == [not f for f in frozen] for training in seen)
    after = state(model)
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed == {n for n in before if n.endswith(("weight", "bias"))}


def test_with_frozen_layers_a_net_and_its_module_are_trained_to_the_same_weights():
    net = build(dropout=0.5)
    for layer in norm_and_dropout(net):
        layer.eval()
    module = net.to_torch()
    for model in (net, module):
        fit(model, FEW, epochs=2, optimizer="sgd", lr=0.01, **OPTIONS)
    theirs = state(module)
    for name, values in state(net).items():
        np.testing.assert_allclose(values, theirs[name], 1e-3, 1e-4, err_msg=name)


@ENGINES
def test_a_model_in_use_is_trained_as_a_whole_and_is_in_use_afterwards(engine):
    model = model_of(build(), engine).eval()
    before = state(model)
    fit(model, FEW, epochs=1, **OPTIONS)
    assert all(not np.array_equal(before[n], v) for n, v in state(model).items() if "prep" not in n)
    assert not any(modes(model))


def test_a_net_in_use_behind_its_preprocessing_is_in_use_not_frozen():
    assert not train.standardized(build().eval(), FEW).training
    net = build()
    norm_and_dropout(net)[0].eval()
    whole = train.standardized(net, FEW)
    assert whole.training
    assert not norm_and_dropout(whole.net)[0].training


@ENGINES
@pytest.mark.parametrize("options", [{"optimizer": "adagrad"}, {"patience": 2}, {"lr": -1}])
def test_a_training_that_is_refused_leaves_the_modes(engine, options):
    model = model_of(build(), engine).eval()
    with pytest.raises(ValueError, match=r"expected|needs"):
        fit(model, FEW, **options, **OPTIONS)
    assert not any(modes(model))


ASKED = {
    "evaluate": lambda model, x: evaluate(model, TEST, "cpu"),
    "scores": inside.scores,
    "saliency": inside.saliency,
    "guided": inside.guided_backpropagation,
    "grad-cam": lambda model, x: inside.grad_cam(model, x, "net.0"),
    "occlusion": lambda model, x: inside.occlusion(model, x, size=4),
}


@ENGINES
@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize("root", [True, False])
def test_whoever_is_asked_keeps_the_mode_of_every_layer_and_the_statistics(engine, ask, root):
    model = model_of(build(dropout=0.5), engine)
    for number, layer in enumerate(model.modules()):
        layer.training = number % 3 == 1 if number else root
    before, statistics = modes(model), state(model)
    ASKED[ask](model, TEST.images[:4].astype(np.float32))
    assert modes(model) == before
    after = state(model)
    assert all(np.array_equal(after[name], values) for name, values in statistics.items())


@ENGINES
def test_a_failure_on_the_way_keeps_the_modes(engine):
    model = model_of(build(), engine)
    norm_and_dropout(model)[0].eval()
    before = modes(model)
    for ask in (inside.scores, inside.saliency):
        with pytest.raises((ValueError, RuntimeError)):
            ask(model, np.zeros((1, 2, 8, 8), np.float32))
        assert modes(model) == before
    with pytest.raises(ValueError, match="gives no maps"):
        inside.grad_cam(model, np.zeros((1, 1, 8, 8), np.float32), "net.3")
    assert modes(model) == before


def test_a_module_has_the_modes_of_the_net_it_is_made_from():
    net = build(dropout=0.5)
    norm_and_dropout(net)[0].eval()
    assert modes(net.to_torch()) == modes(net)
    net.eval()
    norm_and_dropout(net)[0].train()
    assert modes(net.to_torch()) == modes(net)


def test_containers_that_a_networks_module_only_runs_keep_their_modes_too():
    layers = {"aux": Auxiliary(Sequential(Flatten(), Linear(64, 5)), Linear(5, 10)), "tanh": Tanh()}
    module = Network(layers | {"fc": Linear(5, 10)}, lambda name: name).to_torch()
    evaluate(module, TEST, "cpu")
    module(torch.zeros(1, 1, 8, 8))
    assert module.composed.aux.scores is not None
    assert all(layer.training for layer in module.composed.modules())


def test_every_relu_of_a_networks_module_is_found():
    net = models.resnet20(num_classes=4)
    x = normal((1, 3, 16, 16), np.float32)
    module = net.to_torch()
    assert sum(isinstance(layer, nn.ReLU) for layer in module.modules()) == 19
    ours, theirs = (inside.guided_backpropagation(model, x, 1) for model in (net, module))
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-6)


class Elsewhere(nn.Module):
    """A module on PyTorch's device without memory, which can be brought to one with."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 10, device="meta")

    def forward(self, x):
        return self.fc(x.flatten(1))

    def to(self, device):
        if torch.device(device).type == "meta":
            return super().to(device)
        self.to_empty(device=device)
        nn.init.zeros_(self.fc.weight)
        return self


def test_evaluating_leaves_a_module_on_the_device_where_it_was():
    module = Elsewhere()
    evaluate(module, TEST, "cpu")
    assert module.fc.weight.device.type == "meta"
    eleven = Dataset(TEST.images, TEST.labels, tuple("abcdefghijk"))
    with pytest.raises(ValueError, match="the model gives scores"):
        evaluate(module, eleven, "cpu")
    assert module.fc.weight.device.type == "meta"
