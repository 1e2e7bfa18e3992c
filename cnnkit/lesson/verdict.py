"""What is said of an answer: right, which mistake it comes from, or how far off it is."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

SMALL = 1e-9


class Reply(NamedTuple):
    """`verdict` is "right", "mistake", "not yet", "unreadable" or "kept"; `text` is Markdown."""

    verdict: str
    text: str


def close(got: Any, right: Any, tolerance: float) -> bool:
    """|got − right| ≤ tolerance · |right| for each number; whole numbers must be met."""
    got, right = np.asarray(got, float), np.asarray(right)
    if got.shape != right.shape:
        return False
    if np.issubdtype(right.dtype, np.integer):
        tolerance = 0.0
    return bool((np.abs(got - right) <= tolerance * np.abs(right) + SMALL).all())


def distance(got: float, right: float) -> str:
    """How far off a number is, without giving it away."""
    if got * right < 0:
        return "the sign is the other one" if close(-got, right, 0.01) else "the sign is wrong"
    larger = abs(got) > abs(right)
    if right > 0:
        way = "too large" if larger else "too small"
    elif right < 0:  # −9 is smaller than −4: nobody is sure what is meant
        way = "too far from 0" if larger else "too near to 0"
    else:
        way = "too large" if got > 0 else "too small"
    ratio = abs(got / right) if right and got else math.inf
    ratio = max(ratio, 1 / ratio)
    if ratio < 1.1:
        return f"a little {way}"
    if ratio < 2 or math.isinf(ratio):
        return way
    return f"{way}, by a factor of about {float(f'{ratio:.1g}'):,.0f}"


def shape_distance(got: tuple[int, ...], right: tuple[int, ...]) -> str:
    if len(got) != len(right):
        return f"it has {_count(len(right), 'number')}, yours has {len(got)}"
    if sorted(got) == sorted(right):
        return "these are the numbers, but not their order"
    place, (mine, its) = next(
        (n, pair) for n, pair in enumerate(zip(got, right, strict=True)) if len(set(pair)) > 1
    )
    which = "the number" if len(right) == 1 else f"number {place + 1} of {len(right)}"
    return f"{which} is too {'large' if mine > its else 'small'}"


def array_distance(got: np.ndarray, right: np.ndarray, tolerance: float) -> str:
    if got.shape != right.shape:
        return f"it has {_rows(right.shape)}, yours has {_rows(got.shape)}"
    pairs = list(zip(got.flat, right.flat, strict=True))
    wrong = [n for n, (mine, its) in enumerate(pairs) if not close(mine, its, tolerance)]
    place = ", ".join(str(int(i)) for i in np.unravel_index(wrong[0], right.shape))
    return (
        f"{len(pairs) - len(wrong)} of {len(pairs)} numbers are right; the one at [{place}] is "
        f"{distance(*pairs[wrong[0]])}"
    )


def _rows(shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return _count(shape[0], "number")
    return f"{_count(shape[0], 'row')} of {shape[1]}"


def _count(many: int, what: str) -> str:
    return f"{many} {what}" + "s" * (many != 1)
