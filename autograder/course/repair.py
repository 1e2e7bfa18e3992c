"""What a careful assistant mends in a student's notebook before it is graded.

A cell has lost its name, or its type; it was split, or copied; an answer stands in the cell below
its own, or in the test. None of that is an offence, and no text is lost by it: what is right again
is told (`mended`), and where a person has to decide the texts are all kept (`doubtful`).
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable

from autograder.course.astray import (
    Bound,
    find_answer,
    is_unanswered,
    join_halves,
    stands_below_stub,
    unfenced,
)
from autograder.course.cells import Cell, Notebook
from autograder.course.earlier import is_earlier, is_old_test, is_untouched
from autograder.course.names import bound_by, imports, names
from autograder.course.pictures import join_markdown
from autograder.course.repaired import ANSWERS, EARLIER, Given, Repaired, is_given, not_there

# Nothing in the notebook tells the one from the other.
SINCE = "what was deleted may also be new since the notebook was handed out"


def repair(notebook: Notebook, cells: list[Given]) -> Repaired:
    """The cells with the names, types and texts that they would have had without an accident."""
    repaired = Repaired(name_lost_cells(notebook, cells))
    pairs = zip(repaired.cells, cells, strict=True)
    found = Counter(bool(was["grade_id"]) for cell, was in pairs if cell is not was)
    if found[False]:
        repaired.mended.append(f"cells that had lost their names: {found[False]}, recognised")
    if found[True]:
        repaired.mended.append(f"cells that are called otherwise now: {found[True]}, recognised")
    there = {cell["grade_id"] for cell in repaired.cells}
    older = any(own.newer and own.grade_id not in there for own in notebook.cells)
    if older or is_earlier(notebook, repaired.cells):
        repaired.earlier = True
        repaired.cells = [cell for cell in repaired.cells if not is_old_test(notebook, cell)]
        repaired.mended.append(EARLIER)
    for own in notebook.cells:
        (_gather if own.kind in ANSWERS else _restore)(own, repaired)
    bound = functools.cache(bound_by)
    for own in notebook.cells:
        if own.kind == "solution" and own.cell_type == "code":
            _complete(own, notebook, repaired, bound)
    return repaired


def _complete(own: Cell, notebook: Notebook, repaired: Repaired, bound: Bound) -> None:
    """See to what stands beside a solution's cell, or is left of the task in it."""
    if is_unanswered(own, repaired):
        find_answer(own, notebook, repaired, bound)
        return
    join_halves(own, notebook, repaired, bound)
    if any(stands_below_stub(cell["source"]) for cell in repaired.of(own)):
        repaired.doubtful.append(
            f"cell {own.grade_id} still raises NotImplementedError above its answer"
        )


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


def _restore(own: Cell, repaired: Repaired) -> None:
    """Put an instructor's cell back; what the student wrote into it is kept below it."""
    copies = repaired.of(own)
    kept: list[Given] = []
    what = f"{own.kind} cell {own.grade_id}"
    changed = [cell for cell in copies if not is_given(own, cell["source"])]
    if not copies and repaired.earlier:
        repaired.mended.append(f"{what} is new since then: put in")
    elif not copies:
        repaired.doubtful.append(f"{what} was deleted: restored")
        if SINCE not in repaired.mended:
            repaired.mended.append(SINCE)
    elif changed and repaired.earlier and all(map(is_untouched, changed)):
        repaired.mended.append(f"{what} has changed since then: today's counts")
    elif changed:
        repaired.doubtful.append(f"{what} was changed: restored")
        kept = [_set_apart(cell) for cell in changed if cell["source"].strip()]
    elif any(cell["cell_type"] != own.cell_type for cell in copies):
        repaired.mended.append(_of_another_type(own, copies))
    if changed or len(copies) > 1:
        repaired.put(copies, [{**copies[0], "source": own.released}, *kept], copies[0])


def _gather(own: Cell, repaired: Repaired) -> None:
    """One text for an answer, of the one, two or more cells that have its name."""
    copies = repaired.of(own)
    if not copies:
        if own.newer:
            repaired.mended.append(f"{own.kind} cell {own.grade_id} is new since then")
        elif not own.is_task:
            repaired.doubtful.append(not_there(own))
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
    if own.cell_type == "code" and answer["cell_type"] != "code":
        answer = {**answer, "source": unfenced(answer["source"])}
        if written and bound_by(answer["source"]) is None:
            repaired.doubtful.append(f"what stands in cell {own.grade_id} is no Python")
    repaired.put(copies, [{**answer, "cell_type": own.cell_type}, *kept], place)


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


def _set_apart(cell: Given) -> Given:
    return {**cell, "grade_id": None, "cell_type": "raw"}


def _of_another_type(own: Cell, copies: list[Given]) -> str:
    other = next(c["cell_type"] for c in copies if c["cell_type"] != own.cell_type)
    return f"cell {own.grade_id} had become a {other} cell: made {own.cell_type} again"
