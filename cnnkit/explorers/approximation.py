"""A hidden layer that learns to follow a curve: how many units does it take, and bent how?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import ipywidgets as widgets

from cnnkit.explorers.base import Step, StepExplorer
from cnnkit.explorers.controls import choice
from cnnkit.explorers.screen import Diagram
from cnnkit.viz.approximation import (
    BENT,
    CURVES,
    Approximation,
    approximation_picture,
    approximation_run,
)
from cnnkit.viz.style import number

UNITS = (1, 2, 4, 8, 16, 32)


class ApproximationExplorer(StepExplorer):
    """One hidden layer, moment by moment, while it learns a curve."""

    stays = True  # to compare settings at the same step

    def __init__(self) -> None:
        self.curve = widgets.Dropdown(options=list(CURVES), description="curve")
        self.activation = widgets.Dropdown(options=list(BENT), description="activation")
        self.units = choice("hidden units", [str(units) for units in UNITS], UNITS.index(4))
        super().__init__([self.curve, self.activation, self.units], "step", 200)

    def prepare(self) -> Sequence[Step]:
        units = UNITS[self.units.value]
        run = approximation_run(self.curve.value, units, self.activation.value)
        return [
            Step(f"{step}", partial(_draw_moment, run, moment))
            for moment, step in enumerate(run.moments)
        ]


def _draw_moment(run: Approximation, moment: int) -> Diagram:
    units, error = run.parts.shape[1], run.errors[moment]
    text = f"<p>After {run.moments[moment]} steps, {units} hidden {_plural('unit', units)}: mean "
    text += f"square error <b>{error:.4f}</b>; at the worst place the network is off by "
    text += f"{number(run.worst[moment])}."
    if idle := run.idle[moment]:
        does = "adds" if idle == 1 else "add"
        text += f" {idle} {_plural('unit', idle)} {does} the same everywhere, and so bend"
        text += f"{'s' if idle == 1 else ''} nothing."
    return Diagram(approximation_picture(run, moment), f"{text}</p>")


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def approximation() -> ApproximationExplorer:
    """One hidden layer that learns to follow a curve, and what each of its units adds."""
    return ApproximationExplorer()
