"""What a reader types, read as a number, a shape or an array. Nothing of it is evaluated."""

from __future__ import annotations

import math
import re

import numpy as np

SUFFIXES = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "million": 1e6,
    "g": 1e9,
    "billion": 1e9,
    "b": 1e9,
    "%": 0.01,
}
DIGITS = r"[+-]?(?:\d[\d ,_']*\.?\d*|\.\d+)(?:e[+-]?\d+)?"
FACTOR = re.compile(rf"({DIGITS})\s*(?:(?:\*\*|\^)\s*({DIGITS}|\(\s*{DIGITS}\s*\)))?")
LIMIT = 400  # characters: a number, a shape or a small table
HOW = "write it as 2, 0.5, 1/2, 50 %, 1.6e9 or 2^10"


class Unreadable(ValueError):
    """The text is no number, shape or array; the message is a sentence for the reader."""


def number(text: str, unit: str = "") -> float:
    """2, 2.0, −2, 1/2, 50 %, 1,000, 1.6 billion, 1.6e9, 1.6 · 10^9, 2**10; a `unit` behind it may
    stand there or not. Where the unit is %, 30 is 0.3 like 30 %."""
    shown, text = text.strip(), _plain(text)
    if not text:
        raise Unreadable(f"There is no number yet: {HOW}.")
    if unit and unit != "%":
        text = text.removesuffix(_plain(unit)).strip()
    value, suffix = 1.0, re.search(r"(%|[a-z]+)$", text)
    if suffix and suffix[1] not in SUFFIXES:
        raise Unreadable(f"“{_short(shown)}” is no number: {HOW}.")
    if suffix:
        value, text = SUFFIXES[suffix[1]], text[: suffix.start()].strip()
    try:
        for place, part in enumerate(text.split("/")):
            found = _product(part)
            value = value / found if place else value * found
    except ZeroDivisionError:
        raise Unreadable("Nothing can be divided by 0.") from None
    except (ValueError, OverflowError):
        raise Unreadable(f"“{_short(shown)}” is no number: {HOW}.") from None
    if unit == "%" and not suffix and abs(value) > 1:
        value /= 100
    if not math.isfinite(value):
        raise Unreadable(f"“{_short(shown)}” is larger than any number here.")
    return value


def shape(text: str) -> tuple[int, ...]:
    """28x28, 28×28, 28*28, (28, 28), [28, 28], 28 28, torch.Size([28, 28])."""
    inner = re.sub(r"^(torch\.)?size|[()\[\]]", " ", _plain(text)).strip(" ,")
    parts = re.split(r"\s*(?:[x*,;]|\s)\s*", inner)
    if not all(re.fullmatch(r"\d{1,12}", part) for part in parts):
        raise Unreadable(f"“{_short(text)}” is no shape: write it as 3×28×28 or (3, 28, 28).")
    return tuple(int(part) for part in parts)


def array(text: str) -> np.ndarray:
    """Numbers with commas or spaces between them; rows end with a semicolon or a new line, or stand
    in brackets of their own: 1 2; 3 4 or [[1, 2], [3, 4]]."""
    plain = re.sub(r"^((np|torch)\.)?(array|tensor)", "", _plain(text))
    plain = re.sub(r"\]\s*,?\s*\[", ";", plain)
    rows = [row for row in re.split(r"[;\n]", re.sub(r"[\[\]()]", " ", plain)) if row.strip(" ,")]
    values = [[number(part) for part in re.split(r"[,\s]+", row.strip(" ,"))] for row in rows]
    if not values:
        raise Unreadable("There is no number in it: write the numbers with spaces between them.")
    if len({len(row) for row in values}) > 1:
        raise Unreadable(
            f"Its rows have {', '.join(str(len(row)) for row in values)} numbers: write as many in "
            "each."
        )
    return np.array(values if len(values) > 1 else values[0])


def _plain(text: str) -> str:
    """In small letters, with the signs of a keyboard."""
    text = text.strip().lower()[:LIMIT]
    for sign, plain in {"−": "-", "–": "-", "·": "*", "×": "x", "⋅": "*", "\u00a0": " "}.items():
        text = text.replace(sign, plain)
    return re.sub(r"^(about|roughly|≈|~|=)\s*", "", text)


def _product(text: str) -> float:
    """Factors with * or x between them, each perhaps with an exponent; ValueError: something else
    is in it."""
    product = 1.0
    for factor in re.split(r"(?<!\*)\*(?!\*)|x", text):
        match = FACTOR.fullmatch(factor.strip())
        if match is None:
            raise ValueError(factor)
        base = _digits(match[1])
        product *= base ** _digits(match[2].strip("() ")) if match[2] else base
    if isinstance(product, complex):
        raise ValueError(text)
    return product


def _digits(text: str) -> float:
    """1,000 and 1 000 are a thousand; 0,5 is a half."""
    if re.fullmatch(r"[+-]?\d+,\d{1,2}|[+-]?0,\d+", text):
        return float(text.replace(",", "."))
    whole = re.fullmatch(r"[+-]?\d{1,3}(?:[ ,_']\d{3})+(?:\.\d*)?", text)
    return float(re.sub(r"[ ,_']", "", text) if whole else text)


def _short(text: str) -> str:
    return text.strip() if len(text.strip()) <= 40 else text.strip()[:39] + "…"
