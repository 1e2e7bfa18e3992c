"""What a network trained on ImageNet sees in a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnnkit import models
from cnnkit.arithmetic import best_first
from cnnkit.data.pictures import read_picture
from cnnkit.layers import Layer, Softmax
from cnnkit.models.pretrained import IMAGENET, class_names

BACKENDS = ("numpy", "torch")


@dataclass(frozen=True)
class Guess:
    """A class of ImageNet, by its number and name, and the network's probability for it."""

    label: int
    name: str
    probability: float


class Classifier:
    """A network of `cnnkit.models` with ImageNet's weights, in NumPy or in PyTorch.

    ValueError: there are no such weights, or no such backend.
    """

    def __init__(self, name: str = "mobilenet_v2", backend: str = "numpy") -> None:
        if name not in IMAGENET:
            raise ValueError(f"no ImageNet weights of {name}; there are {', '.join(IMAGENET)}")
        if backend not in BACKENDS:
            raise ValueError(f"backend: expected {' or '.join(BACKENDS)}, got {backend!r}")
        self.pretrained = IMAGENET[name]
        net = getattr(models, name)(weights="imagenet").eval()
        self.net = net if backend == "numpy" else net.to_torch()

    def __call__(self, image: np.ndarray) -> list[Guess]:
        """All classes for an image (3, H, W) of uint8, the most probable first; of those that are
        equally probable the smaller number."""
        scores = self._scores(self.pretrained.preprocess(image)[None])
        probabilities = Softmax()(scores)[0]
        [order] = best_first(scores)  # not by probabilities, many of which may be rounded to 0
        return [Guess(int(i), class_names()[i], float(probabilities[i])) for i in order]

    def read(self, path: str | Path) -> list[Guess]:
        """All classes for the picture in a file (`cnnkit.data.pictures.read_picture`)."""
        return self(read_picture(path))

    def _scores(self, x: np.ndarray) -> np.ndarray:
        if isinstance(self.net, Layer):
            return self.net(x)
        import torch

        with torch.inference_mode():
            return np.asarray(self.net(torch.from_numpy(x)))
