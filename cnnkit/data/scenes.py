"""Scenes composed of real digits or clothes, with what detection, segmentation and captioning need:
boxes, masks and a sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnkit.data.dataset import Dataset

ATTEMPTS = 50  # to find a free place for an object


@dataclass(frozen=True, eq=False)
class Scenes:
    """For each scene: `images` (N, 1, size, size) of uint8; `boxes[n]` (k, 4) of float32: left,
    top, right, bottom in pixels, right and bottom exclusive; `labels[n]` (k,); `masks` (N, size,
    size) of uint8, 0 for the ground, else the number of the object, from 1, in the order of the
    boxes; `captions[n]`, as "a 3 above a 7". `classes` are the names."""

    images: np.ndarray
    boxes: list[np.ndarray]
    labels: list[np.ndarray]
    masks: np.ndarray
    captions: list[str]
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.images)

    def class_masks(self) -> np.ndarray:
        """(N, size, size): 0 for the ground, else the class's number plus 1, for segmentation;
        uint8, or where there are more than 255 classes uint16."""
        result = np.zeros(self.masks.shape, np.min_scalar_type(len(self.classes)))
        for mask, labels, classes in zip(self.masks, self.labels, result, strict=True):
            lookup = np.concatenate([[0], labels + 1]).astype(result.dtype)
            classes[:] = lookup[mask]
        return result


def compose_scenes(
    data: Dataset,
    count: int,
    size: int = 64,
    objects: tuple[int, int] = (1, 3),
    seed: int = 0,
    threshold: int = 40,
) -> Scenes:
    """`count` scenes of `objects[0]` to `objects[1]` pictures of `data` (grey, on black ground),
    each larger or smaller by up to a third; their boxes do not overlap.

    A pixel belongs to an object where it is brighter than `threshold`. The same seed gives the same
    scenes. ValueError: the pictures have colours, or do not fit into the scene.
    """
    side = max(data.images.shape[2:])
    if data.images.shape[1] != 1 or 1.34 * side > size or not 1 <= objects[0] <= objects[1]:
        raise ValueError(
            f"expected grey pictures of at most {int(size / 1.34)} pixels for scenes of {size}, "
            f"and at least one object; got {data.images.shape[1:]} and {objects}"
        )
    rng = np.random.default_rng(seed)
    images = np.zeros((count, 1, size, size), np.uint8)
    masks = np.zeros((count, size, size), np.uint8)
    boxes, labels, captions = [], [], []
    for image, mask in zip(images[:, 0], masks, strict=True):
        placed, names = _compose(data, rng, image, mask, objects, threshold)
        boxes.append(np.array(placed, np.float32).reshape(-1, 4))
        labels.append(np.array(names, np.int64))
        captions.append(_caption(boxes[-1], [data.classes[name] for name in names]))
    return Scenes(images, boxes, labels, masks, captions, data.classes)


def _compose(
    data: Dataset,
    rng: np.random.Generator,
    image: np.ndarray,
    mask: np.ndarray,
    objects: tuple[int, int],
    threshold: int,
) -> tuple[list[tuple[int, int, int, int]], list[int]]:
    """Put objects into an empty scene: their boxes and labels."""
    boxes: list[tuple[int, int, int, int]] = []
    labels: list[int] = []
    wanted = rng.integers(objects[0], objects[1] + 1)
    for _ in range(ATTEMPTS):
        if len(boxes) == wanted:
            break
        index = int(rng.integers(len(data)))
        cut = _trimmed(_scaled(data.images[index, 0], rng.uniform(0.75, 1.33)), threshold)
        height, width = cut.shape
        if not cut.size:
            continue
        top = int(rng.integers(0, len(image) - height + 1))
        left = int(rng.integers(0, len(image) - width + 1))
        bottom, right = top + height, left + width
        if any(left < r and l < right and top < b and t < bottom for l, t, r, b in boxes):
            continue
        shown = cut > threshold
        image[top:bottom, left:right][shown] = cut[shown]
        boxes.append((left, top, right, bottom))
        mask[top:bottom, left:right][shown] = len(boxes)
        labels.append(int(data.labels[index]))
    return boxes, labels


def _scaled(picture: np.ndarray, factor: float) -> np.ndarray:
    """Larger by the factor, bilinear."""
    from PIL import Image

    height, width = (round(factor * side) for side in picture.shape)
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR))


def _trimmed(picture: np.ndarray, threshold: int) -> np.ndarray:
    """The smallest rectangle that holds all that is brighter."""
    rows, columns = np.nonzero(picture > threshold)
    if not len(rows):
        return picture[:0, :0]
    return picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _caption(boxes: np.ndarray, names: list[str]) -> str:
    """The objects in the order of reading; of two, how they lie."""
    if not names:
        return "nothing"
    middles = [((top + bottom) / 2, (left + right) / 2) for left, top, right, bottom in boxes]
    phrases = [f"{_article(name)} {name}" for name in names]
    if len(names) == 2:
        (y, x), (other_y, other_x) = middles
        if abs(y - other_y) > abs(x - other_x):
            first, relation = (0 if y < other_y else 1), "above"
        else:
            first, relation = (0 if x < other_x else 1), "left of"
        return f"{phrases[first]} {relation} {phrases[1 - first]}"
    ordered = [phrases[i] for i in sorted(range(len(names)), key=lambda i: middles[i][::-1])]
    if len(ordered) == 1:
        return ordered[0]
    return f"{', '.join(ordered[:-1])} and {ordered[-1]}"


def _article(name: str) -> str:
    return "an" if name[0].lower() in "aeiou8" else "a"
