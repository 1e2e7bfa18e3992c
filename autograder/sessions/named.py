"""Named tuples: the tuple by value, its names and methods of the object from afar."""

from __future__ import annotations

from typing import Any


class Named(tuple):
    """A named tuple of the other side's: what it holds, by value, and the object itself.

    It is compared and unpacked as the tuple that it is. Its names are asked of the object, as those
    of any object are, and it goes back as the object: a function finds its own fields in it.
    """

    handle: Any
    names: frozenset[str]

    def __new__(cls, values: list, handle: Any, names: list) -> Named:
        named = super().__new__(cls, values)
        named.handle, named.names = handle, frozenset(names)
        return named

    def __getattr__(self, name: str) -> Any:
        if name not in self.names:
            raise AttributeError(f"a tuple has no attribute {name!r}")
        return getattr(self.handle, name)

    def __reduce__(self) -> Any:  # a test's copy is a tuple
        return tuple, (list(self),)


def content_of_named(obj: Any) -> tuple[list, list[str]] | None:
    """What a named tuple really holds, whatever its class says of that, and which names it has
    that a tuple has not; None for anything else."""
    fields = getattr(type(obj), "_fields", None)
    if not isinstance(obj, tuple) or type(fields) is not tuple:
        return None
    if set(fields) & set(dir(tuple)):  # `count` and `index` would be the tuple's own
        return None
    names = set(object.__dir__(obj)) - set(dir(tuple))
    return list(tuple.__iter__(obj)), sorted(n for n in names if not n.startswith("__"))
