"""`probe` for NumPy nets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from cnnkit.inside.traces import OUTPUT, Seed, Trace
from cnnkit.layers import Layer, ReLU, ReLU6
from cnnkit.modes import in_use


def trace_numpy(
    net: Layer,
    layers: Mapping[str, Layer],
    x: np.ndarray,
    seeds: Mapping[str, Seed],
    watch: str | None,
    rule: str,
) -> Trace:
    """`probe.trace` of a net; `layers` are those inside, by name."""
    before = [(p, p.grad) for p in net.parameters()]
    try:
        with in_use(net):
            activations = net.activations(x)
            silent = sorted(name for name in (*seeds, watch) if name and name not in activations)
            if silent:
                raise ValueError(f"{', '.join(silent)} did not run in this pass")
            output = net(x) if net._activation is None else net._activation.data
        start = seeds.get(OUTPUT, np.zeros_like)(output).astype(output.dtype)
        inner = {layers[name]: seed(activations[name].data) for name, seed in seeds.items() if name}
        with _changed(net, inner, rule):
            gradient = net.backward(start)
        watched = activations[watch] if watch else None
        return Trace(
            output,
            gradient,
            watched.data if watched else None,
            watched.grad if watched else None,
        )
    finally:
        for parameter, grad in before:
            parameter.grad = grad


@contextmanager
def _changed(net: Layer, seeds: Mapping[Layer, np.ndarray], rule: str) -> Iterator[None]:
    """Layers whose backward pass adds a seed to what arrives, and ReLUs that follow a rule."""
    changed: list[Any] = []

    def change(layer: Any, backward: Callable[[np.ndarray], np.ndarray]) -> None:
        layer.backward = backward  # in the object, before the class's
        changed.append(layer)

    for layer in (net, *(inner for _, inner in net.named_layers())):
        if rule != "plain" and isinstance(layer, ReLU | ReLU6):
            change(layer, _relu(layer, rule))
        if layer in seeds:
            change(layer, _seeded(layer, seeds[layer]))
    try:
        yield
    finally:
        for layer in set(changed):
            del layer.backward


def _relu(layer: Layer, rule: str) -> Callable[[np.ndarray], np.ndarray]:
    plain = layer.backward

    def backward(dy: np.ndarray) -> np.ndarray:
        passed = plain(dy)
        return np.maximum(passed if rule == "guided" else dy, 0)

    return backward


def _seeded(layer: Layer, seed: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    inner = layer.backward
    return lambda dy: inner(dy + seed.astype(dy.dtype))
