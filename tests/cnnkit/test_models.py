"""Every architecture: its published figures, its twin in PyTorch, one step of training in both."""

import copy
import re
import tracemalloc

import numpy as np
import pytest
import torch
from torch.nn import functional

from cnnkit import models, optim
from cnnkit.layers import Dropout
from cnnkit.losses import MSELoss
from cnnkit.models.facts import FACTS
from cnnkit.models.lenet import digits
from tests.conftest import LONG

# Inputs on which a step takes little: the smallest that the network takes, or nearly.
SMALL = {
    "lenet5": (1, 32, 32),
    "nin_cifar10": (3, 32, 32),
    "nin_imagenet": (3, 96, 96),
    "zfnet": (3, 224, 224),
    "googlenet": (3, 64, 64),
    "squeezenet1_1": (3, 64, 64),
    "alexnet": (3, 64, 64),
    "perceptron": (2,),
    "logistic_regression": (2,),
    "softmax_regression": (1, 28, 28),
    "mlp": (1, 28, 28),
    "mnist_convnet": (1, 28, 28),
    "cifar10_walk": (3, 32, 32),
    "dcgan_discriminator": (3, 64, 64),
    "dcgan_generator": (100, 1, 1),
    "segnet": (3, 32, 64),
    "facenet_nn1": (3, 220, 220),
    "fashion_convnet": (1, 28, 28),
    "small_alexnet": (1, 28, 28),
    "resnet110": (3, 16, 16),
    "resnet152": (3, 64, 64),
}
# Called otherwise than classes, or none.
CLASSES = {"facenet_nn1": "num_features", "facenet_nn2": "num_features"}
NO_CLASSES = ("perceptron", "logistic_regression", "dcgan_generator", "dcgan_discriminator")


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


TOO_SMALL = r"take a larger input|expected \d+ features"


@pytest.mark.parametrize("fact", [f for f in FACTS if len(f.input_shape) == 3], ids=label)
def test_an_image_too_small_for_a_network_is_refused_by_counting_and_running_alike(fact):
    for size in (1, 6):
        net = getattr(models, fact.name)(**fact.options)
        x = np.zeros((2, fact.input_shape[0], size, size), np.float32)
        if counted := refusal(net.summary, x.shape[1:]):
            assert re.search(TOO_SMALL, counted)
            assert re.search(TOO_SMALL, refusal(net, x))


def refusal(function, *arguments):
    try:
        function(*arguments)
    except ValueError as error:
        return str(error)
    return ""


def without_dropout(net):
    for _, layer in net.named_layers():
        if isinstance(layer, Dropout):
            layer.p = 0.0
    return net


def one_step(name, **options):
    """Forward, loss, backward and update, in NumPy and in PyTorch, from the same weights.

    The loss is the scores' squared distance from drawn ones: it serves embeddings and images, too.
    """
    if name not in NO_CLASSES:
        options = {CLASSES.get(name, "num_classes"): 5, **options}
    net = without_dropout(getattr(models, name)(**options)).double()
    theirs = net.to_torch()
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, *SMALL.get(name, (3, 48, 48))))
    scores, their_scores = net(x), theirs(torch.from_numpy(x))
    wanted, criterion = rng.normal(size=scores.shape), MSELoss()
    loss = criterion(scores, wanted)
    net.backward(criterion.backward())
    their_loss = functional.mse_loss(their_scores, torch.from_numpy(wanted))
    their_loss.backward()
    optim.SGD(net.parameters(), lr=0.1).step()
    torch.optim.SGD(theirs.parameters(), lr=0.1).step()
    return net, theirs, (scores, their_scores), (loss, their_loss)


FORMS = [(name, {}) for name in models.names() if not name.startswith(("vgg13", "vgg16", "vgg19"))]
if not LONG:
    FORMS.remove(("facenet_nn1", {}))  # 26 s, 10 GB
    large = ("vgg11", "vgg11_bn", "alexnet", "zfnet", "segnet", "plain34", "resnet34", "resnet56")
    for name in (*large, "resnet101", "resnet110", "resnet152"):
        FORMS.remove((name, {}))  # 10 to 40 s; what they are made of stands in the others
else:
    FORMS.append(("resnet50", {"variant": "paper"}))
FORMS += [("resnet20", {"residual": False})]
FORMS += [("lenet5", {"variant": "paper", "num_classes": 10})]
FORMS += [("mobilenet_v1", {"width": 0.25}), ("mobilenet_v2", {"width": 0.35})]
FORMS += [("googlenet", {"aux_logits": False})]


@pytest.mark.parametrize(("name", "options"), FORMS, ids=str)
def test_a_step_of_training_is_the_same_in_both_engines(name, options):
    net, theirs, (scores, their_scores), (loss, their_loss) = one_step(name, **options)
    np.testing.assert_allclose(scores, their_scores.detach().numpy(), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(loss, their_loss.item(), rtol=1e-7)
    state = theirs.state_dict()
    for name, value in net.state_dict().items():
        np.testing.assert_allclose(value, state[name].numpy(), 1e-5, 1e-8, err_msg=name)
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


def test_rosenblatts_rule_separates_what_a_line_separates():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, size=(100, 2)).astype(np.float32)
    x = x[np.abs(x[:, 0] - 2 * x[:, 1] + 0.2) > 0.1]
    targets = (x[:, 0] - 2 * x[:, 1] + 0.2 > 0).astype(np.float32)
    net = models.perceptron()
    passes = [models.rosenblatt_step(net, x, targets) for _ in range(100)]
    assert passes[-1] == 0
    assert (net(x)[:, 0] == targets).all()


def test_no_line_separates_xor():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    net = models.perceptron()
    assert all(models.rosenblatt_step(net, x, np.array([0, 1, 1, 0])) for _ in range(50))


# The rows of FaceNet's tables, as the paper rounds them.
NN1 = [
    *("9K", "4K", "111K", "37K", "664K", "148K", "885K", "66K", "590K", "66K", "590K"),
    *("103M", "34M", "524K"),
]


def test_facenets_first_table_row_by_row():
    summary = models.facenet_nn1().summary((3, 220, 220))
    rows = [row.parameters for row in summary.rows if row.parameters]
    rounded = [f"{n / 1e6:.0f}M" if n > 1e7 else f"{n / 1e3:.0f}K" for n in rows]
    assert rounded == NN1


def test_lenet5_of_1998_connects_and_outputs_as_its_paper_says():
    net = models.lenet5(variant="paper").eval()
    maps = [branch.select.channels for branch in net.C3]
    assert sorted(map(len, maps)) == [3] * 6 + [4] * 9 + [6]
    assert [sum(i in seen for seen in maps) for i in range(6)] == [10] * 6
    patterns = digits().reshape(10, -1).astype(np.float32)
    scores = net.output(patterns)
    assert (scores.argmax(axis=1) == np.arange(10)).all()
    assert not scores.diagonal().any()
    with pytest.raises(ValueError, match="knows the 10 digits, not 26"):
        models.lenet5(num_classes=26, variant="paper")
