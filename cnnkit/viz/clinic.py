"""Charts of trainings, step by step: what a doctor of networks looks at first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from cnnkit.viz.style import (
    BLACK,
    BLUE,
    GREY,
    NORMAL,
    ORANGE,
    PAGE,
    SMALL,
    Picture,
    at_least_one,
    number,
    plain_axes,
)

GUESSING = float(np.log(10))
TOP = 4.0  # what of a loss is shown: it may leave for infinity
HIGH, LEFT, HEAD, FOOT, BETWEEN = 1.75, 0.62, 0.75, 0.5, 0.85  # inches


class Chart(Protocol):
    """What is drawn of a training (`cnnkit.train.clinic.Record`): the loss of each step, and loss
    and accuracy on the validation data after the steps `measured`."""

    @property
    def losses(self) -> np.ndarray: ...

    @property
    def measured(self) -> np.ndarray: ...

    @property
    def validation(self) -> np.ndarray: ...


def charts_picture(charts: Mapping[str, Chart], columns: int = 4) -> Picture:
    """A panel for each training, by its name: the loss of each step, the validation loss, and,
    dotted, what guessing among ten classes costs. At the top stands how far a curve goes beyond it;
    above, the accuracy on the validation data at the end."""
    at_least_one(charts, "chart")
    columns = min(columns, len(charts))
    rows = -(-len(charts) // columns)
    height = HEAD + rows * HIGH + (rows - 1) * BETWEEN + FOOT
    picture = Picture(PAGE, height, _in_words(charts))
    wide = (PAGE - LEFT - 0.25 - 0.2 * (columns - 1)) / columns
    for i, (name, chart) in enumerate(charts.items()):
        row, column = divmod(i, columns)
        bottom = FOOT + (rows - 1 - row) * (HIGH + BETWEEN)
        box = (LEFT + column * (wide + 0.2), bottom, wide, HIGH)
        axes = plain_axes(picture, (box[0] / PAGE, box[1] / height, wide / PAGE, HIGH / height))
        axes.axhline(GUESSING, color=GREY, linestyle=":", linewidth=1.4, label="guessing")
        steps = np.arange(1, len(chart.losses) + 1)
        axes.plot(steps, chart.losses, color=BLUE, linewidth=0.9, label="training, each step")
        axes.plot(chart.measured, chart.validation[:, 0], "s-", color=ORANGE, label="validation")
        axes.lines[-1].set(markersize=3, linewidth=1.6)
        axes.set_ylim(0, TOP)
        axes.set_xlim(0, len(steps))
        axes.set_title(f"{name}: {chart.validation[-1, 1]:.0%} right", fontsize=NORMAL, loc="left")
        if (most := chart.losses.max()) > TOP:
            axes.text(0.97, 0.97, f"↑ {_highest(most)}", transform=axes.transAxes, color=BLACK,
                      fontsize=SMALL, ha="right", va="top")  # fmt: skip
        if column:
            axes.set_yticklabels([])
        else:
            axes.set_ylabel("loss", fontsize=NORMAL)
        axes.set_xlabel("step", fontsize=NORMAL, labelpad=1)
    handles, names = picture.axes[0].get_legend_handles_labels()
    picture.legend(handles, names, loc="upper center", ncols=3, frameon=False, fontsize=SMALL)
    return picture


def _highest(loss: float) -> str:
    return f"{loss:,.0f}" if loss > 100 else number(round(float(loss), 1))


def _in_words(charts: Mapping[str, Chart]) -> str:
    said = [
        f"{name}: the loss begins at {chart.losses[0]:.2f}, is at most "
        f"{_highest(chart.losses.max())} and {chart.losses[-20:].mean():.2f} in the last steps; "
        f"on validation {chart.validation[-1, 0]:.2f}, {chart.validation[-1, 1]:.0%} right"
        for name, chart in charts.items()
    ]
    return f"The loss of {len(charts[next(iter(charts))].losses)} steps. {'; '.join(said)}."
