"""Networks with their real ImageNet weights in NumPy against PyTorch eager: `make bench-models`.

Writes `results/models.md`. Both classify the same photographs in one process with the same number
of threads, taking turns; what counts is each one's shortest time.
"""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import torch
from layer_worker import best
from layers import environment, kernels, processor

from cnnkit import models
from cnnkit.data.files import packaged
from cnnkit.data.pictures import read_picture
from cnnkit.models.pretrained import IMAGENET

RESULT = Path(__file__).parent / "results" / "models.md"
ALLOWED = {"squeezenet1_1": 2.5, "mobilenet_v2": 5.0}  # times PyTorch's, the project's goal
BATCHES = (1, 16)


def worker(name: str) -> None:
    """A line of JSON for each batch size: seconds in NumPy and in PyTorch."""
    net = getattr(models, name)(weights="imagenet").eval()
    module = net.to_torch()
    x = photographs(name)
    with torch.inference_mode():
        np.testing.assert_allclose(net(x), module(torch.from_numpy(x)), rtol=1e-3, atol=1e-3)
        for size in BATCHES:
            steps = {"numpy": partial(net, x[:size])}
            steps["torch"] = partial(module, torch.from_numpy(x[:size]))
            times = best(steps)
            print(json.dumps({"batch": size, **times}), flush=True)


def photographs(name: str) -> np.ndarray:
    first = packaged("foolbox", "data/imagenet_00_243.jpg")
    if first is None:
        raise SystemExit("install requirements-data.txt first: make environment")
    files = sorted(first.parent.glob("imagenet_*.jpg"))[: max(BATCHES)]
    return np.stack([IMAGENET[name].preprocess(read_picture(file)) for file in files])


def measure(name: str, threads: int) -> list[dict[str, float]]:
    command = [sys.executable, __file__, name]
    done = subprocess.run(command, env=environment(threads), stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main() -> None:
    lines = ["| network | threads | images | NumPy, ms | PyTorch, ms | ratio | goal |"]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, goal in ALLOWED.items():
        for threads in (1, 2):
            for times in measure(name, threads):
                ratio = times["numpy"] / times["torch"]
                cells = [name, threads, times["batch"], f"{times['numpy'] * 1e3:.0f}"]
                cells += [f"{times['torch'] * 1e3:.0f}", f"{ratio:.2f}", f"≤ {goal}"]
                lines.append(f"| {' | '.join(map(str, cells))} |")
                print(lines[-1])
    text = "\n".join(
        [
            "# Inference with real weights, NumPy against PyTorch eager",
            "",
            f"Written by `make bench-models`. {processor()}, NumPy {np.__version__} (OpenBLAS's "
            f"{kernels()} kernels), PyTorch {torch.__version__}. The shortest time for a batch of "
            "photographs, 224×224, float32, taking turns; ratio: NumPy's over PyTorch's.",
            "",
            *lines,
            "",
        ]
    )
    RESULT.write_text(text)
    print(f"written: {RESULT}")


if __name__ == "__main__":
    worker(sys.argv[1]) if len(sys.argv) > 1 else main()
