"""Times every case in one process, NumPy and PyTorch in turn: a line of JSON for each.

Started by `layers.py`, which sets the threads and the kernels before NumPy is imported.
"""

import collections
import collections.abc
import json
import os
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from layer_cases import CASES, Case

from cnnkit import layers
from cnnkit.pytorch import twins

SECONDS = 0.4  # for each of the things that a case compares, after a first call
Step = Callable[[], object]


class Torch:
    def __getattr__(self, name: str) -> object:
        return twins.find(name)


def best(steps: dict[str, Step]) -> dict[str, float]:
    """The shortest time of each step in seconds; they take turns, to meet the same load."""
    once = {}
    for name, step in steps.items():
        step()
        start = time.perf_counter()
        step()
        once[name] = time.perf_counter() - start
    rounds = max(1, min(200, int(SECONDS * len(steps) / sum(once.values()))))
    repeat = {name: max(1, min(50, int(0.002 / spent))) for name, spent in once.items()}
    for _ in range(rounds):
        for name, step in steps.items():
            start = time.perf_counter()
            for _ in range(repeat[name]):
                step()
            once[name] = min(once[name], (time.perf_counter() - start) / repeat[name])
    return once


def against_pytorch(case: Case) -> dict[str, float]:
    layer, module = case.build(layers), case.build(Torch())
    x = np.random.default_rng(0).standard_normal(case.shape).astype(np.float32)
    their_x = torch.from_numpy(x).requires_grad_()
    module.load_state_dict({k: torch.from_numpy(v) for k, v in layer.state_dict().items()})
    dy = np.random.default_rng(1).standard_normal(layer(x).shape).astype(np.float32)
    their_dy = torch.from_numpy(dy)

    def ours() -> None:
        layer.zero_grad()
        layer(x)
        layer.backward(dy)

    def theirs() -> None:
        their_x.grad = None
        module.zero_grad(set_to_none=True)
        module(their_x).backward(their_dy)

    return best(
        {
            "forward": lambda: layer(x),
            "torch_forward": lambda: module(their_x),
            "step": ours,
            "torch_step": theirs,
        }
    )


def against_numpy_ml(case: Case) -> dict[str, float]:
    """The same for numpy-ml 0.1.2 (NHWC), in float32 too."""
    collections.Hashable = collections.abc.Hashable  # type: ignore[attr-defined]  # gone since 3.10
    from numpy_ml.neural_nets import layers as peer

    layer = case.build(layers)
    x = np.random.default_rng(0).standard_normal(case.shape).astype(np.float32)
    y = layer(x)
    if isinstance(layer, layers.Conv2d) and layer.groups == 1:  # it knows no groups
        (kernel, _), (stride, _), (pad, _) = layer.kernel_size, layer.stride, layer.padding
        other = peer.Conv2D(layer.out_channels, (kernel, kernel), pad, stride)
    elif isinstance(layer, layers.Linear):
        other = peer.FullyConnected(layer.out_features)
    elif isinstance(layer, layers.BatchNorm2d):
        other = peer.BatchNorm2D()
    elif isinstance(layer, layers.MaxPool2d | layers.AvgPool2d):
        mode = "max" if isinstance(layer, layers.MaxPool2d) else "average"
        other = peer.Pool2D(layer.kernel_size, layer.stride[0], 0, mode)
    else:
        return {}
    to_theirs = (
        (lambda a: np.ascontiguousarray(a.transpose(0, 2, 3, 1))) if x.ndim == 4 else np.copy
    )
    their_x, dy = to_theirs(x), np.ones_like(y)
    their_dy = to_theirs(dy)
    other.forward(their_x)
    other.parameters = {
        k: v.astype(np.float32) if isinstance(v, np.ndarray) else v
        for k, v in other.parameters.items()
    }

    def ours() -> None:
        layer.zero_grad()
        layer(x)
        layer.backward(dy)

    def theirs() -> None:
        other.flush_gradients()
        other.forward(their_x)
        other.backward(their_dy)

    return best({"step": ours, "numpy_ml_step": theirs})


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ["OPENBLAS_NUM_THREADS"]))
    for case in CASES:
        measure = against_numpy_ml if "numpy-ml" in sys.argv else against_pytorch
        print(json.dumps({"name": case.name, **measure(case)}), flush=True)
