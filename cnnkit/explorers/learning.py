"""Learning to be watched: the perceptron's rule."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import ipywidgets as widgets
import numpy as np

from cnnkit.data import synthetic
from cnnkit.data.dataset import Dataset
from cnnkit.explorers.base import Step, StepExplorer
from cnnkit.explorers.screen import Diagram
from cnnkit.viz.learning import (
    PerceptronStep,
    perceptron_picture,
    perceptron_run,
)

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
GATES = {"AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "NAND": (1, 1, 1, 0), "XOR": (0, 1, 1, 0)}
MOST = 60  # steps of the perceptron


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

    def prepare(self) -> Sequence[Step]:
        points = self.tasks[self.task.value]
        run = perceptron_run(points, MOST)
        end = "" if points.source != "XOR" else " No line separates these classes."
        return [
            Step(
                f"pass {step.epoch}, example {step.index + 1}",
                partial(_draw_example, points, run, index, end),
            )
            for index, step in enumerate(run)
        ]


def _draw_example(points: Dataset, run: list[PerceptronStep], index: int, end: str) -> Diagram:
    step = run[index]
    text = step.sentence(points.images[step.index])
    if index == len(run) - 1:
        done = not any(s.output != s.target for s in run[-len(points.images) :])
        learned = f"A whole pass without a mistake: learned, in {step.epoch} passes."
        text += f"</p><p>{learned if done else f'After {step.epoch} passes it still errs.{end}'}"
    return Diagram(perceptron_picture(points, step), f"<p>{text}</p>")


def perceptron() -> PerceptronExplorer:
    """The perceptron's rule, example by example; XOR shows where it fails."""
    return PerceptronExplorer()
