"""Pictures of learning: graphs, units, losses, training, digits and what is made of them."""

from __future__ import annotations

import numpy as np

import cnnkit
from cnnkit import data, explorers, models, train, viz
from cnnkit.data import synthetic
from cnnkit.data.augment import Augment
from cnnkit.graph import Value
from cnnkit.layers import ELU, Layer, LeakyReLU, Linear, ReLU, Sequential, Sigmoid, SiLU, Tanh
from cnnkit.train import clinic
from gallery.digits import lenet, mnist

Seen = viz.Picture | viz.Film


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


def _small(hidden: int = 32) -> Layer:
    cnnkit.manual_seed(0)
    return train.standardized(models.mlp(hidden=(hidden,)), mnist())


def history() -> Seen:
    """Training curves"""
    digits = mnist().split(0.9)[1]  # so few that they are learned by heart
    history = train.fit(_small(64), digits, epochs=30, validation=0.3, progress=False)
    return viz.history_picture(history)


def charts() -> Seen:
    """A healthy training and three broken ones"""
    names = ("healthy", "learning rate too high", "over-fitting", "data in class order")
    return viz.charts_picture({name: clinic.record(name) for name in names}, columns=2)


def confusion() -> Seen:
    """A confusion matrix"""
    digits = mnist("test")
    found = train.evaluate(_train_quickly(), digits)
    return viz.confusion_picture(found.confusion, digits.classes)


def _train_quickly() -> Layer:
    """A small network after two passes over the digits, which still makes mistakes."""
    net = _small(16)
    train.fit(net, mnist(), epochs=2, batch_size=32, progress=False)
    return net


def search() -> Seen:
    """A search for hyper-parameters"""
    grid: dict[str, list] = {"hidden": [8, 32], "lr": [1e-3, 1e-2]}
    few = mnist().split(0.3)[1]
    return viz.search_picture(train.search(_small, few, grid, folds=3, epochs=2, progress=False))


def directions() -> Seen:
    """Directions of the edges, cell by cell, before and after a shift"""
    digit = mnist("test").images[60, 0]
    shown = {"as it was": digit, "moved by 3 pixels": viz.shifted(digit, 0, 3)}
    cells = {name: data.cell_histograms(image) for name, image in shown.items()}
    alike = {"pixels": data.similarity(*shown.values())}
    alike["directions"] = data.similarity(*cells.values())
    drawn = {name: (shown[name], cells[name]) for name in shown}
    return viz.directions_picture(drawn, alike)


def answer() -> Seen:
    """A digit and what LeNet-5 reads in it"""
    digit = mnist("test").images[60]
    p = explorers.read(digit)
    return viz.answer_picture(digit[0], p.tolist())


def measured() -> Seen:
    """Measurements as lines: accuracy of LeNet-5 as digits move"""
    digits = mnist("test").take(slice(0, 200))
    right = []
    for by in range(7):
        images = np.array([[viz.shifted(image[0], 0, by)] for image in digits.images])
        moved = data.Dataset(images, digits.labels, digits.classes)
        right.append(train.evaluate(lenet(), moved).accuracy)
    panels = {"right": {"LeNet-5": right}}
    return viz.lines_picture(range(7), panels, "moved by … pixels", percent=True)


def augmentation() -> Seen:
    """Augmented digits"""
    images = mnist().images[[0, 1000, 2000]]
    return viz.augmentation_sheet(images, Augment(shift=3, rotate=15, scale=0.2, shear=10))


def augmented_photograph() -> Seen:
    """An augmented photograph"""
    photo = data.crop_and_resize(data.photograph("cat"), 128)
    change = Augment(flip=0.5, crop=0.3, lens=0.2, brightness=0.2, gamma=0.4, cutout=24)
    return viz.augmentation_sheet(photo[None], change, columns=6)


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


def approximation() -> Seen:
    """A hidden layer that follows a curve"""
    return viz.approximation_picture(viz.approximation_run("wave", 8, "ReLU"), 12)


def histograms() -> Seen:
    """The values of units, layer by layer"""
    rng, rows = np.random.default_rng(0), {}
    for name, bend in (("sigmoid", Sigmoid()), ("ReLU", ReLU())):
        x, seen = rng.normal(size=(200, 100)), {}
        for n in range(1, 6):
            x = bend(x @ rng.normal(0, 0.1, (100, 100)))
            seen[f"layer {n}"] = x
        rows[name] = seen
    return viz.histograms_picture(rows)


def signals() -> Seen:
    """A signal and its gradient through twenty layers"""
    return viz.signals_picture(viz.signal_run("ReLU", 1.0), "ReLU, weights 1/√n")
