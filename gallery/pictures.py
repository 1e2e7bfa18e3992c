"""The pictures of the gallery, made from real data, by trained networks where there are any."""

from __future__ import annotations

from functools import cache

import numpy as np

import cnnkit
from cnnkit import data, explorers, models, train, viz
from cnnkit.data import synthetic
from cnnkit.data.augment import Augment
from cnnkit.explorers.blocks import BLOCKS
from cnnkit.explorers.sliding import CHOICES, IMAGE, POOLED
from cnnkit.graph import Value
from cnnkit.layers import ELU, Layer, LeakyReLU, Linear, ReLU, Sequential, Sigmoid, SiLU, Tanh

Seen = viz.Picture | viz.Film


def window() -> Seen:
    """A matrix with a window"""
    return viz.matrix(IMAGE, (0, 1, 3, 3), "image I")


def matrices() -> Seen:
    """Matrices in a row"""
    kernel = CHOICES["cross"]
    part = IMAGE[:3, :3]
    return viz.matrices({"window": part, "kernel": kernel, "products": part * kernel}, "⊙=")


def filtering() -> Seen:
    """Filtering as numbers"""
    return viz.filtering(IMAGE, CHOICES["cross"], window=(0, 0, 3, 3))


def kernels() -> Seen:
    """Kernels on a photograph"""
    head = data.photograph("camera")[0, 60:220, 150:310]  # large enough to see a 3×3 kernel's work
    return viz.filter_gallery(head, viz.KERNELS)


def convolution_step() -> Seen:
    """A step of a convolution, padding 1, stride 2"""
    step = viz.convolution_step(IMAGE, CHOICES["cross"], 2, 1, 4)
    return viz.convolution_step_picture(step)


def dilated_step() -> Seen:
    """A step of a dilated convolution"""
    step = viz.convolution_step(IMAGE, CHOICES["cross"], padding=1, index=5, dilation=2)
    return viz.convolution_step_picture(step)


def pooling_step() -> Seen:
    """A step of maximum pooling"""
    return viz.pooling_step_picture(viz.pooling_step(POOLED, "maximum", 2, 1, 5))


def convolution_strip() -> Seen:
    """A convolution as a strip"""
    steps = [viz.convolution_step(IMAGE, CHOICES["cross"], index=i) for i in (0, 1, 8)]
    return viz.strip_picture(steps)


def convolution_film() -> Seen:
    """A convolution as a film"""
    return viz.convolution_film(IMAGE, CHOICES["cross"])


def layer_step() -> Seen:
    """One output of a layer: three channels, two filters"""
    return viz.layer_step_picture(_layer(13))


def layer_backward() -> Seen:
    """The same output's gradient, run backwards"""
    return viz.layer_backward_picture(_layer(13))


def windows_fit() -> Seen:
    """Does the last window fit?"""
    return viz.windows_fit_picture(7, 3, (1, 2, 3))


def connections() -> Seen:
    """From a fully connected layer to shared weights"""
    return viz.connections_picture(7, 3)


def commuting_square() -> Seen:
    """Equivariance: shift and filter in either order"""
    pattern = np.zeros((7, 7), int)
    pattern[1:4, 1:4] = [[9, 9, 9], [0, 9, 0], [0, 9, 0]]
    return viz.commuting_square_picture(pattern, viz.KERNELS["vertical edges"], 2, 2)


def _layer(index: int) -> viz.LayerStep:
    """A layer of three channels and two filters whose sums fit on one hand."""
    rng = np.random.default_rng(9)
    x, w = rng.integers(0, 3, (3, 5, 5)), rng.integers(-1, 2, (2, 3, 3, 3))
    return viz.layer_step(x, w, [0, 1], index, rng.integers(-1, 2, (2, 3, 3)))


def fits() -> Seen:
    """Polynomials through noisy points"""
    points = viz.noisy_sine(10, seed=2)
    fits = {f"degree {degree}": viz.polynomial_fit(points, degree) for degree in (1, 3, 9)}
    return viz.fits_picture(fits, points, viz.noisy_sine(100, seed=99))


def lines() -> Seen:
    """What penalties make of a weight"""
    w = np.linspace(-3, 3, 61)
    shrunk = {"L2": w / 2, "L1": np.sign(w) * np.maximum(abs(w) - 1, 0)}
    return viz.lines_picture(w, {"no penalty": {"w": w}, "with a penalty": shrunk}, "w")


def pooling_film() -> Seen:
    """Pooling as a film"""
    return viz.pooling_film(POOLED[:4, :4], "maximum", 2, 2)


