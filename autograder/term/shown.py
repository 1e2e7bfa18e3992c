"""Tables for a terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence

from autograder.course.ids import printable

NOT_YET = "nothing was {}: the same with --yes does it"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table for a terminal, its last column as wide as there is room."""
    lines = [tuple(printable(cell) for cell in row) for row in (head, *rows)]
    room = max(40, shutil.get_terminal_size().columns)
    widths = [min(40, max(map(len, column))) for column in zip(*lines, strict=True)]
    last = max(20, room - sum(widths[:-1]) - 2 * (len(widths) - 1))

    def cut(text: str, width: int) -> str:
        return text if len(text) <= width else text[: width - 1] + "…"

    return "\n".join(
        "  ".join(
            [
                *(f"{cut(t, w):{w}}" for t, w in zip(line, widths[:-1], strict=False)),
                cut(line[-1], last),
            ]
        ).rstrip()
        for line in lines
    )
