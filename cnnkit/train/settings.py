"""What must be the same for a training to go on: described so that a file can keep it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

NO_OPTIONS = {"training"}  # the mode of a loss that is a layer


def described(value: Any) -> Any:
    """A loss, a schedule, an option: in what JSON has, the same for what was made in the same way.

    Numbers, texts and arrays are their values, functions their names, what can be called otherwise
    (a loss, an augmentation) its class and its public attributes; of all else only the class.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if hasattr(value, "tolist"):  # an array, a tensor, or a number of NumPy
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(name): described(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [described(inner) for inner in value]
    if isinstance(value, partial):
        given = {"arguments": value.args, "options": value.keywords}
        return {"function": described(value.func)} | described(given)
    if hasattr(value, "__name__"):
        return value.__name__
    return {"type": type(value).__name__} | (described(_options(value)) if callable(value) else {})


def _options(value: Any) -> dict[str, Any]:
    """The public attributes, with those that a PyTorch module keeps apart."""
    held = dict(vars(value))
    for apart in ("_buffers", "_modules"):
        held |= held.get(apart, {})
    return {n: v for n, v in held.items() if not n.startswith("_") and n not in NO_OPTIONS}


def differences(before: Any, now: Any, name: str = "") -> Iterator[str]:
    """In what two described settings differ, as "optimizer.momentum was 0.9, is 0.5"."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*now, *before]):
            dotted = f"{name}.{key}" if name else key
            yield from differences(before.get(key), now.get(key), dotted)
    elif before != now:
        yield f"{name} was {before}, is {now}"
