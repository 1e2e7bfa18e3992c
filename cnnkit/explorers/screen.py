"""What an explorer shows: a diagram, or a page of text and photographs, and a sentence below it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import anywidget
import traitlets

from cnnkit.viz.style import Picture

HERE = Path(__file__).parent
FINENESS = 150  # dots per inch of what is kept: one and a half for a pixel of the page

_serial = count(1)


class Screen(anywidget.AnyWidget):
    """`frame` is what is seen. If `frames` holds the frame that `index` asks for, the browser shows
    that one, without asking the kernel. `images` are those that its pages share, by their names."""

    _esm = HERE / "screen.js"
    _css = HERE / "screen.css"
    frame: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    frames: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    images: traitlets.Dict[str, bytes] = traitlets.Dict().tag(sync=True)
    index = traitlets.Int(-1).tag(sync=True)


class Drawn(Protocol):
    """What an explorer draws."""

    @property
    def sentence(self) -> str:
        """What is said of it, HTML."""

    def frame(self) -> dict[str, Any]:
        """What the browser shows."""

    def still(self) -> dict[str, Any]:
        """What is kept where no browser draws it: `png`, its alternative text `alt`, its `width`
        on the page."""


@dataclass(frozen=True, eq=False)
class Diagram:
    """A picture, black on white, which the browser recolours in a dark theme. What is written in it
    is text."""

    picture: Picture
    sentence: str

    def frame(self) -> dict[str, Any]:
        return _frame(self.sentence, page=self.picture.svg(), alt=self.picture.alt)

    def still(self) -> dict[str, Any]:
        return still_of(self.picture)


@dataclass(frozen=True, eq=False)
class Page:
    """HTML in which text is text and a photograph a photograph, so that both are sharp and right in
    every theme. An `<img data-image="name">` shows one of `images`, files of PNG or JPEG, or one
    that the screen's pages share. `alt` says it in words; `picture` draws what is kept of it where
    no browser is."""

    html: str
    alt: str
    sentence: str
    picture: Callable[[], Picture]
    images: Mapping[str, bytes] = field(default_factory=dict)

    def frame(self) -> dict[str, Any]:
        return _frame(self.sentence, page=self.html, images=dict(self.images), alt=self.alt)

    def still(self) -> dict[str, Any]:
        return still_of(self.picture()) | {"alt": self.alt}


@dataclass(frozen=True)
class Message:
    """Why there is nothing to be seen, and what to do."""

    text: str

    @property
    def sentence(self) -> str:
        return f"<p><b>{escape(self.text)}</b></p>"

    def frame(self) -> dict[str, Any]:
        return _frame(self.sentence)

    def still(self) -> dict[str, Any]:
        return {"png": b"", "alt": self.text, "width": 0}


def still_of(picture: Picture) -> dict[str, Any]:
    """A picture as PNG, quickly compressed, with its alternative text, its width and the places of
    its photographs."""
    return {
        "png": picture.png(FINENESS, compression=1),
        "alt": picture.alt,
        "width": picture.page_width,
        "photographs": picture.photographs(),
    }


def _frame(sentence: str, **seen: Any) -> dict[str, Any]:
    """No frame equals another, so that the browser hears of every answer."""
    empty = {"page": "", "alt": "", "images": {}}
    return {**empty, **seen, "html": sentence, "serial": next(_serial)}
