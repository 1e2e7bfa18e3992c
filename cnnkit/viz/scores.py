"""Scores of classes, their softmax and the gradient of the loss, as bars."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from cnnkit.layers import Softmax
from cnnkit.losses import CrossEntropyLoss
from cnnkit.viz.style import BLUE, NORMAL, ORANGE, PAGE, Picture, plain_axes


def softmax_picture(scores: list[float], target: int, classes: list[str]) -> Picture:
    """Scores (left), their softmax (middle) and the gradient of the cross-entropy for the class
    `target` (right). ValueError: there is no such class, or not one score for each."""
    if len(scores) != len(classes) or not 0 <= target < len(classes):
        raise ValueError(
            f"expected a score for each of {len(classes)} classes and one of them as the target, "
            f"got {len(scores)} scores and {target}"
        )
    s = np.asarray(scores, np.float64)
    p = Softmax()(s[None])[0]
    gradient = p - (np.arange(len(s)) == target)
    loss = float(CrossEntropyLoss()(s[None], np.array([target])))
    words = f"The true class is {classes[target]}; the loss is {loss:.3f}."
    listed = zip(classes, s, p, gradient, strict=True)
    words += "".join(f" {c}: score {a:.3g}, probability {b:.1%}, gradient {g:.3g}."
                     for c, a, b, g in listed)  # fmt: skip
    picture = Picture(PAGE, 0.45 * len(s) + 1.3, words)
    columns = (("score s", s), ("p = softmax(s)", p), ("∂L/∂s = p − t", gradient))
    for i, (name, values) in enumerate(columns):
        axes = plain_axes(picture, (0.11 + 0.31 * i, 0.24, 0.25, 0.6))
        _draw_column(axes, values, ("{:.4g}", "{:.1%}", "{:.3f}")[i])
        axes.set_yticks(np.arange(len(s)), classes if i == 0 else [""] * len(s), color="black")
        axes.set_xlabel(name, fontsize=NORMAL)
    picture.axes[0].get_yticklabels()[target].set(weight="bold")
    title = f"true class {classes[target]}: L = −ln {p[target]:.3g} = {loss:.3f}"
    picture.text(0.11, 0.9, title, fontsize=NORMAL)
    return picture


def _draw_column(axes: Axes, values: np.ndarray, look: str) -> None:
    """A bar for each value, blue where positive, orange where negative, its number at its end."""
    share = "%" in look
    places = np.arange(len(values))
    axes.barh(places, values, 0.6, color=[BLUE if value >= 0 else ORANGE for value in values])
    axes.axvline(0, color="black", linewidth=0.8)
    axes.grid(False)  # numbers stand there
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    room = 0.5 * ((high - low) or 1.0)  # for the numbers
    axes.set_xlim((0, 1.45) if share else (low - room * (low < 0), high + room))
    if share:
        axes.set_xticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
        axes.spines["bottom"].set_bounds(0, 1)  # what is behind is room for the numbers
    for place, value in zip(places, values, strict=True):
        text = look.format(value)
        side, aligned = (4, "left") if value >= 0 else (-4, "right")
        label = axes.annotate(
            text.replace("-", "−"), (value, place), (side, 0), textcoords="offset points"
        )
        label.set(va="center", ha=aligned, fontsize=NORMAL)
