"""Looking inside: the same in NumPy and in PyTorch, and as a second way computes it."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnkit import inside, models
from cnnkit.data import load
from cnnkit.layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    Sequential,
)

RNG = np.random.default_rng(0)


def build():
    """Branches that meet, overlapping windows, and a part in use that differs from training."""
    net = Sequential(
        {
            "conv1": Conv2d(3, 8, 3, padding=1),
            "norm1": BatchNorm2d(8),
            "relu1": ReLU(),
            "pool1": MaxPool2d(3, 2),
            "block": Residual(Sequential(Conv2d(8, 8, 3, padding=1), ReLU(), Conv2d(8, 8, 1))),
            "relu2": ReLU(),
            "pool2": AdaptiveAvgPool2d(2),
            "flatten": Flatten(),
            "fc": Linear(32, 5),
        }
    ).double()
    net.norm1.running_mean.data = RNG.normal(size=8)
    net.norm1.running_var.data = RNG.uniform(0.5, 2, 8)
    return net


NET = build()
MODULE = NET.to_torch().eval()
X = RNG.normal(size=(3, 3, 12, 14))
TENSOR = torch.tensor(X)
LABELS = np.array([4, 0, 2])

METHODS = {
    "saliency": lambda m: inside.saliency(m, X, LABELS),
    "saliency, own answer": lambda m: inside.saliency(m, X),
    "guided": lambda m: inside.guided_backpropagation(m, X, LABELS),
    "deconvnet": lambda m: inside.deconvnet(m, X, "relu2"),
    "deconvnet, channel": lambda m: inside.deconvnet(m, X, "block", 3),
    "grad-cam": lambda m: inside.grad_cam(m, X, "relu2", LABELS),
    "occlusion": lambda m: inside.occlusion(m, X, LABELS, 4, 3, 0.5),
    "fgsm": lambda m: inside.fgsm(m, X, 0.1, LABELS, limits=(-1, 1)),
    "dream": lambda m: inside.deep_dream(m, X, "relu2", steps=2, octaves=2, progress=False),
    "maximize": lambda m: inside.maximize(m, X[:1], 2, steps=5, progress=False),
    "style": lambda m: inside.style_transfer(
        m, X[:1], X[1:2], "relu2", ["relu1", "block"], steps=3, progress=False
    )[0],
}


@pytest.mark.parametrize("name", METHODS)
def test_a_net_and_its_module_show_the_same(name):
    np.testing.assert_allclose(METHODS[name](NET), METHODS[name](MODULE), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("model", [NET, MODULE], ids=["numpy", "torch"])
def test_the_model_is_left_as_it_was(model):
    model.train()
    before = {name: np.asarray(value).copy() for name, value in model.state_dict().items()}
    for method in METHODS.values():
        method(model)
    assert model.training
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(np.asarray(value), before[name])
    assert all(p.grad is None for p in model.parameters())
    if model is NET:
        assert not any("backward" in vars(layer) for _, layer in NET.named_layers())
    model.eval()


captum = pytest.importorskip("captum.attr")
TARGET = torch.tensor(LABELS)


def test_saliency_is_captums():
    theirs = captum.Saliency(MODULE).attribute(TENSOR.clone().requires_grad_(), TARGET)
    np.testing.assert_allclose(inside.saliency(NET, X, LABELS), theirs.amax(1).numpy(), rtol=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rule", ["guided", "deconvnet"])
def test_the_rules_for_relus_are_captums(rule):
    method = {"guided": captum.GuidedBackprop, "deconvnet": captum.Deconvolution}[rule]
    theirs = method(NET.to_torch().eval()).attribute(TENSOR.clone().requires_grad_(), TARGET)
    ours = inside.trace(
        NET, X, {inside.OUTPUT: lambda y: np.eye(5)[LABELS]}, rule=rule
    ).input_gradient
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-6, atol=1e-12)


def test_grad_cam_is_captums():
    method = captum.LayerGradCam(MODULE, MODULE.relu2)
    theirs = method.attribute(TENSOR, TARGET, relu_attributions=True)
    ours = inside.grad_cam(NET, X, "relu2", LABELS)
    np.testing.assert_allclose(ours, theirs.detach().numpy()[:, 0], rtol=1e-6, atol=1e-12)


def test_occlusion_is_captums():
    options = {"sliding_window_shapes": (3, 4, 4), "strides": (3, 4, 4), "baselines": 0.5}
    x = X[:, :, :, :12]
    theirs = captum.Occlusion(MODULE).attribute(torch.tensor(x), target=TARGET, **options)
    ours = inside.occlusion(NET, x, LABELS, size=4, stride=4, value=0.5)
    np.testing.assert_allclose(ours, theirs[:, 0, ::4, ::4].detach().numpy(), rtol=1e-5, atol=1e-7)


def test_fgsm_is_the_sign_of_the_losss_gradient():
    x = torch.tensor(X, requires_grad=True)
    nn.functional.cross_entropy(MODULE(x), TARGET, reduction="sum").backward()
    theirs = torch.clamp(TENSOR + 0.1 * x.grad.sign(), -1, 1)
    ours = inside.fgsm(NET, X, 0.1, LABELS, limits=(-1, 1))
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-9)
    towards = inside.fgsm(NET, X, 0.1, LABELS, targeted=True)
    np.testing.assert_allclose(towards, (TENSOR - 0.1 * x.grad.sign()).detach().numpy(), rtol=1e-9)


def test_a_gradient_from_inside_is_the_numerical_one():
    direction = RNG.normal(size=X.shape)

    def energy(x):
        a = NET.eval().activations(x)
        return 0.5 * (a["block"].data ** 2).sum() + a["relu1"].data.sum()

    seeds = {"block": lambda a: a, "relu1": np.ones_like}
    gradient = inside.trace(NET, X, seeds).input_gradient
    step = 1e-6
    numeric = (energy(X + step * direction) - energy(X - step * direction)) / (2 * step)
    assert np.isclose((gradient * direction).sum(), numeric, rtol=1e-5)


def test_the_styles_gradient_is_the_numerical_one_and_the_loss_falls():
    layers = {"relu1": 1.0, "block": 0.5}
    x, losses = inside.style_transfer(
        NET, X[:1], X[1:2], "relu2", layers, steps=40, lr=0.02, progress=False
    )
    assert losses[-1] < 0.7 * losses[0]
    assert x.shape == X[:1].shape
    small = 1e-5

    def loss(start):
        return inside.style_transfer(NET, start, X[1:2], "relu2", layers, 1, 0.0, progress=False)[
            1
        ][0]

    # The content's own term is 0 at the start: what is left is the style's.
    one = np.zeros_like(X[:1])
    one[0, 1, 4, 5] = 1
    numeric = (loss(X[:1] + small * one) - loss(X[:1] - small * one)) / (2 * small)
    moved, _ = inside.style_transfer(NET, X[:1], X[1:2], "relu2", layers, 1, 1.0, progress=False)
    assert np.sign(moved - X[:1])[0, 1, 4, 5] == -np.sign(numeric)


def test_asking_for_a_class_raises_its_score():
    start = 0.01 * RNG.normal(size=(1, 3, 12, 14))
    made = inside.maximize(
        NET, start, 3, steps=30, lr=0.1, decay=1e-3, blur=0.5, jitter=1, progress=False
    )
    before, after = inside.scores(NET, start)[0, 3], inside.scores(NET, made)[0, 3]
    assert after > before + 0.3


@pytest.mark.parametrize(
    ("ask", "complaint"),
    [
        (lambda: inside.saliency(NET, X, 5), "label: expected 0 … 4, got 5"),
        (lambda: inside.grad_cam(NET, X, "conv9"), "there is no layer 'conv9'; there are conv1"),
        (lambda: inside.grad_cam(MODULE, X, "conv9"), "there is no layer 'conv9'"),
        (lambda: inside.grad_cam(NET, X, "fc"), "fc gives no maps"),
        (lambda: inside.trace(NET, X, {}, rule="kind"), "rule: expected one of plain, guided"),
        (lambda: inside.occlusion(NET, X, size=13), "a square of 13, every 8 pixels, does not fit"),
    ],
)
def test_what_cannot_be_asked_is_refused(ask, complaint):
    with pytest.raises(ValueError, match=complaint):
        ask()


def test_little_is_enough_to_deceive_a_trained_network():
    net = models.trained("lenet5-mnist").net
    test = load("mnist5k", "test").take(range(200))
    x = test.images.astype(np.float32)
    right = (inside.scores(net, x).argmax(1) == test.labels).mean()
    fooled = inside.fgsm(net, x, 50.0, test.labels, limits=(0, 255))
    assert right > 0.97
    assert (inside.scores(net, fooled).argmax(1) == test.labels).mean() < 0.5


def test_blocks_have_the_nets_names_in_the_module_of_a_whole_architecture():
    net = models.resnet20(num_classes=4)
    x = RNG.normal(size=(1, 3, 16, 16)).astype(np.float32)
    for layer in ("layer2.1", "layer3.0.residual.body.conv1"):
        ours, theirs = (inside.grad_cam(model, x, layer, 2) for model in (net, net.to_torch()))
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-6)
