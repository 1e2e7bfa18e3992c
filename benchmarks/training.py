"""An epoch of LeNet-5 on 60,000 digits, NumPy against PyTorch, both by `train.fit`:
`make bench-train`.

Writes `results/training.md`: the epochs, and which part of them loading and augmentation take.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
from layers import environment, kernels, processor

import cnnkit
from cnnkit import data, models, train
from cnnkit.data.augment import Augment

RESULT = Path(__file__).parent / "results" / "training.md"
ROUNDS = 3
BATCH = 128
AUGMENTED = {
    "moved by whole pixels, mirrored": Augment(shift=2, flip=0.5),
    "turned, scaled, sheared, moved": Augment(rotate=10, scale=0.1, shear=8, shift=1.5),
}


def digits() -> data.Dataset:
    """MNIST if it is there, else as many pictures of the same size."""
    try:
        return data.load("mnist")
    except FileNotFoundError:
        few = data.load("mnist5k")
        return few.take(np.arange(60_000) % len(few))


def worker(backend: str) -> None:
    """A line of JSON: the shortest epoch, and that of each augmentation alone, in seconds."""
    training = digits()
    times: dict[str, float] = {}
    for _ in range(ROUNDS):
        cnnkit.manual_seed(0)
        net = train.standardized(models.lenet5(), training, padding=2)
        model = net if backend == "numpy" else net.to_torch()
        options = {"epochs": 1, "batch_size": BATCH, "device": "cpu", "progress": False}
        [epoch] = train.fit(model, training, **options).seconds
        times["epoch"] = min(epoch, times.get("epoch", epoch))
        for name, augment in {"none": Augment(), **AUGMENTED}.items():
            start = time.perf_counter()
            prepare(training, augment)
            spent = time.perf_counter() - start
            times[name] = min(spent, times.get(name, spent))
    print(json.dumps(times))


def prepare(training: data.Dataset, augment: Augment) -> None:
    """All that `fit` does to an epoch's images before the network sees them."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(training))
    for start in range(0, len(order), BATCH):
        augment(training.images[order[start : start + BATCH]], rng).astype(np.float32)


def measure(backend: str) -> dict[str, float]:
    command = [sys.executable, __file__, backend]
    done = subprocess.run(command, env=environment(2), stdout=subprocess.PIPE, check=True)
    times: dict[str, float] = json.loads(done.stdout)
    return times


def main() -> None:
    ours, theirs = measure("numpy"), measure("torch")
    ratio = ours["epoch"] / theirs["epoch"]
    lines = [
        "# Training LeNet-5 on 60,000 digits, an epoch",
        "",
        f"Written by `make bench-train`. {processor()}, 2 threads, NumPy {np.__version__} "
        f"(OpenBLAS's {kernels()} kernels), PyTorch {torch.__version__}. Batches of {BATCH}, Adam, "
        f"`train.fit` for both; the shortest of {ROUNDS}.",
        "",
        f"NumPy {ours['epoch']:.1f} s, PyTorch {theirs['epoch']:.1f} s: {ratio:.2f} times "
        "PyTorch's time (goal: at most 1.5).",
        "",
        "| loading, and augmentation | seconds | of NumPy's epoch | of PyTorch's |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name in ("none", *AUGMENTED):
        spent = ours[name]
        shares = (f"{spent / (times['epoch'] + spent):.0%}" for times in (ours, theirs))
        lines.append(f"| {name} | {spent:.2f} | {' | '.join(shares)} |")
    text = "\n".join([*lines, ""])
    RESULT.write_text(text)
    print(text)


if __name__ == "__main__":
    worker(sys.argv[1]) if len(sys.argv) > 1 else main()
