"""Photographs by name, from scikit-image, without a network."""

from __future__ import annotations

import numpy as np

from cnnkit.data.files import packaged
from cnnkit.data.pictures import read_picture

# Those that scikit-image carries in its package; the others it would download.
PHOTOGRAPHS = {
    "astronaut": "astronaut.png",
    "brick": "brick.png",
    "camera": "camera.png",
    "cat": "chelsea.png",
    "cells": "ihc.png",
    "clock": "clock_motion.png",
    "coffee": "coffee.png",
    "coins": "coins.png",
    "grass": "grass.png",
    "gravel": "gravel.png",
    "galaxies": "hubble_deep_field.jpg",
    "horse": "horse.png",
    "moon": "moon.png",
    "motorcycle": "motorcycle_left.png",
    "page": "page.png",
    "phantom": "phantom.png",
    "retina": "retina.jpg",
    "rocket": "rocket.jpg",
    "text": "text.png",
}


def photograph(name: str) -> np.ndarray:
    """A photograph, (3, H, W) of uint8: "astronaut", "cat", "coffee", …

    `PHOTOGRAPHS` has all names. Licences: scikit-image's `data/README.txt`. ValueError: there is
    none of this name.
    """
    if name not in PHOTOGRAPHS:
        raise ValueError(f"no photograph {name!r}; there are {', '.join(PHOTOGRAPHS)}")
    path = packaged("skimage", f"data/{PHOTOGRAPHS[name]}")
    if path is None:
        raise FileNotFoundError(f"{name} comes with scikit-image: pip install scikit-image")
    return read_picture(path)
