"""What an explorer shows: a picture with its alternative text, and a sentence below it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from matplotlib.text import Text

from cnnkit.viz.style import GREY, Picture

HERE = Path(__file__).parent
EMPTY = {"png": b"", "alt": "", "html": "", "width": 0}


class Screen(anywidget.AnyWidget):
    """`frame` is what is seen. If `frames` holds the frame that `index` asks for, the browser shows
    that one, without asking the kernel. `last` is the largest index.
    A `diagram` is recoloured for dark themes."""

    _esm = HERE / "screen.js"
    _css = HERE / "screen.css"
    frame: traitlets.Dict[str, Any] = traitlets.Dict(EMPTY).tag(sync=True)
    frames: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    index = traitlets.Int(-1).tag(sync=True)
    last = traitlets.Int(0).tag(sync=True)
    diagram = traitlets.Bool(True).tag(sync=True)


def frame_of(picture: Picture, html: str, diagram: bool = True) -> dict[str, Any]:
    """A frame of the screen, its picture as PNG: one and a half dots for a pixel of the page, one
    dot where photographs would take too long to compress. What is written beside photographs is
    grey on nothing, which can be read in light and in dark themes."""
    if not diagram:
        picture.set_facecolor("none")
        for axes in picture.axes:
            axes.set_facecolor("none")
            axes.spines[:].set_color(GREY)
        for text in picture.findobj(Text):
            text.set_color(GREY)
    return {
        "png": picture.png(150 if diagram else 100, compression=1),
        "alt": picture.alt,
        "html": html,
        "width": round(100 * picture.get_size_inches()[0]),
    }


def message_frame(text: str) -> dict[str, Any]:
    """A frame without a picture."""
    return {"png": b"", "alt": text, "html": f"<p><b>{escape(text)}</b></p>", "width": 0}
