"""What a test that its student can read had compared: as data for the result, as pictures.

It comes from the session in which no hidden test has run (`show_notebook`), and from no other.
"""

from __future__ import annotations

import base64
import io
from typing import Any

from autograder.grading.student import CellRun


def without_pictures(shown: CellRun) -> dict[str, Any] | None:
    """Expected and got of the assertion that failed (sessions/differences.py), if that is known."""
    compared = shown.error.get("compared") if shown.error and not shown.state else None
    return {key: part for key, part in compared.items() if key != "pictures"} if compared else None


def pictures(shown: CellRun) -> list[dict[str, Any]]:
    """Expected, got and their difference as outputs of a notebook, each called by its name."""
    compared = (shown.error or {}).get("compared") or {}
    return [
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {"image/png": _png(*pixels), "text/plain": name},
        }
        for name, pixels in compared.get("pictures", {}).items()
    ]


def _png(width: int, height: int, pixels: bytes) -> str:
    from PIL import Image  # only where there is a picture to be written

    buffer = io.BytesIO()
    Image.frombytes("RGB", (width, height), pixels).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()
