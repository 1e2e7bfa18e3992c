"""What each layer of a network makes of a picture, the reader's own as well."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape

import numpy as np

from cnnkit.data.pictures import crop_and_resize
from cnnkit.explorers.base import Step, StepExplorer
from cnnkit.explorers.pictures import NETWORKS, PictureControls, classifier_of, png
from cnnkit.explorers.screen import Page
from cnnkit.models.papernames import paper_names
from cnnkit.models.pretrained import class_names
from cnnkit.viz.maps import feature_maps_picture, stretched

PHOTOS = ("cat", "coffee", "astronaut", "rocket", "motorcycle")
SHOWN = 24  # maps
CLASSES = 1000  # a layer of so many maps has one for each class of ImageNet
ANSWERS = ("ReLU", "ReLU6", "MaxPool2d")  # layers whose outputs are shown


class MapsExplorer(StepExplorer):
    """What each layer of a network makes of a picture."""

    def __init__(self) -> None:
        self.controls = PictureControls(PHOTOS)
        super().__init__(self.controls.all, "layer", 1500)

    def load(self) -> None:
        self.controls.load()

    def prepare(self) -> Sequence[Step]:
        title, image = self.controls.network.value, self.controls.image()
        classifier = classifier_of(title)
        found = classifier.net.activations(classifier.pretrained.preprocess(image)[None])
        names = paper_names(NETWORKS[title], classifier.net)
        kinds = {name: type(layer).__name__ for name, layer in classifier.net.named_layers()}
        maps = {
            names[path]: activation.data[0]
            for path, activation in found.items()
            if activation.data.ndim == 4 and kinds[path] in ANSWERS
        }
        seen = crop_and_resize(image, 224, margin=256 / 224)
        self.screen.images = {"photo": png(seen)}
        return [Step(name, partial(_draw_maps, name, each)) for name, each in maps.items()]


def _draw_maps(name: str, maps: np.ndarray) -> Page:
    count, height, width = maps.shape
    # The maps that answer most strongly, in the order of their channels.
    strong = np.sort(np.argsort(-maps.max(axis=(1, 2)), kind="stable")[:SHOWN])
    images = {
        f"map{i}": png(np.rint(255 * stretched(maps[i])).astype(np.uint8)) for i in map(int, strong)
    }
    tiles = "".join(
        f'<figure><img data-image="map{i}" alt="map {i} of {escape(name)}: {escape(called)}">'
        f"<figcaption>{escape(called)}</figcaption></figure>"
        for i, called in ((i, _called(i, count)) for i in map(int, strong))
    )
    html = f"""<div class="maps"><figure class="photograph">
      <figcaption>what the network is shown</figcaption>
      <img data-image="photo" alt="the picture, as the network is shown it"></figure>
      <div><div class="title">{escape(name)}: {count} maps of {height}×{width}</div>
      <div class="tiles">{tiles}</div></div></div>"""
    text = f"{name}: {count} maps of {height}×{width}; shown are the {len(strong)} that answer "
    text += "most strongly, each from black (its smallest value) to white. "
    if count == CLASSES:
        text += "Each map answers where its class is seen. "
    sentence = f"<p>{escape(text)}{np.mean(maps == 0):.0%} of all values are 0.</p>"
    words = f"The picture, and {len(strong)} of the {count} maps of {name}."
    still = partial(feature_maps_picture, {name: maps[strong]}, 8, SHOWN)
    return Page(html, words, sentence, still, images)


def _called(channel: int, count: int) -> str:
    return class_names()[channel] if count == CLASSES else str(channel)


def maps() -> MapsExplorer:
    """The feature maps of a network on a photograph or on the reader's own picture."""
    return MapsExplorer()
