"""What stands before a network's first layer: its preprocessing, kept with it."""

from __future__ import annotations

import numpy as np

from cnnkit.data.dataset import Dataset
from cnnkit.layers import Layer, Sequential, Standardize, ZeroPad2d


def standardized(net: Layer, data: Dataset, per: str = "channel", padding: int = 0) -> Sequential:
    """`net` behind a layer that subtracts the training data's mean and divides by its deviation.

    `per="channel"`: one mean and one deviation for each channel; `per="image"`: the mean image is
    subtracted (AlexNet's way), with one deviation for each channel. Both are buffers of the layer
    `prepared`, and so are saved with the network and go with it to PyTorch; its inputs are pixels,
    0 … 255. `padding` first puts so many rows and columns of black around each image. The whole is
    in training or in use as `net` is.
    """
    if per not in ("channel", "image"):
        raise ValueError(f"per: expected 'channel' or 'image', got {per!r}")
    if data.images.dtype != np.uint8:
        raise TypeError(f"standardized: expected images of uint8, got {data.images.dtype}")
    images = np.pad(data.images, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    prepared = Standardize(images.shape[1:] if per == "image" else images.shape[1:2])
    mean, std = _moments(images)
    prepared.mean.data = images.mean(axis=0, dtype=np.float64) if per == "image" else mean
    prepared.std.data = np.maximum(std, 1.0)
    layers: dict[str, Layer] = {"pad": ZeroPad2d(padding)} if padding else {}
    whole = Sequential(layers | {"prepared": prepared, "net": net})
    whole.training = net.training  # else a net in use would be one that is frozen
    return whole


def _moments(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each channel's mean and standard deviation, from how often each of the 256 values occurs."""
    channels = images.shape[1]
    counts = [np.bincount(images[:, c].reshape(-1), minlength=256) for c in range(channels)]
    shares, values = np.array(counts) / (images.size / channels), np.arange(256)
    mean = shares @ values
    return mean, np.sqrt(np.maximum(shares @ values**2 - mean**2, 0))
