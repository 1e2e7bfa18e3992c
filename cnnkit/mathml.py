"""Formulas as browsers draw them themselves, in an export and without a network."""

from __future__ import annotations

from html import unescape

from latex2mathml.converter import convert


def mathml(tex: str, display: bool = False) -> str:
    """MathML of a formula in TeX; ValueError: it is not complete, or has an unknown command."""
    try:
        made = convert(tex, display="block" if display else "inline")
    except Exception as problem:  # what the library refuses has no class in common
        raise ValueError(f"{tex!r} is no formula: {type(problem).__name__}") from None
    if "\\" in unescape(made):
        raise ValueError(f"{tex!r} has a command that is not known")
    return made
