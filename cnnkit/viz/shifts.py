"""Equivariance as a square of which both ways lead to the same corner."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.functional import correlate2d
from cnnkit.viz import style
from cnnkit.viz.canvas import Canvas
from cnnkit.viz.panels import Panel, as_matrix
from cnnkit.viz.style import Picture

ACROSS, DOWN = 2.6, 1.8  # cells for the arrows


def shifted(image: np.ndarray, down: int, right: int) -> np.ndarray:
    """`image` moved by whole pixels, (shift I)[i, j] = I[i − down, j − right]; zeros come in."""
    height, width = image.shape
    moved = np.zeros_like(image)
    moved[max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)] = image[
        max(-down, 0) : height - max(down, 0), max(-right, 0) : width - max(right, 0)
    ]
    return moved


def commuting_square_picture(
    image: Any, kernel: Any, down: int, right: int, padding: int = 1
) -> Picture:
    """image → f ⋆ image above, their shifted versions below: filter, then shift gives what shift,
    then filter gives, but where something leaves the image. Cells that differ are framed."""
    image, kernel = as_matrix(image), as_matrix(kernel)
    filtered = correlate2d(image, kernel, padding=padding)
    below = shifted(image, down, right)
    corner = correlate2d(below, kernel, padding=padding)
    wrong = np.argwhere(corner != shifted(filtered, down, right))
    frames = [(int(i), int(j), 1, 1) for i, j in wrong]
    (height, width), (high, wide) = image.shape, filtered.shape
    canvas = Canvas(width + wide + ACROSS + 0.8, 2 * max(height, high) + DOWN + 1.6)
    left, top = 0.4 + width + ACROSS, 0.9 + max(height, high) + DOWN
    canvas.panel(Panel(image, "I"), 0.4, 0.9)
    canvas.panel(Panel(filtered, "f ⋆ I"), left, 0.9)
    canvas.panel(Panel(below, "shift I"), 0.4, top)
    canvas.panel(Panel(corner, "f ⋆ shift I = shift (f ⋆ I)", windows=frames), left, top)
    for y in (0.9 + height / 2, top + height / 2):
        canvas.arrow(0.7 + width, y, left - 0.3, y)
        canvas.words("filter", 0.4 + width + ACROSS / 2, y - 0.45, style.SMALL)
    for x in (0.4 + width / 2, left + wide / 2):
        canvas.arrow(x, 1.1 + height, x, top - 0.7)
        canvas.words(
            f"shift by ({down}, {right})", x + 1.9, 0.9 + height + DOWN / 2 - 0.25, style.SMALL
        )
    same = "are the same" if not frames else f"differ in {len(frames)} cells"
    return canvas.picture(
        f"A square of four {height}×{width} matrices: an image, filtered to the right, shifted "
        f"by ({down}, {right}) downwards. Filtering what is shifted and shifting what is filtered "
        f"{same}."
    )
