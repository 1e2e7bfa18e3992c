"""`probe` for PyTorch modules, by hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cnnkit.inside.probe import OUTPUT, Seed, Trace
from cnnkit.modes import in_use
from cnnkit.pytorch.twins import Network


def scores_torch(module: nn.Module, x: np.ndarray) -> np.ndarray:
    """`probe.scores` of a module."""
    with in_use(module), torch.inference_mode():
        return np.asarray(module(_tensor(module, x)).cpu())


def layers_of(module: nn.Module) -> dict[str, nn.Module]:
    """Every layer inside by dotted name; in a `cnnkit.models.Network` by the names that the NumPy
    net's layers have, too, since a block is no module of its weight file."""
    layers = dict(module.named_modules())
    for name, inner in list(layers.items()):
        if isinstance(inner, Network):
            prefix = f"{name}." if name else ""
            layers |= {f"{prefix}{n}": part for n, part in inner.composed.named_modules() if n}
    return layers


def trace_torch(
    module: nn.Module, x: np.ndarray, seeds: Mapping[str, Seed], watch: str | None, rule: str
) -> Trace:
    """`probe.trace` of a module."""
    tensor = _tensor(module, x).requires_grad_()
    names = {name for name in (*seeds, watch) if name}
    with in_use(module), _recorded(module, names) as outputs, _rule(module, rule):
        output = outputs[OUTPUT] = module(tensor)
        starts = [outputs[name] for name in seeds]
        gradients = [
            torch.as_tensor(seed(_array(outputs[name])), dtype=output.dtype, device=tensor.device)
            for name, seed in seeds.items()
        ]
        wanted = [tensor, *([outputs[watch]] if watch else [])]
        found = torch.autograd.grad(starts, wanted, gradients, allow_unused=True)
    filled = [torch.zeros_like(w) if g is None else g for w, g in zip(wanted, found, strict=True)]
    return Trace(
        _array(output),
        _array(filled[0]),
        _array(outputs[watch]) if watch else None,
        _array(filled[1]) if watch else None,
    )


def _tensor(module: nn.Module, x: np.ndarray) -> Tensor:
    first = next(module.parameters(), torch.empty(0))
    return torch.tensor(x, dtype=first.dtype, device=first.device)


def _array(tensor: Tensor) -> np.ndarray:
    return np.asarray(tensor.detach().cpu())


@contextmanager
def _recorded(module: nn.Module, names: set[str]) -> Iterator[dict[str, Tensor]]:
    """The outputs of the modules of these names, as they are computed."""
    outputs: dict[str, Tensor] = {}

    def record(name: str) -> Callable[..., None]:
        def hook(_: nn.Module, inputs: Any, output: Tensor) -> None:
            outputs[name] = output

        return hook

    modules = layers_of(module)
    handles = [modules[name].register_forward_hook(record(name)) for name in names]
    try:
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _rule(module: nn.Module, rule: str) -> Iterator[None]:
    def hook(_: nn.Module, passed: Any, arriving: Any) -> tuple[Tensor] | None:
        if rule == "plain":
            return None
        return ((passed if rule == "guided" else arriving)[0].clamp(min=0),)

    found = [layer for layer in module.modules() if isinstance(layer, nn.ReLU | nn.ReLU6)]
    handles = [layer.register_full_backward_hook(hook) for layer in found]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
