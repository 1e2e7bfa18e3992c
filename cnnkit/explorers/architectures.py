"""Architectures to leaf through, and the receptive fields of their layers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from html import escape

import ipywidgets as widgets
import numpy as np

from cnnkit import models
from cnnkit.data.photographs import photograph
from cnnkit.data.pictures import crop_and_resize
from cnnkit.explorers.base import Draw, Drawn, Explorer, StepExplorer
from cnnkit.layers import Auxiliary, Layer
from cnnkit.models.facts import FACTS, Fact
from cnnkit.summary import Row, Summary, format_bytes
from cnnkit.viz.diagrams import network_picture
from cnnkit.viz.fields import growing_rows, pair_of, receptive_fields_picture
from cnnkit.viz.style import Picture

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
        super().__init__([[self.network]])
        self.watch(self.network)
        self.show()

    def draw(self) -> tuple[Picture, str]:
        fact = BY_TITLE[self.network.value]
        net, summary = _built(fact.title)
        table = summary._repr_html_()
        sentence = f"<p>{_figures(fact, summary)}</p>"
        if any(isinstance(layer, Auxiliary) for _, layer in net.named_layers()):
            sentence += "<p>The heads beside the trunk are counted, not drawn.</p>"
        return network_picture(net, fact.input_shape), (
            f"{sentence}<details><summary>all layers</summary>{table}</details>"
        )


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
    """What one unit in the middle of a layer sees of a photograph, layer after layer."""

    diagram = False

    def __init__(self, photo: str = "cat") -> None:
        self.photo = photograph(photo)
        self.network = widgets.Dropdown(options=SEEING, description="network")
        super().__init__([self.network], "layer")

    def prepare(self) -> Sequence[Draw]:
        title = self.network.value
        image = crop_and_resize(self.photo, BY_TITLE[title].input_shape[-1])
        summary = _built(title)[1]
        return [partial(_draw_field, image, summary, row) for row in growing_rows(summary)]


def _draw_field(image: np.ndarray, summary: Summary, row: Row) -> Drawn:
    picture = receptive_fields_picture(image, summary, [row.name], 4.5)
    side, seen = image.shape[-1], pair_of(row)[0]
    share = 100 * min(1.0, (seen / side) ** 2)
    shown = f"{share:.0f}" if share > 1 else f"{share:.2g}"
    text = f"A unit of {escape(row.name)} sees {seen}×{seen} pixels, {shown} % of the picture"
    if seen > side:
        text += " and the padding around it"
    if len(row.output_shape) == 3 and max(row.output_shape[1:]) > 1:
        pixels = "pixel" if row.jump == 1 else "pixels"
        text += f"; its neighbour's field is {row.jump:g} {pixels} further"
    return picture, f"<p>{text}.</p>"


def architecture(title: str = "LeNet-5 as it is drawn today") -> ArchitectureExplorer:
    """The networks of `cnnkit.models`, drawn and counted."""
    return ArchitectureExplorer(title)


def field(photo: str = "cat") -> FieldExplorer:
    """Receptive fields on a photograph of `cnnkit.data.photographs`."""
    return FieldExplorer(photo)
