"""Which cell had another id before: so that what belongs to it stays with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import nbformat


@dataclass(frozen=True)
class Known:
    """A cell at one time: its id, what kind it is of, its text, and the notebook format's own id,
    which an editor keeps ("" where there is none)."""

    grade_id: str
    kind: str
    source: str
    cell_id: str = ""


def renamed(before: Iterable[Known], now: Iterable[Known]) -> dict[str, str]:
    """The ids that are new, each with the one that the cell had before.

    A cell is the same if the notebook format's id is, or else its text; of two that could be meant,
    none is.
    """
    before, now = list(before), list(now)
    gone = {cell.grade_id for cell in before} - {cell.grade_id for cell in now}
    new = {cell.grade_id for cell in now} - {cell.grade_id for cell in before}
    pairs: dict[str, str] = {}
    for mark in (_cell_id, _text):
        left = [cell for cell in before if cell.grade_id in gone - set(pairs.values())]
        there = [cell for cell in now if cell.grade_id in new - pairs.keys()]
        old, ours = _by(left, mark), _by(there, mark)
        pairs |= {ours[key]: old[key] for key in ours.keys() & old.keys()}
    return pairs


def _cell_id(cell: Known) -> tuple[str, ...]:
    return (cell.kind, cell.cell_id) if cell.cell_id else ()


def _text(cell: Known) -> tuple[str, ...]:
    return (cell.kind, *cell.source.split()) if cell.source.strip() else ()


def _by(cells: list[Known], mark: Callable[[Known], tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """The cells by a mark that only one of them has."""
    often = Counter(map(mark, cells))
    return {key: cell.grade_id for cell in cells if (key := mark(cell)) and often[key] == 1}


def cell_ids(folder: Path) -> dict[str, dict[str, str]]:
    """The notebook format's ids of a release's cells, by notebook and by nbgrader's id; none of a
    notebook that cannot be read."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.ipynb")):
        try:
            cells = nbformat.read(path, as_version=nbformat.NO_CONVERT)["cells"]
            told = {c["metadata"].get("nbgrader", {}).get("grade_id"): c.get("id") for c in cells}
        except Exception:  # nbformat raises many kinds for what is no notebook
            continue
        found[path.stem] = {name: own for name, own in told.items() if name and own}
    return found
