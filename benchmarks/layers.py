"""NumPy layers against PyTorch's on the CPU, and against numpy-ml: `make bench-layers`.

Writes `results/layers.md` and `results/layers.png`. Each case runs in a process in which both have
the same number of threads and take turns; what counts is each one's shortest time.
"""

import json
import math
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
import torch
from layer_cases import CASES
from tqdm import tqdm

from cnnkit import models

HERE = Path(__file__).parent
RESULTS = HERE / "results"
PEERS = HERE.parent / "build" / "bench"
SLOW = 4  # from here on a case's reason is given


def environment(threads: int) -> dict[str, str]:
    """For a worker: this many threads, and the kernels that OpenBLAS chooses itself."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    counts = {"OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    return kept | counts | {"PYTHONPATH": str(PEERS)}


def kernels() -> str:
    """Which kernels NumPy's OpenBLAS takes: its name for the processor."""
    code = "import numpy, threadpoolctl as t; print(t.threadpool_info()[0]['architecture'])"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment(1), capture_output=True, text=True, check=True)
    return done.stdout.strip()


def run(title: str, env: dict[str, str], *options: str) -> dict[str, dict[str, float]]:
    worker = [sys.executable, str(HERE / "layer_worker.py"), *options]
    measured = {}
    with subprocess.Popen(worker, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in tqdm(process.stdout, title, total=len(CASES), leave=False):
            times = json.loads(line)
            measured[times.pop("name")] = times
    if process.returncode:
        raise SystemExit(f"{title}: the worker failed")
    return measured


def mean(ratios: list[float]) -> float:
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def ratios(measured: dict[str, dict[str, float]], kind: str = "") -> list[float]:
    """Ours over PyTorch's, forward and backward together, of the cases of this kind."""
    names = [case.name for case in CASES if case.kind.startswith(kind)]
    return [measured[name]["step"] / measured[name]["torch_step"] for name in names]


def summary_of_vgg16() -> float:
    """Seconds to construct VGG-16 and print its table."""
    start = time.perf_counter()
    str(models.vgg16().summary((3, 224, 224)))
    return time.perf_counter() - start


def table(runs: dict[str, dict[str, dict[str, float]]], peer: dict[str, dict[str, float]]) -> str:
    head = ["case", *(f"{title}: ours | PyTorch | ratio" for title in runs), "numpy-ml"]
    lines = [f"| {' | '.join(head)} |", "| --- |" + " ---: |" * (3 * len(runs) + 1)]
    for case in CASES:
        cells = [case.name]
        for measured in runs.values():
            ours, theirs = (measured[case.name][key] for key in ("step", "torch_step"))
            cells += [f"{ours * 1e3:.2f}", f"{theirs * 1e3:.2f}", f"{ours / theirs:.2f}"]
        other = peer[case.name]
        ratio = f"{other['numpy_ml_step'] / other['step']:.0f} ×" if "step" in other else ""
        lines.append(f"| {' | '.join([*cells, ratio])} |")
    return "\n".join(lines)


def report(runs: dict[str, dict[str, dict[str, float]]], peer: dict[str, dict[str, float]]) -> str:
    slow = {
        case.name: case.reason
        for measured in runs.values()
        for case, ratio in zip(CASES, ratios(measured), strict=True)
        if ratio > SLOW
    }
    faster = [m["numpy_ml_step"] / m["step"] for m in peer.values() if "step" in m]
    lines = [
        "# NumPy layers against PyTorch on the CPU",
        "",
        f"Written by `make bench-layers`. {processor()}, NumPy {np.__version__}, PyTorch "
        f"{torch.__version__}, {platform.system()}. Milliseconds for forward and backward "
        "together, float32, the shortest of many, taking turns; ratio: ours over PyTorch's. The "
        "last column says how many times longer numpy-ml 0.1.2 takes (1 thread). NumPy's "
        f"OpenBLAS uses its {kernels()} kernels.",
        "",
        *(
            f"- {title}: geometric mean {mean(ratios(measured, 'convolution')):.2f} over the "
            f"convolutions, {mean(ratios(measured)):.2f} over all layers."
            for title, measured in runs.items()
        ),
        f"- numpy-ml: {mean(faster):.0f} times slower than cnnkit (geometric mean of "
        f"{len(faster)} layers).",
        f"- VGG-16 constructed, counted and printed in {summary_of_vgg16() * 1e3:.0f} ms.",
        *(f"- More than {SLOW} times PyTorch's time: {name}. {why}." for name, why in slow.items()),
        "",
        table(runs, peer),
        "",
    ]
    return "\n".join(lines)


def processor() -> str:
    """The processor's name, and how many cores there are."""
    info = Path("/proc/cpuinfo")
    names = (
        [
            line.partition(":")[2].strip()
            for line in info.read_text().splitlines()
            if line.startswith("model name")
        ]
        if info.exists()
        else []
    )
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores"


def chart(runs: dict[str, dict[str, dict[str, float]]], path: Path) -> None:
    """The ratios, a dot for each run, on a logarithmic axis: left of the line we are faster."""
    figure, axes = plt.subplots(figsize=(8, 0.24 * len(CASES) + 1), layout="constrained")
    places = np.arange(len(CASES))[::-1]
    for (title, measured), marker in zip(runs.items(), "os^", strict=False):
        axes.plot(ratios(measured), places, marker, label=title, alpha=0.8, markersize=5)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log", base=2)
    axes.set_xticks([1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8], ["⅛", "¼", "½", "1", "2", "4", "8"])
    axes.set_yticks(places, [case.name for case in CASES], fontsize=8)
    axes.set_xlabel("cnnkit in NumPy, time over PyTorch's on the CPU (forward and backward)")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize=8)
    figure.savefig(path, dpi=110)


def main() -> None:
    runs = {
        title: run(title, environment(threads))
        for title, threads in (("1 thread", 1), ("2 threads", 2))
    }
    peer = run("numpy-ml", environment(1), "numpy-ml")
    text = report(runs, peer)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "layers.md").write_text(text)
    chart(runs, RESULTS / "layers.png")
    print(text[: text.index("| case")])
    print(f"written: {RESULTS / 'layers.md'} and layers.png")


if __name__ == "__main__":
    main()
