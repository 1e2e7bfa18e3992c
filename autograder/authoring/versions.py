"""Versions of the instructor's notebooks, wrong on purpose, and what is needed to grade one.

The proofs grade a hundred of them for an assignment like the third. So each is graded by the tests
that its question has, in sessions that end behind the last of these, on every core at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

import nbformat
from nbformat import v4

from autograder.course.assignment import Assignment
from autograder.course.cells import Cell, Notebook
from autograder.course.definitions import definitions
from autograder.course.submission import Submission
from autograder.grading.workers import threads_for_cores

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


def about(assignment: Assignment, names: Iterable[str]) -> Assignment:
    """The assignment with those of its tests alone that ask for one of the student's names."""
    cut = (_about(notebook, set(names)) for notebook in assignment.notebooks)
    return replace(assignment, notebooks=tuple(notebook for notebook in cut if notebook.cells))


def asks(cell: Cell, names: Iterable[str]) -> bool:
    """Whether it is a test that asks for one of the student's names."""
    return cell.kind == "test" and not set(names).isdisjoint(cell.student_names)


def _about(notebook: Notebook, names: set[str]) -> Notebook:
    """A notebook that ends with the last such test. Of the tests between, what they define for
    those behind them is kept, as it is where a test is left out of a grading."""
    places = [place for place, cell in enumerate(notebook.cells) if asks(cell, names)]
    kept = notebook.cells[: places[-1] + 1] if places else ()
    cells = [
        cell if cell.kind != "test" or asks(cell, names) else _unasked(cell, kept[place + 1 :])
        for place, cell in enumerate(kept)
    ]
    return replace(notebook, cells=tuple(cells))


def _unasked(test: Cell, behind: tuple[Cell, ...]) -> Cell:
    """A test that asks for nothing, and defines what it defines."""
    texts = [text for c in behind for text in (*c.prelude, c.made, c.source)]
    own = definitions(test.source, test.student_names, tuple(filter(None, texts)))
    return replace(
        test, source=own, released=own, student_names=(), made="", rebinds=(), shared=False
    )


def answers(assignment: Assignment) -> list[Cell]:
    """The cells in which students write code."""
    return [
        cell
        for notebook in assignment.notebooks
        for cell in notebook.cells
        if cell.kind in ("solution", "manual") and cell.cell_type == "code"
    ]


def version(assignment: Assignment, more: Callable[[Cell], str]) -> Submission:
    """The instructor's notebooks with more code at the end of some answers."""
    students = {cell.grade_id for cell in answers(assignment)}
    files = {}
    for notebook in assignment.notebooks:
        cells = []
        for cell in notebook.cells:
            source = cell.source
            if cell.grade_id in students and (added := more(cell)):
                source = f"{source}\n\n{added}\n"
            cells += [v4.new_code_cell(unmarked) for unmarked in cell.above]
            make = v4.new_code_cell if cell.cell_type == "code" else v4.new_markdown_cell
            cells.append(make(source, metadata=cell.metadata))
        files[f"{notebook.name}.ipynb"] = nbformat.writes(v4.new_notebook(cells=cells)).encode()
    return Submission("build", files)


def side_by_side(look: Callable[[Item], Outcome], items: Iterable[Item]) -> list[Outcome]:
    """What comes of each, in their order, with every core busy."""
    with threads_for_cores() as pool:
        return list(pool.map(look, items))
