"""A student's traceback, beside the student's own lines.

Its text is the student's session's word: it is read for places in the student's cells, and what is
shown of these is what the cells hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.records.legible import legible

FRAME = re.compile(r'  File "<?([^"\n]{1,200}?)>?", line (\d{1,6})(?:, in (.{0,200}))?$')
AROUND = 2  # lines above and below the one that is marked
FIRST, LAST = 2, 5  # frames that are shown of many
MAX_LINE = 200
MAX_SAID = 4000


@dataclass(frozen=True)
class Frame:
    """A place in a cell, or in a module of the student's own; `lines` are numbered, and one of them
    is marked."""

    place: str
    line: int
    function: str
    lines: tuple[tuple[int, str, bool], ...]


@dataclass(frozen=True)
class Traceback:
    """Frames, outermost first, of which `left_out` are not shown, and what the error said."""

    frames: tuple[Frame, ...]
    left_out: int
    said: str


def read(text: str, cells: Mapping[str, Sequence[str]]) -> Traceback:
    """A traceback as Python prints it; `cells` are the lines of the student's cells, by name."""
    frames: list[Frame] = []
    said: list[str] = []
    for line in legible(text).splitlines():
        if found := FRAME.match(line):
            place, number, function = found[1], int(found[2]), found[3] or ""
            there = cells.get(place, ())
            frames.append(Frame(place, number, function, _around(there, number)))
            said = []
        elif frames and line.startswith("    ") and not said:
            if not frames[-1].lines and line.strip():  # of a module, which is not at hand
                shown = ((frames[-1].line, line.strip()[:MAX_LINE], True),)
                frames[-1] = Frame(**{**vars(frames[-1]), "lines": shown})
        elif not line.startswith("Traceback (most"):
            said.append(line)
    left_out = max(0, len(frames) - FIRST - LAST)
    kept = [*frames[:FIRST], *frames[FIRST + left_out :]] if left_out else frames
    return Traceback(tuple(kept), left_out, "\n".join(said)[:MAX_SAID].strip())


def _around(lines: Sequence[str], number: int) -> tuple[tuple[int, str, bool], ...]:
    if not 0 < number <= len(lines):
        return ()
    first, last = max(1, number - AROUND), min(len(lines), number + AROUND)
    return tuple((n, lines[n - 1][:MAX_LINE], n == number) for n in range(first, last + 1))
