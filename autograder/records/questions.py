"""What the gradebook asks, brought in line with what was built, also where students are graded.

nbgrader refuses every change of cells once there are submissions. Here a cell that is new gets an
empty score for everybody, one that is gone takes its scores along, and the others keep theirs,
whoever gave them, also under another id (course/renamed.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment as Asked
from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    Notebook,
    SolutionCell,
    SourceCell,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy import or_

from autograder.course.assignment import Assignment
from autograder.course.course import KeptError
from autograder.course.ids import few, several
from autograder.course.renamed import Known, cell_ids, renamed

# The kinds of cells, where a notebook has them, and what is said of one.
CELLS: dict[type, tuple[str, tuple[str, ...]]] = {
    GradeCell: ("grade_cells", ("max_score", "cell_type")),
    SolutionCell: ("solution_cells", ()),
    TaskCell: ("task_cells", ("max_score", "cell_type")),
    SourceCell: ("source_cells", ("cell_type", "locked", "source", "checksum")),
}
GRADED, COMMENTED = (GradeCell, TaskCell), (SolutionCell, TaskCell)


def naive_utc(assignment: Assignment) -> Any:
    """The due date as nbgrader keeps it."""
    return assignment.duedate and assignment.duedate.replace(tzinfo=None)


def changed_since(asked: Asked, assignment: Assignment) -> list[str]:
    """The ids of the cells that read otherwise than when the assignment was built: nothing has been
    proved of them."""
    built = {
        (notebook.name, cell.name): cell.source
        for notebook in asked.notebooks
        for cell in notebook.source_cells
    }
    return [
        cell.grade_id
        for notebook in assignment.notebooks
        for cell in notebook.cells
        if cell.kind in ("locked", "test")  # a solution is proved again before each grading
        and built.get((notebook.name, cell.grade_id), cell.source) != cell.source
    ]


def stays_as_given(rescaled: Iterable[tuple[str, float, float, str]]) -> Iterator[str]:
    """A line for each question of other points than when a person gave some for it: those are
    neither scaled nor cut, and somebody has to look. Of each its id, the points before and now, and
    a student."""
    by_question: dict[tuple[str, float, float], list[str]] = {}
    for name, before, now, student in rescaled:
        by_question.setdefault((name, before, now), []).append(student)
    for (name, before, now), students in by_question.items():
        yield (
            f"{name} gives {now:g} points, no longer {before:g}: what a person gave for it stays "
            f"as it was given ({several(len(students), 'student')}: {few(students)}), give it "
            "anew in the form-grader"
        )


def follow(
    gradebook: Gradebook, built: Gradebook, assignment: Assignment, old: Path, new: Path
) -> list[str]:
    """Ask in a gradebook what another holds, into which nbgrader has just written it; `old` and
    `new` are the folders of the releases of both. Gives what somebody has to look at.

    KeptError, and nothing has changed, where that would cost a score or a comment that a person
    gave.
    """
    asked = gradebook.update_or_create_assignment(assignment.name, duedate=naive_utc(assignment))
    there = {notebook.name: notebook for notebook in asked.notebooks}
    wanted = {notebook.name: notebook for notebook in built.find_assignment(asked.name).notebooks}
    was, now = cell_ids(old), cell_ids(new)
    rescaled: list[tuple[str, float, float, str]] = []
    for name, notebook in there.items():
        if name in wanted:
            ids = was.get(name, {}), now.get(name, {})
            _rename(gradebook, _known(notebook, ids[0]), _known(wanted[name], ids[1]), notebook)
        _refuse_loss(gradebook, notebook, wanted.get(name))
    for name in there.keys() - wanted.keys():
        gradebook.remove_notebook(name, asked.name)
    for name, notebook in wanted.items():
        own = there.get(name) or _add_notebook(gradebook, asked, name)
        own.kernelspec = notebook.kernelspec
        rescaled += _rescaled(gradebook, own, notebook)
        for kind in CELLS:
            _follow_cells(gradebook, kind, own, notebook)
    gradebook.db.flush()
    return list(stays_as_given(rescaled))


def _rescaled(
    gradebook: Gradebook, own: Notebook, wanted: Notebook
) -> Iterator[tuple[str, float, float, str]]:
    """The questions for which a person gave points, and which give other points now."""
    for kind in GRADED:
        asked = _cells(wanted, kind)
        for name, cell in _cells(own, kind).items():
            if name in asked and asked[name].max_score != cell.max_score:
                given = gradebook.db.query(Grade).filter(
                    Grade.cell_id == cell.id, Grade.manual_score.is_not(None)
                )
                for student in sorted(grade.student.id for grade in given):
                    yield name, cell.max_score, asked[name].max_score, student


def cells_of(notebook: Notebook, kinds: tuple[type, ...]) -> Iterator[Any]:
    """The cells of some kinds that a notebook has."""
    for kind in kinds:
        yield from getattr(notebook, CELLS[kind][0])


def _cells(notebook: Notebook | None, kind: type) -> dict[str, Any]:
    return {cell.name: cell for cell in getattr(notebook, CELLS[kind][0])} if notebook else {}


def _known(notebook: Notebook, ids: Mapping[str, str]) -> list[Known]:
    """The cells of a notebook, of a kind by what nbgrader keeps of each."""
    kinds: dict[str, str] = {}
    for kind in CELLS:
        for name in _cells(notebook, kind):
            kinds[name] = f"{kinds.get(name, '')} {kind.__name__}"
    texts = {cell.name: cell.source or "" for cell in notebook.source_cells}
    return [
        Known(name, kind, texts.get(name, ""), ids.get(name, "")) for name, kind in kinds.items()
    ]


def _rename(
    gradebook: Gradebook, before: list[Known], now: list[Known], notebook: Notebook
) -> None:
    """Give the cells of a notebook the ids that they have now."""
    for new, old in renamed(before, now).items():
        for kind in CELLS:
            if cell := _cells(notebook, kind).get(old):
                cell.name = new
    gradebook.db.flush()


def _refuse_loss(gradebook: Gradebook, there: Notebook, wanted: Notebook | None) -> None:
    """KeptError where a cell that is gone holds what a person gave."""
    for kind in (GradeCell, TaskCell, SolutionCell):
        gone = _cells(there, kind).keys() - _cells(wanted, kind).keys()
        for name in sorted(gone):
            cell = _cells(there, kind)[name]
            given = (
                gradebook.db.query(Comment)
                .filter(Comment.cell_id == cell.id, Comment.manual_comment.is_not(None))
                .all()
            )
            given += (
                gradebook.db.query(Grade)
                .filter(
                    Grade.cell_id == cell.id,
                    or_(Grade.manual_score.is_not(None), Grade.extra_credit.is_not(None)),
                )
                .all()
            )
            if given:
                students = few(sorted({entry.student.id for entry in given}))
                raise KeptError(
                    f"{there.name}.ipynb has no cell {name!r} of that kind any more, for which a "
                    f"person gave scores or comments ({students}): give the cell its id and kind "
                    "back (`cancelled` in assignment.toml gives everybody its points), or take "
                    "them out in the form-grader first"
                )


def _add_notebook(gradebook: Gradebook, asked: Asked, name: str) -> Notebook:
    notebook = gradebook.add_notebook(name, asked.name)
    for submission in asked.submissions:
        gradebook.db.add(SubmittedNotebook(notebook=notebook, assignment=submission))
    gradebook.db.flush()
    return notebook


def _follow_cells(gradebook: Gradebook, kind: type, own: Notebook, wanted: Notebook) -> None:
    there, asked = _cells(own, kind), _cells(wanted, kind)
    for name in there.keys() - asked.keys():
        for entry in (Grade, Comment):
            gradebook.db.query(entry).filter(entry.cell_id == there[name].id).delete()
        gradebook.db.delete(there[name])
    for name, cell in asked.items():
        values = {key: getattr(cell, key) for key in CELLS[kind][1]}
        if name in there:
            for key, value in values.items():
                setattr(there[name], key, value)
            continue
        new = kind(name=name, notebook=own, **values)
        gradebook.db.add(new)
        gradebook.db.flush()  # gives it its id
        for submitted in own.submissions:
            if kind in GRADED:
                gradebook.db.add(Grade(cell_id=new.id, notebook=submitted))
            if kind in COMMENTED:
                gradebook.db.add(Comment(cell_id=new.id, notebook=submitted))
