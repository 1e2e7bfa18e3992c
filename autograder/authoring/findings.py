"""What was found in an adopted assignment, as one table: of each cell what crosses, what does not,
and what to do; and the lines to paste into assignment.toml."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from autograder.authoring.proofs import Flaw
from autograder.course.assignment import Assignment
from autograder.course.cells import Cell
from autograder.course.settings import FILE
from autograder.grading.instructors import Stopped

HEAD = ("cell", "line", "kind", "what to do")
# How a fault begins: "t.ipynb, cell 'sum_test' …", "t/assignment.toml: …".
IN_CELL = re.compile(r"(.+?\.ipynb), cell (?:'([\w-]+)'|(\S+)) (.*)")
IN_SETTINGS = re.compile(rf"[^:]*{re.escape(FILE)}(?:, |: | )(.*)")
LINE = re.compile(r"\blines? (\d+)")
RULE = re.compile(r"`\[\[rules\]\]`, `(forbid = \[.*?\])`, `(fails = \[.*?\])`")
FINE = {
    "test": ("crosses", "nothing"),
    "shared": ("shared", "nothing: it runs beside the student's code"),
    "manual": ("by hand", "nothing: a person grades it"),
}


@dataclass(frozen=True)
class Row:
    """Of a cell (or a file): in which line, of what kind, and what to do."""

    cell: str
    line: str
    kind: str
    text: str


def of_fault(fault: str) -> Row:
    """A fault that can be read, at its place."""
    line = found[1] if (found := LINE.search(fault)) else ""
    if found := IN_CELL.match(fault):
        file, grade_id, number, text = found.groups()
        return Row(grade_id or f"{file} {number}", line, "refused", text)
    if found := IN_SETTINGS.match(fault):
        return Row(FILE, line, "settings", found[1])
    return Row("", line, "refused", fault)


def of_proofs(assignment: Assignment, flaws: Collection[Flaw]) -> Iterator[Row]:
    """Each flaw of the proofs, and each question that has none."""
    yield from (of_fault(flaw.told) for flaw in flaws if not flaw.question)
    unknown = any(flaw.text.startswith(Stopped.TEXT) for flaw in flaws)
    for notebook in assignment.notebooks:
        for cell in notebook.questions:
            own = [flaw for flaw in flaws if flaw.question == cell.grade_id]
            yield from (_of_flaw(cell, flaw) for flaw in own)
            if not own and not (unknown and cell.kind == "test"):
                yield Row(cell.grade_id, "", *FINE["shared" if cell.shared else cell.kind])
    known = {cell.grade_id for notebook in assignment.notebooks for cell in notebook.questions}
    yield from (of_fault(f.told) for f in flaws if f.question and f.question not in known)


def _of_flaw(cell: Cell, flaw: Flaw) -> Row:
    line = found[1] if (found := LINE.search(flaw.text)) else ""
    return Row(
        cell.grade_id,
        line,
        "does not cross" if flaw.beside else "flaw",
        f"{' '.join(flaw.text.split())}:\n{flaw.advice}",
    )


def shared_line(assignment: Assignment, flaws: Iterable[Flaw]) -> str:
    """The one line that lets all tests run beside the code that pass only there, or ""."""
    new = [flaw.question for flaw in flaws if flaw.beside]
    listed = [test.grade_id for test in assignment.shared]
    told = ", ".join(f'"{test}"' for test in dict.fromkeys([*listed, *new]))
    return f"shared = [{told}]" if new else ""


def rules(rows: Iterable[Row]) -> str:
    """The rules that rows propose, each as it stands in assignment.toml."""
    found = [rule for row in rows for rule in RULE.findall(row.text)]
    return "\n\n".join(f"[[rules]]\n{forbid}\n{fails}" for forbid, fails in dict.fromkeys(found))


def _wrapped(line: str, room: int) -> list[str]:
    """A line in parts, of which none breaks a word."""
    return textwrap.wrap(line, room, break_long_words=False, break_on_hyphens=False) or [""]


def table(rows: Iterable[Row], width: int) -> str:
    """The rows for a terminal of a width; a text of several lines keeps its column."""
    cells = [HEAD, *((row.cell or "–", row.line, row.kind, row.text) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    lines: list[str] = []
    for *short, text in cells:
        begin = "  ".join(f"{value:{room}}" for value, room in zip(short, widths, strict=True))
        room = max(40, width - len(begin) - 2)
        texts = [part for line in text.splitlines() for part in _wrapped(line, room)]
        before = [begin, *[" " * len(begin)] * (len(texts) - 1)]
        lines += (f"{left}  {part}" for left, part in zip(before, texts or [""], strict=True))
    return "\n".join(line.rstrip() for line in lines)