def graph() -> Seen:
    """A computation graph with values and gradients"""
    x, y, z = Value(-2, "x"), Value(5, "y"), Value(-4, "z")
    q = x + y
    f = q * z
    q.name, f.name = "q", "f"
    f.backward()
    return viz.graph_picture(f)


def activations() -> Seen:
    """Activation functions and their gradients"""
    layers = {"sigmoid": Sigmoid(), "tanh": Tanh(), "ReLU": ReLU(), "Swish": SiLU()}
    return viz.activations_picture(
        layers | {"leaky ReLU (0.1)": LeakyReLU(0.1), "ELU": ELU()}, 4, 3
    )


def tangent() -> Seen:
    """An activation function's tangent"""
    return viz.tangent_picture("Swish", 1.5)


def perceptron() -> Seen:
    """A step of the perceptron's rule"""
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    points = data.Dataset(corners, np.array([1, 1, 1, 0]), ("0", "1"), "NAND")
    run = viz.perceptron_run(points)
    return viz.perceptron_picture(points, [step for step in run if step.output != step.target][-1])


def boundaries() -> Seen:
    """Lines that divide the same points"""
    points = synthetic.blobs(16, 2, 0.45, seed=4)
    lines = {"steep": (np.array([-2.0, 0.2]), 0.1), "slanted": (np.array([-1.0, -0.6]), 0.0)}
    return viz.boundaries_picture(points, lines)


def moments() -> Seen:
    """A boundary that moves while it is learned"""
    points = synthetic.blobs(48, 2, 0.8, seed=2)
    run = viz.logistic_run(points, 0.1, 8, epochs=20)
    lines = {f"epoch {n}": (run.weights[n], float(run.biases[n])) for n in (0, 1, 20)}
    return viz.moments_picture(points, lines)


def logistic() -> Seen:
    """An epoch of a logistic regression"""
    points = synthetic.blobs(48, 2, 0.8, seed=2)
    return viz.logistic_picture(points, viz.logistic_run(points, 0.3, 8), 12)


def templates() -> Seen:
    """Weights that see a whole picture"""
    digits = data.load("digits")
    means = [digits.images[digits.labels == n, 0].mean(axis=0) for n in range(5)]
    return viz.templates_picture({str(n): means[n] - np.mean(means, axis=0) for n in range(5)})


def curves() -> Seen:
    """Curves of what was measured"""
    z = np.linspace(-6, 6, 200)
    costs = {"target 1": np.logaddexp(0, -z), "target 0": np.logaddexp(0, z)}
    return viz.lines_picture(z, {"logistic loss": costs}, "score z")


def decision() -> Seen:
    """A decision boundary"""
    points = synthetic.spirals(300)
    net = Sequential(Linear(2, 64), ReLU(), Linear(64, 64), ReLU(), Linear(64, 3))
    train.fit(net, points, epochs=120, lr=5e-3, batch_size=32, progress=False)
    return viz.decision_picture(net, points)


def surface() -> Seen:
    """Optimisers on a surface"""
    chosen = viz.SURFACES["ravine"]
    return viz.surface_picture(chosen.loss, viz.descend(chosen, 0.1, 120), chosen.limits)


def softmax() -> Seen:
    """Softmax, loss and gradient"""
    return viz.softmax_picture([3.2, 5.1, -1.7], 0, ["cat", "car", "frog"])


@cache
def _digits(split: str = "train") -> data.Dataset:
    return data.load("mnist5k", split)


@cache
def _lenet() -> Layer:
    return models.trained("lenet5-mnist").net


def _small(hidden: int = 32) -> Layer:
    cnnkit.manual_seed(0)
    return train.standardized(models.mlp(hidden=(hidden,)), _digits())


def history() -> Seen:
    """Training curves"""
    digits = _digits().split(0.9)[1]  # so few that they are learned by heart
    options = {"epochs": 30, "validation": 0.3, "progress": False}
    return viz.history_picture(train.fit(_small(64), digits, **options))


def confusion() -> Seen:
    """A confusion matrix"""
    digits = _digits("test")
    found = train.evaluate(_train_quickly(), digits)
    return viz.confusion_picture(found.confusion, digits.classes)


def _train_quickly() -> Layer:
    """A small network after two passes over the digits, which still makes mistakes."""
    net = _small(16)
    train.fit(net, _digits(), epochs=2, batch_size=32, progress=False)
    return net


def search() -> Seen:
    """A search for hyper-parameters"""
    grid = {"hidden": [8, 32], "lr": [1e-3, 1e-2]}
    options = {"folds": 3, "epochs": 2, "progress": False}
    return viz.search_picture(train.search(_small, _digits().split(0.3)[1], grid, **options))


