"""Optimisers that descend a surface, to be watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial

import ipywidgets as widgets
import numpy as np

from cnnkit.explorers.base import Step, StepExplorer
from cnnkit.explorers.controls import choice
from cnnkit.explorers.screen import Page, still_of
from cnnkit.viz.curves import COLOURS, LEVELS, inside_part, levels_picture, surface_picture
from cnnkit.viz.learning import SURFACES, Surface, descend

RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.9, 1.1)
FRAMES, STRIDE = 30, 4  # 30 pictures, 4 steps from one to the next
WIDTH, HEIGHT = 564, 460  # pixels of the page that the level lines take
FAR = 100  # who is farther from the middle has diverged


class OptimizerExplorer(StepExplorer):
    """Optimisers that start at the same place of a surface with the same learning rate."""

    stays = True

    def __init__(self) -> None:
        self.surface = widgets.Dropdown(options=list(SURFACES), description="surface")
        self.lr = choice("lr", [str(lr) for lr in RATES], RATES.index(0.1))
        super().__init__([self.surface, self.lr], "step", 300)

    def prepare(self) -> Sequence[Step]:
        surface, lr = SURFACES[self.surface.value], RATES[self.lr.value]
        self.screen.images = {"levels": _levels(self.surface.value)}
        paths = descend(surface, lr, (FRAMES - 1) * STRIDE)
        return [
            Step(f"step {taken}", partial(_draw_paths, surface, paths, lr, taken))
            for taken in range(0, FRAMES * STRIDE, STRIDE)
        ]


@cache
def _levels(name: str) -> bytes:
    surface = SURFACES[name]
    return still_of(levels_picture(surface.loss, surface.limits, 100))["png"]


def _draw_paths(surface: Surface, whole: Mapping[str, np.ndarray], lr: float, taken: int) -> Page:
    paths = {name: path[: taken + 1] for name, path in whole.items()}
    losses = {name: float(surface.loss(*path[-1])) for name, path in paths.items()}
    gone = [name for name, path in paths.items() if np.abs(path[-1]).max() > FAR]
    shown = {
        name: "diverged" if name in gone else f"{loss:.2g}".replace("-", "−")
        for name, loss in losses.items()
    }
    best = min(losses, key=lambda name: losses[name])
    lowest = best if taken and list(shown.values()).count(shown[best]) == 1 else ""
    text = f"<p>After {taken} steps with learning rate {lr}."
    text += " Where it diverged, the learning rate is too large here.</p>" if gone else "</p>"
    words = ", ".join(f"{name} {loss}" for name, loss in shown.items())
    html = f'<div class="descent">{_paths_html(surface, paths)}{_table(shown, lowest)}</div>'
    picture = partial(surface_picture, surface.loss, paths, surface.limits, 80)
    return Page(html, f"Level lines of a loss with paths. Loss after {taken} steps: {words}.",
                text, picture)  # fmt: skip


def _paths_html(surface: Surface, paths: Mapping[str, np.ndarray]) -> str:
    """The level lines, and the paths over them: a ring at the start, a cross where they are."""
    left, right, bottom, top = surface.limits
    x0, y0, wide, high = LEVELS
    drawn = []
    for path, colour in zip(paths.values(), COLOURS, strict=False):
        seen = inside_part(path, surface.limits)
        x = WIDTH * (x0 + wide * (seen[:, 0] - left) / (right - left))
        y = HEIGHT * (1 - y0 - high * (seen[:, 1] - bottom) / (top - bottom))
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
        drawn.append(f'<polyline points="{points}" stroke="{colour}"/>')
        cross = f"M{x[-1] - 5:.1f} {y[-1] - 5:.1f}l10 10m0 -10l-10 10"
        drawn.append(f'<path class="end" d="{cross}" stroke="{colour}"/>')
        start = f'<circle cx="{x[0]:.1f}" cy="{y[0]:.1f}" r="7"/>'
    clip = f'<clipPath id="descent"><rect x="{WIDTH * x0}" y="{HEIGHT * (1 - y0 - high)}" '
    clip += f'width="{WIDTH * wide}" height="{HEIGHT * high}"/></clipPath>'
    lines = f'<g clip-path="url(#descent)">{"".join(drawn)}</g>{start}'
    svg = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}">{clip}{lines}</svg>'
    image = '<img data-image="levels" alt="level lines of the loss">'
    return f'<div class="levels diagram">{image}{svg}</div>'


def _table(losses: Mapping[str, str], lowest: str) -> str:
    """The loss of each optimiser beside its colour; the lowest in bold, if there is one."""
    rows = ""
    for (name, loss), colour in zip(losses.items(), COLOURS, strict=False):
        value = f"<b>{loss}</b>, lowest" if name == lowest else loss
        key = f'<span class="key diagram" style="background:{colour}"></span>'
        rows += f"<tr><td>{key}{name}</td><td>{value}</td></tr>"
    head = "<tr><th>optimiser</th><th>loss</th></tr>"
    note = "<p>○ start, × where it is</p>"
    return (
        f'<div><table class="losses"><thead>{head}</thead><tbody>{rows}</tbody></table>{note}</div>'
    )


def optimizer() -> OptimizerExplorer:
    """SGD, momentum, Nesterov, RMSprop and Adam on a ravine, a valley, a saddle."""
    return OptimizerExplorer()
