"""Digits: what a small shift does to features made by hand, and a network that reads the reader's
own handwriting."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

import ipywidgets as widgets
import numpy as np

from cnnkit.data import as_digit, load
from cnnkit.data.gradients import cell_histograms, similarity
from cnnkit.explorers.base import Explorer, Step, StepExplorer
from cnnkit.explorers.pictures import Upload
from cnnkit.explorers.screen import Diagram
from cnnkit.layers import Softmax
from cnnkit.models.shipped import Trained, trained
from cnnkit.viz.features import answer_picture, directions_picture
from cnnkit.viz.shifts import shifted

CELLS = (4, 7, 14)
FARTHEST = 6  # pixels


@cache
def digits() -> dict[str, np.ndarray]:
    """One digit (1, 28, 28) of each class, by its name: "a 4"."""
    held = load("mnist5k", "test")
    return {f"a {c}": held.images[held.labels == n][0] for n, c in enumerate(held.classes)}


class FeaturesExplorer(StepExplorer):
    """A digit that moves to the right: how much is left of the agreement of its pixels, and of that
    of its histograms of directions."""

    def __init__(self) -> None:
        self.digit = widgets.Dropdown(options=list(digits()), value="a 4", description="digit")
        self.cell = widgets.Dropdown(
            options=[(f"{c}×{c} pixels", c) for c in CELLS], value=7, description="cell"
        )
        super().__init__([self.digit, self.cell], "shift")

    def prepare(self) -> Sequence[Step]:
        image, cell = digits()[self.digit.value][0], self.cell.value
        return [
            Step(_pixels(by), partial(_draw_shifted, image, cell, by)) for by in range(FARTHEST + 1)
        ]


def kept(image: np.ndarray, cell: int, by: int) -> dict[str, float]:
    """How like a digit (H, W) that moved `by` pixels to the right is to what it was: its pixels,
    and its histograms."""
    moved = shifted(image, 0, by)
    before, after = (cell_histograms(each, cell) for each in (image, moved))
    return {"pixels": similarity(image, moved), "directions": similarity(before, after)}


def _draw_shifted(image: np.ndarray, cell: int, by: int) -> Diagram:
    alike, moved = kept(image, cell, by), shifted(image, 0, by)
    shown = {"as it was": image, f"moved by {_pixels(by)}": moved}
    drawn = {name: (each, cell_histograms(each, cell)) for name, each in shown.items()}
    text = f"<p>Moved by {_pixels(by)}, the similarity with what it was is "
    text += f"{alike['pixels']:.2f} for the {image.size} pixels and {alike['directions']:.2f} for "
    text += f"the {drawn['as it was'][1].size} numbers of the directions.</p>"
    return Diagram(directions_picture(drawn, alike), text)


def _pixels(count: int) -> str:
    return "1 pixel" if count == 1 else f"{count} pixels"


class DigitExplorer(Explorer):
    """A network of the course reads a digit, the reader's own as well."""

    def __init__(self) -> None:
        self.digit = widgets.Dropdown(options=list(digits()), value="a 3", description="digit")
        self.upload = Upload("digit")
        super().__init__([self.digit, self.upload])
        self.digit.observe(self.upload.forget, "value")
        self.watch(self.digit, self.upload)
        self.show()

    def draw(self) -> Diagram:
        own = self.upload.image()
        if own is not None:
            name, image = "Your digit", as_digit(own)
        else:
            name, image = self.digit.value.capitalize(), digits()[self.digit.value]
        p = read(image)
        first, second, *_ = np.argsort(-p, kind="stable")
        text = f"<p>{name}: the network reads <b>{first}</b> with probability {p[first]:.1%}, "
        text += f"next {second} with {p[second]:.1%}.</p>"
        return Diagram(answer_picture(image[0], p.tolist(), name), text)


@cache
def _lenet() -> Trained:
    return trained("lenet5-mnist")


def read(image: np.ndarray) -> np.ndarray:
    """What LeNet-5, trained on MNIST, gives as the probabilities of 0 to 9 for a digit (1, 28, 28)
    of uint8."""
    return np.asarray(Softmax()(_lenet().net(image[None].astype(np.float32)))[0])


def features() -> FeaturesExplorer:
    """How much of a digit's pixels, and of its histograms of directions, a small shift leaves."""
    return FeaturesExplorer()


def digit() -> DigitExplorer:
    """A trained LeNet-5 reads a digit: one of ten, or one in a picture of your own."""
    return DigitExplorer()
