"""Formulas as browsers draw them themselves, in an export and without a network."""

from __future__ import annotations

import re
from html import unescape

from latex2mathml.converter import convert

# What is no operator in TeX, and has no room about it.
PLAIN = r"<mo([^>]*)>(\||&#x0007C;|&#x0221E;)</mo>"
THIN = '<mspace width="0.17em"></mspace>'
# A function's name, if it is no script itself and has none.
NAME = r"(?<!<msub>)(?<!<msup>)(?<!<mfrac>)(<mi>[a-z]{2,}</mi>)(?!</m(?:sub|sup|frac))"


def mathml(tex: str, display: bool = False) -> str:
    """MathML of a formula in TeX; ValueError: it is not complete, or has an unknown command."""
    try:
        made = convert(tex, display="block" if display else "inline")
    except Exception as problem:  # what the library refuses has no class in common
        raise ValueError(f"{tex!r} is no formula: {type(problem).__name__}") from None
    if "\\" in unescape(made):
        raise ValueError(f"{tex!r} has a command that is not known")
    made = re.sub(PLAIN, r'<mo\1 lspace="0" rspace="0">\2</mo>', made)
    made = re.sub(rf"(</m[in]>|&#x0005D;</mo>|\]</mo>){NAME}", rf"\1{THIN}\2", made)
    return re.sub(rf"{NAME}(?=<m(?!o))", rf"\1{THIN}", made)
