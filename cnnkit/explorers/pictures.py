"""A network on a picture, the reader's own as well: feature maps, and how little deceives it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import cache, partial
from html import escape
from io import BytesIO
from typing import Any

import ipywidgets as widgets
import numpy as np

from cnnkit import inside
from cnnkit.data.photographs import photograph
from cnnkit.data.pictures import crop_and_resize, read_picture
from cnnkit.explorers.base import Draw, Drawn, Explorer, StepExplorer
from cnnkit.layers import Softmax
from cnnkit.models.classify import Classifier
from cnnkit.models.pretrained import class_names
from cnnkit.viz.maps import sheet, stretched
from cnnkit.viz.style import (
    BLUE,
    NORMAL,
    ORANGE,
    PAGE,
    SMALL,
    Picture,
    bare_axes,
    plain_axes,
    tint,
)

NETWORKS = {"SqueezeNet 1.1": "squeezenet1_1", "MobileNet V2": "mobilenet_v2"}
PHOTOS = ("cat", "coffee", "astronaut", "rocket", "motorcycle")
LARGEST = 64  # grey levels by which a pixel may be changed
SHOWN = 24  # maps
BETWEEN = 12  # pixels between two pictures


@cache
def _classifier(title: str) -> Classifier:
    return Classifier(NETWORKS[title])


class PictureControls:
    """A photograph to choose, or the reader's own, and a network with ImageNet's weights."""

    def __init__(self) -> None:
        self.network = widgets.Dropdown(options=list(NETWORKS), description="network")
        self.photo = widgets.Dropdown(options=list(PHOTOS), description="picture")
        self.upload = widgets.FileUpload(
            accept="image/*", description="my own picture", tooltip="a picture of your own"
        )
        self.upload.layout.width = "auto"
        self.photo.observe(self._forget, "value")

    def _forget(self, _: Any) -> None:
        """A photograph that is chosen takes the place of the reader's picture."""
        self.upload.value = ()

    @property
    def all(self) -> list[widgets.Widget]:
        return [self.network, self.photo, self.upload]

    def image(self) -> np.ndarray:
        """The reader's picture if there is one, else the photograph: (3, H, W) of uint8.
        ValueError: what was given is no picture."""
        if self.upload.value:
            return read_picture(BytesIO(bytes(self.upload.value[0]["content"])), "Your file")
        return photograph(self.photo.value)

    def input(self) -> np.ndarray:
        """The picture as the network takes it, (1, 3, 224, 224); ValueError as of `image`."""
        return _classifier(self.network.value).pretrained.preprocess(self.image())[None]


class MapsExplorer(StepExplorer):
    """What each layer of a network makes of a picture."""

    diagram = False

    def __init__(self) -> None:
        self.controls = PictureControls()
        super().__init__(self.controls.all, "layer", 1500)

    def prepare(self) -> Sequence[Draw]:
        net = _classifier(self.controls.network.value).net
        image = crop_and_resize(self.controls.image(), 224, margin=256 / 224)
        found = net.activations(self.controls.input())
        kinds = {name: type(layer).__name__ for name, layer in net.named_layers()}
        return [
            partial(_draw_maps, image, name, activation.data[0])
            for name, activation in found.items()
            if activation.data.ndim == 4 and kinds[name] in ("ReLU", "ReLU6", "MaxPool2d")
        ]


def _draw_maps(image: np.ndarray, name: str, maps: np.ndarray) -> Drawn:
    count, height, width = maps.shape
    words = f"The picture, and {min(SHOWN, count)} of the {count} maps of {name}."
    picture = Picture(PAGE, 3.2, words)
    axes = bare_axes(picture, (0, 0.06, 0.28, 0.84))
    axes.set_anchor("NW")
    axes.imshow(image.transpose(1, 2, 0), interpolation="antialiased")
    axes.set_title("what the network is shown", fontsize=SMALL, loc="left")
    axes = bare_axes(picture, (0.31, 0.0, 0.69, 0.9))
    axes.set_anchor("NW")
    axes.set_title(f"{name}: {count} maps of {height}×{width}", fontsize=SMALL, loc="left")
    # The maps that answer most strongly, in the order of their channels.
    strong = np.sort(np.argsort(-maps.max(axis=(1, 2)), kind="stable")[:SHOWN])
    axes.imshow(sheet([stretched(maps[i]) for i in strong], 8), interpolation="nearest")
    text = f"{name}: {count} maps of {height}×{width}; shown are the {len(strong)} that answer "
    text += "most strongly, each from black (its smallest value) to white. "
    return picture, f"<p>{text}{np.mean(maps == 0):.0%} of all values are 0.</p>"


