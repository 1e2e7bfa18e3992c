"""How a picture stands in a notebook: an image with its alternative text.

JupyterLab and nbconvert show an image's alternative text only if it comes as HTML; what shows no
HTML takes the PNG beside it.
"""

from __future__ import annotations

import base64
from html import escape
from typing import Any

Bundle = tuple[dict[str, Any], dict[str, Any]]


def image_bundle(png: bytes, alt: str, width: int, plain: bytes | None = None) -> Bundle:
    """What a notebook keeps of an image that is `width` pixels wide on the page. `plain` (default:
    the same) is shown where there is no HTML, and may be coarser."""
    source = base64.b64encode(png).decode()
    # White, so that black on nothing can be read in a dark theme, too.
    look = "max-width: 100%; height: auto; background: white"
    image = f'<img alt="{escape(alt)}" width="{width}" style="{look}" '
    data = {
        "text/html": f'{image}src="data:image/png;base64,{source}">',
        "image/png": base64.b64encode(plain or png).decode(),
        "text/plain": alt,
    }
    return data, {"image/png": {"alt": alt, "width": width}}


def message_bundle(text: str) -> Bundle:
    """What a notebook keeps where there is no picture."""
    return {"text/html": f"<p><b>{escape(text)}</b></p>", "text/plain": text}, {}
