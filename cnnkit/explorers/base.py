"""What all explorers share: controls above, a picture, and a sentence that says what is seen."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakKeyDictionary

import ipywidgets as widgets

from cnnkit.explorers.screen import Screen, frame_of, message_frame
from cnnkit.viz.display import Bundle, image_bundle, message_bundle
from cnnkit.viz.style import Picture

IMPOSSIBLE = (ValueError, OSError)  # what the controls ask for can't be had; weights are missing
PAUSE = 0.4  # seconds without a change after which frames are drawn ahead
AHEAD = "an explorer draws ahead"  # the name of that task, for which an HTML export waits

Drawn = tuple[Picture, str]
Draw = Callable[[], Drawn]


class StaticPicture:
    """A widget that leaves its picture, as it was when its cell ran, where no kernel runs: on
    GitHub, in an HTML export."""

    def still(self) -> dict[str, Any]:
        """What is seen: `png`, its alternative text `alt`, its `width` on the page."""
        raise NotImplementedError(f"{type(self).__name__} has no picture")

    def _repr_mimebundle_(self, **options: Any) -> Bundle:
        view = super()._repr_mimebundle_(**options)  # type: ignore[misc]
        view = view[0] if isinstance(view, tuple) else view
        still = self.still()
        if still["png"]:
            data, metadata = image_bundle(still["png"], still["alt"], still["width"])
        else:
            data, metadata = message_bundle(still["alt"])
        return view | data, metadata


class Explorer(StaticPicture, widgets.VBox):
    """A thin view: `draw` computes a picture and a sentence from the controls' values. Every
    control works by the keyboard."""

    diagram = True  # black on white, and not a photograph

    def __init__(self, controls: Sequence[Sequence[widgets.Widget]]) -> None:
        self.screen = Screen(diagram=self.diagram)
        for control in (control for row in controls for control in row):
            if isinstance(control, widgets.Dropdown):
                control.layout.width = "auto"  # as wide as its longest name
        rows = [widgets.HBox(list(row), layout=_wrapping()) for row in controls]
        super().__init__([*rows, self.screen])
        kind = type(self).__name__.removesuffix("Explorer").lower()
        self.add_class("cnnkit-explorer").add_class(f"{kind}-explorer")

    def draw(self) -> Drawn:
        """The picture and the sentence, as HTML; ValueError if the controls ask for what can't be
        had: then its message is shown."""
        raise NotImplementedError(f"{type(self).__name__} draws nothing")

    def watch(self, *controls: widgets.Widget) -> None:
        """Show anew when one of these changes."""
        for control in controls:
            control.observe(self.show, "value")

    def show(self, _: Any = None) -> None:
        """Draw what the controls ask for."""
        self.screen.frame = self._frame(self.draw)

    def still(self) -> dict[str, Any]:
        return self.screen.frame

    @property
    def sentence(self) -> str:
        """The sentence as it is seen, HTML."""
        return self.still()["html"]

    def _frame(self, draw: Draw) -> dict[str, Any]:
        try:
            with _freed_at_once():
                return frame_of(*draw(), self.diagram)
        except IMPOSSIBLE as problem:
            return message_frame(str(problem))


class StepExplorer(Explorer):
    """An explorer of something that happens step by step, with a slider and a button that plays it.

    In a notebook all steps are drawn ahead while the kernel is idle, and kept in the browser: from
    then on it moves without the kernel.
    """

    stays = False  # at its step, when a setting changes that leaves as many

    def __init__(
        self, settings: Sequence[widgets.Widget], name: str = "step", interval: int = 900
    ) -> None:
        self.step = slider(name, 0, 1).add_class("explorer-step")
        self.play = widgets.Play(min=0, max=1, interval=interval)
        self._steps: Sequence[Draw] = ()
        # JupyterLab may answer a control in another thread than the one that draws ahead.
        self._lock = threading.Lock()
        super().__init__([[*settings], [self.play, self.step]])
        widgets.jslink((self.play, "value"), (self.step, "value"))
        widgets.jslink((self.step, "value"), (self.screen, "index"))
        for control in settings:
            control.observe(self.begin, "value")
        self.watch(self.step)
        self.begin()

    def prepare(self) -> Sequence[Draw]:
        """Compute what the settings ask for: a function for each step, which draws it and does not
        ask the controls. ValueError if it can't be had, OSError if a file is missing; the message
        is shown."""
        raise NotImplementedError(f"{type(self).__name__} has no steps")

    @property
    def count(self) -> int:
        """How many steps there are; 0 if the settings ask for what can't be had."""
        return len(self._steps)

    def begin(self, _: Any = None) -> None:
        """From the first step on, with as many as the settings give."""
        steps: Sequence[Draw] = ()
        problem = None
        try:
            steps = self.prepare()
        except IMPOSSIBLE as refused:
            problem = refused
        stay = self.step.value if self.stays and len(steps) == self.count else 0
        with self._lock:
            self._steps = ()  # the slider goes back before its new end is known
            self.screen.frames = []
        self.play.playing = False
        self.play.value = self.step.value = stay
        self.screen.last = max(0, len(steps) - 1)
        self.step.max = self.play.max = max(1, len(steps) - 1)
        self.step.disabled = self.play.disabled = len(steps) < 2
        self._steps = steps
        if problem is not None:
            self.screen.frame = message_frame(str(problem))
            return
        self.show()
        with suppress(RuntimeError):  # no event loop: not in a notebook, nobody waits
            drawing = self._draw_ahead_later(steps)
            self._task = asyncio.get_running_loop().create_task(drawing, name=AHEAD)

    def show(self, _: Any = None) -> None:
        if self._steps and not self.screen.frames:  # else the browser has the picture
            super().show()

    def draw(self) -> Drawn:
        return self._steps[self.step.value]()

    def still(self) -> dict[str, Any]:
        frames = self.screen.frames
        return frames[self.step.value] if frames else self.screen.frame

    async def draw_ahead(self) -> None:
        """Give the browser all steps; other work of the kernel comes in between. A change of the
        settings ends it."""
        steps, frames = self._steps, []
        for draw in steps:
            if steps is not self._steps:
                return
            frames.append(self._frame(draw))
            await asyncio.sleep(0.01)
        with self._lock:
            if steps is self._steps:
                self.screen.frames = frames

    async def _draw_ahead_later(self, steps: Sequence[Draw]) -> None:
        await asyncio.sleep(PAUSE)
        # One explorer after another: a control that is moved now waits for one picture at most.
        async with _turn():
            if steps is self._steps:
                await self.draw_ahead()


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
_drawing = threading.RLock()


def _turn() -> asyncio.Lock:
    """What an explorer holds while it draws ahead."""
    return _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock())


@contextmanager
def _freed_at_once() -> Iterator[None]:
    """A picture's thousands of objects hold on to one another until Python's collector finds them;
    it would gather those of ten pictures and then stop for a tenth of a second. So it does not run
    while a picture is drawn, and what was drawn is found as the youngest, in a few milliseconds.
    One thread draws at a time."""
    with _drawing:
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
