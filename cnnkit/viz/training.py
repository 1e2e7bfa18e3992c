"""Pictures of training: its curves, what is mistaken for what, searches, augmented images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from cnnkit.viz.style import (
    BLACK,
    BLUE,
    GREY,
    NORMAL,
    ORANGE,
    PAGE,
    SKY,
    SMALL,
    Picture,
    bare_axes,
    photograph,
    plain_axes,
)


class Curves(Protocol):
    """What is drawn of a training (`cnnkit.train.History`): a value for each epoch."""

    loss: list[float]
    accuracy: list[float]
    validation_loss: list[float]
    validation_accuracy: list[float]

    @property
    def best_epoch(self) -> int: ...

    def __len__(self) -> int: ...


class Trial(Protocol):
    """What is drawn of one trial of a search (`cnnkit.train.search.Trial`)."""

    @property
    def settings(self) -> Mapping[str, Any]: ...

    @property
    def accuracies(self) -> Sequence[float]: ...

    @property
    def mean(self) -> float: ...

    @property
    def spread(self) -> float: ...


class Trials(Protocol):
    """The trials of a search (`cnnkit.train.Search`), the best first."""

    @property
    def trials(self) -> Sequence[Trial]: ...


def history_picture(history: Curves) -> Picture:
    """Loss (left) and accuracy (right) over the epochs; the best epoch has a dotted line.

    ValueError: no epoch has ended.
    """
    best = history.best_epoch + 1
    picture = Picture(PAGE, 3.6, _history_in_words(history))
    curves = (
        ("loss", history.loss, history.validation_loss, 0.08),
        ("accuracy", history.accuracy, history.validation_accuracy, 0.58),
    )
    epochs = np.arange(1, len(history) + 1)
    for name, training, validation, left in curves:
        axes = plain_axes(picture, (left, 0.16, 0.4, 0.76))
        axes.plot(epochs, training, "o-", color=BLUE, markersize=4, label="training")
        if validation:
            axes.plot(epochs, validation, "s--", color=ORANGE, markersize=4, label="validation")
            axes.axvline(best, color=GREY, linestyle=":", linewidth=1.4, label="best epoch")
        axes.set_xlabel("epoch", fontsize=NORMAL)
        axes.set_ylabel(name, fontsize=NORMAL)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    picture.axes[0].legend(frameon=False, fontsize=SMALL)
    picture.axes[1].yaxis.set_major_formatter(_percent)
    return picture


def _percent(share: float, _: float) -> str:
    """97.5%, but 80% and not 80.0%."""
    return f"{100 * share:.4g}%"


def confusion_picture(confusion: np.ndarray, classes: Sequence[str]) -> Picture:
    """The confusion matrix: a row for each true class, a column for each guess. The numbers are
    images. What is right is grey, so that the mistakes, shaded by their share of the row, are seen;
    at the right stands each class's recall, the share of it that is found."""
    count = len(classes)
    side = min(PAGE - 2.2, 0.62 * count + 0.5)
    right = np.trace(confusion) / max(1, confusion.sum())
    mistakes = np.where(np.eye(count, dtype=bool), 0, confusion)
    row, column = divmod(int(mistakes.argmax()), count)
    words = f"Confusion matrix of {count} classes: {right:.1%} right"
    if mistakes.any():
        words += f"; most often {classes[row]} is taken for {classes[column]}, "
        words += f"{mistakes.max()} times"
    turned = max(map(len, classes)) > 2
    head = 0.55 + (0.075 * max(map(len, classes)) if turned else 0.0)
    picture = Picture(side + (2.7 if turned else 1.8), side + head + 0.15, f"{words}.")
    width, height = picture.get_size_inches()
    left = 1.6 if turned else 0.75
    axes = picture.add_axes((left / width, 0.15 / height, side / width, side / height))
    with np.errstate(invalid="ignore"):
        shares = np.nan_to_num(confusion / confusion.sum(axis=1, keepdims=True))
        wrong = np.nan_to_num(mistakes / confusion.sum(axis=1, keepdims=True))
    # The strongest is never so strong that black numbers can't be read.
    axes.imshow(wrong, cmap="Blues", vmin=0, vmax=1.6 * (wrong.max() or 1.0))
    size = min(SMALL, 300 / count / max(3, len(str(confusion.max()))))
    for (row, column), number in np.ndenumerate(confusion):
        if number:
            text = axes.text(column, row, f"{number}", fontsize=size, color=BLACK)
            text.set(ha="center", va="center")
    for i in range(count):
        right = Rectangle((i - 0.5, i - 0.5), 1, 1, facecolor="#D8D8D8", edgecolor="none")
        axes.add_patch(right)
        axes.text(count - 0.3, i, f"{shares[i, i]:.0%}", fontsize=SMALL, va="center")
    axes.text(count - 0.3, -0.75, "recall", fontsize=SMALL, va="center", color=GREY)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xticks(range(count), classes, fontsize=SMALL)
    if turned:
        for label in axes.get_xticklabels():
            label.set(rotation=45, ha="left")
    axes.set_yticks(range(count), classes, fontsize=SMALL)
    axes.set_xlabel("predicted class", fontsize=NORMAL)
    axes.set_ylabel("true class", fontsize=NORMAL)
    axes.tick_params(length=0)
    return picture


