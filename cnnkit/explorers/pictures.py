"""What the explorers of a network on a picture share: the choice of both, and photographs as files
that a browser shows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from typing import Any

import ipywidgets as widgets
import numpy as np
from PIL import Image

from cnnkit.data.photographs import photograph
from cnnkit.data.pictures import read_picture
from cnnkit.models.classify import Classifier

NETWORKS = {"SqueezeNet 1.1": "squeezenet1_1", "MobileNet V2": "mobilenet_v2"}


@cache
def classifier_of(title: str) -> Classifier:
    """A network of `NETWORKS` with ImageNet's weights; OSError: they are missing."""
    return Classifier(NETWORKS[title])


class Upload(widgets.FileUpload):
    """A picture of the reader's own, until something else is chosen."""

    def __init__(self, name: str) -> None:
        super().__init__(accept="image/*", description=f"my own {name}", tooltip=f"your own {name}")
        self.layout.width = "auto"

    def forget(self, _: Any = None) -> None:
        self.value = ()

    def image(self) -> np.ndarray | None:
        """(3, H, W) of uint8; None where there is none. ValueError: the file is no picture."""
        if not self.value:
            return None
        return read_picture(BytesIO(bytes(self.value[0]["content"])), "Your file")


class PictureControls:
    """A photograph to choose, or the reader's own, and a network with ImageNet's weights."""

    def __init__(self, photos: Sequence[str]) -> None:
        self.network = widgets.Dropdown(options=list(NETWORKS), description="network")
        self.photo = widgets.Dropdown(options=list(photos), description="picture")
        self.upload = Upload("picture")
        self.photo.observe(self.upload.forget, "value")

    @staticmethod
    def load() -> None:
        """Read the weights of all networks, which takes a moment."""
        for title in NETWORKS:
            classifier_of(title)

    @property
    def all(self) -> list[widgets.Widget]:
        return [self.network, self.photo, self.upload]

    @property
    def name(self) -> str:
        """The photograph's; "" if it is the reader's own picture."""
        return "" if self.upload.value else self.photo.value

    def image(self) -> np.ndarray:
        """The reader's picture if there is one, else the photograph: (3, H, W) of uint8.
        ValueError: what was given is no picture."""
        own = self.upload.image()
        return photograph(self.photo.value) if own is None else own


def png(image: np.ndarray) -> bytes:
    """An image (3, H, W) or (H, W) of uint8 as a PNG file, quickly compressed."""
    shown = image if image.ndim == 2 else image.transpose(1, 2, 0)
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(shown)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
