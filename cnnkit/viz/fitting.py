"""Polynomials through noisy points: over-fitting that can be seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from cnnkit.viz.style import (
    BLACK,
    BLUE,
    GREY,
    NORMAL,
    ORANGE,
    PAGE,
    SMALL,
    Picture,
    at_least_one,
    plain_axes,
)

NOISE = 0.25  # the deviation of the points from the curve
HEIGHT, LEFT, BETWEEN = 3.7, 0.85, 0.3  # inches
LIMIT = 2.2  # what of a curve is shown: it may leave for infinity


class Sample(NamedTuple):
    """Points of the plane."""

    x: np.ndarray
    y: np.ndarray


def sine(x: np.ndarray) -> np.ndarray:
    """sin πx: the law that the points follow."""
    return np.asarray(np.sin(np.pi * x))


def noisy_sine(count: int, seed: int) -> Sample:
    """`count` points with even steps from −1 to 1, on the curve sin πx with normal noise of
    deviation `NOISE`."""
    x = np.linspace(-1, 1, count)
    return Sample(x, sine(x) + np.random.default_rng(seed).normal(0, NOISE, count))


def powers(x: np.ndarray, degree: int) -> np.ndarray:
    """A column for each power of x: 1, x, x², …"""
    return np.asarray(x[:, None] ** np.arange(degree + 1))


def polynomial_fit(points: Sample, degree: int, strength: float = 0.0) -> np.ndarray:
    """The coefficients w, of 1 first, with the smallest Σ (powers · w − y)² + strength · Σ w².

    The penalty is the fit of more equations, √strength · w = 0; w₀ has none of it, since a curve
    that lies higher is not more complicated.
    """
    a = powers(points.x, degree)
    penalty = np.sqrt(strength) * np.eye(degree + 1)[1:]
    equations = np.concatenate([a, penalty])
    values = np.concatenate([points.y, np.zeros(degree)])
    return np.asarray(np.linalg.lstsq(equations, values)[0])


def mean_square(w: np.ndarray, points: Sample) -> float:
    """The mean of (powers · w − y)²."""
    return float(np.mean((powers(points.x, len(w) - 1) @ w - points.y) ** 2))


def fits_picture(fits: Mapping[str, np.ndarray], training: Sample, validation: Sample) -> Picture:
    """A panel for each fit, by its title: the points that it learned from, those that it has not
    seen, its curve, and the law, dashed. `fits` are coefficients, of 1 first."""
    at_least_one(fits, "fit")
    said = [
        f"{title}: mean square error {mean_square(w, training):.3g} on the points that it learned "
        f"from, {mean_square(w, validation):.3g} on others"
        for title, w in fits.items()
    ]
    picture = Picture(PAGE, HEIGHT, f"Polynomials through {training.x.size} points. "
                      f"{'; '.join(said)}.")  # fmt: skip
    wide = (PAGE - LEFT - 0.15 - BETWEEN * (len(fits) - 1)) / len(fits)
    x = np.linspace(-1, 1, 301)
    for i, (title, w) in enumerate(fits.items()):
        left = (LEFT + i * (wide + BETWEEN)) / PAGE
        axes = plain_axes(picture, (left, 0.62 / HEIGHT, wide / PAGE, (HEIGHT - 1.35) / HEIGHT))
        axes.plot(*validation, ".", color=ORANGE, markersize=5, label="not seen")
        axes.plot(x, sine(x), "--", color=GREY, linewidth=1.4, label="the law, sin πx")
        axes.plot(x, powers(x, len(w) - 1) @ w, color=BLUE, linewidth=2, label="the fit")
        axes.plot(*training, "o", color=BLACK, markersize=6, label="learned from")
        axes.set_title(title, fontsize=NORMAL, pad=5)
        axes.set_xlabel("x", fontsize=NORMAL, labelpad=1)
        axes.set_ylim(-LIMIT, LIMIT)
        if i:
            axes.set_yticklabels([])
    picture.axes[0].set_ylabel("y", fontsize=NORMAL)
    handles, names = picture.axes[0].get_legend_handles_labels()
    picture.legend(handles, names, loc="upper center", ncols=4, frameon=False, fontsize=SMALL)
    return picture
