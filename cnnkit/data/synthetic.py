"""Points and pictures made by formulas: what can be seen at a glance whether it was learned."""

from __future__ import annotations

import numpy as np

from cnnkit.data.dataset import Dataset

SHAPES = ("circle", "square", "triangle", "cross")


def blobs(count: int = 300, classes: int = 3, noise: float = 0.15, seed: int = 0) -> Dataset:
    """Points (N, 2) around the corners of a regular polygon, normal with deviation `noise`."""
    rng, labels = _labels(count, classes, seed)
    angle = 2 * np.pi * labels / classes
    return _points(np.stack([np.cos(angle), np.sin(angle)], 1), noise, labels, rng, "blobs")


def spirals(count: int = 300, classes: int = 3, noise: float = 0.05, seed: int = 0) -> Dataset:
    """Points (N, 2) on arms that wind by 270° from the middle to the distance 1."""
    rng, labels = _labels(count, classes, seed)
    radius = rng.uniform(0.05, 1, count)
    angle = 2 * np.pi * labels / classes + 1.5 * np.pi * radius
    points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    return _points(points, noise, labels, rng, "spirals")


def moons(count: int = 300, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Points (N, 2) on two half circles that reach into each other."""
    rng, labels = _labels(count, 2, seed)
    angle = np.pi * rng.random(count)
    sign = 1 - 2 * labels
    points = np.stack([sign * (np.cos(angle) - 0.5), sign * (np.sin(angle) - 0.25)], 1)
    return _points(points, noise, labels, rng, "moons")


def xor(count: int = 300, noise: float = 0.2, seed: int = 0) -> Dataset:
    """Points (N, 2) around the corners (±1, ±1); class 1 where the signs differ."""
    rng, corner = _labels(count, 4, seed)
    points = np.stack([1 - 2 * (corner // 2), 1 - 2 * (corner % 2)], 1)
    labels = (points[:, 0] != points[:, 1]).astype(np.int64)
    return _points(points, noise, labels, rng, "XOR")


def shapes(count: int = 400, size: int = 32, noise: float = 20.0, seed: int = 0) -> Dataset:
    """Pictures (N, 1, size, size) of a bright circle, square, triangle or cross of any place and
    size on a dark ground, with normal noise of this deviation (in grey levels)."""
    rng, labels = _labels(count, len(SHAPES), seed)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    images = np.empty((count, 1, size, size), np.uint8)
    for image, label in zip(images, labels, strict=True):
        radius = rng.uniform(0.16, 0.3) * size
        row, column = rng.uniform(radius, size - 1 - radius, 2)
        inside = _shape(SHAPES[label], (y - row) / radius, (x - column) / radius)
        grey = np.where(inside, rng.uniform(150, 230), rng.uniform(20, 70))
        image[0] = np.clip(grey + rng.normal(0, noise, grey.shape), 0, 255)
    return Dataset(images, labels, SHAPES, f"shapes, seed {seed}")


def _shape(name: str, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Where a shape is whose circumscribed square has corners (±1, ±1)."""
    inside: np.ndarray
    if name == "circle":
        inside = y * y + x * x <= 1
    elif name == "square":
        inside = np.maximum(abs(y), abs(x)) <= 0.85
    elif name == "triangle":
        inside = (y <= 0.9) & (2 * abs(x) <= y + 1)
    else:
        inside = (np.minimum(abs(y), abs(x)) <= 0.3) & (np.maximum(abs(y), abs(x)) <= 1)
    return inside


def _labels(count: int, classes: int, seed: int) -> tuple[np.random.Generator, np.ndarray]:
    """As many of each class as that goes, in any order."""
    if count < classes or classes < 2:
        raise ValueError(
            f"expected at least 2 classes and a point for each, got {count}, {classes}"
        )
    rng = np.random.default_rng(seed)
    return rng, rng.permutation(np.arange(count) % classes)


def _points(
    points: np.ndarray, noise: float, labels: np.ndarray, rng: np.random.Generator, source: str
) -> Dataset:
    points = points + rng.normal(0, noise, points.shape)
    names = tuple(str(number) for number in range(labels.max() + 1))
    return Dataset(points.astype(np.float32), labels, names, source)
