"""What decides the ablation of `small_alexnet`: `python training/ablation.py [ROW…]`.

Each row of `ROWS` trains the whole network and the one without four layers on pictures of
Fashion-MNIST, from both `SEEDS`. Results are kept in `build/training/ablation/`, so that what was
interrupted goes on (delete the folder of a row to try it anew). At the end all are printed as the
table of `ablation.md`, which says what follows.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from train import ABLATED, ABLATION, ROOT, as_he

import cnnkit
from cnnkit import data, models, train

FOLDER = ROOT / "build" / "training" / "ablation"
SEEDS = (0, 1)
NETWORKS = {"whole": ABLATED[0], "without four": ABLATED[-1]}


@dataclass(frozen=True)
class Trial:
    """How a row trains; as it was at first, where nothing is said."""

    dropout: float = 0.5
    he: bool = False
    optimizer: str = "sgd"
    lr: float = 0.02
    pictures: int = 6_000
    epochs: int = 8


ROWS = {
    "as it was": Trial(),
    "no dropout": Trial(dropout=0.0),
    "he": Trial(he=True),
    "he, no dropout": Trial(dropout=0.0, he=True),
    "lr 0.05": Trial(dropout=0.0, he=True, lr=0.05),
    "lr 0.1": Trial(dropout=0.0, he=True, lr=0.1),
    "adamw": Trial(dropout=0.0, he=True, optimizer="adamw", lr=1e-3),
    "as it is": Trial(dropout=0.0, he=True, pictures=60_000, epochs=5),
}


def place(row: str, network: str, seed: int) -> Path:
    """Where a result is kept."""
    return FOLDER / row / f"{network}, seed {seed}.json"


def measure(row: str, network: str, seed: int) -> None:
    """Train a network of a row, and keep what it gets right: of the pictures that it was trained
    with, as they are, and of the complete test set."""
    trial, test = ROWS[row], data.load("fashion_mnist", "test")
    training = data.load("fashion_mnist", "train").take(slice(0, trial.pictures))
    cnnkit.manual_seed(seed)
    net = models.small_alexnet(removed=NETWORKS[network], dropout=trial.dropout)
    if trial.he:
        as_he(net)
    module = train.standardized(net, training).to_torch().to(memory_format=torch.channels_last)
    options = ABLATION | {"optimizer": trial.optimizer, "lr": trial.lr}
    history = train.fit(module, training, epochs=trial.epochs, seed=seed, **options)
    parts = {"test": test, "training": training}
    right = {name: train.evaluate(module, part).accuracy for name, part in parts.items()}
    path = place(row, network, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(right | {"loss": history.loss}))
    print(f"{row}, {network}, seed {seed}: {right['test']:.1%} of the test images")


def signal(he: bool) -> dict[str, float]:
    """How much the outputs of each layer differ between pictures before training: the standard
    deviation over 256 pictures, the mean over the layer's outputs."""
    cnnkit.manual_seed(SEEDS[0])
    training, net = data.load("fashion_mnist", "train"), models.small_alexnet(dropout=0.0)
    if he:
        as_he(net)
    prepared = train.standardized(net, training).prepared
    outputs = net.activations(prepared(training.images[:256].astype(np.float32)))
    learned = (name for name in outputs if name.startswith(("conv", "fc")))
    return {name: round(float(outputs[name].data.std(axis=0).mean()), 4) for name in learned}


def table() -> str:
    """All that was measured: the share of the test set that is right and, in brackets, that of the
    pictures it was trained with; a pair for each seed."""
    lines = [["", *NETWORKS], ["---"] * (1 + len(NETWORKS))]
    for row in ROWS:
        cells = [row]
        for network in NETWORKS:
            paths = [place(row, network, seed) for seed in SEEDS]
            found = [json.loads(path.read_text()) for path in paths if path.exists()]
            cells.append("; ".join(f"{r['test']:.1%} ({r['training']:.1%})" for r in found))
        lines.append(cells)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Try what decides the ablation of small_alexnet.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    rows = parser.parse_args().rows or list(ROWS)
    if unknown := set(rows) - set(ROWS):
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    for seed in SEEDS:
        for row in rows:
            for network in NETWORKS:
                if not place(row, network, seed).exists():
                    measure(row, network, seed)
    print("as PyTorch begins:", signal(he=False), "as He begins:", signal(he=True), sep="\n")
    print(table())


if __name__ == "__main__":
    main()
