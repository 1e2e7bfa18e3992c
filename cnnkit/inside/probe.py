"""Activations and gradients inside a network, asked for in the same way of a NumPy net and of a
PyTorch module."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnkit.layers import Layer, ReLU, ReLU6
from cnnkit.modes import in_use

OUTPUT = ""  # the name of what the whole network gives
RULES = ("plain", "guided", "deconvnet")

Seed = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Trace:
    """One pass through a network: its `output`, the gradient with respect to its input, and, of the
    layer that was watched, the activation and the gradient with respect to it."""

    output: np.ndarray
    input_gradient: np.ndarray
    activation: np.ndarray | None = None
    activation_gradient: np.ndarray | None = None


def trace(
    model: Any,
    x: np.ndarray,
    seeds: Mapping[str, Seed],
    watch: str | None = None,
    rule: str = "plain",
) -> Trace:
    """Forward in use (`eval()`), and backward from the layers named in `seeds`.

    Each seed is a function of its layer's output (`OUTPUT`: the network's) that gives dL/doutput; L
    is their sum. `rule` is what a ReLU does to a gradient dy on its way back: "plain", dy where
    x > 0; "guided", dy where x > 0 and dy > 0 (Springenberg et al., Striving for Simplicity, 2015,
    figure 1); "deconvnet", dy where dy > 0 (Zeiler and Fergus, 2014, section 2.1). The model is
    left as it was, its gradients included; of a PyTorch layer that runs several times the last is
    meant. ValueError: no such layer or rule, a layer that did not run, or, of a PyTorch module,
    more than one output, a gradient that is cut off, or another rule than "plain" for a ReLU that
    is no layer (`torch.relu`).
    """
    if rule not in RULES:
        raise ValueError(f"rule: expected one of {', '.join(RULES)}, got {rule!r}")
    names = [name for name in (*seeds, watch) if name]
    if isinstance(model, Layer):
        layers = dict(model.named_layers())
        _check(names, layers)
        return _trace_numpy(model, layers, x, seeds, watch, rule)
    from cnnkit.inside.torch_probe import layers_of, trace_torch

    _check(names, layers_of(model))
    return trace_torch(model, x, seeds, watch, rule)


def scores(model: Any, x: np.ndarray) -> np.ndarray:
    """What the model gives in use, for a batch."""
    if not isinstance(model, Layer):
        from cnnkit.inside.torch_probe import scores_torch

        return scores_torch(model, x)
    with in_use(model):
        return model(x)


def _check(names: list[str], layers: Mapping[str, Any]) -> None:
    for name in names:
        if name not in layers:
            raise ValueError(
                f"there is no layer {name!r}; there are {', '.join(filter(None, layers))}"
            )


def _trace_numpy(
    net: Layer,
    layers: Mapping[str, Layer],
    x: np.ndarray,
    seeds: Mapping[str, Seed],
    watch: str | None,
    rule: str,
) -> Trace:
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
