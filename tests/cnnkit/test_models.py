"""Every architecture: its published figures, its twin in PyTorch, one step of training in both."""

import copy
import tracemalloc

import numpy as np
import pytest
import torch
from torch.nn import functional

from cnnkit import models
from cnnkit.layers import Dropout
from cnnkit.losses import CrossEntropyLoss
from cnnkit.models.facts import FACTS

# Inputs on which a step takes little: the smallest that the network takes, or nearly.
SMALL = {
    "lenet5": (1, 32, 32),
    "nin_cifar10": (3, 32, 32),
    "nin_imagenet": (3, 96, 96),
    "zfnet": (3, 224, 224),
    "googlenet": (3, 64, 64),
    "squeezenet1_1": (3, 64, 64),
    "alexnet": (3, 64, 64),
}


def label(fact):
    return " ".join([fact.name, *map(str, fact.options.values())])


@pytest.mark.parametrize("fact", FACTS, ids=label)
def test_a_network_has_the_published_parameters_and_multiply_adds(fact):
    summary = getattr(models, fact.name)(**fact.options).summary(fact.input_shape)
    assert (summary.parameters, summary.macs) == (fact.parameters, fact.macs)


def test_there_is_a_fact_for_every_network_and_a_network_for_every_fact():
    assert {fact.name for fact in FACTS} == set(models.names())


def test_building_and_counting_every_network_allocates_no_weights():
    tracemalloc.start()
    for fact in FACTS:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        getattr(models, fact.name)(**fact.options).summary(fact.input_shape)
        _, peak = tracemalloc.get_traced_memory()
        assert peak - before < 8 * 2**20, fact.name
    tracemalloc.stop()


def without_dropout(net):
    for _, layer in net.named_layers():
        if isinstance(layer, Dropout):
            layer.p = 0.0
    return net


def one_step(name, **options):
    """A step of gradient descent, in NumPy and in PyTorch, from the same weights."""
    net = without_dropout(getattr(models, name)(num_classes=5, **options)).double()
    theirs = net.to_torch()
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, *SMALL.get(name, (3, 48, 48))))
    labels = np.array([1, 4])
    scores = net(x)
    criterion = CrossEntropyLoss()
    loss = criterion(scores, labels)
    net.backward(criterion.backward())
    their_scores = theirs(torch.from_numpy(x))
    their_loss = functional.cross_entropy(their_scores, torch.from_numpy(labels))
    their_loss.backward()
    return net, theirs, (scores, their_scores), (loss, their_loss)


FORMS = [(name, {}) for name in models.names() if not name.startswith(("vgg13", "vgg16", "vgg19"))]
FORMS = [(name, options) for name, options in FORMS if name not in ("resnet152", "resnet110")]
FORMS += [("resnet50", {"variant": "paper"}), ("resnet20", {"residual": False})]
FORMS += [("mobilenet_v1", {"width": 0.25}), ("mobilenet_v2", {"width": 0.35})]
FORMS += [("googlenet", {"aux_logits": False})]


@pytest.mark.parametrize(("name", "options"), FORMS, ids=str)
def test_a_step_of_training_is_the_same_in_both_engines(name, options):
    net, theirs, (scores, their_scores), (loss, their_loss) = one_step(name, **options)
    np.testing.assert_allclose(scores, their_scores.detach().numpy(), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(loss, their_loss.item(), rtol=1e-7)
    grads = {n: p.grad for n, p in theirs.named_parameters()}
    own = dict(net.named_parameters())
    assert set(grads) == set(own)
    largest = max(g.abs().max().item() for g in grads.values() if g is not None)
    for name, parameter in own.items():
        if parameter.grad is None:  # a head beside the trunk, whose scores have no loss here
            assert grads[name] is None
            continue
        theirs = grads[name].numpy()
        np.testing.assert_allclose(parameter.grad, theirs, 1e-5, 1e-9 * largest, err_msg=name)


NAMES = {
    "resnet18": (
        122,
        ["conv1.weight", "layer2.0.downsample.0.weight", "layer4.1.bn2.running_var", "fc.bias"],
    ),
    "resnet50": (320, ["layer1.0.conv3.weight", "layer1.0.downsample.1.num_batches_tracked"]),
    "mobilenet_v2": (
        314,
        ["features.1.conv.0.0.weight", "features.2.conv.1.1.bias", "classifier.1.weight"],
    ),
    "squeezenet1_1": (52, ["features.3.squeeze.weight", "features.12.expand3x3.bias"]),
    "googlenet": (
        364,
        [
            "inception3a.branch2.1.conv.weight",
            "aux1.conv.bn.weight",
            "aux2.fc2.bias",
            "inception4e.branch1.conv.weight",
        ],
    ),
    "alexnet": (16, ["features.10.weight", "classifier.6.bias"]),
}


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_called_as_in_torchvision(name):
    count, some = NAMES[name]
    net = getattr(models, name)(num_classes=2)
    ours = net.state_dict()
    assert len(ours) == count
    assert set(some) <= set(ours)
    module = net.to_torch()
    assert set(module.state_dict()) == set(ours)
    assert {n for n, _ in module.named_parameters()} == {n for n, _ in net.named_parameters()}


def test_a_renamed_module_moves_trains_and_is_copied_as_a_whole():
    module = models.resnet20(num_classes=3).to_torch().double().eval()
    assert all(not layer.training for layer in module.modules())
    assert not module.layer1[0].training
    assert {p.dtype for p in module.parameters()} == {torch.float64}
    x = torch.zeros(1, 3, 32, 32, dtype=torch.float64)
    copied = copy.deepcopy(module)
    with torch.no_grad():
        copied.fc.bias += 1
    assert torch.allclose(copied(x), module(x) + 1)


def test_a_variant_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="expected 'torchvision' or 'paper', got 'caffe'"):
        models.alexnet(variant="caffe")
