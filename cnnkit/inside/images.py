"""Pictures that a network makes when it is asked what it wants to see: gradient ascent on the
input. `x` is a batch (N, C, H, W) as the network takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter, zoom
from tqdm.auto import tqdm

from cnnkit.inside.attribution import labels_of, one_hot
from cnnkit.inside.probe import trace
from cnnkit.inside.traces import OUTPUT, Seed
from cnnkit.layers import Softmax


def maximize(
    model: Any,
    x: np.ndarray,
    label: int,
    steps: int = 200,
    lr: float = 0.3,
    decay: float = 3e-3,
    blur: float = 1.0,
    jitter: int = 24,
    seed: int = 0,
    progress: bool = True,
) -> np.ndarray:
    """A picture for which a class's score is as large as can be, from the start `x`.

    Each step adds lr · gradient / its root mean square, shrinks by `decay` (the L2 penalty of
    Simonyan et al., 2014, section 2) and, every fourth step, blurs by `blur` pixels (Yosinski et
    al., Understanding Neural Networks Through Deep Visualization, 2015, section 3.1); the picture
    is shifted by up to `jitter` pixels before each, so that no pattern clings to the pixel grid.
    """
    rng, x = np.random.default_rng(seed), x.copy()
    for step in tqdm(range(steps), "maximize", leave=False, disable=not progress):
        shift = tuple(rng.integers(-jitter, jitter + 1, 2))
        moved = np.roll(x, shift, axis=(2, 3))
        gradient = trace(model, moved, {OUTPUT: lambda y: one_hot(y, label)}).input_gradient
        x = np.roll(moved + lr * _scaled(gradient), (-shift[0], -shift[1]), axis=(2, 3))
        x *= x.dtype.type(1 - decay)
        if blur and step % 4 == 3:
            x = gaussian_filter(x, (0, 0, blur, blur))
    return x


def deep_dream(
    model: Any,
    x: np.ndarray,
    layer: str,
    channels: Sequence[int] | None = None,
    octaves: int = 3,
    scale: float = 1.4,
    steps: int = 10,
    lr: float = 0.05,
    progress: bool = True,
) -> np.ndarray:
    """x, changed so that what `layer` (or only some of its channels) sees in it is stronger: the
    gradient of ½ Σ a², first on a small picture, then on larger ones.

    Mordvintsev, Olah, Tyka, Inceptionism, Google Research Blog, 2015.
    """

    def stronger(a: np.ndarray) -> np.ndarray:
        if channels is None:
            return a
        kept = np.zeros_like(a)
        kept[:, list(channels)] = a[:, list(channels)]
        return kept

    sizes = [scale ** -(octaves - 1 - i) for i in range(octaves)]
    small = [_resized(x, [round(side * size) for side in x.shape[2:]]) for size in sizes]
    added = np.zeros_like(small[0])
    for original in tqdm(small, "dream", leave=False, disable=not progress):
        added = _resized(added, original.shape[2:])
        for _ in range(steps):
            gradient = trace(model, original + added, {layer: stronger}).input_gradient
            added += lr * _scaled(gradient)
    return x + added


def style_transfer(
    model: Any,
    content: np.ndarray,
    style: np.ndarray,
    content_layer: str,
    style_layers: Mapping[str, float] | Sequence[str],
    steps: int = 100,
    lr: float = 0.1,
    content_weight: float = 1.0,
    style_weight: float = 3e3,
    progress: bool = True,
) -> tuple[np.ndarray, list[float]]:
    """A picture with the content of one and the style of another, and the loss at each step.

    The loss is content_weight · ½ mean (F − F_content)² of the content layer's maps plus
    style_weight · Σ_l w_l ¼ mean (G_l − G_style)², relative to the style's mean G²; G_l, which is
    F Fᵀ / (H W), is a style layer's Gram matrix (Gatys, Ecker, Bethge, A Neural Algorithm of
    Artistic Style, 2015, equations 1 to 7). Adam on the pixels, from the content picture on.
    """
    weights = (
        style_layers if isinstance(style_layers, Mapping) else dict.fromkeys(style_layers, 1.0)
    )
    wanted = _activations(model, content, [content_layer])[content_layer]
    grams = {name: gram(a) for name, a in _activations(model, style, list(weights)).items()}
    losses: list[float] = []

    def content_seed(a: np.ndarray) -> np.ndarray:
        losses[-1] += float(content_weight * 0.5 * np.square(a - wanted).mean())
        return content_weight * (a - wanted) / a.size

    def style_seed(name: str) -> Seed:
        def seed(a: np.ndarray) -> np.ndarray:
            flat = a.reshape(*a.shape[:2], -1)
            scale = style_weight * weights[name] / np.square(grams[name]).mean()
            difference = gram(a) - grams[name]
            losses[-1] += float(scale * 0.25 * np.square(difference).mean())
            # d/dF of ¼ mean (F Fᵀ / HW − G)²; the difference is symmetric.
            change = difference @ flat / (flat.shape[2] * difference.size)
            return (scale * change).reshape(a.shape)

        return seed

    def both(name: str) -> Seed:
        seeds: list[Seed] = [content_seed] if name == content_layer else []
        seeds += [style_seed(name)] if name in weights else []
        return lambda a: sum((seed(a) for seed in seeds), start=np.zeros_like(a))

    seeds = {name: both(name) for name in {content_layer, *weights}}
    x, mean, square = content.copy(), np.zeros_like(content), np.zeros_like(content)
    for step in tqdm(range(1, steps + 1), "style", leave=False, disable=not progress):
        losses.append(0.0)
        gradient = trace(model, x, seeds).input_gradient
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        corrected = mean / (1 - 0.9**step)
        x = x - lr * corrected / (np.sqrt(square / (1 - 0.999**step)) + 1e-12)
        x = x.astype(content.dtype)
    return x, losses


def gram(a: np.ndarray) -> np.ndarray:
    """F Fᵀ / (H W) for maps (N, C, H, W): (N, C, C), which channels are strong together."""
    flat = a.reshape(*a.shape[:2], -1)
    return flat @ flat.swapaxes(1, 2) / flat.shape[2]


def fgsm(
    model: Any,
    x: np.ndarray,
    epsilon: float | np.ndarray,
    label: int | np.ndarray | None = None,
    targeted: bool = False,
    limits: tuple[float | np.ndarray, float | np.ndarray] | None = None,
) -> np.ndarray:
    """x + ε · sign(∂L/∂x), L the cross-entropy of the class `label` (None: of the model's own
    answer): the smallest change of every pixel that harms most; `targeted` subtracts it instead,
    towards the class. `limits` are the smallest and the largest value that a pixel can have; they
    and ε may be arrays that fit x (as one value for each channel, (C, 1, 1)).

    Goodfellow, Shlens, Szegedy, Explaining and Harnessing Adversarial Examples, 2015, section 4.
    """

    def loss_gradient(y: np.ndarray) -> np.ndarray:
        return Softmax()(y) - one_hot(y, labels_of(y, label))

    gradient = trace(model, x, {OUTPUT: loss_gradient}).input_gradient
    changed = x + (-1 if targeted else 1) * np.asarray(epsilon, x.dtype) * np.sign(gradient)
    return changed if limits is None else np.clip(changed, *limits).astype(x.dtype)


def _activations(model: Any, x: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}

    def keep(name: str) -> Seed:
        def seed(a: np.ndarray) -> np.ndarray:
            found[name] = a.copy()
            return np.zeros_like(a)

        return seed

    trace(model, x, {name: keep(name) for name in names})
    return found


def _scaled(gradient: np.ndarray) -> np.ndarray:
    """Divided by its root mean square, so that a step has the same size everywhere."""
    root = np.sqrt(np.square(gradient).mean(axis=(1, 2, 3), keepdims=True))
    return gradient / np.maximum(root, np.finfo(gradient.dtype).tiny)


def _resized(x: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Bilinear."""
    factors = [new / old for new, old in zip(size, x.shape[2:], strict=True)]
    return zoom(x, (1, 1, *factors), order=1, grid_mode=True, mode="nearest")
