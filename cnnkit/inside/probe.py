"""Activations and gradients inside a network, asked for in the same way of a NumPy net and of a
PyTorch module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnkit.inside.numpy_probe import trace_numpy
from cnnkit.inside.traces import RULES, Seed, Trace
from cnnkit.layers import Layer


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
        return trace_numpy(model, layers, x, seeds, watch, rule)
    from cnnkit.inside.torch_probe import layers_of, trace_torch

    _check(names, layers_of(model))
    return trace_torch(model, x, seeds, watch, rule)


def _check(names: list[str], layers: Mapping[str, Any]) -> None:
    for name in names:
        if name not in layers:
            raise ValueError(
                f"there is no layer {name!r}; there are {', '.join(filter(None, layers))}"
            )
