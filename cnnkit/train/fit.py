"""One training loop for a NumPy net and a PyTorch module."""

from __future__ import annotations

import math
import numbers
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from cnnkit.data.dataset import Dataset
from cnnkit.modes import in_use
from cnnkit.train.checkpoint import Checkpoint
from cnnkit.train.engine import Engine, State
from cnnkit.train.engines import engine_for, optimize
from cnnkit.train.evaluate import checked_scores, evaluate_engine
from cnnkit.train.history import History
from cnnkit.train.settings import described

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
    lr: float | None = None,
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
    `Standardize`. `optimizer`: "sgd" (with momentum 0.9), "rmsprop", "adam", "adamw", with `lr`
    (default 1e-3) and `weight_decay`; or one that was constructed on the model's parameters. The
    learning rate is multiplied by `schedule` of the part that is done. `validation`: a data set, or
    the share of `data` that is held back; with `patience` training stops when its loss has not
    become smaller for so many epochs. At the end the model has the weights of its best epoch where
    there is validation data, else the last ones, and is in use (`eval()`). `augment` changes each
    batch (`cnnkit.data.Augment`); `clip` is the largest length of the gradient. `device` and
    `precision` ("float32", "bfloat16") are for PyTorch. `checkpoint` names an .npz file: what is
    there is gone on with, and the result is the same as without the break, if all options are the
    same, those of optimizer and loss too (functions are known by name); remove it to begin anew.

    Layers that are in use (`eval()`) inside a model that is in training stay so: a batch
    normalisation that is frozen in this way keeps its running statistics and goes by them, a
    dropout leaves all units in. A model that is itself in use, as `fit` and `models.trained` leave
    it, is trained as a whole: call its `train()` first, then `eval()` of the layers to be frozen.

    ValueError, TypeError: options or data that can't be trained with, before anything is changed.
    TrainingDiverged: the loss is not finite; the message says what to try.
    """
    epochs, batch_size = int(epochs), int(batch_size)
    data, validation = _checked(data, epochs, batch_size, clip, patience, validation, seed)
    engine = engine_for(model, loss, device, precision)
    optimize(engine, optimizer, lr, weight_decay)
    with in_use(engine.model):
        checked_scores(engine, data.take(slice(0, 2)))  # shapes: before anything is changed
    run = _Run(engine, data, validation, epochs, batch_size, schedule, augment, clip, int(seed))
    if checkpoint is None:
        run.to_the_end(patience, progress)
    else:
        path = Path(checkpoint)
        settings = run.settings | {"patience": patience and int(patience), "precision": precision}
        run.resume(path, settings)
        run.to_the_end(patience, progress, lambda: run.checkpoint(settings).save(path))
    if run.best:
        engine.load_model_state(run.best)
    model.eval()
    return run.history


@dataclass
class _Run:
    """A training under way."""

    engine: Engine
    data: Dataset
    validation: Dataset | None
    epochs: int
    batch_size: int
    schedule: Schedule | None
    augment: Augmentation | None
    clip: float | None
    seed: int

    def __post_init__(self) -> None:
        self.history = History()
        self.best: State = {}

    @property
    def settings(self) -> dict[str, Any]:
        """What must be the same for a training to go on."""
        engine = self.engine
        return {
            "data": self.data.fingerprint,
            "validation": self.validation.fingerprint if self.validation else None,
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "optimizer": {"type": type(engine.optimizer).__name__}
            | described(engine.optimizer_options()),
            "lr": engine.base_lr,
            "loss": described(engine.loss),
            "schedule": described(self.schedule),
            "augment": described(self.augment),
            "clip": None if self.clip is None else float(self.clip),
            "frozen": engine.frozen(),
            "seed": self.seed,
            "backend": engine.kind,
        }

    def resume(self, path: Path, settings: dict[str, Any]) -> None:
        """Go on from a checkpoint, if it is there; else make sure that one can be written."""
        if path.exists():
            saved = Checkpoint.load(path)
            saved.restore(self.engine, settings, path)
            self.history, self.best = saved.history, saved.best
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=path.parent):
                pass

    def checkpoint(self, settings: dict[str, Any]) -> Checkpoint:
        states = self.engine.model_state(), self.best, self.engine.optimizer_state()
        return Checkpoint(*states, self.history, settings)

    def to_the_end(
        self, patience: int | None, progress: bool, save: Callable[[], None] = lambda: None
    ) -> None:
        """All epochs that are left; if training diverges, the model is as before the epoch."""
        if not self.engine.model.training:
            self.engine.model.train()
        while len(self.history) < self.epochs and not self.history.stopped:
            before = self.engine.model_state()
            try:
                self.epoch(progress)
            except TrainingDiverged:
                self.engine.load_model_state(before)
                raise
            self._stop_early(patience)
            save()

    def epoch(self, progress: bool) -> None:
        number, start = len(self.history), time.perf_counter()
        rng = np.random.default_rng((self.seed, number))
        order = rng.permutation(len(self.data))
        batches = [order[i : i + self.batch_size] for i in range(0, len(order), self.batch_size)]
        if len(batches) > 1 == len(batches[-1]) < self.batch_size:
            batches.pop()  # batch normalisation can't learn from one image
        total, right, count = 0.0, 0, 0
        name = f"epoch {number + 1}/{self.epochs}"
        with (
            self.engine.begin_epoch((self.seed, number)),
            tqdm(batches, name, leave=False, disable=not progress) as bar,
        ):
            for i, batch in enumerate(bar):
                lr = self._lr((number + (i + 0.5) / len(batches)) / self.epochs)
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
        factor = self.schedule(done) if self.schedule else 1.0
        self.engine.scale_lr(factor)
        return self.engine.base_lr * factor

    def _validate(self) -> None:
        if self.validation is None:
            return
        result = evaluate_engine(self.engine, self.validation)
        if not math.isfinite(result.loss):
            epoch = len(self.history)
            raise TrainingDiverged(f"the validation loss is {result.loss} after epoch {epoch}")
        self.history.validation_loss.append(result.loss)
        self.history.validation_accuracy.append(result.accuracy)
        if self.history.best_epoch == len(self.history) - 1:
            self.best = self.engine.model_state()

    def _stop_early(self, patience: int | None) -> None:
        waited = len(self.history) - 1 - self.history.best_epoch
        if patience is not None and waited >= patience:
            self.history.stopped = f"stopped: no better for {waited} epochs"

    def _diverged(self, value: float, epoch: int, step: int, lr: float) -> str:
        return (
            f"the loss is {value} in epoch {epoch + 1}, step {step + 1}: try a smaller learning "
            f"rate (now {lr:g}), clip=1.0, or look whether the network begins with Standardize; "
            "the weights are those from before this epoch"
        )


def _checked(
    data: Dataset,
    epochs: int,
    batch_size: int,
    clip: float | None,
    patience: int | None,
    validation: Any,
    seed: int,
) -> tuple[Dataset, Dataset | None]:
    """The data to train with and to validate with."""
    if not isinstance(data, Dataset):
        raise TypeError(f"data: expected a cnnkit.data.Dataset, got {type(data).__name__}")
    for name, number in (("epochs", epochs), ("batch_size", batch_size)):
        if number < 1:
            raise ValueError(f"{name}: expected at least 1, got {number}")
    if clip is not None and not clip > 0:
        raise ValueError(f"clip: expected a number above 0, got {clip}")
    if patience is not None and validation is None:
        raise ValueError("patience: needs validation data, as validation=0.1")
    missing = [n for n, count in zip(data.classes, data.counts, strict=True) if not count]
    if missing:
        raise ValueError(f"data: no image of the classes {', '.join(missing)}")
    if isinstance(validation, numbers.Real):
        return data.split(float(validation), seed)
    if validation is None:
        return data, None
    if not isinstance(validation, Dataset):
        kind = type(validation).__name__
        raise TypeError(f"validation: expected a data set or a share, got {kind}")
    shape = data.images.shape[1:]
    if validation.images.shape[1:] != shape or validation.classes != data.classes:
        raise ValueError(
            f"validation: expected images {shape} of the same classes, got "
            f"{validation.images.shape[1:]} of {len(validation.classes)}"
        )
    return data, validation
