"""Whose each free name of a test is.

Built-ins, and names that the instructor's locked cells and the tests themselves bind, belong to the
grader session; names that solution cells bind are asked of the student session, and what a locked
cell makes with them is the student's word, for no test to use; any other name is a fault of the
assignment.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import replace

from autograder.course.cells import Cell
from autograder.course.names import imports, names, read_at_once, read_when_called


def resolve(notebook: str, cells: list[Cell], faults: list[str]) -> list[Cell]:
    """The cells, each test, and each locked cell, with the names that it asks of the student."""
    graders = set(dir(builtins)) | {"get_ipython", "display", "__name__"}
    students: set[str] = set()
    imported: set[str] = set()  # by solution cells
    locked: set[str] = set()  # the instructor's, whatever the student calls so
    shown: dict[str, str] = {}  # bound by a locked cell that uses the student's names: its id
    called: dict[str, set[str]] = {}  # what the instructor's functions ask of the student
    resolved = []
    for cell in cells:
        if cell.cell_type != "code":
            resolved.append(cell)
            continue
        bound, free = names(cell.source)
        if cell.kind in ("solution", "manual"):
            students |= bound
            imported |= imports(cell.source)
            resolved.append(cell)
            continue
        own = (students | shown.keys()) - bound - locked
        _note_calls(called, cell.source, own)
        read = free if cell.kind == "test" else read_at_once(cell.source)
        asked = (read & own).union(*(called.get(name, ()) for name in read))
        if cell.kind == "locked" and (asked := asked - graders):
            shown |= dict.fromkeys(bound, cell.grade_id)
        elif cell.kind == "locked":
            graders |= bound
            locked |= bound
        else:
            place = f"{notebook}, cell {cell.grade_id!r}"
            faults += _words_of_students(place, asked, imported, shown)
            if unknown := free - students - graders - bound:
                faults.append(
                    f"{place} uses {', '.join(sorted(unknown))}: "
                    "neither a locked cell nor a solution cell above it defines that"
                )
            graders |= bound
        resolved.append(replace(cell, student_names=tuple(sorted(asked))))
    return resolved


def _note_calls(called: dict[str, set[str]], source: str, students: set[str]) -> None:
    """Add which of the student's names each function of an instructor's cell uses when called."""
    functions = read_when_called(source)
    for _ in functions:  # as often as one of them may stand behind another
        for name, read in functions.items():
            called[name] = (read & students).union(*(called.get(other, ()) for other in read))


def _words_of_students(
    cell: str, asked: set[str], imported: set[str], shown: dict[str, str]
) -> Iterator[str]:
    """Where a test takes for the instructor's what the student can say."""
    if modules := asked & imported:
        yield (
            f"{cell} uses {', '.join(sorted(modules))}, which a solution cell imports: import it "
            "in a locked cell or in the test, for what the student's session gives under that "
            "name is the student's"
        )
    if claimed := asked & shown.keys():
        name = min(claimed)
        yield (
            f"{cell} uses {name}, which the locked cell {shown[name]!r} makes with the student's "
            "code: make it in the test, for what the student's session gives under that name is "
            "the student's"
        )