def directions() -> Seen:
    """Directions of the edges, cell by cell, before and after a shift"""
    digit = _digits("test").images[60, 0]
    shown = {"as it was": digit, "moved by 3 pixels": viz.shifted(digit, 0, 3)}
    cells = {name: data.cell_histograms(image) for name, image in shown.items()}
    alike = {"pixels": data.similarity(*shown.values())}
    alike["directions"] = data.similarity(*cells.values())
    drawn = {name: (shown[name], cells[name]) for name in shown}
    return viz.directions_picture(drawn, alike)


def answer() -> Seen:
    """A digit and what LeNet-5 reads in it"""
    digit = _digits("test").images[60]
    p = explorers.read(digit)
    return viz.answer_picture(digit[0], p.tolist())


def measured() -> Seen:
    """Measurements as lines: accuracy of LeNet-5 as digits move"""
    digits = _digits("test").take(slice(0, 200))
    right = []
    for by in range(7):
        images = np.array([[viz.shifted(image[0], 0, by)] for image in digits.images])
        moved = data.Dataset(images, digits.labels, digits.classes)
        right.append(train.evaluate(_lenet(), moved).accuracy)
    panels = {"right": {"LeNet-5": right}}
    return viz.lines_picture(range(7), panels, "moved by … pixels", percent=True)


def augmentation() -> Seen:
    """Augmented digits"""
    images = _digits().images[[0, 1000, 2000]]
    return viz.augmentation_sheet(images, Augment(shift=3, rotate=15, scale=0.2, shear=10))


def augmented_photograph() -> Seen:
    """An augmented photograph"""
    photo = data.crop_and_resize(data.photograph("cat"), 128)
    change = Augment(flip=0.5, crop=0.3, lens=0.2, brightness=0.2, gamma=0.4, cutout=24)
    return viz.augmentation_sheet(photo[None], change, columns=6)


def table() -> Seen:
    """The networks by size and cost"""
    return models.table().picture()


def lenet5_drawn() -> Seen:
    """LeNet-5, drawn from its definition"""
    return viz.network_picture(models.lenet5(), (1, 32, 32))


def alexnet_drawn() -> Seen:
    """AlexNet, one column (torchvision)"""
    return viz.network_picture(models.alexnet(variant="torchvision"), (3, 224, 224))


def vgg16_drawn() -> Seen:
    """VGG-16"""
    return viz.network_picture(models.vgg16(), (3, 224, 224))


def googlenet_drawn() -> Seen:
    """GoogLeNet"""
    return viz.network_picture(models.googlenet(variant="paper"), (3, 224, 224))


def resnet18_drawn() -> Seen:
    """ResNet-18"""
    return viz.network_picture(models.resnet18(), (3, 224, 224))


def resnet50_drawn() -> Seen:
    """ResNet-50"""
    return viz.network_picture(models.resnet50(), (3, 224, 224))


def mobilenet_drawn() -> Seen:
    """MobileNet V2"""
    return viz.network_picture(models.mobilenet_v2(), (3, 224, 224))


def receptive_fields() -> Seen:
    """Receptive fields of VGG-16's units"""
    photo = data.crop_and_resize(data.photograph("cat"), 224)
    return viz.receptive_fields_picture(photo, models.vgg16().summary((3, 224, 224)))


def _block(name: str) -> Seen:
    build, shape = BLOCKS[name]
    return viz.block_picture(build(), shape)


def inception() -> Seen:
    """An Inception module"""
    return _block("Inception 3a (GoogLeNet)")


def naive_inception() -> Seen:
    """The naive Inception module"""
    return _block("Inception, naive")


def residual() -> Seen:
    """A residual module"""
    return _block("residual (ResNet-18)")


def projected_residual() -> Seen:
    """A residual module whose shortcut is a projection"""
    return _block("residual, half the side (ResNet-18)")


def bottleneck() -> Seen:
    """A bottleneck"""
    return _block("bottleneck (ResNet-50)")


def fire() -> Seen:
    """A Fire module"""
    return _block("Fire (SqueezeNet)")


def inverted_residual() -> Seen:
    """An inverted residual"""
    return _block("inverted residual (MobileNet V2)")


def small_filters() -> Seen:
    """Filters of LeNet-5's second convolution, trained on digits"""
    return viz.filters_picture(_lenet().net.conv2.weight.data)


def feature_maps() -> Seen:
    """Feature maps of LeNet-5 on a digit"""
    found = _lenet().activations(_digits("test").images[[60]].astype(np.float32))
    maps = {name: a.data[0] for name, a in found.items() if a.data.ndim == 4}
    wanted = ("tanh1", "pool1", "tanh2", "pool2")
    digit = {"the digit": _digits("test").images[60].astype(np.float32)}
    return viz.feature_maps_picture(digit | {name: maps[f"net.{name}"] for name in wanted}, 8)
