"""What all explorers share: controls above, a picture, and a sentence that says what is seen."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from html import escape
from typing import Any

import ipywidgets as widgets

from cnnkit.viz.display import Bundle, image_bundle
from cnnkit.viz.explorers.screen import Screen, frame_of, message_frame
from cnnkit.viz.style import Picture

IMPOSSIBLE = (ValueError, OSError)  # what the controls ask for can't be had; weights are missing
PAUSE = 0.4  # seconds without a change after which frames are drawn ahead


class StaticPicture:
    """A widget that leaves its picture where no kernel runs: on GitHub, in an HTML export."""

    def still(self) -> dict[str, Any]:
        """What is seen: `png`, its alternative text `alt`, its `width` on the page."""
        raise NotImplementedError(f"{type(self).__name__} has no picture")

    def _repr_mimebundle_(self, **options: Any) -> Bundle:
        view = super()._repr_mimebundle_(**options)  # type: ignore[misc]
        view = view[0] if isinstance(view, tuple) else view
        still = self.still()
        data, metadata = image_bundle(still["png"], still["alt"], still["width"])
        return view | data, metadata


class Explorer(StaticPicture, widgets.VBox):
    """A thin view: `draw` computes a picture and a sentence from the controls' values.

    Every control works by the keyboard. Where no kernel runs (HTML export, GitHub) the picture as
    it was last is shown.
    """

    diagram = True  # black on white, and not a photograph

    def __init__(self, controls: Sequence[Sequence[widgets.Widget]]) -> None:
        self.screen = Screen(diagram=self.diagram)
        rows = [widgets.HBox(list(row), layout=_wrapping()) for row in controls]
        super().__init__([*rows, self.screen])
        kind = type(self).__name__.removesuffix("Explorer").lower()
        self.add_class("cnnkit-explorer").add_class(f"{kind}-explorer")

    def draw(self) -> tuple[Picture, str]:
        """The picture and the sentence, as HTML; ValueError if the controls ask for what can't be
        had: then its message is shown."""
        raise NotImplementedError(f"{type(self).__name__} draws nothing")

    def watch(self, *controls: widgets.Widget) -> None:
        """Show anew when one of these changes."""
        for control in controls:
            control.observe(self.show, "value")

    def show(self, _: Any = None) -> None:
        """Draw what the controls ask for."""
        self.screen.frame = self._frame()

    def still(self) -> dict[str, Any]:
        return self.screen.frame

    @property
    def sentence(self) -> str:
        """The sentence as it is seen, HTML."""
        return self.screen.frame["html"]

    def _frame(self) -> dict[str, Any]:
        try:
            with _freed_at_once():
                return frame_of(*self.draw(), self.diagram)
        except IMPOSSIBLE as problem:
            return message_frame(escape(str(problem)))


class StepExplorer(Explorer):
    """An explorer of something that happens step by step, with a slider and a button that plays it.

    In a notebook all steps are drawn ahead while the kernel is idle, and kept in the browser: from
    then on it moves without the kernel.
    """

    def __init__(
        self, settings: Sequence[widgets.Widget], name: str = "step", interval: int = 900
    ) -> None:
        self.settings = settings
        self.step = slider(name, 0, 1).add_class("explorer-step")
        self.play = widgets.Play(min=0, max=1, interval=interval)
        self._ahead: asyncio.Task[None] | None = None
        super().__init__([[*settings], [self.play, self.step]])
        widgets.jslink((self.play, "value"), (self.step, "value"))
        widgets.jslink((self.step, "value"), (self.screen, "index"))
        for control in settings:
            control.observe(self.begin, "value")
        self.watch(self.step)
        self.begin()

    def begin(self, _: Any = None) -> None:
        """From the first step on, with as many as the settings give."""
        self._stop_drawing_ahead()
        self._beginning = True
        self.screen.frames = []
        problem = None
        try:
            self.count = self.prepare()
        except IMPOSSIBLE as refused:
            problem, self.count = refused, 1
        self.step.value = self.play.value = 0
        self.step.max = self.play.max = max(1, self.count - 1)
        self.step.disabled = self.play.disabled = self.count == 1
        if problem is not None:
            self.screen.frame = message_frame(escape(str(problem)))
            return
        self._beginning = False
        self.show()
        self._draw_ahead_later()

    def show(self, change: Any = None) -> None:
        if not self._beginning:  # the slider goes back before its new end is known
            super().show(change)

    def prepare(self) -> int:
        """Compute what the settings ask for: how many steps there are. ValueError if it can't be
        had, OSError if a file is missing; the message is shown."""
        raise NotImplementedError(f"{type(self).__name__} has no steps")

    def draw_step(self, index: int) -> tuple[Picture, str]:
        """The picture and the sentence of one step of what was prepared."""
        raise NotImplementedError(f"{type(self).__name__} draws nothing")

    def draw(self) -> tuple[Picture, str]:
        return self.draw_step(self.step.value)

    async def draw_ahead(self) -> None:
        """Give the browser all steps; other work of the kernel comes in between."""
        frames = []
        for index in range(self.count):
            with _freed_at_once():
                frames.append(frame_of(*self.draw_step(index), self.diagram))
            await asyncio.sleep(0.01)
        self.screen.frames = frames

    def _stop_drawing_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead.cancel()

    def _draw_ahead_later(self) -> None:
        with suppress(RuntimeError):  # no event loop: not in a notebook, nobody waits
            self._ahead = asyncio.get_running_loop().create_task(self._after_a_pause())

    async def _after_a_pause(self) -> None:
        await asyncio.sleep(PAUSE)
        await self.draw_ahead()


@contextmanager
def _freed_at_once() -> Iterator[None]:
    """A picture's thousands of objects hold on to one another until Python's collector finds them;
    it would gather those of ten pictures and then stop for a tenth of a second. So it does not run
    while a picture is drawn, and what was drawn is found as the youngest, in a few milliseconds."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
            gc.collect(0)


def slider(name: str, least: int, most: int, value: int | None = None) -> widgets.IntSlider:
    """Whole numbers from `least`, where it begins unless `value` is given, to `most`."""
    begin = least if value is None else value
    return widgets.IntSlider(value=begin, min=least, max=most, description=name)


def _wrapping() -> widgets.Layout:
    return widgets.Layout(flex_flow="row wrap")
