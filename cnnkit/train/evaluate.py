"""How good a trained model is: loss, top-k accuracy, confusion matrix, figures for each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnkit.arithmetic import best_first
from cnnkit.data.dataset import Dataset
from cnnkit.layers import LogSoftmax
from cnnkit.modes import in_use
from cnnkit.text import aligned, html_line
from cnnkit.train.engine import Engine
from cnnkit.train.engines import engine_for

if TYPE_CHECKING:
    from cnnkit.viz import Picture

BATCH = 256


@dataclass(frozen=True, eq=False)
class Evaluation:
    """`confusion[i, j]`: how many images of class i were taken for class j; `loss` is the mean
    cross-entropy, `top5` the share with the right class among the five best scores (among all, if
    there are fewer classes), `mistakes` the numbers of the images that were wrong. Of equal scores
    the smaller class number's is the better, and NaN is never right."""

    classes: tuple[str, ...]
    confusion: np.ndarray
    loss: float
    top5: float
    mistakes: np.ndarray

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.confusion) / self.confusion.sum())

    @property
    def precision(self) -> np.ndarray:
        """Of those taken for a class, the share that is of it; NaN where nothing was."""
        with np.errstate(invalid="ignore"):
            return np.diag(self.confusion) / self.confusion.sum(axis=0)

    @property
    def recall(self) -> np.ndarray:
        """Of those of a class, the share that was taken for it; NaN where there is none."""
        with np.errstate(invalid="ignore"):
            return np.diag(self.confusion) / self.confusion.sum(axis=1)

    @property
    def f1(self) -> np.ndarray:
        """2 / (1 / precision + 1 / recall)."""
        hits, total = 2 * np.diag(self.confusion), self.confusion.sum(axis=0)
        with np.errstate(invalid="ignore"):
            return hits / (total + self.confusion.sum(axis=1))

    def picture(self) -> Picture:
        """The confusion matrix."""
        from cnnkit.viz.training import confusion_picture

        return confusion_picture(self.confusion, self.classes)

    def _lines(self) -> list[tuple[str, ...]]:
        figures = zip(self.precision, self.recall, self.f1, strict=True)
        lines: list[tuple[str, ...]] = [("class", "images", "precision", "recall", "F1")]
        for name, row, values in zip(self.classes, self.confusion, figures, strict=True):
            lines.append((name, f"{row.sum():,}", *(f"{value:.1%}" for value in values)))
        return lines

    def __str__(self) -> str:
        total = f"accuracy {self.accuracy:.2%}, top 5 {self.top5:.2%}, loss {self.loss:.4f}"
        return "\n".join([*aligned(self._lines(), (0,)), total])

    def _repr_html_(self) -> str:
        head, *rows = self._lines()
        body = "".join(html_line(row, (0,)) for row in rows)
        caption = f"accuracy {self.accuracy:.2%}, top 5 {self.top5:.2%}, loss {self.loss:.4f}"
        return (
            f"<table><caption>{caption}</caption><thead>{html_line(head, (0,), 'th')}</thead>"
            f"<tbody>{body}</tbody></table>"
        )


def evaluate(model: Any, data: Dataset, device: str | None = None) -> Evaluation:
    """Show a network of cnnkit or a PyTorch module images as `fit` does, and count what it says.

    A module is evaluated on the `device` that is named (default: a GPU, if there is one). Behind it
    every layer is in the mode that it was in, and a module on the device where it was. ValueError:
    the scores do not fit the data's classes.
    """
    engine = engine_for(model, None, device, "float32")
    try:
        return evaluate_engine(engine, data)
    finally:
        engine.give_back()


def evaluate_engine(engine: Engine, data: Dataset) -> Evaluation:
    """`evaluate`, of a model in training."""
    classes = len(data.classes)
    confusion = np.zeros((classes, classes), np.int64)
    total, top, mistakes = 0.0, 0, []
    for start in range(0, len(data), BATCH):
        labels = data.labels[start : start + BATCH]
        scores = checked_scores(engine, data.take(slice(start, start + BATCH)))
        log_p = LogSoftmax()(scores.astype(np.float64))[np.arange(len(labels)), labels]
        total -= float(log_p.sum())
        order = best_first(scores)
        lost = np.isnan(scores[np.arange(len(labels)), labels])
        top += int(((order[:, :5] == labels[:, None]).any(axis=1) & ~lost).sum())
        # Where every score is NaN, the first in order may be the label by its number alone.
        guesses = np.where(lost & (order[:, 0] == labels), order[:, -1], order[:, 0])
        np.add.at(confusion, (labels, guesses), 1)
        mistakes.append(start + np.flatnonzero(guesses != labels))
    count = len(data)
    return Evaluation(data.classes, confusion, total / count, top / count, np.concatenate(mistakes))


def checked_scores(engine: Engine, data: Dataset) -> np.ndarray:
    """The scores for images in use; ValueError unless there is one for each class."""
    with in_use(engine.model):
        scores = engine.scores(data.images.astype(np.float32))
    if scores.shape != (len(data), len(data.classes)):
        raise ValueError(
            f"the model gives scores {scores.shape} for {len(data)} images of "
            f"{len(data.classes)} classes"
        )
    return scores
