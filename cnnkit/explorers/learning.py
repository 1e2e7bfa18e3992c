"""Learning to be watched: the perceptron's rule, and optimisers on a surface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import ipywidgets as widgets
import numpy as np

from cnnkit.data import synthetic
from cnnkit.data.dataset import Dataset
from cnnkit.explorers.base import Draw, Drawn, StepExplorer
from cnnkit.viz.curves import surface_picture
from cnnkit.viz.learning import (
    SURFACES,
    PerceptronStep,
    Surface,
    descend,
    perceptron_picture,
    perceptron_run,
)

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
GATES = {"AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "NAND": (1, 1, 1, 0), "XOR": (0, 1, 1, 0)}
MOST = 60  # steps of the perceptron
FRAMES, STRIDE = 30, 4  # what the optimisers show: 30 pictures, 4 steps from one to the next


def _tasks() -> dict[str, Dataset]:
    tasks = {
        name: Dataset(CORNERS, np.array(labels), ("0", "1"), name) for name, labels in GATES.items()
    }
    clouds = synthetic.blobs(16, 2, 0.45, seed=4)
    return tasks | {"two clouds": Dataset(clouds.images, clouds.labels, ("0", "1"), "two clouds")}


class PerceptronExplorer(StepExplorer):
    """Rosenblatt's rule, one example at a time, on a gate or on two clouds of points."""

    def __init__(self) -> None:
        self.tasks = _tasks()
        self.task = widgets.Dropdown(options=list(self.tasks), value="NAND", description="learn")
        super().__init__([self.task], "example", 700)

    def prepare(self) -> Sequence[Draw]:
        points = self.tasks[self.task.value]
        run = perceptron_run(points, MOST)
        end = "" if points.source != "XOR" else " No line separates these classes."
        return [partial(_draw_example, points, run, index, end) for index in range(len(run))]


def _draw_example(points: Dataset, run: list[PerceptronStep], index: int, end: str) -> Drawn:
    step = run[index]
    text = step.sentence(points.images[step.index])
    if index == len(run) - 1:
        done = not any(s.output != s.target for s in run[-len(points.images) :])
        learned = f"A whole pass without a mistake: learned, in {step.epoch} passes."
        text += f"</p><p>{learned if done else f'After {step.epoch} passes it still errs.{end}'}"
    return perceptron_picture(points, step), f"<p>{text}</p>"


class OptimizerExplorer(StepExplorer):
    """Optimisers that start at the same place of a surface with the same learning rate."""

    def __init__(self) -> None:
        self.surface = widgets.Dropdown(options=list(SURFACES), description="surface")
        self.lr = widgets.SelectionSlider(
            options=[0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.9, 1.1], value=0.1, description="lr"
        )
        super().__init__([self.surface, self.lr], f"steps / {STRIDE}", 300)

    def prepare(self) -> Sequence[Draw]:
        surface, lr = SURFACES[self.surface.value], self.lr.value
        paths = descend(surface, lr, (FRAMES - 1) * STRIDE)
        return [partial(_draw_paths, surface, paths, lr, i * STRIDE) for i in range(FRAMES)]


def _draw_paths(surface: Surface, whole: Mapping[str, np.ndarray], lr: float, taken: int) -> Drawn:
    paths = {name: path[: taken + 1] for name, path in whole.items()}
    losses = {name: float(surface.loss(*path[-1])) for name, path in paths.items()}
    gone = [name for name, path in paths.items() if np.abs(path[-1]).max() > 100]
    shown = {name: "diverged" if name in gone else f"{loss:.2g}" for name, loss in losses.items()}
    listed = ", ".join(f"{name} {loss}" for name, loss in shown.items()).replace("-", "−")
    text = f"After {taken} steps with learning rate {lr}, the loss is: {listed}."
    best = min(losses, key=lambda name: losses[name])
    if taken and list(shown.values()).count(shown[best]) == 1:
        text += f" {best} is lowest."
    if gone:
        text += " Where it diverged, the learning rate is too large here."
    return surface_picture(surface.loss, paths, surface.limits, 80), f"<p>{text}</p>"


def perceptron() -> PerceptronExplorer:
    """The perceptron's rule, example by example; XOR shows where it fails."""
    return PerceptronExplorer()


def optimizer() -> OptimizerExplorer:
    """SGD, momentum, Nesterov, RMSprop and Adam on a ravine, a valley, a saddle."""
    return OptimizerExplorer()
