"""How large the numbers are, layer by layer, in a deep network that has not learned anything yet:
forward what the layers give, backward the gradient that reaches them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from cnnkit.layers import BatchNorm1d, Layer, Linear, ReLU, Sequential, Tanh
from cnnkit.viz.style import BLUE, GREY, NORMAL, ORANGE, PAGE, SMALL, Picture, number, plain_axes

BENDS: dict[str, Callable[[], Layer]] = {"ReLU": ReLU, "tanh": Tanh, "none": Sequential}
DEPTH, WIDTH, BATCH = 20, 128, 32
LIMITS = 1e-17, 1e14  # of the sizes that are shown: the same for all settings
HEIGHT = 3.6  # inches
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, eq=False)
class Signals:
    """Roots of mean squares, one for each of `DEPTH` layers: of its `outputs`, and of the
    `gradients` that reach these outputs."""

    outputs: np.ndarray
    gradients: np.ndarray


def signal_run(bend: str, factor: float, normalised: bool = False) -> Signals:
    """Random inputs of size 1 through `DEPTH` layers of `WIDTH` units, and a random gradient of
    size 1 back from the last. Weights are drawn from N(0, (factor/√n)²), n the inputs of a unit;
    with `normalised` there is a batch normalisation between weights and bend.

    Kumar, On weight initialization in deep neural networks, 2017; He et al., Delving Deep into
    Rectifiers, 2015, section 2.2. ValueError: another bend than `BENDS` has.
    """
    if bend not in BENDS:
        raise ValueError(f"expected one of {', '.join(BENDS)}; got {bend!r}")
    x, weights, upstream = _drawn()
    net = []
    for w in weights:
        linear = Linear(WIDTH, WIDTH, bias=False)
        linear.weight.data = factor * w
        norm = [BatchNorm1d(WIDTH)] if normalised else []
        net.append(Sequential(linear, *norm, BENDS[bend]()))
    outputs, gradients = [], []
    for layer in net:
        x = layer(x)
        outputs.append(_size(x))
    for layer in reversed(net):
        gradients.append(_size(upstream))
        upstream = layer.backward(upstream)
    return Signals(np.array(outputs), np.array(gradients[::-1]))


@cache
def _drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs, weights of variance 1/n and the last layer's gradient: the same for all settings, so
    that one factor is changed at a time."""
    rng = np.random.default_rng(10)
    x, upstream = rng.normal(size=(2, BATCH, WIDTH)).astype(np.float32)
    weights = rng.normal(0, 1 / np.sqrt(WIDTH), (DEPTH, WIDTH, WIDTH)).astype(np.float32)
    return x, weights, upstream


def _size(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))


def sized(value: float) -> str:
    """A size as it is said: 0.68, and far from 1 as a power of ten, 6.4 · 10⁻¹⁶."""
    if 1e-3 <= value < 1e4:
        return number(value)
    digits, power = f"{value:.1e}".split("e")
    return f"{digits} · 10{str(int(power)).translate(RAISED)}"


def signals_picture(signals: Signals, title: str) -> Picture:
    """Both sizes over the layers, on one scale of powers of ten that all settings share."""
    ends = [sized(v) for v in (*signals.outputs[[0, -1]], *signals.gradients[[-1, 0]])]
    picture = Picture(
        PAGE,
        HEIGHT,
        f"{title}: from layer 1 to {DEPTH} the outputs go from {ends[0]} to {ends[1]}; back from "
        f"layer {DEPTH} to 1 the gradient goes from {ends[2]} to {ends[3]}.",
    )
    axes = plain_axes(picture, (0.11, 0.18, 0.66, 0.7))
    layers = np.arange(1, DEPTH + 1)
    axes.set_yscale("log")
    axes.set_ylim(*LIMITS)
    axes.minorticks_off()
    axes.axhline(1, color=GREY, linewidth=1)
    axes.plot(layers, signals.outputs, "o-", color=BLUE, markersize=5, label="outputs →")
    axes.plot(layers, signals.gradients, "s--", color=ORANGE, markersize=5, label="← gradients")
    axes.set_xticks([1, 5, 10, 15, DEPTH])
    axes.set_title(title, fontsize=NORMAL, pad=6)
    axes.set_xlabel("layer", fontsize=NORMAL)
    axes.set_ylabel("size (root mean square)", fontsize=NORMAL)
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, fontsize=SMALL)
    return picture
