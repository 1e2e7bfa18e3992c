"""Images with their labels, checked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Dataset:
    """`images` (N, C, H, W) of uint8, or points (N, …) of float32; `labels` (N,) of int64, the
    names of the `classes`, and the `source` that they came from.

    ValueError: other shapes, no image, NaN, labels out of range; TypeError: other types.
    """

    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    source: str = "given"

    def __post_init__(self) -> None:
        images, labels = self.images, self.labels
        if images.dtype not in (np.uint8, np.float32):
            raise TypeError(f"images: expected uint8, 0 … 255, or float32, got {images.dtype}")
        if not images.size or (images.dtype == np.uint8 and images.ndim != 4) or images.ndim < 2:
            raise ValueError(f"images: expected the shape (N, C, H, W), got {images.shape}")
        if images.dtype == np.float32 and not np.isfinite(images).all():
            wrong = np.flatnonzero(~np.isfinite(images).reshape(len(images), -1).all(axis=1))
            raise ValueError(f"images: number {wrong[0]} and {len(wrong) - 1} more hold NaN or ∞")
        if labels.dtype.kind not in "iu":
            raise TypeError(f"labels: expected whole numbers, got {labels.dtype}")
        if labels.shape != images.shape[:1]:
            raise ValueError(
                f"labels: expected one for each of {len(images)} images, got {labels.shape}"
            )
        wrong = np.flatnonzero((labels < 0) | (labels >= len(self.classes)))
        if len(wrong):
            raise ValueError(
                f"labels: expected 0 … {len(self.classes) - 1}, got {labels[wrong[0]]} at image "
                f"{wrong[0]} and {len(wrong) - 1} more that are out of range"
            )
        object.__setattr__(self, "labels", labels.astype(np.int64))

    def __len__(self) -> int:
        return len(self.images)

    @property
    def counts(self) -> np.ndarray:
        """How many images each class has."""
        return np.bincount(self.labels, minlength=len(self.classes))

    @property
    def fingerprint(self) -> str:
        """A hash of images, labels and classes: the same for the same data."""
        digest = hashlib.sha256(repr((self.images.shape, self.classes)).encode())
        for values in (self.images, self.labels):
            digest.update(np.ascontiguousarray(values).view(np.uint8).data)
        return digest.hexdigest()[:16]

    def take(self, indices: Sequence[int] | np.ndarray | slice) -> Dataset:
        """The images of these numbers, in this order."""
        return Dataset(self.images[indices], self.labels[indices], self.classes, self.source)

    def split(self, share: float, seed: int = 0) -> tuple[Dataset, Dataset]:
        """Two parts, shuffled: all but `share` of each class, and that share (at least one image).

        The same `seed` gives the same parts. ValueError: a class has fewer than two images.
        """
        if not 0 < share < 1:
            raise ValueError(f"share: expected a part between 0 and 1, got {share}")
        rng = np.random.default_rng(seed)
        kept, held = [], []
        for label in np.unique(self.labels):
            own = rng.permutation(np.flatnonzero(self.labels == label))
            if len(own) < 2:
                raise ValueError(f"class {self.classes[label]!r} has one image: it can't be split")
            count = min(len(own) - 1, max(1, round(share * len(own))))
            held.append(own[:count])
            kept.append(own[count:])
        return self.take(rng.permutation(np.concatenate(kept))), self.take(
            rng.permutation(np.concatenate(held))
        )

    def pooled(self, factor: int) -> Dataset:
        """The images made smaller: the average of each square of `factor` by `factor` pixels.

        ValueError: their sides are no multiples of it.
        """
        if self.images.dtype != np.uint8:
            raise TypeError(f"pooled: expected images of uint8, got {self.images.dtype}")
        count, channels, height, width = self.images.shape
        if factor < 1 or height % factor or width % factor:
            raise ValueError(f"pooled: {height}×{width} pixels are no multiple of {factor}")
        squares = self.images.reshape(
            count, channels, height // factor, factor, width // factor, factor
        )
        means = np.rint(squares.mean(axis=(3, 5), dtype=np.float32)).astype(np.uint8)
        return Dataset(means, self.labels, self.classes, self.source)

    def __repr__(self) -> str:
        _, *shape = self.images.shape
        size = "×".join(map(str, shape))
        return f"Dataset({len(self):,} images {size}, {len(self.classes)} classes, {self.source})"
