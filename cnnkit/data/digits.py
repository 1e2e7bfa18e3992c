"""A digit in a photograph or a drawing, made ready as those of MNIST were."""

from __future__ import annotations

import numpy as np
from PIL import Image

SIDE, BOX = 28, 20  # pixels of the image, and of the square that the digit fills
FAINT = 0.3  # of the darkest stroke: what is less is paper


def as_digit(image: np.ndarray) -> np.ndarray:
    """The digit in an image (C, H, W) of uint8, as (1, 28, 28) of uint8, white on black.

    As LeCun et al. did (1998, section III.A): it is cut out, its longer side becomes 20 pixels, and
    its centre of mass is put into the middle. What lies at the border is taken for paper, whether
    that is light or dark, and what differs little from it, for shadow.
    ValueError: there is nothing on the paper.
    """
    grey = image.mean(axis=0)
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ink = np.abs(grey - np.median(border))
    if ink.max() < 16:
        raise ValueError("nothing is to be seen in it: take a picture of one digit on plain paper")
    ink = np.where(ink < FAINT * ink.max(), 0, ink / ink.max())
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = BOX / max(cut.shape)
    height, width = (max(1, round(scale * side)) for side in cut.shape)
    small = Image.fromarray((255 * cut).astype(np.uint8))
    small = small.resize((width, height), Image.Resampling.BOX)
    return _centred(np.asarray(small))[None]


def _centred(digit: np.ndarray) -> np.ndarray:
    """A digit (H, W) in the middle of SIDE×SIDE pixels by its centre of mass, as far as it goes."""
    height, width = digit.shape
    weight = digit.sum()
    top = round(SIDE / 2 - float(digit.sum(axis=1) @ (np.arange(height) + 0.5) / weight))
    left = round(SIDE / 2 - float(digit.sum(axis=0) @ (np.arange(width) + 0.5) / weight))
    top, left = min(max(top, 0), SIDE - height), min(max(left, 0), SIDE - width)
    whole = np.zeros((SIDE, SIDE), np.uint8)
    whole[top : top + height, left : left + width] = digit
    return whole
