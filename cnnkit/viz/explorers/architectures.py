"""Architectures to leaf through, and the receptive fields of their layers."""

from __future__ import annotations

from functools import cache
from html import escape

import ipywidgets as widgets
import numpy as np

from cnnkit import models
from cnnkit.data.photographs import photograph
from cnnkit.data.pictures import crop_and_resize
from cnnkit.layers import Layer
from cnnkit.models.facts import FACTS, Fact
from cnnkit.summary import Row, Summary, format_bytes
from cnnkit.viz.diagrams import network_picture
from cnnkit.viz.explorers.base import Explorer, StepExplorer
from cnnkit.viz.fields import pair_of, receptive_fields_picture
from cnnkit.viz.style import Picture

BY_TITLE = {fact.title: fact for fact in FACTS if len(fact.input_shape) == 3}
SEEING: tuple[str, ...] = (
    *("VGG-16", "AlexNet, one column", "LeNet-5 as it is drawn today", "GoogLeNet"),
    *("ResNet-18", "ResNet-50", "MobileNet V2", "SqueezeNet 1.1"),
)


@cache
def _built(title: str) -> tuple[Layer, Summary]:
    fact = BY_TITLE[title]
    net = getattr(models, fact.name)(**fact.options)
    return net, net.summary(fact.input_shape)


@cache
def _seeing_rows(title: str) -> tuple[Row, ...]:
    """The rows at which the receptive field grows."""
    rows, largest = [], 1
    for row in _built(title)[1].rows:
        field = row.receptive_field
        if isinstance(field, int) and field > largest:
            rows.append(row)
            largest = field
    return tuple(rows)


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
        return network_picture(net, fact.input_shape), (
            f"{sentence}<details><summary>all layers</summary>{table}</details>"
        )


def _figures(fact: Fact, summary: Summary) -> str:
    text = f"{fact.year}: {escape(fact.paper)}. {fact.depth} layers with weights, "
    text += f"{summary.parameters:,} parameters, {summary.macs:,} multiply-adds, "
    text += f"{format_bytes(summary.activation_bytes)} of activations for one image."
    if fact.error:
        text += f" Error {fact.error:g} % ({escape(fact.error_of)})."
    return f"{text} {escape(fact.note)}" if fact.note else text


class FieldExplorer(StepExplorer):
    """What one unit in the middle of a layer sees of a photograph, layer after layer."""

    diagram = False

    def __init__(self, photo: str = "cat") -> None:
        self.photo = photograph(photo)
        self.network = widgets.Dropdown(options=SEEING, description="network")
        super().__init__([self.network], "layer")

    def prepare(self) -> int:
        return len(_seeing_rows(self.network.value))

    def draw_step(self, index: int) -> tuple[Picture, str]:
        title = self.network.value
        row = _seeing_rows(title)[index]
        side = BY_TITLE[title].input_shape[-1]
        image: np.ndarray = crop_and_resize(self.photo, side)
        picture = receptive_fields_picture(image, _built(title)[1], [row.name], 4.5)
        share = min(1.0, (pair_of(row)[0] / side) ** 2)
        text = f"A unit of {escape(row.name)} sees {row.receptive_field}×{row.receptive_field} "
        text += f"pixels, {share:.1%} of the picture; its neighbour's field is {row.jump:g} pixels "
        return picture, f"<p>{text}further.</p>"


def architecture_explorer(title: str = "LeNet-5 as it is drawn today") -> ArchitectureExplorer:
    """The networks of `cnnkit.models`, drawn and counted."""
    return ArchitectureExplorer(title)


def field_explorer(photo: str = "cat") -> FieldExplorer:
    """Receptive fields on a photograph of `cnnkit.data.photographs`."""
    return FieldExplorer(photo)
