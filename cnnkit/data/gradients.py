"""Features made by hand: in which directions the grey values change, cell by cell."""

from __future__ import annotations

import numpy as np


def cell_histograms(image: np.ndarray, cell: int = 7, bins: int = 8) -> np.ndarray:
    """For each cell of `cell` by `cell` pixels of an image (H, W), how much its grey values change
    in each of `bins` directions: (H // cell, W // cell, bins).

    The change at a pixel is (right − left, below − above), 0 at the border; its length is added to
    the bin of its direction, from 0° to 180°, so that bright to dark and dark to bright are the
    same. These are the histograms of Dalal and Triggs (Histograms of oriented gradients for human
    detection, CVPR 2005) before they are normalised. ValueError: the image is smaller than a cell.
    """
    height, width = image.shape[0] // cell, image.shape[1] // cell
    if not height or not width:
        size = f"{image.shape[0]}×{image.shape[1]}"
        raise ValueError(f"expected an image of at least one cell of {cell}×{cell}, got {size}")
    grey = np.asarray(image, np.float64)
    right, down = np.zeros_like(grey), np.zeros_like(grey)
    right[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    down[1:-1] = grey[2:] - grey[:-2]
    length = np.hypot(right, down)
    direction = np.degrees(np.arctan2(down, right)) % 180
    own = np.minimum(direction * bins // 180, bins - 1)
    parts = [np.where(own == n, length, 0)[: height * cell, : width * cell] for n in range(bins)]
    cells = np.stack(parts, axis=-1).reshape(height, cell, width, cell, bins)
    return np.asarray(cells.sum(axis=(1, 3)))


def similarity(a: np.ndarray, b: np.ndarray) -> float:
    """The cosine of the angle between two arrays read as vectors, a·b / (|a| |b|): 1 where they
    point the same way, 0 where they have nothing in common, or one is 0."""
    a, b = np.ravel(a).astype(np.float64), np.ravel(b).astype(np.float64)
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / lengths if lengths else 0.0
