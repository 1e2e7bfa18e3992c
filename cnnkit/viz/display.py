"""How a picture stands in a notebook: an image with its alternative text, which is right in light
and in dark themes.

JupyterLab and nbconvert show an image's alternative text only if it comes as HTML; what shows no
HTML takes the PNG beside it. Where a page lets no style through (GitHub, a notebook that is not
trusted) the image stands as it is, on white.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

Bundle = tuple[dict[str, Any], dict[str, Any]]
Bounds = tuple[float, float, float, float]  # left, top, right, bottom: parts of width and height

EVERYWHERE: Bounds = (0.0, 0.0, 1.0, 1.0)
# What a dark theme makes of a diagram; the explorers' screen.css has the same.
RECOLOURED = "invert(0.942) hue-rotate(180deg) brightness(1.15)"
STYLE = (Path(__file__).parent / "picture.css").read_text().replace("RECOLOURED", RECOLOURED)


def image_bundle(
    png: bytes,
    alt: str,
    width: int,
    plain: bytes | None = None,
    photographs: Sequence[Bounds] = (),
) -> Bundle:
    """What a notebook keeps of an image that is `width` pixels wide on the page. `plain` (default:
    the same) is shown where there is no HTML, and may be coarser. What is in one of `photographs`
    keeps its colours in a dark theme."""
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    data = {
        "text/html": f"<style>{STYLE}</style>{picture_html(source, alt, width, photographs)}",
        "image/png": base64.b64encode(plain or png).decode(),
        "text/plain": alt,
    }
    return data, {"image/png": {"alt": alt, "width": width}}


def picture_html(source: str, alt: str, width: int, photographs: Sequence[Bounds] = ()) -> str:
    """The image at an address and the veil over it, for a page that has `STYLE`."""
    # White, so that black on nothing can be read where the veil is missing, too.
    look = "max-width: 100%; height: auto; background: white"
    image = f'<img alt="{escape(alt)}" width="{width}" style="{look}" '
    image += f'src="{source}">'
    veil = f'<i style="clip-path: {_around(photographs)}"></i>'
    return (
        f'<span class="cnnkit-picture"><span style="width: {width}px">{image}{veil}</span></span>'
    )


def _around(holes: Sequence[Bounds]) -> str:
    """A CSS shape: everything but the holes, each of which is entered and left from the corner."""
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
    for left, top, right, bottom in holes:
        hole = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        corners += [*hole, (0.0, 0.0)]
    return f"polygon(evenodd, {', '.join(f'{x:.3%} {y:.3%}' for x, y in corners)})"


def message_bundle(text: str) -> Bundle:
    """What a notebook keeps where there is no picture."""
    return {"text/html": f"<p><b>{escape(text)}</b></p>", "text/plain": text}, {}
