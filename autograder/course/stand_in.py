"""`stand_in` in assignment.toml: which functions of the instructor's may replace the student's.

    stand_in = {conv2d_forward = ["output_size", "zero_pad"]}
    follow_up = 0.5

A student whose `output_size` is wrong fails its own test, and every test of what calls it. Here the
tests of `conv2d_forward` are tried again with the instructor's `output_size` in the place of the
student's; what then passes is said to follow from `output_size`, and gets the share `follow_up` of
its points (0 without it).

No function that answers the same question can be named: the student would get points for what the
instructor wrote.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from autograder.course.cells import Cell, Notebook
from autograder.course.definitions import functions
from autograder.course.names import as_python, names
from autograder.course.settings import FILE, Settings
from autograder.sessions.syntax import parse


def read_stand_ins(
    settings: Settings, notebooks: tuple[Notebook, ...], name: str, faults: list[str]
) -> dict[str, tuple[str, ...]]:
    """By what tests ask for, the functions that may be stood in for."""
    where = f"{name}/{FILE}"
    named = {asked: tuple(dict.fromkeys(others)) for asked, others in settings.stand_in.items()}
    if settings.follow_up and not named:
        faults.append(f"{where}: follow_up gives points by stand_in alone: write that, too")
    for asked, others in named.items():
        homes = [one for one in notebooks if asked in _answered(one)]
        for notebook in homes:
            faults += (f"{where}, stand_in, {asked}: {f}" for f in _wrong(asked, others, notebook))
        if not homes:
            known = sorted({name for notebook in notebooks for name in _answered(notebook)})
            hint = _meant(asked, known)
            faults.append(f"{where}, stand_in: no solution cell defines {asked}: {hint}")
    faults += (f"{where}, stand_in: {fault}" for fault in _circles(named))
    return named


def _wrong(asked: str, others: tuple[str, ...], notebook: Notebook) -> Iterator[str]:
    """What speaks against each of the functions that are to be stood in for in tests of a name."""
    defined = {name for cell in _answers(notebook) for name in functions(cell.source)}
    tests = {c.grade_id: c.student_names for c in notebook.cells if c.kind == "test"}
    if not any(asked in wanted for wanted in tests.values()):
        yield f"no test asks for {asked}: correct the name, or add a test"
    for other in others:
        if other == asked:
            yield "nothing stands in for what is asked: take it out of its own list"
        elif other not in defined:
            yield f"{other} is no function of a solution cell: {_meant(other, sorted(defined))}"
        elif not any(other in wanted for wanted in tests.values()):
            yield f"no test asks for {other}, so none could say that it is wrong: add one"
        elif both := [test for test, wanted in tests.items() if {asked, other} <= {*wanted}]:
            yield (
                f"the test {both[0]} asks for {other}, too, and the instructor's must not answer "
                f"for a student: take {other} out, or make two tests of it"
            )
        elif asked in _reached(other, notebook):
            yield f"{other} itself uses {asked}, and would answer for it: take {other} out"
        elif test := _test_above(asked, other, notebook):
            yield f"{other} is defined below {test}, where it is to stand in: take it out"


def _reached(name: str, notebook: Notebook) -> set[str]:
    """The names that the instructor's code reads for one of them, and for what it reads in turn."""
    reads: dict[str, set[str]] = {}
    for cell in notebook.cells:
        own = [cell.source] if cell.cell_type == "code" and cell.kind != "test" else []
        for source in (*cell.above, *own):
            for statement in parse(as_python(source)).body:
                bound, read = names(ast.unparse(statement))
                for one in bound:
                    reads.setdefault(one, set()).update(read)
    reached: set[str] = set()
    todo = {name}
    while todo:
        reached.add(one := todo.pop())
        todo |= reads.get(one, set()) - reached
    return reached


def _test_above(asked: str, other: str, notebook: Notebook) -> str:
    """The test that asks for a name before the other one is defined; or ""."""
    for cell in notebook.cells:
        if cell in _answers(notebook) and other in functions(cell.source):
            return ""
        if cell.kind == "test" and asked in cell.student_names:
            return cell.grade_id
    return ""


def _circles(named: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """What would stand in for what it is itself stood in for by."""
    try:
        graph = {asked: [o for o in others if o != asked] for asked, others in named.items()}
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        yield f"{circle} is a circle: take one of them out"


def _answers(notebook: Notebook) -> list[Cell]:
    """The cells in which students write code."""
    kinds = ("solution", "manual")
    return [cell for cell in notebook.cells if cell.kind in kinds and cell.cell_type == "code"]


def _answered(notebook: Notebook) -> set[str]:
    """The names that students are to define."""
    return {name for cell in _answers(notebook) for name in names(cell.source)[0]}


def _meant(name: str, known: list[str]) -> str:
    similar = difflib.get_close_matches(name, known, 1)
    return f"do you mean {similar[0]!r}?" if similar else "correct the name, or take it out"
