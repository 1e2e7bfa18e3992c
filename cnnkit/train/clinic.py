"""Trainings that go wrong, each by one mistake, beside one that does not: to practise reading
curves. The pictures are real digits at half their size, so that a training takes a moment."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from cnnkit.data import Dataset, load
from cnnkit.layers import (
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    Standardize,
)
from cnnkit.losses import CrossEntropyLoss
from cnnkit.optim import SGD

SEED = 9
BATCH = 20
STEPS = 240
EVERY = 20  # steps between validations: all pictures once, where there are 400
HELD_BACK = 300  # digits for validation


@dataclass(frozen=True)
class Treatment:
    """How a training is done; the defaults are healthy, and a mistake is one of them changed.

    `bias` is what the biases of the convolutions begin at. `measured_in_use`: whether `eval()` is
    called before the validation.
    """

    lr: float = 0.05
    pictures: int = 400
    normalised: bool = True
    labels_shuffled: bool = False
    in_class_order: bool = False
    measured_in_use: bool = True
    bias: float = 0.0
    dropout: float = 0.4


@dataclass(frozen=True)
class Case:
    """A training and what is to be said of it: its mistake, the signs by which it is known, and
    what to do."""

    treatment: Treatment
    signs: str
    remedy: str


CASES = {
    "healthy": Case(
        Treatment(),
        "Both losses begin near ln 10 = 2.30, fall quickly, then slowly, and stay together.",
        "Nothing, but to train on while the validation loss falls.",
    ),
    "data in class order": Case(
        Treatment(in_class_order=True),
        "Step by step, the training loss is a saw: it falls within a class and leaps at the next. "
        "Too many pictures are then taken for the classes that came last.",
        "Shuffle the pictures anew in every epoch.",
    ),
    "learning rate too low": Case(
        Treatment(lr=0.0005),
        "Both losses fall all the time, almost along a straight line, and are far from their end.",
        "Multiply the learning rate by ten until the loss leaps up; then go back by one.",
    ),
    "dead ReLUs": Case(
        Treatment(bias=-20.0),
        "The loss lies at ln 10 from the first step to the last: all units are silent, so that no "
        "gradient passes. What goes in is as it should be.",
        "Count the units that are never above 0; look at the first weights and biases.",
    ),
    "eval() forgotten": Case(
        Treatment(measured_in_use=False),
        "The validation looks like mild over-fitting, but the same pictures, asked twice, get "
        "different answers.",
        "Call eval() before measuring, and train() before going on.",
    ),
    "forgotten normalisation": Case(
        Treatment(normalised=False),
        "The very first loss is far above ln 10; the first steps throw the weights so far that all "
        "units fall silent.",
        "Print mean and deviation of what goes in: they should be near 0 and 1.",
    ),
    "over-fitting": Case(
        Treatment(pictures=60),
        "The training loss goes towards 0, the validation loss turns and stays far above it.",
        "More pictures, augmentation, a penalty, early stopping.",
    ),
    "shuffled labels": Case(
        Treatment(labels_shuffled=True),
        "The training loss hardly leaves ln 10, though the units are awake; the validation "
        "accuracy is that of guessing.",
        "Look at twenty pictures with their labels, as they reach the network.",
    ),
    "learning rate too high": Case(
        Treatment(lr=1.5),
        "It begins at ln 10, leaps up within the first steps, and then lies near ln 10: the steps "
        "have thrown the network where nothing is left to be learned.",
        "Divide the learning rate by ten until the first steps lead down.",
    ),
}
# The broken ones, by letters that do not tell.
PATIENTS = dict(zip("ABCDEFGH", [name for name in CASES if name != "healthy"], strict=True))


@dataclass(frozen=True, eq=False)
class Record:
    """What is seen of a training: the loss of each step, `validation` loss and accuracy every
    `EVERY` steps, and what an examination finds.

    `first_labels`: of the first batch; `fed`: mean and deviation of what the first convolution
    gets; `silent`: the share of both convolutions' units that are 0 for every validation picture;
    `wavering`: the share of the validation pictures that get another answer when they are shown
    again; `answers`: how often each class is said."""

    losses: np.ndarray
    validation: np.ndarray  # (times, 2)
    first_labels: np.ndarray
    fed: tuple[float, float]
    silent: float
    wavering: float
    answers: np.ndarray

    @property
    def measured(self) -> np.ndarray:
        """After how many steps each validation was."""
        return EVERY * np.arange(1, len(self.validation) + 1)


@cache
def record(name: str) -> Record:
    """Train one of `CASES`, from the same weights as all others, and examine it. KeyError: there is
    none of this name."""
    treatment = CASES[name].treatment
    learned, held = _digits(treatment)
    net = _network(treatment, learned)
    loss, optimizer = CrossEntropyLoss(), SGD(list(net.parameters()), treatment.lr)
    losses, validation = [], []
    for x, labels in itertools.islice(_batches(learned, treatment), STEPS):
        net.train()
        losses.append(loss(net(x), labels))
        optimizer.zero_grad()
        net.learn(loss.backward())
        optimizer.step()
        if len(losses) % EVERY == 0:
            validation.append(_measure(net, held, treatment))
    return Record(
        np.array(losses),
        np.array(validation),
        next(_batches(learned, treatment))[1],
        _fed(net, learned),
        _silent(net, held),
        float((_said(net, held, treatment) != _said(net, held, treatment)).mean()),
        np.bincount(_said(net, held, treatment), minlength=10),
    )


@cache
def _all_digits() -> tuple[Dataset, Dataset]:
    return load("mnist5k").pooled(2), load("mnist5k", "test").pooled(2).take(slice(HELD_BACK))


def _digits(treatment: Treatment) -> tuple[Dataset, Dataset]:
    """What is learned from, as it reaches the network, and what it is measured with."""
    everything, held = _all_digits()
    learned, rng = everything.take(slice(treatment.pictures)), np.random.default_rng(SEED)
    labels = learned.labels
    if treatment.labels_shuffled:
        labels = rng.permutation(labels)
    learned = Dataset(learned.images, labels, learned.classes, learned.source)
    if treatment.in_class_order:
        learned = learned.take(np.argsort(labels, kind="stable"))
    return learned, held


def _network(treatment: Treatment, learned: Dataset) -> Sequential:
    prepared = Standardize((1,))
    if treatment.normalised:
        prepared.mean.data, prepared.std.data = (
            learned.images.mean()[None],
            learned.images.std()[None],
        )
    net = Sequential(
        {"prepared": prepared, "conv1": Conv2d(1, 8, 3), "relu1": ReLU(), "pool1": MaxPool2d(2)}
        | {"conv2": Conv2d(8, 16, 3), "relu2": ReLU(), "pool2": MaxPool2d(2)}
        | {"flatten": Flatten(), "dropout": Dropout(treatment.dropout), "fc": Linear(64, 10)}
    )
    rng = np.random.default_rng(SEED)  # its own: nobody else's weights depend on this training
    for layer in (net.conv1, net.conv2, net.fc):
        shape = layer.weight.shape
        # Small in the last layer: a network that knows nothing says about the same for all classes.
        spread = 0.01 if layer is net.fc else np.sqrt(2 / np.prod(shape[1:]))
        layer.weight.data = rng.normal(0, spread, shape).astype(np.float32)
        bias = 0.0 if layer is net.fc else treatment.bias
        layer.bias.data = np.full(shape[0], bias, np.float32)
    net.dropout.restart((SEED,))
    return net


def _batches(learned: Dataset, treatment: Treatment) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pictures and labels, pass after pass, without an end."""
    rng, order = np.random.default_rng(SEED), np.arange(len(learned))
    while True:
        if not treatment.in_class_order:
            order = rng.permutation(order)
        for start in range(0, len(order), BATCH):
            batch = learned.take(order[start : start + BATCH])
            yield batch.images.astype(np.float32), batch.labels


