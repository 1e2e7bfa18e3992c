"""What all explorers share: controls above, a picture, and a sentence that says what is seen."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from cnnkit.viz.style import Picture


class Explorer(widgets.VBox):
    """A thin view: `draw` computes a picture and a sentence from the controls' values.

    Every control works by the keyboard. Where no kernel runs (HTML export, GitHub) the picture as
    it was last is shown.
    """

    def __init__(self, controls: Sequence[Sequence[widgets.Widget]]) -> None:
        self.picture = widgets.Image(format="png", layout=widgets.Layout(max_width="100%"))
        self.status = widgets.HTML().add_class("explorer-status")
        rows = [widgets.HBox(list(row), layout=_wrapping()) for row in controls]
        super().__init__([*rows, self.picture, self.status])
        kind = type(self).__name__.removesuffix("Explorer").lower()
        self.add_class(f"{kind}-explorer")

    def draw(self) -> tuple[Picture, str]:
        """The picture and the sentence, as HTML; ValueError if the controls ask for what can't be
        had: then its message is shown."""
        raise NotImplementedError(f"{type(self).__name__} draws nothing")

    def watch(self, *controls: widgets.Widget) -> None:
        """Show anew when one of these changes."""
        for control in controls:
            control.observe(self.show, "value")

    def show(self, _: Any = None) -> None:
        try:
            picture, sentence = self.draw()
        except ValueError as problem:
            self.picture.layout.display = "none"
            self.status.value = f'<p role="status"><b>{problem}</b></p>'
            return
        self.picture.value = picture.png(150)
        self.picture.width = str(round(100 * picture.get_size_inches()[0]))
        self.picture.layout.display = None
        self.status.value = sentence

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        data["image/png"] = base64.b64encode(self.picture.value).decode()
        return bundle


def slider(name: str, least: int, most: int, value: int | None = None) -> widgets.IntSlider:
    """Whole numbers from `least`, where it begins unless `value` is given, to `most`."""
    begin = least if value is None else value
    return widgets.IntSlider(value=begin, min=least, max=most, description=name)


def _wrapping() -> widgets.Layout:
    return widgets.Layout(flex_flow="row wrap")
