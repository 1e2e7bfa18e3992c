"""Tables for a terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence

from autograder.course.ids import printable

WIDEST = 40  # characters of a column
NOT_YET = "nothing was {}: the same with --yes does it"


def cut(text: str, width: int) -> str:
    """As much as a terminal is to show; all of it where it goes into a file or to a program."""
    return text[: width - 1] + "…" if sys.stdout.isatty() and len(text) > width else text


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table for a terminal, its last column as wide as there is room; whole where it goes into a
    file or to a program."""
    lines = [tuple(printable(cell) for cell in row) for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    if sys.stdout.isatty():
        widths = [min(WIDEST, width) for width in widths]
    room = max(WIDEST, shutil.get_terminal_size().columns)
    last = max(20, room - sum(widths[:-1]) - 2 * (len(widths) - 1))
    return "\n".join(
        "  ".join(
            [
                *(f"{cut(t, w):{w}}" for t, w in zip(line, widths[:-1], strict=False)),
                cut(line[-1], last),
            ]
        ).rstrip()
        for line in lines
    )
