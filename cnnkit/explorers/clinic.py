"""Trainings that went wrong, to be examined: which mistake was made?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import ipywidgets as widgets

from cnnkit.explorers.base import Step, StepExplorer
from cnnkit.explorers.screen import Diagram
from cnnkit.train.clinic import CASES, PATIENTS, Record, record
from cnnkit.viz.clinic import charts_picture


class ClinicExplorer(StepExplorer):
    """A patient after the other, with the examination that is asked for."""

    stays = True  # at its patient, when another examination is asked for

    def __init__(self) -> None:
        self.examination = widgets.Dropdown(options=list(EXAMINATIONS), description="examine")
        super().__init__([self.examination], "patient", 2500)

    def prepare(self) -> Sequence[Step]:
        patients = {"healthy": "healthy"} | PATIENTS
        return [
            Step(letter, partial(_draw_chart, letter, name, self.examination.value))
            for letter, name in patients.items()
        ]


def _draw_chart(letter: str, name: str, examination: str) -> Diagram:
    found, who = record(name), "Healthy" if name == "healthy" else f"Patient {letter}"
    text = f"<p><b>{who}.</b> The first loss is {found.losses[0]:.2f}; the last "
    text += f"twenty steps have {found.losses[-20:].mean():.2f}, the validation "
    text += f"{found.validation[-1, 0]:.2f}. {EXAMINATIONS[examination](name, found)}</p>"
    return Diagram(charts_picture({who: found}), text)


def _what_goes_in(_: str, found: Record) -> str:
    mean, deviation = (round(value, 2) + 0.0 for value in found.fed)  # no −0.00
    return (
        f"What the first convolution gets has the mean <b>{mean:.2f}</b> and the deviation "
        f"<b>{deviation:.2f}</b>."
    )


def _first_batch(_: str, found: Record) -> str:
    return f"The labels of the first batch: <b>{' '.join(map(str, found.first_labels))}</b>."


def _silent_units(_: str, found: Record) -> str:
    return (
        f"<b>{found.silent:.0%}</b> of the convolutions' units are 0 for every one of the "
        "validation pictures."
    )


def _asked_twice(_: str, found: Record) -> str:
    return (
        f"When the validation pictures are shown again, <b>{found.wavering:.0%}</b> of them get "
        "another answer."
    )


def _what_it_says(_: str, found: Record) -> str:
    said = ", ".join(f"{c}: {count}" for c, count in enumerate(found.answers))
    return f"What it takes the {found.answers.sum()} validation pictures for: <b>{said}</b>."


def _diagnosis(name: str, _: Record) -> str:
    case = CASES[name]
    return f"<b>{name.capitalize()}.</b> {case.signs} What to do: {case.remedy}"


EXAMINATIONS: dict[str, Callable[[str, Record], str]] = {
    "the curves alone": lambda name, found: "",
    "what goes in": _what_goes_in,
    "the first batch": _first_batch,
    "units that are silent": _silent_units,
    "the same pictures twice": _asked_twice,
    "what it says": _what_it_says,
    "the diagnosis": _diagnosis,
}


def clinic() -> ClinicExplorer:
    """Eight trainings, each broken by one mistake: examine them, and find out by which."""
    return ClinicExplorer()
