"""Whose each free name of a test is, and what the tests' session runs besides the locked cells.

A name belongs to the cell that binds it last. What solution cells bind is the student's: a test
asks the student session for it. Everything else is the instructor's and made in the grader session,
from the instructor's own text: by locked cells, by cells without marks, by the imports of a
solution cell. What such a cell makes *with an answer* is made again by each test that needs it: no
word of the student's session counts for it. A name from nowhere is a fault of the assignment.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator
from dataclasses import replace

from autograder.course.cells import Cell
from autograder.course.definitions import apart, import_statements, makes
from autograder.course.names import names, needed, read_when_called, starred
from autograder.course.patches import Aliases, patches
from autograder.course.rebinding import deleted

GIVEN = {*dir(builtins), "get_ipython", "display", "__name__", "__builtins__"}
ANSWERS = ("solution", "manual")


def resolve(notebook: str, cells: list[Cell], faults: list[str]) -> list[Cell]:
    """The cells with the names that each test, and each locked cell, asks of the student, and with
    what the grader session runs before each (`prelude`, `made`)."""
    whose, resolved = _Whose(), []
    for cell in cells:
        if cell.cell_type != "code":
            resolved.append(cell)
            continue
        prelude = [whose.take(source)[0] for source in cell.above]
        if cell.kind in ANSWERS:
            prelude.append(whose.take_answer(cell.source))
        elif cell.kind == "locked":
            own, asked = whose.take(cell.source)
            prelude += [own] if asked else []  # else all of it runs in both sessions
            cell = replace(cell, student_names=asked)
        else:
            wrong = tuple(whose.wrong(cell))
            if not cell.shared:
                faults += (f"{notebook}, cell {cell.grade_id!r} {fault}" for fault in wrong)
            asked, made = whose.asked_by(cell.source)
            rebinds = whose.rebound_by(cell.source)
            bound = names(f"{made}\n{cell.source}")[0]
            follows = tuple(name for name in asked if name not in bound)
            cell = replace(cell, student_names=asked, follows=follows, made=made, rebinds=rebinds)
            cell = replace(cell, never_apart=wrong if cell.shared else ())
            whose.take_test(cell.source)
        resolved.append(replace(cell, prelude=tuple(filter(None, prelude))))
    return _without_idle(resolved)


class _Whose:
    """Who has bound which name, up to a place in the notebook."""

    def __init__(self) -> None:
        self.ours, self.theirs = set(GIVEN), set[str]()
        self.made: dict[str, int] = {}  # with an answer: by which of `with_answers`
        self.with_answers: list[str] = []  # the cells that make something so
        self.functions: dict[str, set[str]] = {}  # what an instructor's function reads when called
        self.aliases = Aliases()
        self.read_by_answers: set[str] = set()  # when a function of theirs is called
        self.starred: list[str] = []  # modules of which all names were imported

    def take(self, source: str) -> tuple[str, tuple[str, ...]]:
        """Note an instructor's cell: what of it runs without the student's names, and these."""
        asked, _ = self.asked_by(source, when_called=False)
        if not asked:
            self._take_own(source)
            return source, ()
        own, others = apart(source, self._beyond())
        self._take_own(own)
        made = names(others)[0] | (makes(others) - self.theirs)
        self._forget(made)
        self.made |= dict.fromkeys(made, len(self.with_answers))
        self.with_answers.append(source)
        return own, asked

    def take_answer(self, source: str) -> str:
        """Note a cell of the student's: its imports, which both sessions run. What it writes into
        (`table[0] = 1`, `values.append(1)`) is the student's from there on."""
        imported = import_statements(source)
        self._take_own(imported)
        self.read_by_answers = self.read_by_answers.union(*read_when_called(source).values())
        changed = makes(source) - names(imported)[0]
        changed -= {name for name in changed - names(source)[0] if name in self.aliases}
        self._forget(changed)
        self.theirs |= changed
        return imported

    def take_test(self, source: str) -> None:
        """Note what a test defines for those behind it: never what is the student's."""
        self._take_own(source, names(source)[0] - self.theirs)

    def _take_own(self, source: str, bound: set[str] | None = None) -> None:
        self.starred += starred(source)
        bound = names(source)[0] if bound is None else bound
        self._forget(bound)
        self.ours |= bound
        called = read_when_called(source)
        self.functions |= {name: read for name, read in called.items() if name in bound}
        self.aliases.note(source)

    def _forget(self, bound: Iterable[str]) -> None:
        self.ours.difference_update(bound)
        self.theirs.difference_update(bound)
        for name in bound:
            self.made.pop(name, None)
            self.functions.pop(name, None)

    def _beyond(self) -> set[str]:
        """All names that cannot be had without an answer."""
        calls = {f for f in self.functions if self._reach({f}) & self.theirs}
        return self.theirs | self.made.keys() | calls

    def asked_by(self, source: str, when_called: bool = True) -> tuple[tuple[str, ...], str]:
        """The student's names that a cell needs, also those by which the instructor's functions do,
        and what it needs that was made with answers. Without `when_called`: to run it, not what the
        functions that it defines need."""
        bound, free = names(source)
        read = needed(source) | (free - bound if when_called else set())
        reached = self._reach(read)
        made = sorted({self.made[name] for name in reached & self.made.keys()})
        return tuple(sorted(reached & self.theirs)), "\n".join(self.with_answers[i] for i in made)

    def rebound_by(self, source: str) -> tuple[str, ...]:
        """The student's names that a test binds anew for the student's functions, or deletes."""
        bound = (names(source)[0] & self.read_by_answers) | deleted(source)
        return tuple(sorted(bound & self.theirs))

    def _reach(self, read: set[str]) -> set[str]:
        """The names, and those that they need in turn."""
        reached: set[str] = set()
        todo = set(read)
        while todo:
            name = todo.pop()
            reached.add(name)
            if name in self.made:
                todo |= needed(self.with_answers[self.made[name]]) - reached
            elif name not in self.theirs:
                todo |= self.functions.get(name, set()) - reached
        return reached

    def wrong(self, cell: Cell) -> Iterator[str]:
        """What is wrong with a test, as the rest of a sentence that begins with its name."""
        self.starred += starred(cell.source)
        bound, free = names(cell.source)
        if unknown := sorted(free - bound - self.ours - self.theirs - self.made.keys()):
            told = ", ".join(unknown)
            advice = "".join(
                f"; if that is {module}'s, write `from {module} import {told}` in the place of the "
                "`*`, of which nobody can read what it imports"
                for module in dict.fromkeys(self.starred)
            )
            yield f"uses {told}, which no cell above it defines{advice}"
        yield from patches(cell.source, cell.grade_id, self.aliases)


def _without_idle(cells: list[Cell]) -> list[Cell]:
    """The cells without what no test needs: a demonstration is not run twice."""
    kept: list[Cell] = []
    wanted: set[str] = set()
    for cell in reversed(cells):
        if cell.cell_type == "code" and cell.kind == "test":
            wanted |= names(cell.source)[1] | names(cell.made)[1]
        elif cell.cell_type == "code" and cell.kind == "locked" and not cell.student_names:
            wanted |= names(cell.source)[1]
        prelude: list[str] = []
        for source in reversed(cell.prelude):
            if makes(source) & wanted:
                wanted |= names(source)[1]
                prelude.insert(0, source)
        kept.append(replace(cell, prelude=tuple(prelude)))
    return kept[::-1]
