"""What all explorers share: controls above, a picture, and a sentence that says what is seen."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import ipywidgets as widgets

from cnnkit.explorers.controls import Slider
from cnnkit.explorers.screen import Drawn, Message, Screen
from cnnkit.viz.display import Bundle, image_bundle, message_bundle

IMPOSSIBLE = (ValueError, OSError)  # what the controls ask for can't be had; weights are missing
PAUSE = 0.4  # seconds without a change after which frames are drawn ahead
AHEAD = "an explorer draws ahead"  # the name of that task, for which an HTML export waits

Draw = Callable[[], Drawn]


class Step(NamedTuple):
    """A step: what the slider calls it, and what draws it without asking the controls."""

    label: str
    draw: Draw


class StaticPicture:
    """A widget that leaves its picture, as it was when its cell ran, where no kernel runs: on
    GitHub, in an HTML export."""

    def still(self) -> dict[str, Any]:
        """What is seen: `png`, its alternative text `alt`, its `width` on the page, and where its
        `photographs` are."""
        raise NotImplementedError(f"{type(self).__name__} has no picture")

    def _repr_mimebundle_(self, **options: Any) -> Bundle:
        view = super()._repr_mimebundle_(**options)  # type: ignore[misc]
        view = view[0] if isinstance(view, tuple) else view
        still = self.still()
        if still["png"]:
            data, metadata = image_bundle(
                still["png"], still["alt"], still["width"], photographs=still["photographs"]
            )
        else:
            data, metadata = message_bundle(still["alt"])
        return view | data, metadata


class Explorer(StaticPicture, widgets.VBox):
    """A thin view: `draw` computes from the controls' values what is seen and said. Every control
    works by the keyboard."""

    def __init__(self, controls: Sequence[widgets.Widget]) -> None:
        self.screen = Screen()
        for control in controls:
            if isinstance(control, widgets.Dropdown):
                control.layout.width = "auto"  # as wide as its longest name
        box = widgets.Box(list(controls)).add_class("explorer-controls")
        super().__init__([box, self.screen])
        kind = type(self).__name__.removesuffix("Explorer").lower()
        self.add_class("cnnkit-explorer").add_class(f"{kind}-explorer")

    def draw(self) -> Drawn:
        """What is seen and said; ValueError if the controls ask for what can't be had: then its
        message is shown."""
        raise NotImplementedError(f"{type(self).__name__} draws nothing")

    def watch(self, *controls: widgets.Widget) -> None:
        """Show anew when one of these changes."""
        for control in controls:
            control.observe(self.show, "value")

    def show(self, _: Any = None) -> None:
        """Draw what the controls ask for."""
        self.screen.frame = _frame(self.draw)

    def still(self) -> dict[str, Any]:
        return _drawn(self.draw).still()

    @property
    def sentence(self) -> str:
        """The sentence as it is seen, HTML."""
        return self.screen.frame["html"]


class StepExplorer(Explorer):
    """An explorer of something that happens step by step, with a slider that a button plays.

    In a notebook all steps are drawn ahead while the kernel is idle, and kept in the browser: from
    then on it moves without the kernel.
    """

    stays = False  # at its step, when a setting changes that leaves as many
    first = 0  # the step at which it begins

    def __init__(
        self, settings: Sequence[widgets.Widget], name: str = "step", interval: int = 900
    ) -> None:
        self.step = Slider(description=name, interval=interval).add_class("explorer-step")
        self._steps: Sequence[Step] = ()
        self._problem = ""
        # JupyterLab may answer a control in another thread than the one that draws ahead.
        self._lock = threading.Lock()
        super().__init__([*settings, self.step])
        widgets.jslink((self.step, "value"), (self.screen, "index"))
        for control in settings:
            control.observe(self.begin, "value")
        self.watch(self.step)
        self.begin()

    def prepare(self) -> Sequence[Step]:
        """Compute what the settings ask for: the steps, which do not ask the controls. ValueError
        if it can't be had, OSError if a file is missing; the message is shown."""
        raise NotImplementedError(f"{type(self).__name__} has no steps")

    def load(self) -> None:
        """Load what other settings need and is kept: it is called in a thread of its own when all
        steps are drawn, so that the first change to such a setting does not wait for it."""

    @property
    def count(self) -> int:
        """How many steps there are; 0 if the settings ask for what can't be had."""
        return len(self._steps)

    def begin(self, _: Any = None) -> None:
        """From the first step on, with as many as the settings give."""
        steps: Sequence[Step] = ()
        self._problem = ""
        try:
            with _drawing:  # a network that is being drawn ahead must not be run at the same time
                steps = self.prepare()
        except IMPOSSIBLE as refused:
            self._problem = str(refused)
        last = max(0, len(steps) - 1)
        stay = self.step.value if self.stays and len(steps) == self.count else self.first
        with self._lock, self.screen.hold_sync():
            self._steps = ()  # the slider is set while nothing answers it
            with self.step.hold_sync():
                self.step.playing = False
                self.step.value = 0  # its new end may lie before the old place
                self.step.max = max(1, last)
                self.step.value = self.screen.index = min(stay, last)
                self.step.labels = [step.label for step in steps]
                self.step.disabled = len(steps) < 2
            self._steps = steps
            self.screen.frames = []
            super().show()
        if steps:
            with suppress(RuntimeError):  # no event loop: not in a notebook, nobody waits
                loop = asyncio.get_running_loop()
                self._task = loop.create_task(self._draw_ahead_later(steps), name=AHEAD)

    def show(self, _: Any = None) -> None:
        if self._steps and not self.screen.frames:  # else the browser has the picture
            super().show()

    def draw(self) -> Drawn:
        return self._steps[self.step.value].draw() if self._steps else Message(self._problem)

    @property
    def sentence(self) -> str:
        frames = self.screen.frames
        return frames[self.step.value]["html"] if frames else super().sentence

    async def draw_ahead(self) -> None:
        """Give the browser all steps; other work of the kernel comes in between. A change of the
        settings ends it."""
        steps, frames = self._steps, []
        for step in steps:
            if steps is not self._steps:
                return
            frames.append(_frame(step.draw))
            await asyncio.sleep(0.01)
        with self._lock:
            if steps is self._steps:
                self.screen.frames = frames

    async def _draw_ahead_later(self, steps: Sequence[Step]) -> None:
        await asyncio.sleep(PAUSE)
        # One explorer after another: a control that is moved now waits for one picture at most.
        async with _turn():
            if steps is self._steps:
                await self.draw_ahead()
                with suppress(*IMPOSSIBLE):  # who asks for it is told
                    await asyncio.to_thread(self.load)


def _drawn(draw: Draw) -> Drawn:
    try:
        return draw()
    except IMPOSSIBLE as problem:
        return Message(str(problem))


def _frame(draw: Draw) -> dict[str, Any]:
    with _freed_at_once():
        return _drawn(draw).frame()


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
