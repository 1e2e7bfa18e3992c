"""`cnnkit train`: a network of `cnnkit.models` on a data set or a folder of pictures."""

from __future__ import annotations

import argparse
import inspect
from pathlib import Path

from cnnkit import data, models
from cnnkit.data.dataset import Dataset
from cnnkit.initializers import manual_seed
from cnnkit.layers import Sequential
from cnnkit.models.facts import FACTS
from cnnkit.train.evaluate import evaluate
from cnnkit.train.fit import fit, warm_cosine
from cnnkit.train.preparation import standardized

BACKENDS = ("numpy", "torch")


def run(options: argparse.Namespace) -> None:
    """Train, resume what was interrupted, and leave weights, curves and figures in a folder."""
    if options.network not in models.names():
        raise ValueError(f"there is no {options.network}; there are {', '.join(models.names())}")
    if options.backend not in BACKENDS:
        raise ValueError(f"backend: expected numpy or torch, got {options.backend!r}")
    shape = next(fact.input_shape for fact in FACTS if fact.name == options.network)
    training, test = (_load(options.data, split, shape) for split in ("train", "test"))
    if training.classes != test.classes:
        raise ValueError(
            f"the training data has the classes {', '.join(training.classes)}, the test data "
            f"{', '.join(test.classes)}: they must be the same"
        )
    manual_seed(options.seed)
    net = _prepared(options.network, training, shape)
    model = net if options.backend == "numpy" else net.to_torch()
    data_name = Path(options.data).stem
    out = Path(options.out or f"runs/{options.network}-{data_name}-{options.backend}")
    history = fit(
        model,
        training,
        epochs=options.epochs,
        batch_size=options.batch_size,
        optimizer=options.optimizer,
        lr=options.lr,
        schedule=warm_cosine,
        validation=0.1,
        device=options.device,
        precision=options.precision,
        checkpoint=out / "checkpoint.npz",
        seed=options.seed,
    )
    net.load_state_dict(model.state_dict())
    net.save(out / "weights.npz")
    (out / "history.json").write_text(history.to_json() + "\n")
    (out / "curves.png").write_bytes(history.picture().png())
    result = evaluate(net, test)
    (out / "confusion.png").write_bytes(result.picture().png())
    print(f"{history}\n\n{result}\n\nwritten: {out}/ (weights.npz, curves.png, confusion.png)")


def _load(name: str, split: str, shape: tuple[int, ...]) -> Dataset:
    if Path(name).exists():
        return data.image_folder(name, split, size=shape[-1], grey=shape[0] == 1)
    return data.load(name, split)


def _prepared(name: str, training: Dataset, shape: tuple[int, ...]) -> Sequential:
    """The network for as many classes, behind its preprocessing; small images get a black border.

    ValueError: the images do not fit.
    """
    channels, height, width = training.images.shape[1:]
    border = shape[-1] - width
    if len(shape) != 3 or channels != shape[0] or height != width or border < 0 or border % 2:
        raise ValueError(
            f"{name} takes images {shape}; the data's, {(channels, height, width)}, do not fit"
        )
    builder = getattr(models, name)
    if "num_classes" not in inspect.signature(builder).parameters:
        raise ValueError(f"{name} gives no scores of classes")
    net = builder(num_classes=len(training.classes))
    return standardized(net, training, padding=border // 2)