def _scores(net: Sequential, held: Dataset, treatment: Treatment) -> np.ndarray:
    if treatment.measured_in_use:
        net.eval()
    else:
        net.train()
    return net(held.images.astype(np.float32))


def _said(net: Sequential, held: Dataset, treatment: Treatment) -> np.ndarray:
    """The class that is said of each picture."""
    return _scores(net, held, treatment).argmax(axis=1)


def _measure(net: Sequential, held: Dataset, treatment: Treatment) -> tuple[float, float]:
    """Loss and accuracy."""
    scores = _scores(net, held, treatment)
    right = (scores.argmax(axis=1) == held.labels).mean()
    return CrossEntropyLoss()(scores, held.labels), float(right)


def _fed(net: Sequential, learned: Dataset) -> tuple[float, float]:
    """Mean and deviation of what the first convolution gets."""
    x = net.prepared(learned.images.astype(np.float32))
    return float(x.mean()), float(x.std())


def _silent(net: Sequential, held: Dataset) -> float:
    """The share of both convolutions' units, at all places, that are 0 for all pictures."""
    net.eval()
    found = net.activations(held.images.astype(np.float32))
    units = [(found[name].data == 0).all(axis=0).ravel() for name in ("relu1", "relu2")]
    return float(np.concatenate(units).mean())
