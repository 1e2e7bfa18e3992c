"""Where a paper and torchvision differ, a model has both forms."""

from collections.abc import Callable
from typing import Any


def one_of(variant: str, **builders: Callable[..., Any]) -> Callable[..., Any]:
    """The builder of a variant; ValueError names those that there are."""
    if variant not in builders:
        known = " or ".join(repr(name) for name in builders)
        raise ValueError(f"variant: expected {known}, got {variant!r}")
    return builders[variant]
