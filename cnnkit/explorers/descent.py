"""Optimisers that descend a surface, to be watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any

import ipywidgets as widgets
import numpy as np
from matplotlib.ticker import MaxNLocator

from cnnkit.explorers.base import Step, StepExplorer
from cnnkit.explorers.controls import choice
from cnnkit.explorers.screen import Page, still_of
from cnnkit.viz.curves import COLOURS, inside_part, levels_picture, surface_picture
from cnnkit.viz.learning import SURFACES, Surface, descend

RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.9, 1.1)
FRAMES, STRIDE = 30, 4  # 30 pictures, 4 steps from one to the next
WIDTH, HEIGHT = 564, 460  # pixels of the page that the axes take
LEFT, TOP, WIDE, HIGH = 84, 14, 470, 380  # of them the level lines
TICKS = MaxNLocator(8, steps=[1, 2, 5, 10])
FAR = 100  # who is farther from the middle has diverged
CURVES = (230, 150)  # pixels of the page that the curves of the loss take
FLOOR, CEILING = 1e-6, 1e2  # losses; what is beyond stays at the edge
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


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
    beside = f"<div>{_table(shown, lowest)}{_curves(surface, whole, taken)}</div>"
    html = f'<div class="descent">{_paths_html(surface, paths)}{beside}</div>'
    picture = partial(surface_picture, surface.loss, paths, surface.limits, 80)
    return Page(html, f"Level lines of a loss with paths. Loss after {taken} steps: {words}.",
                text, picture)  # fmt: skip


def _paths_html(surface: Surface, paths: Mapping[str, np.ndarray]) -> str:
    """The level lines, and the paths over them: a ring at the start, a cross where they are."""
    drawn = []
    for path, colour in zip(paths.values(), COLOURS, strict=False):
        seen = inside_part(path, surface.limits)
        x, y = _place(surface, *seen.T)
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
        drawn.append(f'<polyline points="{points}" stroke="{colour}"/>')
        cross = f"M{x[-1] - 5:.1f} {y[-1] - 5:.1f}l10 10m0 -10l-10 10"
        drawn.append(f'<path class="end" d="{cross}" stroke="{colour}"/>')
        start = f'<circle cx="{x[0]:.1f}" cy="{y[0]:.1f}" r="7"/>'
    clip = f'<clipPath id="descent"><rect x="{LEFT}" y="{TOP}" width="{WIDE}" height="{HIGH}"/>'
    lines = f'{clip}</clipPath><g clip-path="url(#descent)">{"".join(drawn)}</g>{start}'
    svg = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}">{_axes(surface)}{lines}</svg>'
    place = f"left:{LEFT / WIDTH:.3%};top:{TOP / HEIGHT:.3%};width:{WIDE / WIDTH:.3%}"
    image = f'<img data-image="levels" style="{place}" alt="level lines of the loss">'
    return f'<div class="levels diagram">{image}{svg}</div>'


def _place(surface: Surface, w1: Any, w2: Any) -> tuple[Any, Any]:
    """Where weights are seen, in pixels of the page."""
    left, right, bottom, top = surface.limits
    return LEFT + WIDE * (w1 - left) / (right - left), TOP + HIGH * (top - w2) / (top - bottom)


def _axes(surface: Surface) -> str:
    """The numbers beside the level lines, and the names of the weights."""
    left, right, bottom, top = surface.limits
    words = []
    for value in TICKS.tick_values(left, right):
        if left <= value <= right:
            x, _ = _place(surface, value, bottom)
            words.append(f'<text class="along" x="{x:.1f}" y="{TOP + HIGH + 22}">{value:g}</text>')
    for value in TICKS.tick_values(bottom, top):
        if bottom <= value <= top:
            _, y = _place(surface, left, value)
            words.append(f'<text class="up" x="{LEFT - 8}" y="{y:.1f}">{value:g}</text>')
    along = f'<text class="name" x="{LEFT + WIDE / 2}" y="{HEIGHT - 6}">w₁</text>'
    up = f'<text class="name" x="16" y="{TOP + HIGH / 2}">w₂</text>'
    return "".join(words).replace(">-", ">−") + along + up


def _table(losses: Mapping[str, str], lowest: str) -> str:
    """The loss of each optimiser beside its colour; the lowest in bold, if there is one."""
    rows = ""
    for (name, loss), colour in zip(losses.items(), COLOURS, strict=False):
        value = f"<b>{loss}</b>, lowest" if name == lowest else loss
        key = f'<span class="key diagram" style="background:{colour}"></span>'
        rows += f"<tr><td>{key}{name}</td><td>{value}</td></tr>"
    head = "<tr><th>optimiser</th><th>loss</th></tr>"
    note = "<p>○ start, × where it is</p>"
    return f'<table class="losses"><thead>{head}</thead><tbody>{rows}</tbody></table>{note}'


def _curves(surface: Surface, whole: Mapping[str, np.ndarray], taken: int) -> str:
    """The loss over the steps that were taken, on a scale of powers of ten that all steps share."""
    losses = [np.clip(surface.loss(*path.T), FLOOR, CEILING) for path in whole.values()]
    low, high = (np.log10(each) for each in (FLOOR, CEILING))
    across = np.arange(taken + 1) * CURVES[0] / (len(losses[0]) - 1)
    lines = ""
    for loss, colour in zip(losses, COLOURS, strict=False):
        up = CURVES[1] * (high - np.log10(loss[: taken + 1])) / (high - low)
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, up, strict=True))
        lines += f'<polyline points="{points}" stroke="{colour}"/>'
    for power in range(int(low), int(high) + 1, 2):
        y = CURVES[1] * (high - power) / (high - low)
        lines += f'<path class="grid" d="M0 {y:.1f}h{CURVES[0]}"/>'
        name = "1" if power == 0 else f"10{str(power).translate(RAISED)}"
        lines += f'<text class="up" x="-6" y="{y:.1f}">{name}</text>'
    middle = f'x="{CURVES[0] / 2}" y="{CURVES[1] + 20}"'
    lines += f'<text class="name" {middle}>loss over the steps</text>'
    view = f"-44 -10 {CURVES[0] + 50} {CURVES[1] + 36}"
    return f'<svg class="curves diagram" viewBox="{view}" aria-hidden="true">{lines}</svg>'


def optimizer() -> OptimizerExplorer:
    """SGD, momentum, Nesterov, RMSprop and Adam on a ravine, a valley, a saddle."""
    return OptimizerExplorer()
