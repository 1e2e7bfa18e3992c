"""How pictures are made ready for a network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Of ImageNet's training pictures, red, green, blue, from 0 to 1: torchvision's.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def standardize(images: np.ndarray, mean: Sequence[float], std: Sequence[float]) -> np.ndarray:
    """(v / 255 − mean[c]) / std[c] for each value v of channel c: (…, C, H, W), uint8 → float32."""
    shape = (-1, 1, 1)
    scale = 1 / (255 * np.array(std, np.float64))
    shift = np.array(mean, np.float64) / np.array(std, np.float64)
    scaled = images * scale.reshape(shape).astype(np.float32)
    return scaled - shift.reshape(shape).astype(np.float32)
