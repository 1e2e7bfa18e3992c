"""One training loop for a NumPy net and a PyTorch module."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from cnnkit.data.dataset import Dataset
from cnnkit.train.checkpoint import Checkpoint
from cnnkit.train.engines import Engine, State, engine_for
from cnnkit.train.history import History

Schedule = Callable[[float], float]  # of the part of training that is done, 0 … 1
Augmentation = Callable[[np.ndarray, np.random.Generator], np.ndarray]


class TrainingDiverged(ArithmeticError):
    """The loss is no finite number any more."""


def cosine(done: float) -> float:
    """(1 + cos(π done)) / 2: from 1 to 0 (Loshchilov and Hutter, SGDR, 2017)."""
    return (1 + math.cos(math.pi * done)) / 2


def warm_cosine(done: float, warm: float = 0.1) -> float:
    """From 0 to 1 in the first tenth of training, then `cosine` to 0."""
    return done / warm if done < warm else cosine((done - warm) / (1 - warm))


def fit(
    model: Any,
    data: Dataset,
    *,
    epochs: int = 10,
    batch_size: int = 128,
    optimizer: Any = "adam",
    lr: float = 1e-3,
    weight_decay: float = 0.0,
    schedule: Schedule | None = None,
    loss: Any = None,
    validation: Dataset | float | None = None,
    patience: int | None = None,
    augment: Augmentation | None = None,
    clip: float | None = None,
    device: str | None = None,
    precision: str = "float32",
    checkpoint: str | Path | None = None,
    seed: int = 0,
    progress: bool = True,
) -> History:
    """Train a network of cnnkit or a PyTorch module on images; it is changed in place.

    It gets float32 images (N, C, H, W) with values from 0 to 255, and so begins with the layer
    `Standardize`. `optimizer`: "sgd" (with momentum 0.9), "rmsprop", "adam", "adamw", or one that
    was constructed on the model's parameters; `lr` is multiplied by `schedule` of the part that is
    done. `validation`: a data set, or the share of `data` that is held back; with `patience`
    training stops when its loss has not become smaller for so many epochs. At the end the model has
    the weights of its best epoch where there is validation data, else the last ones. `augment`
    changes each batch (`cnnkit.data.augment`); `clip` is the largest length of the gradient.
    `device` and `precision` ("float32", "bfloat16") are for PyTorch. `checkpoint` names an .npz
    file: what is there is gone on with, and the result is the same as without the break; remove it
    to begin anew.

    ValueError, TypeError: options or data that can't be trained with, before anything is changed.
    TrainingDiverged: the loss is not finite; the message says what to try.
    """
    _check(data, epochs, batch_size, lr, clip, patience, validation)
    if isinstance(validation, float):
        data, validation = data.split(validation, seed)
    engine = engine_for(model, optimizer, lr, weight_decay, loss, device, precision)
    settings: dict[str, Any] = {"images": len(data), "batch_size": batch_size, "seed": seed}
    settings |= {"epochs": epochs, "optimizer": type(engine.optimizer).__name__, "lr": lr}
    run = _Run(engine, data, validation, epochs, batch_size, lr, schedule, augment, clip, seed)
    path = Path(checkpoint) if checkpoint else None
    if path and path.exists():
        saved = Checkpoint.load(path)
        saved.restore(engine, settings, path)
        run.history, run.best = saved.history, saved.best
    while len(run.history) < epochs and not run.history.stopped:
        run.epoch(progress)
        run.stop_early(patience)
        if path:
            states = engine.model_state(), run.best, engine.optimizer_state()
            Checkpoint(*states, run.history, settings).save(path)
    if run.best:
        engine.load_model_state(run.best)
    return run.history


@dataclass
class _Run:
    """A training under way."""

    engine: Engine
    data: Dataset
    validation: Dataset | None
    epochs: int
    batch_size: int
    lr: float
    schedule: Schedule | None
    augment: Augmentation | None
    clip: float | None
    seed: int

    def __post_init__(self) -> None:
        self.history = History()
        self.best: State = {}

    def epoch(self, progress: bool) -> None:
        number, start = len(self.history), time.perf_counter()
        rng = np.random.default_rng((self.seed, number))
        order = rng.permutation(len(self.data))
        batches = [order[i : i + self.batch_size] for i in range(0, len(order), self.batch_size)]
        if len(batches) > 1 and len(batches[-1]) == 1:
            batches.pop()  # batch normalisation can't learn from one image
        total, right, count = 0.0, 0, 0
        name = f"epoch {number + 1}/{self.epochs}"
        with (
            self.engine.begin_epoch((self.seed, number)),
            tqdm(batches, name, leave=False, disable=not progress) as bar,
        ):
            for i, batch in enumerate(bar):
                lr = self._lr((number + i / len(batches)) / self.epochs)
                value, correct = self.engine.step(*self._batch(batch, rng), self.clip)
                if not math.isfinite(value):
                    raise TrainingDiverged(self._diverged(value, number, i, lr))
                total, right = total + value * len(batch), right + correct
                count += len(batch)
                bar.set_postfix(loss=f"{total / count:.4f}", accuracy=f"{right / count:.1%}")
        history = self.history
        history.loss.append(total / count)
        history.accuracy.append(right / count)
        history.lr.append(lr)
        self._validate()
        history.seconds.append(time.perf_counter() - start)

    def _batch(self, batch: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        images = self.data.images[batch]
        if self.augment:
            images = self.augment(images, rng)
        return images.astype(np.float32), self.data.labels[batch]

    def _lr(self, done: float) -> float:
        lr = self.lr * (self.schedule(done) if self.schedule else 1)
        self.engine.set_lr(lr)
        return lr

    def _validate(self) -> None:
        if self.validation is None:
            return
        from cnnkit.train.evaluate import evaluate_engine

        result = evaluate_engine(self.engine, self.validation)
        self.history.validation_loss.append(result.loss)
        self.history.validation_accuracy.append(result.accuracy)
        if self.history.best_epoch == len(self.history) - 1:
            self.best = self.engine.model_state()

    def stop_early(self, patience: int | None) -> None:
        waited = len(self.history) - 1 - self.history.best_epoch
        if patience is not None and waited >= patience:
            self.history.stopped = f"stopped: no better for {waited} epochs"

    def _diverged(self, value: float, epoch: int, step: int, lr: float) -> str:
        return (
            f"the loss is {value} in epoch {epoch + 1}, step {step + 1}: try a smaller learning "
            f"rate (now {lr:g}), clip=1.0, or look whether the network begins with Standardize; "
            "the weights are those before this step"
        )


def _check(
    data: Dataset,
    epochs: int,
    batch_size: int,
    lr: float,
    clip: float | None,
    patience: int | None,
    validation: Dataset | float | None,
) -> None:
    if not isinstance(data, Dataset):
        raise TypeError(f"data: expected a cnnkit.data.Dataset, got {type(data).__name__}")
    for name, number, least in (("epochs", epochs, 1), ("batch_size", batch_size, 1)):
        if number < least:
            raise ValueError(f"{name}: expected at least {least}, got {number}")
    if not lr > 0 or (clip is not None and not clip > 0):
        raise ValueError(f"lr and clip: expected numbers above 0, got {lr} and {clip}")
    if patience is not None and validation is None:
        raise ValueError("patience: needs validation data, as validation=0.1")
    missing = [n for n, count in zip(data.classes, data.counts, strict=True) if not count]
    if missing:
        raise ValueError(f"data: no image of the classes {', '.join(missing)}")
    if isinstance(validation, Dataset) and (
        validation.images.shape[1:] != data.images.shape[1:] or validation.classes != data.classes
    ):
        raise ValueError(
            f"validation: expected images {data.images.shape[1:]} of the same classes, got "
            f"{validation.images.shape[1:]}"
        )
