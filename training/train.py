"""Trains the networks that the course ships: `make train`, or `python training/train.py NAME…`.

Each is a row of `RUNS`. What is already trained is left alone (`--again` trains it anew), what was
interrupted goes on. Weights and their card, which says how they came about, are written to
`cnnkit/weights/`.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

import cnnkit
from cnnkit import data, models, train
from cnnkit.data.augment import Augment
from cnnkit.initializers import constant, kaiming_normal
from cnnkit.layers import Layer
from cnnkit.models.shipped import FOLDER, card_path, weights_path

ROOT = Path(__file__).parent.parent
SEED = 0
SPLITS = ("train", "test")


@dataclass(frozen=True)
class Run:
    """A network, the data that it is shown, padded by so many pixels and made smaller by the factor
    `pooled`, the options of `train.fit`, and whether its weights begin by He's rule."""

    build: Callable[..., Layer]
    data: str
    epochs: int
    options: dict[str, Any] = field(default_factory=dict)
    padding: int = 0
    pooled: int = 1
    training: dict[str, Any] = field(default_factory=dict)
    he: bool = False


PLAIN = {"residual": False, "in_channels": 1}
GREY = {"in_channels": 1}
SGD = {"optimizer": "sgd", "weight_decay": 5e-4, "schedule": train.warm_cosine}
DEEP = SGD | {"lr": 0.1, "precision": "bfloat16", "weight_decay": 1e-4, "clip": 5.0}
ABLATION = SGD | {"lr": 0.02, "precision": "bfloat16", "augment": Augment(flip=0.5, shift=2)}
RUNS = {
    "lenet5-mnist": Run(
        *(models.lenet5, "mnist", 20),
        padding=2,
        training={
            "lr": 2e-3,
            "schedule": train.warm_cosine,
            "augment": Augment(rotate=10, scale=0.1, shift=1.5, shear=8),
        },
    ),
    "fashion_convnet-fashion": Run(
        *(models.fashion_convnet, "fashion_mnist", 30),
        training=SGD
        | {"lr": 0.1, "precision": "bfloat16", "augment": Augment(flip=0.5, shift=2, cutout=8)},
    ),
}
# Why depth matters: five networks that differ in nothing but the layers that were removed. Dropout
# would go with fc6 and fc7, and PyTorch's small weights would hold the deepest back. 0.02 is the
# learning rate that serves the whole network best of those that were tried (ablation.md).
ABLATED = ((), ("fc7",), ("fc6", "fc7"), ("conv3", "conv4"), ("conv3", "conv4", "fc6", "fc7"))
for removed in ABLATED:
    without = f"-without-{'-'.join(removed)}" if removed else ""
    RUNS[f"small_alexnet{without}-fashion"] = Run(
        *(models.small_alexnet, "fashion_mnist", 5, {"removed": removed, "dropout": 0.0}),
        training=ABLATION,
        he=True,
    )
for depth, build in ((20, models.resnet20), (56, models.resnet56)):
    for kind, options in (("plain", PLAIN), ("residual", GREY)):
        RUNS[f"{kind}{depth}-fashion"] = Run(
            *(build, "fashion_mnist", 10, options), pooled=2, training=DEEP
        )


def as_he(net: Layer) -> None:
    """Let the weights of convolutions and linear layers begin with N(0, 2 / fan_in) and the biases
    with 0: the signal keeps its size through the ReLUs (He et al., 2015)."""
    for name, parameter in net.named_parameters():
        parameter.initialize(kaiming_normal() if name.endswith("weight") else constant(0.0))


def run(name: str, again: bool) -> None:
    """Train one network, and write its weights and its card; `again`: from nothing."""
    spec, checkpoint = RUNS[name], ROOT / "build" / "training" / f"{name}.npz"
    if again:
        checkpoint.unlink(missing_ok=True)
    cnnkit.manual_seed(SEED)
    training, test = (data.load(spec.data, split).pooled(spec.pooled) for split in SPLITS)
    net = train.standardized(spec.build(**spec.options), training, padding=spec.padding)
    if spec.he:
        as_he(net)
    module = net.to_torch().to(memory_format=torch.channels_last)
    history = train.fit(
        module,
        training,
        epochs=spec.epochs,
        seed=SEED,
        checkpoint=checkpoint,
        **spec.training,
    )
    net.load_state_dict(module.state_dict())
    for _, stored in net.named_stored():  # what is kept in half precision is what is tested
        stored.data = np.asarray(stored.data, np.float16 if stored.dtype.kind == "f" else np.int64)
    result = train.evaluate(net, test)
    state = net.state_dict().items()
    arrays = {n: v.astype(np.float16) if v.dtype.kind == "f" else v for n, v in state}
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(weights_path(name), allow_pickle=False, **arrays)
    card = {
        "network": f"models.{spec.build.__name__}",
        "options": spec.options,
        "padding": spec.padding,
        "pooled": spec.pooled,
        "channels": training.images.shape[1],
        "data": spec.data,
        "classes": list(training.classes),
        "accuracy": round(result.accuracy, 6),
        "training_accuracy": [round(value, 4) for value in history.accuracy],
        "training_loss": [round(value, 4) for value in history.loss],
        "parameters": sum(p.size for p in net.parameters()),
        "script": f"training/train.py {name}",
        "epochs": spec.epochs,
        "seed": SEED,
        "seconds": round(sum(history.seconds)),
        "hardware": hardware(module),
        "versions": {"numpy": np.__version__, "torch": torch.__version__.partition("+")[0]},
        "date": datetime.date.today().isoformat(),
    }
    card_path(name).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    checkpoint.unlink()
    print(f"{name}: {result.accuracy:.2%} of the test images, {card['seconds']} s")


def hardware(module: torch.nn.Module) -> str:
    device = next(module.parameters()).device
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    lines = Path("/proc/cpuinfo").read_text().splitlines() if sys.platform == "linux" else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {torch.get_num_threads()} threads"


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the networks that the course ships.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RUNS))
    parser.add_argument("--again", action="store_true", help="also those that are there")
    options = parser.parse_args()
    if unknown := set(options.names) - set(RUNS):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    for name in options.names or RUNS:
        if options.again or not card_path(name).exists():
            run(name, options.again)


if __name__ == "__main__":
    main()