class AdversarialExplorer(Explorer):
    """The fast gradient sign method: every pixel changed by at most ε grey levels, upwards or
    downwards, as harms the network's answer most."""

    diagram = False

    def __init__(self) -> None:
        self.controls = PictureControls()
        self.epsilon = widgets.IntSlider(value=2, min=0, max=LARGEST, description="ε (of 255)")
        super().__init__([self.controls.all, [self.epsilon]])
        for control in self.controls.all:
            control.observe(self._begin, "value")
        self.watch(self.epsilon)
        self._begin()

    def _begin(self, _: Any = None) -> None:
        self._direction: np.ndarray | None = None
        self.show()

    def _prepare(self) -> np.ndarray:
        """The sign of the loss's gradient for every pixel, computed once for each picture."""
        classifier = _classifier(self.controls.network.value)
        self._x = self.controls.input()
        self._before = _probabilities(classifier, self._x)
        return np.sign(inside.fgsm(classifier.net, self._x, 1.0) - self._x)

    def deceived(self) -> tuple[np.ndarray, np.ndarray]:
        """The changed input (1, 3, 224, 224) and its probabilities."""
        if self._direction is None:
            self._direction = self._prepare()
        classifier = _classifier(self.controls.network.value)
        black, white = classifier.pretrained.limits()
        step = self.epsilon.value / 255 * (white - black)
        changed = np.clip(self._x + self._direction * step, black, white).astype(np.float32)
        return changed, _probabilities(classifier, changed)

    def draw(self) -> tuple[Picture, str]:
        changed, after = self.deceived()
        before = self._before
        image_of = _classifier(self.controls.network.value).pretrained.image
        was, now = int(before.argmax()), int(after.argmax())
        names = class_names()
        text = f"Every pixel changed by at most {self.epsilon.value} of 255: "
        change = "stays at" if not self.epsilon.value else f"goes from {before[was]:.1%} to"
        text += f"{names[was]} {change} {after[was]:.1%}"
        text += f"; the network now sees {names[now]} ({after[now]:.1%})." if now != was else "."
        picture = Picture(PAGE, 2.9, text)
        difference = (changed - self._x)[0].mean(axis=0)
        shown = {
            "as it is": image_of(self._x[0]).transpose(1, 2, 0),
            "+ change, enlarged": np.rint(255 * tint(difference)[..., :3]).astype(np.uint8),
            "= changed": image_of(changed[0]).transpose(1, 2, 0),
        }
        axes = bare_axes(picture, (0, 0.02, 0.7, 0.8))
        axes.set_anchor("NW")
        # One image: each set of axes would take ten milliseconds.
        axes.imshow(_side_by_side(list(shown.values())), interpolation="antialiased")
        for i, name in enumerate(shown):
            axes.text(i * (224 + BETWEEN), -8, name, fontsize=NORMAL)
        _draw_bars(picture, before, after)
        return picture, f"<p>{escape(text)}</p>"


def _side_by_side(images: Sequence[np.ndarray]) -> np.ndarray:
    """Images (H, W, 3) of uint8 in a row, with nothing between them, (H, W', 4)."""
    gap = np.zeros((len(images[0]), BETWEEN, 4), np.uint8)
    parts = [np.dstack([image, np.full(image.shape[:2], 255, np.uint8)]) for image in images]
    return np.concatenate([parts[0], *(p for part in parts[1:] for p in (gap, part))], axis=1)


def _draw_bars(picture: Picture, before: np.ndarray, after: np.ndarray) -> None:
    """The classes that were, or now are, the most probable."""
    chosen = list(dict.fromkeys([*np.argsort(-before)[:3], *np.argsort(-after)[:3]]))[:5]
    axes = plain_axes(picture, (0.85, 0.21, 0.115, 0.6))
    places = np.arange(len(chosen))
    axes.barh(places - 0.2, before[chosen], 0.38, color=BLUE, label="as it is")
    axes.barh(places + 0.2, after[chosen], 0.38, color=ORANGE, label="changed", hatch="//")
    axes.set_yticks(
        places, [_short(class_names()[i]) for i in chosen], fontsize=SMALL, color="black"
    )
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 1], ["0 %", "100 %"])
    axes.set_xlabel("probability", fontsize=SMALL)
    axes.legend(loc="lower right", bbox_to_anchor=(1.12, 0.97), ncols=2, frameon=False)


def _short(name: str) -> str:
    """At most two lines of a long name."""
    return "\n".join(textwrap.wrap(name, 15, max_lines=2, placeholder="…"))


def _probabilities(classifier: Classifier, x: np.ndarray) -> np.ndarray:
    return Softmax()(inside.scores(classifier.net, x))[0]


def maps() -> MapsExplorer:
    """The feature maps of a network on a photograph or on the reader's own picture."""
    return MapsExplorer()


def adversarial() -> AdversarialExplorer:
    """How little deceives a network, on a photograph or on the reader's own picture."""
    return AdversarialExplorer()
