"""What in a picture a network looks at.

Everywhere `x` is a batch (N, C, H, W) as the network takes it, and `label` the class that is asked
about: a number, one for each picture, or None for the network's own answer.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.inside.probe import trace
from cnnkit.inside.traces import OUTPUT
from cnnkit.pytorch.either import scores

Label = int | np.ndarray | None


def saliency(model: Any, x: np.ndarray, label: Label = None) -> np.ndarray:
    """max_c |∂score / ∂x[n, c, i, j]|, (N, H, W): by how much each pixel would change the score.

    Simonyan, Vedaldi, Zisserman, Deep Inside Convolutional Networks, 2014, section 3.
    """
    gradient = trace(model, x, {OUTPUT: lambda y: one_hot(y, label)}).input_gradient
    return np.abs(gradient).max(axis=1)


def guided_backpropagation(model: Any, x: np.ndarray, label: Label = None) -> np.ndarray:
    """The gradient with respect to x, (N, C, H, W), where every ReLU lets only positive gradients
    of active units through (Springenberg et al., Striving for Simplicity, 2015)."""
    seeds = {OUTPUT: lambda y: one_hot(y, label)}
    return trace(model, x, seeds, rule="guided").input_gradient


def deconvnet(model: Any, x: np.ndarray, layer: str, channel: int | None = None) -> np.ndarray:
    """What in x makes the strongest unit of a channel (None: of the strongest channel) of `layer`
    fire: its activation taken back to the pixels, (N, C, H, W).

    Pooling is undone by its switches, convolution by its transpose, and each ReLU rectifies what
    comes from above (Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2014,
    section 2.1). ValueError: no such channel.
    """

    def strongest(y: np.ndarray) -> np.ndarray:
        if channel is not None and not 0 <= channel < y.shape[1]:
            raise ValueError(f"channel: expected 0 … {y.shape[1] - 1}, got {channel}")
        flat = y.reshape(*y.shape[:2], -1)
        rows = np.arange(len(y))
        channels = flat.max(axis=2).argmax(axis=1) if channel is None else np.full(len(y), channel)
        places = flat[rows, channels].argmax(axis=1)
        kept = np.zeros_like(flat)
        kept[rows, channels, places] = flat[rows, channels, places]
        return kept.reshape(y.shape)

    return trace(model, x, {layer: strongest}, rule="deconvnet").input_gradient


def grad_cam(model: Any, x: np.ndarray, layer: str, label: Label = None) -> np.ndarray:
    """max(0, Σ_k α_k A_k), the maps A of `layer` weighted by α_k, the mean of ∂score / ∂A_k:
    (N, H', W'), as large as the layer's maps.

    Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks, 2017, equations 1 and 2.
    """
    found = trace(model, x, {OUTPUT: lambda y: one_hot(y, label)}, watch=layer)
    maps, gradient = found.activation, found.activation_gradient
    if maps is None or gradient is None or maps.ndim != 4:
        raise ValueError(f"{layer} gives no maps (N, C, H, W)")
    weights = gradient.mean(axis=(2, 3), keepdims=True)
    return np.maximum((weights * maps).sum(axis=1), 0)


def occlusion(
    model: Any,
    x: np.ndarray,
    label: Label = None,
    size: int = 16,
    stride: int = 8,
    value: float = 0.0,
    batch_size: int = 32,
) -> np.ndarray:
    """By how much the score falls when a square of `size` pixels is covered with `value`:
    (N, rows, columns), one for each place, `stride` apart.

    Zeiler and Fergus, 2014, section 4.2. ValueError: the square is larger than the picture.
    """
    _, _, height, width = x.shape
    if not 1 <= size <= min(height, width) or stride < 1:
        raise ValueError(
            f"occlusion: a square of {size}, every {stride} pixels, does not fit {x.shape}"
        )
    tops, lefts = range(0, height - size + 1, stride), range(0, width - size + 1, stride)
    places = [(top, left) for top in tops for left in lefts]
    falls = np.empty((len(x), len(places)), np.float32)
    whole = scores(model, x)
    chosen = labels_of(whole, label)
    for n, picture in enumerate(x):
        for start in range(0, len(places), batch_size):
            some = places[start : start + batch_size]
            covered = np.repeat(picture[None], len(some), axis=0)
            for one, (top, left) in zip(covered, some, strict=True):
                one[:, top : top + size, left : left + size] = value
            left_over = scores(model, covered)[:, chosen[n]]
            falls[n, start : start + len(some)] = whole[n, chosen[n]] - left_over
    return falls.reshape(len(x), len(tops), len(lefts))


def labels_of(y: np.ndarray, label: Label) -> np.ndarray:
    """The class for each row of scores; ValueError: out of range."""
    if label is None:
        return y.argmax(axis=1)
    labels = np.broadcast_to(np.asarray(label), (len(y),))
    if labels.min(initial=0) < 0 or labels.max(initial=0) >= y.shape[1]:
        raise ValueError(f"label: expected 0 … {y.shape[1] - 1}, got {label}")
    return labels


def one_hot(y: np.ndarray, label: Label) -> np.ndarray:
    """1 at each row's class, else 0: the gradient of its score."""
    result = np.zeros_like(y)
    result[np.arange(len(y)), labels_of(y, label)] = 1
    return result
