"""The PyTorch twins on a GPU: `make bench-gpu`. Without a GPU it says so and stops.

Parity: scores and gradient of a network and of its twin against NumPy in float64, in TF32 too (what
PyTorch makes of a float32 convolution on a GPU unless told not to) and in bf16.
Speed: images a second in training, as the twin is, with bf16 in channels-last order, and compiled,
by turns with torchvision's model where torchvision is installed.
`train.fit`: the same training in NumPy, by PyTorch on the processor, and on the GPU.
Writes `results/gpu.md`, after each part what there is of it.
"""

import importlib
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn

import cnnkit
from cnnkit import models, train
from cnnkit.data import Dataset
from cnnkit.initializers import kaiming_normal
from cnnkit.layers import Layer
from cnnkit.losses import CrossEntropyLoss
from cnnkit.pytorch.arrays import array_of
from training import digits

RESULT = Path(__file__).parent / "results" / "gpu.md"
# The networks of the course: an image's shape, and how many of them fill a GPU.
NETWORKS = {
    "lenet5": ((1, 32, 32), 4096),
    "resnet50": ((3, 224, 224), 128),
    "mobilenet_v2": ((3, 224, 224), 128),
    "vgg16": ((3, 224, 224), 64),
}
SECONDS, ROUNDS = 0.7, 5  # of each round; the median is taken


def error(got: np.ndarray, reference: np.ndarray) -> float:
    """‖Δ‖ / ‖reference‖"""
    return float(np.linalg.norm(got - reference) / np.linalg.norm(reference))


def started(name: str) -> Layer:
    """The network with weights that keep the variance: with PyTorch's own a deep one without
    normalisation gives all images the same scores, and there is nothing to compare."""
    cnnkit.manual_seed(0)
    net: Layer = getattr(models, name)()
    for weight in net.parameters():
        if len(weight.shape) > 1:
            weight.initialize(kaiming_normal())
    return net.eval()  # no dropout


def flat(gradients: Iterable[np.ndarray]) -> np.ndarray:
    return np.concatenate([gradient.ravel() for gradient in gradients]).astype(np.float64)


