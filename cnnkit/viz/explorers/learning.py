"""Learning to be watched: the perceptron's rule, and optimisers on a surface."""

from __future__ import annotations

import ipywidgets as widgets
import numpy as np

from cnnkit.data import synthetic
from cnnkit.data.dataset import Dataset
from cnnkit.viz.curves import surface_picture
from cnnkit.viz.explorers.base import StepExplorer
from cnnkit.viz.learning import (
    SURFACES,
    PerceptronStep,
    descend,
    perceptron_picture,
    perceptron_run,
)
from cnnkit.viz.style import Picture, number

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
        self._run: list[PerceptronStep] = []
        super().__init__([self.task], "example", 700)

    def prepare(self) -> int:
        self._run = perceptron_run(self.tasks[self.task.value], MOST)
        return len(self._run)

    def draw_step(self, index: int) -> tuple[Picture, str]:
        points, step = self.tasks[self.task.value], self._run[index]
        text = step.sentence(points.images[step.index])
        if index == len(self._run) - 1:
            per_pass = len(points.images)
            done = not any(s.output != s.target for s in self._run[-per_pass:])
            text += "</p><p>" + (
                f"A whole pass without a mistake: learned, in {step.epoch} passes."
                if done
                else f"After {step.epoch} passes it still errs: no line separates these classes."
            )
        return perceptron_picture(points, step), f"<p>{text}</p>"


class OptimizerExplorer(StepExplorer):
    """Optimisers that start at the same place of a surface with the same learning rate."""

    def __init__(self) -> None:
        self.surface = widgets.Dropdown(options=list(SURFACES), description="surface")
        self.lr = widgets.SelectionSlider(
            options=[0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.9, 1.1], value=0.1, description="lr"
        )
        super().__init__([self.surface, self.lr], f"{STRIDE} steps", 300)

    def prepare(self) -> int:
        self._paths = descend(SURFACES[self.surface.value], self.lr.value, (FRAMES - 1) * STRIDE)
        return FRAMES

    def draw_step(self, index: int) -> tuple[Picture, str]:
        surface, taken = SURFACES[self.surface.value], index * STRIDE
        paths = {name: path[: taken + 1] for name, path in self._paths.items()}
        losses = {name: float(surface.loss(*path[-1])) for name, path in paths.items()}
        best = min(losses, key=lambda name: losses[name])
        listed = ", ".join(f"{name} {number(loss)}" for name, loss in losses.items())
        text = f"After {taken} steps with learning rate {self.lr.value}, the loss is: {listed}."
        if taken:
            text += f" {best} is lowest."
        gone = [name for name, path in paths.items() if np.abs(path[-1]).max() > 100]
        if gone:
            text += f" {', '.join(gone)}: diverged, the learning rate is too large here."
        return surface_picture(surface.loss, paths, surface.limits, 80), f"<p>{text}</p>"


def perceptron_explorer() -> PerceptronExplorer:
    """The perceptron's rule, example by example; XOR shows where it fails."""
    return PerceptronExplorer()


def optimizer_explorer() -> OptimizerExplorer:
    """SGD, momentum, Nesterov, RMSprop and Adam on a ravine, a valley, a saddle."""
    return OptimizerExplorer()
