"""Gradients by central differences, to hold the backward passes against."""

from collections.abc import Callable
from copy import deepcopy

import numpy as np

from cnnkit.layers import Layer


def numerical_gradient(
    f: Callable[[np.ndarray], float], x: np.ndarray, step: float = 1e-6
) -> np.ndarray:
    """∂f/∂x[i] ≈ (f(x + step·e_i) − f(x − step·e_i)) / (2·step), for every i; error O(step²).

    `x` is float64 and is changed in place while it is computed, so `f` may also depend on it
    through a parameter that holds it; afterwards it has its values back.
    """
    if x.dtype != np.float64:
        raise TypeError(f"numerical_gradient: expected float64, got {x.dtype}")
    gradient = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        value = x[index]
        x[index] = value + step
        above = f(x)
        x[index] = value - step
        below = f(x)
        x[index] = value
        gradient[index] = (above - below) / (2 * step)
    return gradient


def gradcheck(layer: Layer, x: np.ndarray, seed: int = 0) -> dict[str, float]:
    """How far `layer`'s gradients are from numerical ones: "input" and each parameter by name.

    The loss is Σ dy·layer(x) with a random dy, so that `layer.backward(dy)` must give its gradient
    (with dy all ones, errors that cancel in the sum would pass). Each figure is max|Δ| divided by
    max|numerical gradient|: about 1e-9 is right, 1e-2 is wrong. `x` must stand away from kinks
    (ReLU at 0, equal values in a max-pooling window) by more than 1e-6.

    Works in float64 on a copy: `layer` and `x` stay as they are.
    """
    layer, x = deepcopy(layer).double(), np.array(x, np.float64)
    layer.zero_grad()
    dy = np.random.default_rng(seed).standard_normal(layer(x).shape)
    analytic = {"input": layer.backward(dy)}
    points = {"input": x}
    for name, parameter in layer.named_parameters():
        if parameter.grad is None:
            raise ValueError(f"gradcheck: backward gave no gradient for {name}")
        analytic[name], points[name] = parameter.grad, parameter.data

    def loss(_: np.ndarray) -> float:
        return float((dy * layer(x)).sum())

    errors = {}
    for name, point in points.items():
        numerical = numerical_gradient(loss, point)
        scale = np.abs(numerical).max(initial=0) or 1.0
        errors[name] = float(np.abs(analytic[name] - numerical).max(initial=0) / scale)
    return errors
