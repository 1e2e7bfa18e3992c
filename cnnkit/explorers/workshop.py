"""The architecture workshop: one number of a definition changes, and all that follows from it."""

from __future__ import annotations

from functools import lru_cache

import ipywidgets as widgets

from cnnkit.depth import depth
from cnnkit.explorers.base import Explorer
from cnnkit.explorers.controls import choice, slider
from cnnkit.explorers.screen import Diagram
from cnnkit.layers import Layer
from cnnkit.models.facts import Fact
from cnnkit.models.workshop import ENDS, MODULES, Definition
from cnnkit.summary import Summary, format_bytes
from cnnkit.viz.diagrams import network_picture
from cnnkit.viz.fields import pair_of

SIDES = ("32", "64", "128", "224")
WIDTHS = ("16", "32", "64", "128")
KERNELS = ("1", "3", "5", "7")
FIGURES = (
    *("layers with weights", "parameters", "multiply-adds", "memory of the maps"),
    "pixels in a row that a unit of the last maps sees",
)


@lru_cache(maxsize=32)
def _built(definition: Definition) -> tuple[Layer, Summary]:
    net = definition.build()
    return net, net.summary(definition.input_shape)


def figures(definition: Definition) -> tuple[int, ...]:
    """What a network costs and sees, in the order of `FIGURES`."""
    net, summary = _built(definition)
    last = [row for row in summary.rows if row.name.startswith(f"stage{definition.stages}.")][-1]
    counts = summary.parameters, summary.macs, summary.activation_bytes
    return (depth(net), *counts, pair_of(last)[0])


class WorkshopExplorer(Explorer):
    """A network from seven numbers, drawn and counted, beside what it was before the last change.

    `definition` is what the controls say, `before` what they said before; None at the beginning.
    """

    def __init__(self) -> None:
        self.module = widgets.Dropdown(options=list(MODULES), description="module")
        self.side = choice("picture", SIDES, 1)
        self.width = choice("width", WIDTHS, 1)
        self.stages = slider("stages", 1, 4, 3)
        self.modules = slider("modules", 1, 4)
        self.kernel = choice("kernel", KERNELS, 1)
        self.end = widgets.Dropdown(options=list(ENDS), description="end")
        controls = [self.module, self.side, self.width, self.stages, self.modules, self.kernel]
        controls.append(self.end)
        super().__init__(controls)
        self.before: Definition | None = None
        self.definition = self._asked()
        self.watch(*controls)
        self.show()

    def _asked(self) -> Definition:
        return Definition(
            self.module.value,
            int(self.side.label),
            int(self.width.label),
            self.stages.value,
            self.modules.value,
            int(self.kernel.label),
            self.end.value,
        )

    def show(self, _: object = None) -> None:
        asked = self._asked()
        if asked != self.definition:
            self.before, self.definition = self.definition, asked
        super().show()

    def draw(self) -> Diagram:
        net, summary = _built(self.definition)
        sentence = _compared(self.definition, self.before)
        sentence += f"<details><summary>all layers</summary>{summary._repr_html_()}</details>"
        return Diagram(network_picture(net, self.definition.input_shape), sentence)

    @property
    def fact(self) -> Fact:
        """The network as one among those of `cnnkit.models.table`."""
        return self.definition.fact


def _compared(now: Definition, before: Definition | None) -> str:
    """The figures of both in a table, and by what they differ."""
    head = "<tr><th></th><th>now</th><th>before</th><th></th></tr>"
    old: tuple[int | None, ...] = figures(before) if before else (None,) * len(FIGURES)
    rows = ""
    for name, value, other in zip(FIGURES, figures(now), old, strict=True):
        cells = [_said(name, value), _said(name, other), _change(value, other)]
        rows += f'<tr><th scope="row">{name}</th>'
        rows += "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    return f'<table class="figures"><thead>{head}</thead><tbody>{rows}</tbody></table>'


def _said(name: str, value: int | None) -> str:
    if value is None:
        return "–"
    return format_bytes(value) if name.startswith("memory") else f"{value:,}"


def _change(value: int, other: int | None) -> str:
    if other is None:
        return ""
    return "as before" if value == other else f"× {value / other:.3g}"


def workshop() -> WorkshopExplorer:
    """A network of your own: change a number of its definition, and see what follows."""
    return WorkshopExplorer()
