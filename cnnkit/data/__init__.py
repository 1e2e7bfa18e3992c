"""Data: sets of labelled images by name, pictures, and how they are made ready for a network.

    from cnnkit import data

    digits = data.load("mnist5k")
    digits.images, digits.labels, digits.classes

Each name is imported when it is first asked for: `Dataset` alone needs NumPy alone.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnkit.data import synthetic
    from cnnkit.data.augment import Augment
    from cnnkit.data.catalogue import load
    from cnnkit.data.dataset import Dataset
    from cnnkit.data.digits import as_digit
    from cnnkit.data.folders import image_folder
    from cnnkit.data.gradients import cell_histograms, similarity
    from cnnkit.data.photographs import photograph
    from cnnkit.data.pictures import crop_and_resize, read_picture
    from cnnkit.data.scenes import Scenes, compose_scenes

__all__ = [
    "Augment",
    "Dataset",
    "Scenes",
    "as_digit",
    "cell_histograms",
    "compose_scenes",
    "crop_and_resize",
    "image_folder",
    "load",
    "photograph",
    "read_picture",
    "similarity",
    "synthetic",
]

HOMES = {
    "Augment": "augment",
    "Dataset": "dataset",
    "Scenes": "scenes",
    "as_digit": "digits",
    "cell_histograms": "gradients",
    "compose_scenes": "scenes",
    "crop_and_resize": "pictures",
    "image_folder": "folders",
    "load": "catalogue",
    "photograph": "photographs",
    "read_picture": "pictures",
    "similarity": "gradients",
}


def __getattr__(name: str) -> Any:
    """A public name, from its module."""
    if name == "synthetic":
        return importlib.import_module("cnnkit.data.synthetic")
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
