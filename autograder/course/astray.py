"""Answers that stand beside their cells, wholly or in part, or below what they were to replace."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from autograder.course.cells import Cell, Notebook
from autograder.course.names import names
from autograder.course.repaired import Given, Repaired, is_given, not_there
from autograder.sessions.syntax import parse

Bound = Callable[[str], set[str] | None]  # what a text binds; None for one that cannot run
PARTS = 3  # cells beside an answer's that may belong to it
STUB = "NotImplementedError"
# A text in Markdown that is nothing but code between fences.
FENCED = re.compile(r"\s*```[ \t]*\w*[ \t]*\n(.*?)\n?[ \t]*```\s*", re.DOTALL)


def unfenced(text: str) -> str:
    """The code in a Markdown text that is nothing else; else the text."""
    code = FENCED.fullmatch(text)
    return code[1] if code else text


def is_unanswered(own: Cell, repaired: Repaired) -> bool:
    texts = [cell["source"] for cell in repaired.of(own)]
    return all(is_given(own, text) or not text.strip() for text in texts)


def join_halves(own: Cell, notebook: Notebook, repaired: Repaired, bound: Bound) -> None:
    """An answer whose cell was split, where only one of the parts has kept its name."""
    for parts in _neighbours(own, notebook, repaired):
        first, *others = (bound(part["source"]) is not None for part in parts)
        if any(others) and (first or len(others) > 1):
            continue  # cells of their own
        for between in ("\n", ""):  # split between two lines, or within one
            source = between.join(part["source"] for part in parts)
            if bound(source) is not None:
                [mine] = repaired.of(own)
                repaired.put(parts, [{**mine, "source": source}], mine)
                repaired.mended.append(
                    f"cell {own.grade_id} stands in the notebook in parts: joined"
                )
                return


def _neighbours(own: Cell, notebook: Notebook, repaired: Repaired) -> Iterator[list[Given]]:
    """The answer's cell with the student's own cells of code directly below it, or above it, as
    many as possible first."""
    ids = {cell.grade_id for cell in notebook.cells}
    at = [cell["grade_id"] for cell in repaired.cells].index(own.grade_id)

    def is_plain(words: list[str]) -> bool:
        return any(words == text.split() for text in ("", *notebook.plain))

    def extent(step: int) -> int:
        for count in range(1, PARTS + 1):
            there = at + step * count
            if not 0 <= there < len(repaired.cells):
                return count - 1
            cell = repaired.cells[there]
            own_code = cell["grade_id"] not in ids and cell["cell_type"] == "code"
            if not own_code or is_plain(cell["source"].split()):
                return count - 1
        return PARTS

    yield from (repaired.cells[at : at + n + 1] for n in range(extent(1), 0, -1))
    yield from (repaired.cells[at - n : at + 1] for n in range(extent(-1), 0, -1))


def stands_below_stub(text: str) -> bool:
    """Whether code stands behind the `raise NotImplementedError()` that it was to replace."""
    if STUB not in text:
        return False
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(
        isinstance(statement, ast.Raise) and STUB in ast.unparse(statement)
        for node in ast.walk(tree)
        for statement in getattr(node, "body", ())[:-1]
    )


def find_answer(
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
    mine = repaired.of(own)
    if strays:
        source = "\n".join(cell["source"] for cell in strays)
        answer = {**strays[-1], "grade_id": own.grade_id, "cell_type": "code", "source": source}
        repaired.put([*mine, *strays], [answer], strays[-1])
        repaired.mended.append(f"the answer of {own.grade_id} stood beside its cell: put into it")
    else:
        repaired.put(mine, [{**cell, "source": ""} for cell in mine[:1]], *mine[:1])
        repaired.mended.append(f"the answer of {own.grade_id} stands in {others[0]['grade_id']}")
    repaired.doubtful[:] = [note for note in repaired.doubtful if note != not_there(own)]
