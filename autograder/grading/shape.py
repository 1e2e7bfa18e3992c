"""Closed forms: what is read of a JSON file, where whatever is missing, unknown, or of another type
than it should be is said with its place.

A record is a table of keys, a list in a shape is a list of such, `Named` a table by name.
"""

from __future__ import annotations

import math
from typing import Any

WORDS: dict[Any, str] = {
    str: "a text",
    bytes: "bytes",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    type(None): "nothing",
}


class ShapeError(ValueError):
    """A file that has not its form: says where, and what is wrong."""


class Named:
    """A table of values of one shape, by name."""

    def __init__(self, shape: Any):
        self.shape = shape


def look(value: Any, shape: Any, place: str) -> None:
    """ShapeError where a value has not the shape."""
    if type(shape) is Named and type(value) is dict:
        for key, inner in value.items():
            look(inner, shape.shape, f"{place}, {key}")
    elif type(shape) is list and type(value) is list:
        for number, inner in enumerate(value, 1):
            look(inner, shape[0], f"{place}, number {number}")
    elif type(shape) is dict and type(value) is dict:
        for key in [*(shape.keys() - value.keys()), *(value.keys() - shape.keys())]:
            raise ShapeError(f"{place} {'lacks' if key in shape else 'has an unknown'} {key}")
        for key, inner in value.items():
            look(inner, shape[key], f"{place}, {key}")
    elif shape is object or (shape is float and type(value) is int):  # looked at by others; a float
        return
    elif type(value) is not shape or (shape is float and not math.isfinite(value)):
        wanted = WORDS.get(shape) if isinstance(shape, type) else None
        wanted = wanted or ("a list" if type(shape) is list else "a table")
        raise ShapeError(f"{place} is no such thing: {wanted} was expected")
