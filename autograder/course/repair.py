"""What a careful assistant mends in a student's notebook before it is graded.

A cell has lost its name, or its type; it was split, or copied; an answer stands in the cell below
its own, or in the test. None of that is an offence, and no text is lost by it: what is right again
is told (`mended`), and where a person has to decide the texts are all kept (`doubtful`).

Cells are dictionaries as `submission.parse` gives them. A text of the student's that is kept but
cannot be run has the type "raw".
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from autograder.course.cells import Cell, Notebook
from autograder.course.names import bound_by, imports, names
from autograder.course.pictures import join_markdown

Given = dict[str, Any]  # a cell of the student's notebook
ANSWERS = ("solution", "manual")


@dataclass
class Repaired:
    """The student's cells, at most one for each of the instructor's, and what was done to them."""

    cells: list[Given]
    mended: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)


def repair(notebook: Notebook, cells: list[Given]) -> Repaired:
    """The cells with the names, types and texts that they would have had without an accident."""
    repaired = Repaired(name_lost_cells(notebook, cells))
    pairs = zip(repaired.cells, cells, strict=True)
    if lost := sum(cell is not was for cell, was in pairs):
        repaired.mended.append(f"cells that had lost their names: {lost}, recognised")
    for own in notebook.cells:
        (_gather if own.kind in ANSWERS else _restore)(own, repaired)
    bound = functools.cache(bound_by)
    for own in notebook.cells:
        if own.kind == "solution" and own.cell_type == "code" and _is_unanswered(own, repaired):
            _find_answer(own, notebook, repaired, bound)
    return repaired


def name_lost_cells(notebook: Notebook, cells: list[Given]) -> list[Given]:
    """The cells, where their grade ids were lost with them again: by cell id, else by text."""
    there = {cell["grade_id"] for cell in cells}
    lost = [own for own in notebook.cells if own.grade_id not in there]
    if not lost:
        return cells
    known = {own.grade_id for own in notebook.cells}
    nameless = {i: cell for i, cell in enumerate(cells) if cell["grade_id"] not in known}
    named = list(cells)

    def match(is_it: Callable[[Cell, Given], bool]) -> None:
        for own in list(lost):
            for index, cell in nameless.items():
                if is_it(own, cell):
                    named[index] = {**cell, "grade_id": own.grade_id}
                    lost.remove(own)
                    del nameless[index]
                    break

    match(lambda own, cell: bool(own.cell_id) and own.cell_id == cell["cell_id"])
    match(lambda own, cell: bool(cell["source"].strip()) and is_given(own, cell["source"]))
    return named


def is_given(own: Cell, text: str) -> bool:
    """Whether the text is the instructor's, as it was given to the students."""
    words = text.split()
    return words == own.released.split() or (
        own.kind not in ANSWERS and words == own.source.split()
    )


def _restore(own: Cell, repaired: Repaired) -> None:
    """Put an instructor's cell back; what the student wrote into it is kept below it."""
    copies = _of(own, repaired)
    kept: list[Given] = []
    what = f"{own.kind} cell {own.grade_id}"
    if not copies:
        repaired.doubtful.append(f"{what} was deleted: restored")
        return
    if changed := [cell for cell in copies if not is_given(own, cell["source"])]:
        repaired.doubtful.append(f"{what} was changed: restored")
        kept = [_set_apart(cell) for cell in changed if cell["source"].strip()]
    elif any(cell["cell_type"] != own.cell_type for cell in copies):
        repaired.mended.append(_of_another_type(own, copies))
    if changed or len(copies) > 1:
        _replace(repaired, copies, [{**copies[0], "source": own.released}, *kept], copies[0])


def _gather(own: Cell, repaired: Repaired) -> None:
    """One text for an answer, of the one, two or more cells that have its name."""
    copies = _of(own, repaired)
    if not copies:
        if not own.is_task:
            repaired.doubtful.append(_not_there(own))
        return
    if any(cell["cell_type"] != own.cell_type for cell in copies):
        repaired.mended.append(_of_another_type(own, copies))
    elif len(copies) == 1:
        return
    written: list[Given] = []
    for cell in copies:
        fresh = not is_given(own, cell["source"]) and (
            cell["source"].strip() or cell["attachments"]
        )
        if fresh and all(cell["source"].split() != w["source"].split() for w in written):
            written.append(cell)
    place = written[0] if written else copies[0]
    answer: Given = place
    kept: list[Given] = []
    if len(written) > 1:
        answer, kept = _joined(own, written, repaired)
    _replace(repaired, copies, [{**answer, "cell_type": own.cell_type}, *kept], place)


