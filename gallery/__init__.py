"""Every picture of the course on one page, with a capture of every explorer: `make gallery`.

A function of one of `ROOMS` whose name begins without an underscore is a picture of the gallery,
the first line of its docstring the title.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from cnnkit.viz import Film, Picture
from gallery import architectures, learning, networks, pictures

Make = Callable[[], Picture | Film]
ROOMS = (pictures, learning, architectures, networks)  # in the order of the page


def makers() -> dict[str, Make]:
    """The functions that make the gallery's pictures, by name."""
    found: dict[str, Make] = {}
    for room in ROOMS:
        made = [
            make
            for name, make in inspect.getmembers(room, inspect.isfunction)
            if make.__module__ == room.__name__ and not name.startswith("_")
        ]
        made.sort(key=lambda make: make.__code__.co_firstlineno)
        found |= {make.__name__: make for make in made}
    return found
