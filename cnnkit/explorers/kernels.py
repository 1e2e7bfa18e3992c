"""A kernel of one's own on a photograph; it runs in the browser, without the kernel of Jupyter."""

from __future__ import annotations

from typing import Any

import anywidget
import numpy as np
import traitlets

from cnnkit.data.photographs import photograph
from cnnkit.data.pictures import crop_and_resize
from cnnkit.explorers.base import StaticPicture
from cnnkit.explorers.screen import HERE, still_of
from cnnkit.viz.kernels import KERNELS
from cnnkit.viz.panels import as_matrix
from cnnkit.viz.pictures import filter_gallery

SIDE = 160  # pixels of a photograph: small enough that a 3×3 window can be seen
LARGEST = 320  # rows or columns of the reader's own image
BEGIN = "vertical edges"


class KernelExplorer(StaticPicture, anywidget.AnyWidget):
    """A kernel of one's own on a photograph, computed as it is written.

    Nine weights f, a grey photograph I and h = f ⋆ I:
    h[i, j] = Σ f[k, l] I[i + k, j + l], without padding (`cnnkit.functional.correlate2d`).

    `kernel` (3×3) and `photo` (a name) can be read and set from the notebook.
    """

    _esm = HERE / "kernel.js"
    _css = HERE / "kernel.css"
    kernel: traitlets.List[list[float]] = traitlets.List().tag(sync=True)
    photo = traitlets.Unicode().tag(sync=True)
    photos: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    presets: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)

    def __init__(self, images: dict[str, np.ndarray]) -> None:
        self.images = images
        photos = {
            name: {"width": image.shape[1], "height": image.shape[0], "pixels": image.tobytes()}
            for name, image in images.items()
        }
        presets = {name: weights.astype(float).tolist() for name, weights in KERNELS.items()}
        super().__init__(
            photos=photos, presets=presets, photo=next(iter(images)), kernel=presets[BEGIN]
        )
        self.add_class("kernel-explorer")

    @traitlets.validate("kernel")
    def _check_kernel(self, proposal: Any) -> list[list[float]]:
        """ValueError: not 3×3 finite numbers."""
        weights = np.asarray(proposal["value"], np.float64)
        if weights.shape != (3, 3) or not np.isfinite(weights).all():
            raise ValueError(f"kernel: expected 3×3 finite numbers, got {proposal['value']}")
        return weights.tolist()

    @traitlets.validate("photo")
    def _check_photo(self, proposal: Any) -> str:
        """ValueError: there is none of this name."""
        if proposal["value"] not in self.images:
            raise ValueError(
                f"photo: expected one of {', '.join(self.images)}, got {proposal['value']!r}"
            )
        return proposal["value"]

    def still(self) -> dict[str, Any]:
        kernels = {"the photograph": KERNELS["identity"], "under the kernel": self.kernel}
        return still_of(filter_gallery(self.images[self.photo], kernels, 2))


def _photographs() -> dict[str, np.ndarray]:
    """Grey photographs of `SIDE` pixels; of the cameraman the head, where one sees most."""
    grey = {
        name: crop_and_resize(photograph(name), SIDE).mean(axis=0)
        for name in ("cat", "coffee", "coins")
    }
    images = {"camera": photograph("camera")[0, 60 : 60 + SIDE, 150 : 150 + SIDE], **grey}
    return {name: np.rint(image).astype(np.uint8) for name, image in images.items()}


def kernel(image: Any = None) -> KernelExplorer:
    """A 3×3 kernel to write, on an `image` (H, W) of grey values 0 … 255, from 3×3 to 320×320;
    without one, on photographs to choose from. ValueError: another size or other values."""
    if image is None:
        return KernelExplorer(_photographs())
    grey = as_matrix(image)
    fits = min(grey.shape) >= 3 and max(grey.shape) <= LARGEST
    if not fits or not ((grey >= 0) & (grey <= 255)).all():
        raise ValueError(
            f"expected an image (H, W) of grey values 0 … 255, from 3×3 to {LARGEST}×{LARGEST}; "
            f"got {grey.shape[0]}×{grey.shape[1]}, {grey.min():g} … {grey.max():g}"
        )
    return KernelExplorer({"image": np.rint(grey).astype(np.uint8)})