def in_numpy(net: Layer, x: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The scores, and the gradient of the cross-entropy by all parameters."""
    scores, loss = net(x), CrossEntropyLoss()
    loss(scores, labels)
    net.zero_grad()
    net.backward(loss.backward())
    return scores, flat(p.grad for p in net.parameters())


def in_torch(
    module: nn.Module, x: np.ndarray, labels: np.ndarray, precision: str, device: str
) -> tuple[np.ndarray, np.ndarray]:
    torch.backends.cudnn.allow_tf32 = precision == "TF32"
    module.zero_grad()
    with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=precision == "bf16"):
        scores = module(torch.from_numpy(x).to(device))
        loss = nn.functional.cross_entropy(scores, torch.from_numpy(labels).to(device))
    loss.backward()
    return array_of(scores), flat(
        array_of(p.grad) for p in module.parameters() if p.grad is not None
    )


PRECISIONS = ("float32", "TF32", "bf16")


def parity(name: str, shape: tuple[int, ...], device: str) -> Iterator[float]:
    """How far scores and gradient of a network are from NumPy's in float64: NumPy's in float32,
    then its twin's for each precision."""
    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal((2, *shape)).astype(np.float32), np.array([1, 3])
    reference = in_numpy(started(name).double(), x.astype(np.float64), labels)
    net = started(name)
    module = net.to_torch().to(device)
    found = [in_numpy(net, x, labels)]
    found += [in_torch(module, x, labels, precision, device) for precision in PRECISIONS]
    for scores, gradient in found:
        yield error(scores, reference[0])
        yield error(gradient, reference[1])


def stepper(
    module: nn.Module,
    shape: tuple[int, ...],
    batch: int,
    device: str,
    *,
    bf16: bool,
    compiled: bool,
) -> Callable[[], float]:
    """A training step (forward, backward, SGD with momentum) on made-up images; its loss."""
    layout = torch.channels_last if bf16 else torch.contiguous_format
    module = module.train().to(device, memory_format=layout)
    run: Callable[[torch.Tensor], torch.Tensor] = torch.compile(module) if compiled else module
    x = torch.randn(batch, *shape, device=device).to(memory_format=layout)
    labels = torch.randint(10, (batch,), device=device)
    optimizer = torch.optim.SGD(module.parameters(), 1e-3, momentum=0.9)

    def step() -> float:
        optimizer.zero_grad()
        with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=bf16):
            loss = nn.functional.cross_entropy(run(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()  # waits for the GPU

    return step


def images_per_second(step: Callable[[], float], batch: int) -> float:
    steps, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < SECONDS:
        step()
        steps += 1
    return steps * batch / spent


def in_turns(
    steps: dict[str, Callable[[], float]], batch: int, *, tf32: bool
) -> dict[str, list[float]]:
    """Images a second of each, in `ROUNDS` rounds by turns, so that what else the machine does
    meets all of them."""
    torch.backends.cudnn.allow_tf32 = tf32
    for step in steps.values():
        for _ in range(3):
            step()
    found: dict[str, list[float]] = {source: [] for source in steps}
    for _ in range(ROUNDS):
        for source, step in steps.items():
            found[source].append(images_per_second(step, batch))
    return found


MODES = {
    "float32": {"tf32": False, "bf16": False, "compiled": False},
    "TF32": {"tf32": True, "bf16": False, "compiled": False},
    "bf16, channels last": {"tf32": True, "bf16": True, "compiled": False},
    "bf16, compiled": {"tf32": True, "bf16": True, "compiled": True},
}


def peers(name: str, net: Layer) -> dict[str, nn.Module]:
    """The twin and, where torchvision is installed and has it, torchvision's model."""
    found: dict[str, nn.Module] = {"cnnkit": net.to_torch()}
    try:
        build = getattr(importlib.import_module("torchvision.models"), name, None)
    except ImportError:
        build = None
    return found | ({"torchvision": build()} if build else {})


# Name, batch, options of `train.fit`.
FITS: list[tuple[str, int, dict[str, str]]] = [
    ("NumPy", 128, {}),
    ("PyTorch, processor", 128, {"device": "cpu"}),
    ("PyTorch, GPU", 128, {"device": "cuda"}),
    ("PyTorch, GPU, bf16", 128, {"device": "cuda", "precision": "bfloat16"}),
    ("PyTorch, processor", 1024, {"device": "cpu"}),
    ("PyTorch, GPU", 1024, {"device": "cuda"}),
    ("PyTorch, GPU, bf16", 1024, {"device": "cuda", "precision": "bfloat16"}),
]


@dataclass
class Tables:
    """What has been measured."""

    hardware: str
    digits: int
    fits: list[str] = field(default_factory=list)
    parities: list[str] = field(default_factory=list)
    speeds: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        ways = ("NumPy, float32", *PRECISIONS)
        precise = [f"{what}, {way}" for way in ways for what in ("scores", "gradient")]
        return f"""# The PyTorch twins on a GPU

Written by `make bench-gpu`. {self.hardware}, PyTorch {torch.__version__}, NumPy {np.__version__}.

`train.fit` of LeNet-5 on {self.digits:,} digits: the second epoch's time, both losses, and
the accuracy on the same digits afterwards:

{table(self.fits, "trained by", "batch", "seconds", "loss, 1st", "loss, 2nd", "accuracy")}

How far from NumPy in float64, ‖Δ‖ / ‖reference‖ of the scores and of the whole gradient, for two
images: NumPy in float32, and the twin on the GPU:

{table(self.parities, "network", *precise)}

Training steps on made-up images, images a second, the median of {ROUNDS} rounds by turns:

{table(self.speeds, "network", "batch", *MODES)}
"""


def table(rows: list[str], first: str, *columns: str) -> str:
    return "\n".join(
        [f"| {first} | {' | '.join(columns)} |", "| --- |" + " ---: |" * len(columns), *rows]
    )


def fits(
    tables: Tables, data: Dataset, ways: list[tuple[str, int, dict[str, str]]]
) -> Iterator[str]:
    """The rows of `train.fit`."""
    for name, batch, options in ways:
        cnnkit.manual_seed(0)
        net = train.standardized(models.lenet5(), data, padding=2)
        model = net.to_torch() if options else net
        history = train.fit(model, data, epochs=2, batch_size=batch, progress=False, **options)
        right = train.evaluate(model, data, options.get("device")).accuracy
        losses = " | ".join(f"{loss:.5f}" for loss in history.loss)
        cells = f"{batch} | {history.seconds[1]:.2f} | {losses} | {right:.2%}"
        tables.fits.append(f"| {name} | {cells} |")
        yield tables.fits[-1]


def speeds(name: str, shape: tuple[int, ...], batch: int, device: str) -> Iterator[str]:
    """A row of images a second for the twin, for torchvision's model, and how many times as fast
    the twin is: the median of the rounds' ratios."""
    cells: dict[str, list[str]] = {}
    for mode in MODES.values():
        tf32, compiled = mode["tf32"], mode["compiled"]
        steps = {
            source: stepper(module, shape, batch, device, bf16=mode["bf16"], compiled=compiled)
            for source, module in peers(name, getattr(models, name)()).items()
            if source == "cnnkit" or not compiled  # compiling takes a minute
        }
        found = in_turns(steps, batch, tf32=tf32)
        for source in ("cnnkit", "torchvision", "times as fast"):
            cells.setdefault(source, []).append("–")
        for source, figures in found.items():
            cells[source][-1] = f"{statistics.median(figures):,.0f}"
        if "torchvision" in found:
            pairs = zip(found["cnnkit"], found["torchvision"], strict=True)
            cells["times as fast"][-1] = f"{statistics.median(a / b for a, b in pairs):.3f}"
    for source, row in cells.items():
        if set(row) != {"–"}:
            yield f"| {name}, {source} | {batch} | {' | '.join(row)} |"


def fill(
    tables: Tables, device: str, networks: dict[str, tuple[tuple[int, ...], int]]
) -> Iterator[str]:
    """The rows of parity and speed, each also put where it belongs; `networks`: an image's shape
    and the batch for each."""
    for name, (shape, batch) in networks.items():
        figures = parity(name, shape, device)
        tables.parities.append(f"| {name} | {' | '.join(f'{figure:.1e}' for figure in figures)} |")
        yield tables.parities[-1]
        for row in speeds(name, shape, batch, device):
            tables.speeds.append(row)
            yield row


def main() -> None:
    if not torch.cuda.is_available():
        print("bench-gpu: skipped, PyTorch finds no GPU here")
        sys.exit(0)
    data = digits()
    tables = Tables(f"{torch.cuda.get_device_name()}, {os.cpu_count()} processor cores", len(data))
    known = {name: entry for name, entry in NETWORKS.items() if name in models.names()}
    for rows in (fits(tables, data, FITS), fill(tables, "cuda", known)):
        for row in rows:
            print(row, flush=True)
            RESULT.write_text(str(tables))


if __name__ == "__main__":
    main()
