"""A slider that tells its values by their names, with buttons that go back and forward."""

from __future__ import annotations

from collections.abc import Sequence

import anywidget
import traitlets

from cnnkit.explorers.screen import HERE


class Slider(anywidget.AnyWidget):
    """Whole numbers from `min` to `max`. `labels`, if there are any, say what each of them stands
    for: conv3_3, step 20. With an `interval` (milliseconds) a button plays it."""

    _esm = HERE / "slider.js"
    _css = HERE / "slider.css"
    value = traitlets.Int(0).tag(sync=True)
    min = traitlets.Int(0).tag(sync=True)
    max = traitlets.Int(1).tag(sync=True)
    description = traitlets.Unicode().tag(sync=True)
    labels: traitlets.List[str] = traitlets.List().tag(sync=True)
    interval = traitlets.Int(0).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)

    @traitlets.validate("value")
    def _check(self, proposal: traitlets.Bunch) -> int:
        """ValueError: beyond its ends."""
        value = proposal["value"]
        if not self.min <= value <= self.max:
            raise ValueError(f"{self.description}: expected {self.min} to {self.max}, got {value}")
        return value

    @property
    def label(self) -> str:
        """What its value stands for."""
        place = self.value - self.min
        return self.labels[place] if place < len(self.labels) else str(self.value)


def slider(name: str, least: int, most: int, value: int | None = None) -> Slider:
    """Whole numbers from `least`, where it begins unless `value` is given, to `most`."""
    begin = least if value is None else value
    return Slider(value=begin, min=least, max=most, description=name)


def choice(name: str, labels: Sequence[str], value: int = 0) -> Slider:
    """One of several, by its number; it says the label."""
    return Slider(value=value, max=len(labels) - 1, labels=list(labels), description=name)
