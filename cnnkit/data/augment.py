"""Augmentation: the pictures of a batch changed at random, as a camera held otherwise would."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Augment:
    """A function of images (N, C, H, W) of uint8 and a random generator; 0 leaves a change out.

    Every picture gets its own draw: mirrored (`flip`, the probability), moved by up to `shift`
    pixels, turned by up to `rotate` degrees, larger or smaller by up to the part `scale`, `shear`ed
    by up to so many degrees, cut out of a window whose side is smaller by up to the part `crop`,
    bent by a lens (r → r (1 + k r²), r from the middle, 1 at the nearest border, |k| ≤ `lens`);
    then `brightness` is added (up to this part of white), and every value v (0 … 1) becomes v^g, g
    from 1 / (1 + `gamma`) to 1 + `gamma`; last, a black square of `cutout` pixels is put on it.
    What comes from beyond the border is black. All geometry is one resampling, bilinear; a shift
    alone is by whole pixels.

    Simard, Steinkraus, Platt, Best Practices for Convolutional Neural Networks Applied to Visual
    Document Analysis, 2003; DeVries and Taylor, Improved Regularization of CNNs with Cutout, 2017.
    ValueError: a negative number, or a probability or part above 1.
    """

    flip: float = 0.0
    shift: float = 0.0
    rotate: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    crop: float = 0.0
    lens: float = 0.0
    brightness: float = 0.0
    gamma: float = 0.0
    cutout: int = 0

    def __post_init__(self) -> None:
        for option in fields(self):
            value = getattr(self, option.name)
            most = 1 if option.name in ("flip", "scale", "crop", "brightness") else np.inf
            if not 0 <= value <= most:
                raise ValueError(f"{option.name}: expected a number from 0 to {most}, got {value}")

    def __call__(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if images.dtype != np.uint8 or images.ndim != 4:
            raise TypeError(
                f"Augment: expected images (N, C, H, W) of uint8, got {images.shape} of "
                f"{images.dtype}"
            )
        if self.flip:
            mirrored = rng.random(len(images)) < self.flip
            images = np.where(mirrored[:, None, None, None], images[..., ::-1], images)
        if self.rotate or self.scale or self.shear or self.crop or self.lens:
            images = _resample(images, *self._positions(images, rng))
        elif self.shift:
            images = self._shifted(images, rng)
        if self.brightness or self.gamma:
            images = self._lit(images, rng)
        if self.cutout:
            images = self._cut(images, rng)
        return images

    def _positions(
        self, images: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Where each output pixel comes from: rows and columns of the input, (N, H, W) each."""
        count, _, height, width = images.shape

        def draw(most: float) -> np.ndarray:
            return rng.uniform(-most, most, (count, 1, 1)).astype(np.float32)

        y, x = np.mgrid[:height, :width].astype(np.float32)
        y, x = (y - (height - 1) / 2)[None], (x - (width - 1) / 2)[None]
        if self.lens:
            radius = (y * y + x * x) / np.float32(min(height, width) / 2) ** 2
            bent = 1 + draw(self.lens) * radius
            y, x = y * bent, x * bent
        angle, slant = np.radians(draw(self.rotate)), np.radians(draw(self.shear))
        size = 1 / (1 + draw(self.scale))
        window = 1 - self.crop * rng.random((count, 1, 1), np.float32)
        cos, sin = size * window * np.cos(angle), size * window * np.sin(angle)
        x = x + np.tan(slant) * y
        rows, columns = cos * y + sin * x, cos * x - sin * y
        room = (1 - window) / 2  # how far the window's middle may be from the image's
        rows += (height - 1) / 2 + draw(self.shift) + draw(1.0) * room * height
        columns += (width - 1) / 2 + draw(self.shift) + draw(1.0) * room * width
        return rows, columns

    def _shifted(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        most = int(self.shift)
        count, _, height, width = images.shape
        padded = np.pad(images, ((0, 0), (0, 0), (most, most), (most, most)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(2, 3))
        top, left = rng.integers(0, 2 * most + 1, (2, count))
        return windows[np.arange(count), :, top, left]

    def _lit(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Through a table of 256 values for each picture."""
        count = len(images)
        levels = np.arange(256, dtype=np.float32) / 255
        added = rng.uniform(-self.brightness, self.brightness, (count, 1))
        limit = np.log1p(self.gamma)
        power = np.exp(rng.uniform(-limit, limit, (count, 1)))
        tables = np.rint(255 * np.clip(levels + added, 0, 1) ** power).astype(np.uint8)
        return tables[np.arange(count)[:, None], images.reshape(count, -1)].reshape(images.shape)

    def _cut(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        count, _, height, width = images.shape
        images = images.copy()
        middles = rng.integers(0, (height, width), (count, 2))
        for image, (row, column) in zip(images, middles, strict=True):
            top, left = row - self.cutout // 2, column - self.cutout // 2
            bottom, right = top + self.cutout, left + self.cutout
            image[:, max(0, top) : bottom, max(0, left) : right] = 0
        return images


def _resample(images: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The values at these places, bilinear between the four pixels around, black beyond."""
    count, channels, height, width = images.shape
    # A border of black all around; what is farther away is taken from it, too.
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    rows, columns = np.clip(rows + 1, 0, height + 0.999), np.clip(columns + 1, 0, width + 0.999)
    top, left = rows.astype(np.int32), columns.astype(np.int32)
    down, right = rows - top, columns - left
    row_length = width + 2
    place = (top * row_length + left).reshape(count, -1)
    weights = ((1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right)
    steps = (0, 1, row_length, row_length + 1)
    result = np.empty((count, channels, height * width), np.uint8)
    for channel in range(channels):
        flat = padded[:, channel].reshape(count, -1)
        total = np.full((count, height * width), 0.5, np.float32)
        for weight, step in zip(weights, steps, strict=True):
            total += weight.reshape(count, -1) * np.take_along_axis(flat, place + step, axis=1)
        result[:, channel] = total
    return result.reshape(images.shape)
