"""Weights in files of other frameworks, read without executing anything, by torchvision's names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cnnkit.data.formats import unpickle_arrays
from cnnkit.data.preprocessing import IMAGENET_MEAN, IMAGENET_STD

# Which layer of torchvision's SqueezeNet 1.1 is which of the paper's.
LAYERS = {
    "conv1": "features.0",
    **{f"fire{2 + i}": f"features.{n}" for i, n in enumerate((3, 4, 6, 7, 9, 10, 11, 12))},
    "conv10": "classifier.1",
}
CAFFE_MEAN = (103.939, 116.779, 123.68)  # blue, green, red; of values from 0 to 255


def read_squeezenet(path: Path) -> dict[str, Any]:
    """SqueezeNet 1.1's weights from a pickle {layer: (kernel (H, W, in, out), bias)}.

    They were trained on blue, green, red from 0 to 255 minus `CAFFE_MEAN`; the first layer, which
    has no padding, is changed so that it takes what torchvision's networks take and gives the same.
    """
    with open(path, "rb") as file:
        arrays = unpickle_arrays(file)
    state = {}
    for name, (kernel, bias) in arrays.items():
        layer, _, part = name.partition("/")
        target = f"{LAYERS[layer]}{'.' * bool(part)}{part.replace('squeeze1x1', 'squeeze')}"
        state[f"{target}.weight"] = kernel.transpose(3, 2, 0, 1)
        state[f"{target}.bias"] = bias
    state["features.0.weight"], state["features.0.bias"] = _as_torchvision(
        state["features.0.weight"][:, ::-1], state["features.0.bias"]
    )
    return state


def _as_torchvision(weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Take x = (v / 255 − mean) / std instead of v − CAFFE_MEAN, both red, green, blue:
    v − CAFFE_MEAN = 255 std · x + (255 mean − CAFFE_MEAN)."""
    scale = 255 * np.array(IMAGENET_STD)
    shift = 255 * np.array(IMAGENET_MEAN) - np.array(CAFFE_MEAN[::-1])
    moved = bias + np.einsum("oikl,i->o", weight.astype(np.float64), shift)
    return (weight * scale.reshape(1, 3, 1, 1)).astype(np.float32), moved.astype(np.float32)
