"""What a test had compared (sessions/differences.py), as it is kept: JSON in a closed form."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

from autograder.grading.shape import Named, ShapeError, look

SIDE = {"type": str, "shape": object, "text": str}
ALWAYS = {"expected": SIDE, "got": SIDE, "differs": str}
SOMETIMES: dict[str, Any] = {
    **dict.fromkeys(("count", "size"), int),
    "most": [int],
    "plane": [int],
    "part": [str],
    "values": [[[object]]],
    "pictures": Named([object]),
}


def plain(compared: dict[str, Any]) -> dict[str, Any]:
    """What was compared, with its pictures as text."""
    if "pictures" not in compared:
        return compared
    pictures = {
        name: [width, height, b64encode(pixels).decode()]
        for name, (width, height, pixels) in compared["pictures"].items()
    }
    return compared | {"pictures": pictures}


def checked(plainly: Any) -> dict[str, Any]:
    """What `plain` was made of. ShapeError: it has not the form."""
    there = SOMETIMES.keys() & plainly.keys() if type(plainly) is dict else ()
    look(plainly, ALWAYS | {key: SOMETIMES[key] for key in there}, "what was compared")
    for side in ("expected", "got"):
        if plainly[side]["shape"] is not None:
            look(plainly[side]["shape"], [int], f"the shape of {side}")
    for row in plainly.get("values", ()):
        for cell in row:
            if [*map(type, cell)] != [str, str, bool]:
                raise ShapeError("a pair of values is two texts, and whether they differ")
    if "pictures" not in plainly:
        return dict(plainly)
    pictures = {}
    for name, picture in plainly["pictures"].items():
        if [*map(type, picture)] != [int, int, str]:
            raise ShapeError(f"the picture {name} is no width, height and pixels")
        pictures[name] = [*picture[:2], b64decode(picture[2], validate=True)]
    return plainly | {"pictures": pictures}
