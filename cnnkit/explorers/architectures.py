"""Architectures to leaf through, and the receptive fields of their layers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from html import escape

import ipywidgets as widgets
import numpy as np

from cnnkit import models
from cnnkit.data.catalogue import load
from cnnkit.data.photographs import photograph
from cnnkit.data.pictures import crop_and_resize
from cnnkit.explorers.base import Explorer, Step, StepExplorer
from cnnkit.explorers.pictures import png
from cnnkit.explorers.screen import Diagram, Page
from cnnkit.layers import Auxiliary, Layer
from cnnkit.models.facts import FACTS, Fact
from cnnkit.models.papernames import paper_names
from cnnkit.summary import Row, Summary, format_bytes
from cnnkit.viz.diagrams import network_picture
from cnnkit.viz.fields import growing_rows, pair_of, receptive_fields_picture

FINEST = 800  # pixels of a photograph that is shown half as large
COARSE = 100  # pixels; what has fewer is shown with its pixels
BY_TITLE = {fact.title: fact for fact in FACTS if len(fact.input_shape) == 3}
SEEING: tuple[str, ...] = (
    *("VGG-16", "AlexNet, one column (torchvision)", "LeNet-5 as it is drawn today", "GoogLeNet"),
    *("ResNet-18", "ResNet-50", "MobileNet V2", "SqueezeNet 1.1"),
)


@cache
def _built(title: str) -> tuple[Layer, Summary]:
    fact = BY_TITLE[title]
    net = getattr(models, fact.name)(**fact.options)
    return net, net.summary(fact.input_shape)


class ArchitectureExplorer(Explorer):
    """A network drawn from its definition, its figures, and (opened) its table."""

    def __init__(self, title: str = "LeNet-5 as it is drawn today") -> None:
        self.network = widgets.Dropdown(options=list(BY_TITLE), value=title, description="network")
        super().__init__([self.network])
        self.watch(self.network)
        self.show()

    def draw(self) -> Diagram:
        fact = BY_TITLE[self.network.value]
        net, summary = _built(fact.title)
        table = summary._repr_html_()
        sentence = f"<p>{_figures(fact, summary)}</p>"
        if any(isinstance(layer, Auxiliary) for _, layer in net.named_layers()):
            sentence += "<p>The heads beside the trunk are counted, not drawn.</p>"
        sentence += f"<details><summary>all layers</summary>{table}</details>"
        return Diagram(network_picture(net, fact.input_shape), sentence)


def _figures(fact: Fact, summary: Summary) -> str:
    layers = "layer" if fact.depth == 1 else "layers"
    text = f"{fact.year}: {escape(fact.paper)}. {fact.depth} {layers} with weights, "
    text += f"{summary.parameters:,} parameters, {summary.macs:,} multiply-adds, "
    text += f"{format_bytes(summary.activation_bytes)} of activations for one image."
    if fact.error:
        text += f" Error {fact.error:g} % ({escape(fact.error_of)})."
    note = escape(fact.note)
    return f"{text} {note[:1].upper()}{note[1:]}." if note else text


class FieldExplorer(StepExplorer):
    """What one unit in the middle of a layer sees of a photograph, layer after layer; a network for
    digits is shown a digit."""

    def __init__(self, photo: str = "cat") -> None:
        self.photo = photograph(photo)
        self.network = widgets.Dropdown(options=SEEING, description="network")
        super().__init__([self.network], "layer")

    def load(self) -> None:
        for title in SEEING:
            _built(title)
            channels, _, side = BY_TITLE[title].input_shape
            if channels == 1:
                _digit(side)

    def prepare(self) -> Sequence[Step]:
        fact = BY_TITLE[self.network.value]
        net, summary = _built(fact.title)
        channels, side = fact.input_shape[0], fact.input_shape[-1]
        photo = _digit(side) if channels == 1 else self.photo
        # As fine as the photograph is: only its part is framed as the network is shown it.
        fine = photo if channels == 1 else crop_and_resize(photo, min(FINEST, *photo.shape[1:]))
        self.screen.images = {"photo": png(fine if channels == 3 else fine[0])}
        image = photo if channels == 1 else crop_and_resize(photo, side)
        names = paper_names(fact.name, net)
        return [
            Step(names[row.name], partial(_draw_field, image, summary, row, names[row.name]))
            for row in growing_rows(summary)
        ]


@cache
def _digit(side: int) -> np.ndarray:
    """A handwritten digit, (1, side, side), in the middle of black."""
    digit = load("mnist5k", "test").images[60]
    margin = side - digit.shape[-1]
    return np.pad(digit, ((0, 0), *[(margin // 2, margin - margin // 2)] * 2))


def _draw_field(image: np.ndarray, summary: Summary, row: Row, name: str) -> Page:
    side, seen = image.shape[-1], pair_of(row)[0]
    share = 100 * min(1.0, (seen / side) ** 2)
    shown = f"{share:.0f}" if share > 1 else f"{share:.2g}"
    text = f"A unit of {name} sees {seen}×{seen} pixels, {shown} % of the picture"
    if seen > side:
        text += " and the padding around it"
    if len(row.output_shape) == 3 and max(row.output_shape[1:]) > 1:
        pixels = "pixel" if row.jump == 1 else "pixels"
        text += f"; its neighbour's field is {row.jump:g} {pixels} further"
    wide = 100 * min(1.0, seen / side)
    place = (
        f"left:{50 - wide / 2:.3f}%;top:{50 - wide / 2:.3f}%;width:{wide:.3f}%;height:{wide:.3f}%"
    )
    coarse = ' class="coarse"' if side < COARSE else ""
    html = f'<div class="field"><img data-image="photo"{coarse} alt="{escape(text)}">'
    html += f'<i style="{place}"></i></div>'
    picture = partial(receptive_fields_picture, image, summary, [row.name], 4.5, {row.name: name})
    return Page(html, f"{text}.", f"<p>{escape(text)}.</p>", picture)


def architecture(title: str = "LeNet-5 as it is drawn today") -> ArchitectureExplorer:
    """The networks of `cnnkit.models`, drawn and counted."""
    return ArchitectureExplorer(title)


def field(photo: str = "cat") -> FieldExplorer:
    """Receptive fields on a photograph of `cnnkit.data.photographs`."""
    return FieldExplorer(photo)
