"""The PyTorch twins on a GPU: `make bench-gpu`. Without a GPU it says so and stops.

Parity: the scores and gradients of a network in NumPy against its twin's, in float32 and in bf16.
Speed: images a second in training, as the twin is, with bf16 in channels-last order, and compiled,
beside torchvision's model where torchvision is installed. Writes `results/gpu.md`.
"""

import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

import cnnkit
from cnnkit import models
from cnnkit.layers import Layer
from cnnkit.losses import CrossEntropyLoss

RESULT = Path(__file__).parent / "results" / "gpu.md"
# The networks of the course: an image's shape, and how many of them fill a GPU.
NETWORKS = {
    "lenet5": ((1, 32, 32), 4096),
    "vgg16": ((3, 224, 224), 64),
    "resnet50": ((3, 224, 224), 128),
    "mobilenet_v2": ((3, 224, 224), 128),
}
SECONDS = 5.0


def error(got: torch.Tensor, reference: np.ndarray) -> float:
    """max|Δ| / max|reference|"""
    difference = np.abs(got.detach().float().cpu().numpy() - reference).max()
    return float(difference / np.abs(reference).max())


def parity(net: Layer, shape: tuple[int, ...], device: str) -> tuple[float, float, float]:
    """How far the twin is from NumPy: scores and worst gradient in float32, scores in bf16."""
    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal((2, *shape)).astype(np.float32), np.array([1, 3])
    net.eval()  # no dropout
    module = net.to_torch().to(device)
    their_x = torch.from_numpy(x).to(device)
    scores, loss = net(x), CrossEntropyLoss()
    loss(scores, labels)
    net.zero_grad()
    net.backward(loss.backward())
    their_scores = module(their_x)
    nn.functional.cross_entropy(their_scores, torch.from_numpy(labels).to(device)).backward()
    theirs = dict(module.named_parameters())
    gradients = [error(theirs[name].grad, p.grad) for name, p in net.named_parameters()]
    with torch.autocast(torch.device(device).type, torch.bfloat16):
        rounded = error(module(their_x), scores)
    return error(their_scores, scores), max(gradients), rounded


def images_per_second(
    module: nn.Module,
    shape: tuple[int, ...],
    batch: int,
    device: str,
    *,
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

    for _ in range(3):
        step()
    steps, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < SECONDS:
        step()
        steps += 1
    return steps * batch / spent


MODES = {
    "float32": {"bf16": False, "compiled": False},
    "bf16, channels last": {"bf16": True, "compiled": False},
    "bf16, compiled": {"bf16": True, "compiled": True},
}


def peers(name: str, net: Layer) -> dict[str, nn.Module]:
    """The twin and, where torchvision is installed and has it, torchvision's model."""
    found: dict[str, nn.Module] = {"cnnkit": net.to_torch()}
    try:
        build = getattr(importlib.import_module("torchvision.models"), name, None)
    except ImportError:
        build = None
    return found | ({"torchvision": build()} if build else {})


def report(device: str, hardware: str, networks: dict[str, tuple[tuple[int, ...], int]]) -> str:
    lines = [
        "# The PyTorch twins on a GPU",
        "",
        f"Written by `make bench-gpu`. {hardware}, PyTorch {torch.__version__}.",
        "",
        "Against NumPy, max|Δ| / max|reference| for two images:",
        "",
        "| network | scores, float32 | worst gradient, float32 | scores, bf16 |",
        "| --- | ---: | ---: | ---: |",
    ]
    speeds = ["", "Training, images a second:", ""]
    speeds += [
        f"| network | batch | {' | '.join(MODES)} |",
        "| --- | ---: |" + " ---: |" * len(MODES),
    ]
    for name, (shape, batch) in networks.items():
        cnnkit.manual_seed(0)
        print(f"{name}: parity", flush=True)
        figures = parity(getattr(models, name)(), shape, device)
        lines.append(f"| {name} | {' | '.join(f'{figure:.1e}' for figure in figures)} |")
        for source, module in peers(name, getattr(models, name)()).items():
            print(f"{name}: speed, {source}", flush=True)
            rates = [
                images_per_second(module, shape, batch, device, **mode) for mode in MODES.values()
            ]
            cells = " | ".join(f"{rate:,.0f}" for rate in rates)
            speeds.append(f"| {name}, {source} | {batch} | {cells} |")
    return "\n".join([*lines, *speeds, ""])


def main() -> None:
    if not torch.cuda.is_available():
        print("bench-gpu: skipped, PyTorch finds no GPU here")
        sys.exit(0)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    networks = {name: entry for name, entry in NETWORKS.items() if name in models.names()}
    text = report("cuda", torch.cuda.get_device_name(), networks)
    RESULT.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
