"""The first thing to see: a pooling layer that blurs a photograph, in NumPy and in PyTorch."""

from __future__ import annotations

import math
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from cnnkit.environment.check import Check, check

if TYPE_CHECKING:
    import ipywidgets
    import numpy as np

SMALLEST, FIRST, LARGEST = 3, 7, 21  # pixels of the window
SIDE = 240  # pixels of the photograph
BESIDE = "display: flex; flex-wrap: wrap; gap: 12px"  # below one another where the page is narrow


def welcome() -> ipywidgets.VBox | Check:
    """A photograph, and beside it what a pooling layer makes of it; a slider sets its window.

    Where something is missing: the table that says what, and the command that brings it.
    """
    found = check()
    return _blurred() if found else found


def _blurred() -> ipywidgets.VBox:
    import ipywidgets
    from skimage import data

    photograph = data.astronaut()[:SIDE, 100 : 100 + SIDE].transpose(2, 0, 1)  # (C, H, W)
    size = ipywidgets.IntSlider(FIRST, min=SMALLEST, max=LARGEST, step=2, description="window")
    size.add_class("start-slider")
    pictures = ipywidgets.HTML().add_class("start-pictures")
    sentence = ipywidgets.HTML().add_class("start-agreement")

    def show(_: Any = None) -> None:
        window = size.value
        blurred, agreement = blur(photograph, window)
        means = f"each pixel is the mean of the {window}×{window} around it"
        before = _image(photograph, "A photograph: an astronaut before a flag and a model rocket")
        after = _image(blurred, f"The same photograph, blurred: {means}")
        pictures.value = f'<div style="{BESIDE}">{before}{after}</div>'
        frame = "Beyond the border the layer counts zeros, hence the dark frame."
        sentence.value = f"On the right {means}. {frame} {agreement}"

    size.observe(show, "value")
    show()
    return ipywidgets.VBox([size, pictures, sentence])


def blur(image: np.ndarray, window: int) -> tuple[np.ndarray, str]:
    """An image (C, H, W) of uint8, each pixel the mean of window×window around it, computed by the
    layer in NumPy; and in words, how far its twin in PyTorch agrees."""
    import torch

    from cnnkit.layers import AvgPool2d

    pixels = image[None].astype("float32")
    layer = AvgPool2d(window, stride=1, padding=window // 2)
    by_numpy = layer(pixels)
    by_torch = layer.to_torch()(torch.from_numpy(pixels)).numpy()
    difference = float(abs(by_numpy - by_torch).max() / 255)
    digits = math.floor(-math.log10(difference)) if difference else 0
    agreement = f"to {digits} digits" if difference else "to the last digit"
    return by_numpy[0].astype("uint8"), f"NumPy and PyTorch agree {agreement}."


def _image(image: np.ndarray, alt: str) -> str:
    from cnnkit.explorers.pictures import png

    source = b64encode(png(image)).decode()
    return f'<img alt="{alt}" width="{image.shape[2]}" src="data:image/png;base64,{source}">'