def search_picture(search: Trials) -> Picture:
    """Each trial's accuracy, with the folds' standard deviation to both sides; the best on top."""
    trials = search.trials[::-1]
    labels = [", ".join(f"{n} {_shown(v)}" for n, v in t.settings.items()) for t in trials]
    words = f"{len(trials)} trials by their accuracy; the best is {labels[-1]} with "
    picture = Picture(PAGE, 0.36 * len(trials) + 1.0, f"{words}{trials[-1].mean:.1%}.")
    left = min(0.5, 0.02 + 0.0088 * max(map(len, labels)))
    bottom = 0.62 / (0.36 * len(trials) + 1.0)
    axes = plain_axes(picture, (left, bottom, 0.97 - left, 0.94 - bottom))
    places = np.arange(len(trials))
    means, spreads = [t.mean for t in trials], [t.spread for t in trials]
    axes.errorbar(means, places, xerr=spreads, fmt="o", color=BLUE, ecolor=SKY, elinewidth=3)
    for place, trial in zip(places, trials, strict=True):
        # Apart, so that none hides behind another of the same accuracy.
        heights = place + np.linspace(0.14, 0.34, len(trial.accuracies))
        folds = axes.plot(trial.accuracies, heights, "o")
        folds[0].set(markerfacecolor="none", markeredgecolor=GREY, markersize=5)
    axes.set_yticks(places, labels, fontsize=SMALL)
    axes.set_ylim(-0.7, len(trials) - 0.3)
    axes.set_xlabel("accuracy: mean (●) ± standard deviation, each fold (○)", fontsize=NORMAL)
    axes.xaxis.set_major_formatter(_percent)
    return picture


def augmentation_sheet(
    images: np.ndarray,
    augment: Callable[[np.ndarray, np.random.Generator], np.ndarray],
    columns: int = 8,
    seed: int = 0,
) -> Picture:
    """Each of `images` (N, C, H, W) of uint8 at the left, and beside it what `augment` makes of it
    in `columns` draws."""
    rng = np.random.default_rng(seed)
    rows = len(images)
    side = PAGE / (columns + 1.2)
    high = side * images.shape[2] / images.shape[3]
    words = f"{rows} images, each beside {columns} versions of it that augmentation has drawn."
    picture = Picture(PAGE, rows * high + 0.35, words)
    height = rows * high + 0.35
    drawn = np.stack([augment(images, rng) for _ in range(columns)], axis=1)
    for row, (image, variants) in enumerate(zip(images, drawn, strict=True)):
        for column, shown in enumerate([image, *variants]):
            left = (column * side + (0.2 * side if column else 0)) / PAGE
            box = (left, 1 - 0.35 / height - (row + 1) * high / height)
            axes = bare_axes(picture, (*box, 0.95 * side / PAGE, 0.95 * high / height))
            photograph(axes, shown)
    picture.text(0.005, 1 - 0.25 / height, "original", size=NORMAL)
    picture.text(1.2 * side / PAGE, 1 - 0.25 / height, "augmented", size=NORMAL)
    return picture


def _history_in_words(history: Curves) -> str:
    words = f"Loss and accuracy over {len(history)} epochs: the training loss goes from "
    words += f"{history.loss[0]:.3g} to {history.loss[-1]:.3g}, the accuracy to "
    words += f"{history.accuracy[-1]:.1%}"
    if history.validation_accuracy:
        best = history.best_epoch
        words += f"; on validation {history.validation_accuracy[best]:.1%} in epoch {best + 1}, "
        words += "the best"
    return f"{words}."


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else getattr(value, "__name__", str(value))
