"""First weights to be played with: what twenty layers make of a signal and of its gradient."""

from __future__ import annotations

import ipywidgets as widgets

from cnnkit.explorers.base import Explorer
from cnnkit.explorers.controls import choice
from cnnkit.explorers.screen import Diagram
from cnnkit.viz.signals import BENDS, DEPTH, signal_run, signals_picture, sized

FACTORS = (0.25, 0.5, 0.71, 1.0, 1.41, 2.0, 4.0)  # times 1/√n
NORMS = ("without", "with")
KEPT = 100  # what changes by less over all layers can be learned from


class SignalsExplorer(Explorer):
    """Twenty layers whose first weights have the chosen size."""

    def __init__(self) -> None:
        self.bend = widgets.Dropdown(options=list(BENDS), description="activation")
        self.factor = choice("weights", [f"{f:g}/√n" for f in FACTORS], FACTORS.index(1.0))
        self.norm = widgets.Dropdown(options=list(NORMS), description="batch norm")
        super().__init__([self.bend, self.factor, self.norm])
        self.watch(self.bend, self.factor, self.norm)
        self.show()

    def draw(self) -> Diagram:
        factor, normalised = FACTORS[self.factor.value], self.norm.value == "with"
        signals = signal_run(self.bend.value, factor, normalised)
        bend = self.bend.value if self.bend.value != "none" else "no activation"
        title = f"{bend}, weights {factor:g}/√n, {self.norm.value} batch normalisation"
        forth = signals.outputs[-1] / signals.outputs[0]
        back = signals.gradients[0] / signals.gradients[-1]
        text = f"<p>Forward, from layer 1 to {DEPTH}, the signal {_told(forth)}.</p>"
        text += f"<p>Backward, from layer {DEPTH} to 1, the gradient {_told(back)}.</p>"
        return Diagram(signals_picture(signals, title), text)


def _told(ratio: float) -> str:
    """What becomes of a size: "fades by a factor of 1,000"."""
    times = sized(max(ratio, 1 / ratio))
    if 1 / KEPT < ratio < KEPT:
        return f"stays alive: it changes by a factor of {times}"
    return f"{'grows' if ratio > 1 else 'fades'} by a factor of <b>{times}</b>"


def signals() -> SignalsExplorer:
    """First weights: what twenty layers make of a signal, and of the gradient on its way back"""
    return SignalsExplorer()
