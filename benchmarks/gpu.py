"""The PyTorch twins on a GPU: `make bench-gpu`. Without a GPU it says so and stops.

Parity: the scores and gradients of a network in NumPy against its twin's, in float32, in TF32 (what
PyTorch makes of a float32 convolution on a GPU unless told not to) and in bf16.
Speed: images a second in training, as the twin is, with bf16 in channels-last order, and compiled,
beside torchvision's model where torchvision is installed.
`train.fit`: the same training in NumPy, by PyTorch on the processor, and on the GPU.
Writes `results/gpu.md`, after each part what there is of it.
"""

import importlib
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn

import cnnkit
from cnnkit import models, train
from cnnkit.data import Dataset
from cnnkit.layers import Layer
from cnnkit.losses import CrossEntropyLoss
from training import digits

RESULT = Path(__file__).parent / "results" / "gpu.md"
# The networks of the course: an image's shape, and how many of them fill a GPU.
NETWORKS = {
    "lenet5": ((1, 32, 32), 4096),
    "vgg16": ((3, 224, 224), 64),
    "resnet50": ((3, 224, 224), 128),
    "mobilenet_v2": ((3, 224, 224), 128),
}
SECONDS = 2.0


def error(got: torch.Tensor, reference: np.ndarray) -> float:
    """max|Δ| / max|reference|"""
    difference = np.abs(got.detach().float().cpu().numpy() - reference).max()
    return float(difference / np.abs(reference).max())


def rounded(precision: str, device: str) -> AbstractContextManager[object]:
    """float32 as it is, with a convolution's inputs rounded to 10 bits (TF32), or bf16."""
    if precision == "bf16":
        return torch.autocast(torch.device(device).type, torch.bfloat16)
    return torch.backends.cudnn.flags(allow_tf32=precision == "TF32")


PRECISIONS = ("float32", "TF32", "bf16")


def parity(net: Layer, shape: tuple[int, ...], device: str) -> Iterator[float]:
    """How far scores and worst gradient of the twin are from NumPy's, for each precision."""
    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal((2, *shape)).astype(np.float32), np.array([1, 3])
    net.eval()  # no dropout
    module = net.to_torch().to(device)
    their_x, their_labels = torch.from_numpy(x).to(device), torch.from_numpy(labels).to(device)
    scores, loss = net(x), CrossEntropyLoss()
    loss(scores, labels)
    net.zero_grad()
    net.backward(loss.backward())
    theirs = dict(module.named_parameters())
    for precision in PRECISIONS:
        module.zero_grad()
        with rounded(precision, device):
            their_scores = module(their_x)
            nn.functional.cross_entropy(their_scores, their_labels).backward()
        yield error(their_scores, scores)
        yield max(error(theirs[name].grad, p.grad) for name, p in net.named_parameters())


def images_per_second(
    module: nn.Module,
    shape: tuple[int, ...],
    batch: int,
    device: str,
    *,
    tf32: bool,
    bf16: bool,
    compiled: bool,
) -> float:
    """Training steps (forward, backward, SGD with momentum) on made-up images."""
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

    with torch.backends.cudnn.flags(allow_tf32=tf32):
        for _ in range(3):
            step()
        steps, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < SECONDS:
            step()
            steps += 1
    return steps * batch / spent


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


FITS: dict[str, dict[str, str]] = {
    "NumPy": {},
    "PyTorch, processor": {"device": "cpu"},
    "PyTorch, GPU": {"device": "cuda"},
    "PyTorch, GPU, bf16": {"device": "cuda", "precision": "bfloat16"},
}


@dataclass
class Tables:
    """What has been measured."""

    hardware: str
    digits: int
    fits: list[str] = field(default_factory=list)
    parities: list[str] = field(default_factory=list)
    speeds: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        precise = [f"{what}, {name}" for name in PRECISIONS for what in ("scores", "gradient")]
        return f"""# The PyTorch twins on a GPU

Written by `make bench-gpu`. {self.hardware}, PyTorch {torch.__version__}, NumPy {np.__version__}.

`train.fit` of LeNet-5 on {self.digits:,} digits: the second epoch's time, both losses, and
the accuracy on the same digits afterwards:

{table(self.fits, "trained by", "batch", "seconds", "loss, 1st", "loss, 2nd", "accuracy")}

Against NumPy, max|Δ| / max|reference| of the scores, and of the gradient of the parameter where it
is largest, for two images:

{table(self.parities, "network", *precise)}

Training steps on made-up images, images a second:

{table(self.speeds, "network", "batch", *MODES)}
"""


def table(rows: list[str], first: str, *columns: str) -> str:
    return "\n".join(
        [f"| {first} | {' | '.join(columns)} |", "| --- |" + " ---: |" * len(columns), *rows]
    )


def fits(tables: Tables, data: Dataset, kinds: dict[str, dict[str, str]]) -> Iterator[str]:
    """The rows of `train.fit`, in small batches and in large ones."""
    for batch, (name, options) in itertools.product((128, 1024), kinds.items()):
        cnnkit.manual_seed(0)
        net = train.standardized(models.lenet5(), data, padding=2)
        model = net.to_torch() if options else net
        history = train.fit(model, data, epochs=2, batch_size=batch, progress=False, **options)
        right = train.evaluate(model, data, options.get("device")).accuracy
        losses = " | ".join(f"{loss:.5f}" for loss in history.loss)
        cells = f"{batch} | {history.seconds[1]:.2f} | {losses} | {right:.2%}"
        tables.fits.append(f"| {name} | {cells} |")
        yield tables.fits[-1]


def fill(
    tables: Tables, device: str, networks: dict[str, tuple[tuple[int, ...], int]]
) -> Iterator[str]:
    """The rows of parity and speed, each also put where it belongs; `networks`: an image's shape
    and the batch for each."""
    for name, (shape, batch) in networks.items():
        cnnkit.manual_seed(0)
        figures = parity(getattr(models, name)(), shape, device)
        tables.parities.append(f"| {name} | {' | '.join(f'{figure:.1e}' for figure in figures)} |")
        yield tables.parities[-1]
        for source, module in peers(name, getattr(models, name)()).items():
            rates = [
                images_per_second(module, shape, batch, device, **mode) for mode in MODES.values()
            ]
            cells = " | ".join(f"{rate:,.0f}" for rate in rates)
            tables.speeds.append(f"| {name}, {source} | {batch} | {cells} |")
            yield tables.speeds[-1]


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
