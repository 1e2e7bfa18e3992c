"""Every picture of the course on one page, with a capture of every explorer: `make gallery`.

A function of `pictures` or `networks` whose name begins without an underscore is a picture of the
gallery, the first line of its docstring the title.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from cnnkit.viz import Film, Picture
from gallery import networks, pictures

Make = Callable[[], Picture | Film]


def makers() -> dict[str, Make]:
    """The functions that make the gallery's pictures, by name."""
    found: dict[str, Make] = {}
    for module in (pictures, networks):
        for name, make in inspect.getmembers(module, inspect.isfunction):
            if make.__module__ == module.__name__ and not name.startswith("_"):
                found[name] = make
    order = {make: make.__code__.co_firstlineno for make in found.values()}
    first = {pictures.__name__: 0, networks.__name__: 1}
    return dict(sorted(found.items(), key=lambda item: (first[item[1].__module__], order[item[1]])))