def _joined(own: Cell, written: list[Given], repaired: Repaired) -> tuple[Given, list[Given]]:
    """Halves in their order; or of two versions the first, and the others beside it."""
    stands = f"cell {own.grade_id} stands {'twice' if len(written) == 2 else 'several times'}"
    if own.cell_type != "code":
        parts = [(cell["source"], cell["attachments"]) for cell in written]
        source, attachments = join_markdown(parts)
        repaired.mended.append(f"{stands} in the notebook: all of its texts are shown, joined")
        return {**written[0], "source": source, "attachments": attachments}, []
    for between in ("\n", ""):  # split between two lines, or within one
        source = between.join(cell["source"] for cell in written)
        if bound_by(source) is not None and not _are_versions(own, written):
            repaired.mended.append(f"{stands} in the notebook, in parts: joined")
            return {**written[0], "source": source}, []
    runs = (cell for cell in written if bound_by(cell["source"]) is not None)
    first = next(runs, written[0])
    number = "first" if first is written[0] else "first that can run"
    repaired.doubtful.append(
        f"{stands} in the notebook: the {number} counts, and the others are shown below it"
    )
    return first, [_set_apart(cell) for cell in written if cell is not first]


def _are_versions(own: Cell, written: list[Given]) -> bool:
    """Whether two of the texts define the same thing of what is asked for, each for itself."""
    asked = names(own.source)[0] - imports(own.source)
    seen: set[str] = set()
    for cell in written:
        bound = (bound_by(cell["source"]) or set()) & asked
        if bound & seen:
            return True
        seen |= bound
    return False


def _is_unanswered(own: Cell, repaired: Repaired) -> bool:
    texts = [cell["source"] for cell in _of(own, repaired)]
    return all(is_given(own, text) or not text.strip() for text in texts)


def _find_answer(
    own: Cell, notebook: Notebook, repaired: Repaired, bound: Callable[[str], set[str] | None]
) -> None:
    """Where a solution's cell is as it was given, or gone: its answer, from other cells.

    Cells of the student's own that define what it was to define are its answer, in their order,
    also where they stand behind the test. Where the cell of another answer defines it, the given
    text, which would undo that, is left out.
    """
    asked = {name for cell in notebook.cells for name in cell.student_names}
    wanted = names(own.source)[0] & asked
    given = [text.split() for text in notebook.plain]
    cells = {cell.grade_id: cell for cell in notebook.cells}

    def defines_it(cell: Given) -> bool:
        other = cells.get(cell["grade_id"])
        found = (bound(cell["source"]) or set()) & wanted
        if other is None:
            return bool(found) and cell["source"].split() not in given
        return other.kind == "solution" and bool(found - names(other.source)[0])

    others = [cell for cell in repaired.cells if defines_it(cell)]
    strays = [cell for cell in others if cell["grade_id"] not in cells]
    if not others:
        return
    mine = _of(own, repaired)
    if strays:
        source = "\n".join(cell["source"] for cell in strays)
        answer = {**strays[-1], "grade_id": own.grade_id, "cell_type": "code", "source": source}
        _replace(repaired, [*mine, *strays], [answer], strays[-1])
        repaired.mended.append(f"the answer of {own.grade_id} stood beside its cell: put into it")
    else:
        _replace(repaired, mine, [{**cell, "source": ""} for cell in mine[:1]], *mine[:1])
        repaired.mended.append(f"the answer of {own.grade_id} stands in {others[0]['grade_id']}")
    repaired.doubtful[:] = [note for note in repaired.doubtful if note != _not_there(own)]


def _replace(
    repaired: Repaired, old: list[Given], new: list[Given], place: Given | None = None
) -> None:
    """Put cells in the place of others: where the one of these stands that is named."""
    gone = {id(cell) for cell in old}
    repaired.cells = [
        put
        for cell in repaired.cells
        for put in (new if cell is place else [] if id(cell) in gone else [cell])
    ]


def _of(own: Cell, repaired: Repaired) -> list[Given]:
    return [cell for cell in repaired.cells if cell["grade_id"] == own.grade_id]


def _set_apart(cell: Given) -> Given:
    return {**cell, "grade_id": None, "cell_type": "raw"}


def _of_another_type(own: Cell, copies: list[Given]) -> str:
    other = next(c["cell_type"] for c in copies if c["cell_type"] != own.cell_type)
    return f"cell {own.grade_id} had become a {other} cell: made {own.cell_type} again"


def _not_there(own: Cell) -> str:
    return f"cell {own.grade_id} is not in the notebook"
