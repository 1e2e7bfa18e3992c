"""Logistic regression to be watched: a boundary that moves while it learns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import ipywidgets as widgets
import numpy as np

from cnnkit.data import synthetic
from cnnkit.data.dataset import Dataset
from cnnkit.explorers.base import Step, StepExplorer
from cnnkit.explorers.controls import Slider, choice
from cnnkit.explorers.screen import Diagram
from cnnkit.viz.boundaries import LogisticRun, logistic_picture, logistic_run
from cnnkit.viz.style import bracketed, number

EPOCHS = 40
COUNT = 48  # points of each task
BATCHES = {"1": 1, "8": 8, "all": COUNT}
RATES = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)
PENALTIES = (0, 0.001, 0.01, 0.1, 1)


def _tasks() -> dict[str, Dataset]:
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    xor = np.tile(corners, (COUNT // 4, 1)), np.tile([0, 1, 1, 0], COUNT // 4)
    return {
        "two clouds": synthetic.blobs(COUNT, 2, 0.35, seed=4),
        "clouds that overlap": synthetic.blobs(COUNT, 2, 0.8, seed=2),
        "XOR": Dataset(*xor, ("0", "1"), "XOR"),
    }


class LogisticExplorer(StepExplorer):
    """Mini-batch descent on the logistic cost of points in the plane, epoch by epoch."""

    def __init__(self) -> None:
        self.tasks = _tasks()
        self.task = widgets.Dropdown(options=list(self.tasks), description="points")
        self.lr = _one_of("lr", RATES, 0.3)
        self.batch = widgets.Dropdown(options=list(BATCHES), value="8", description="batch")
        self.decay = _one_of("λ", PENALTIES, 0)
        super().__init__([self.task, self.batch, self.lr, self.decay], "epoch", 300)

    def prepare(self) -> Sequence[Step]:
        points = self.tasks[self.task.value]
        lr, decay = RATES[self.lr.value], PENALTIES[self.decay.value]
        run = logistic_run(points, lr, BATCHES[self.batch.value], decay, epochs=EPOCHS)
        return [
            Step(f"epoch {epoch}", partial(_draw_epoch, points, run, epoch))
            for epoch in range(EPOCHS + 1)
        ]


def _one_of(name: str, values: Sequence[float], value: float) -> Slider:
    return choice(name, [f"{each:g}" for each in values], values.index(value))


def _draw_epoch(points: Dataset, run: LogisticRun, epoch: int) -> Diagram:
    weight, bias = run.weights[epoch], float(run.biases[epoch])
    answers = points.images @ weight + bias > 1e-9  # 0 but for rounding is 0
    right = int((answers == points.labels).sum())
    w1, w2, long = (number(float(v)) for v in (*weight, np.linalg.norm(weight)))
    steps = f"{run.steps} {'step' if run.steps == 1 else 'steps'}"
    text = (
        f"After {epoch} epochs of {steps}: cost {number(run.costs[epoch])}; {right} of "
        f"{len(points)} points are right; w = ({w1}, {w2}), of length {long}, b = "
        f"{bracketed(bias)}."
    )
    return Diagram(logistic_picture(points, run, epoch), f"<p>{text}</p>")


def logistic() -> LogisticExplorer:
    """Logistic regression, epoch by epoch, with a learning rate, a batch size and a penalty."""
    return LogisticExplorer()
