"""Numbers compared as bars: what each layer costs, what a network answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from cnnkit.viz.curves import COLOURS
from cnnkit.viz.style import (
    GREY,
    LINE,
    NORMAL,
    PAGE,
    SKY,
    SMALL,
    Picture,
    at_least_one,
    bare_axes,
    number,
    photograph,
    plain_axes,
)

BAR, APART = 0.24, 0.18  # inches: a bar's height, the gap between two rows
ABOVE, BELOW = 0.45, 0.62  # inches: the legend, the axis
LETTER = 0.088  # inches: about a letter's width
TITLE, ANSWER = 0.34, 0.3  # inches above a photograph, and for each answer below it
RIGHT = "#7FCFB6"  # green, light enough for black letters on it
BESIDE = 0.96  # of a column; the rest keeps neighbours apart


def bars_picture(rows: Mapping[str, Mapping[str, float]], measured: str) -> Picture:
    """For each of `rows` some bars, one below the other, of the same names in each row; their
    values stand at their ends. `measured` is what their lengths are.

    ValueError: no row, no bar, or rows with other names than the first.
    """
    at_least_one(rows, "row")
    names = list(next(iter(rows.values())))
    at_least_one(names, "bar")
    for row, bars in rows.items():
        if list(bars) != names:
            raise ValueError(f"{row}: expected the bars {names}, got {list(bars)}")
    high = len(rows) * (len(names) * BAR + APART)
    above = ABOVE if len(names) > 1 else APART
    total = above + high + BELOW
    left = 0.3 + LETTER * max(map(len, rows))
    picture = Picture(PAGE, total, _in_words(rows, measured))
    frame = (left / PAGE, BELOW / total, 1 - (left + 0.25) / PAGE, high / total)
    axes = plain_axes(picture, frame)
    _draw_bars(axes, rows, names)
    axes.set_xlabel(measured, fontsize=NORMAL)
    if len(names) > 1:
        look: dict[str, Any] = {"frameon": False, "fontsize": SMALL, "borderaxespad": 0.3}
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(names), **look)
    return picture


def _draw_bars(axes: Axes, rows: Mapping[str, Mapping[str, float]], names: list[str]) -> None:
    step = len(names) * BAR + APART
    longest = max(abs(value) for bars in rows.values() for value in bars.values()) or 1.0
    for n, name in enumerate(names):
        values = [bars[name] for bars in rows.values()]
        places = [r * step + APART / 2 + BAR * (n + 0.5) for r in range(len(rows))]
        axes.barh(places, values, 0.86 * BAR, color=COLOURS[n % len(COLOURS)], label=name)
        for place, value in zip(places, values, strict=True):
            end = max(value, 0) + 0.012 * longest  # beside the axis where the bar goes left
            axes.text(end, place, number(value), va="center", fontsize=SMALL)
    middles = [(r + 0.5) * step for r in range(len(rows))]
    axes.set_yticks(middles, list(rows), color="black", fontsize=SMALL)
    axes.set_ylim(len(rows) * step, 0)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    lowest = min(0.0, *(value for bars in rows.values() for value in bars.values()))
    axes.set_xlim(1.08 * lowest, 1.12 * longest)
    axes.axvline(0, color=GREY, linewidth=0.8)


def _in_words(rows: Mapping[str, Mapping[str, float]], measured: str) -> str:
    said = "; ".join(
        f"{row}: {', '.join(f'{name} {number(value)}' for name, value in bars.items())}"
        for row, bars in rows.items()
    )
    return f"Bars for {measured}. {said}."


def guesses_picture(
    images: Mapping[str, np.ndarray],
    guesses: Mapping[str, Mapping[str, float]],
    right: Mapping[str, Collection[str]],
) -> Picture:
    """Images (3, H, W) of uint8 of one size under their names, and below each what a network says,
    in the order of `guesses`: a class and a bar as long as its probability. The `right` classes of
    an image are green and ticked. (Krizhevsky, Sutskever, Hinton, ImageNet Classification with Deep
    CNNs, 2012, figure 4.)

    ValueError: no image, or other names for the guesses or for what is right.
    """
    at_least_one(images, "image")
    for what, named in (("guesses", guesses), ("right", right)):
        if set(named) != set(images):
            raise ValueError(f"{what}: expected the names {list(images)}, got {list(named)}")
    height, width = next(iter(images.values())).shape[1:]
    side = PAGE / len(images)
    tall = BESIDE * side * height / width
    most = max(map(len, guesses.values()))
    total = TITLE + tall + ANSWER * most + 0.1
    picture = Picture(PAGE, total, _answers_in_words(guesses, right))
    for n, (name, image) in enumerate(images.items()):
        left, wide = n / len(images), BESIDE / len(images)
        box = (left, 1 - (TITLE + tall) / total, wide, tall / total)
        seen = bare_axes(picture, box)
        seen.set_title(name, fontsize=NORMAL, loc="left", pad=5)
        photograph(seen, image)
        below = bare_axes(picture, (left, 0, wide, (ANSWER * most + 0.05) / total))
        _draw_answers(below, guesses[name], right[name], most)
    return picture


def _draw_answers(
    axes: Axes, guesses: Mapping[str, float], right: Collection[str], most: int
) -> None:
    axes.set_xlim(0, 1)
    axes.set_ylim(most, 0)
    for place, (name, p) in enumerate(guesses.items()):
        is_right = name in right
        axes.barh(place + 0.5, 1, 0.84, color="white", edgecolor=LINE, linewidth=0.8)
        axes.barh(place + 0.5, p, 0.84, color=RIGHT if is_right else SKY)
        text = f"{'✓ ' if is_right else ''}{name}"
        axes.text(0.02, place + 0.5, text, va="center_baseline", fontsize=SMALL)
        axes.text(0.98, place + 0.5, f"{p:.0%}", va="center_baseline", ha="right", fontsize=SMALL)


def _answers_in_words(
    guesses: Mapping[str, Mapping[str, float]], right: Mapping[str, Collection[str]]
) -> str:
    said = "; ".join(
        f"{image}: "
        + ", ".join(
            f"{name}{' (right)' if name in right[image] else ''} {p:.0%}"
            for name, p in answers.items()
        )
        for image, answers in guesses.items()
    )
    return f"Photographs and what a network says of each. {said}."
