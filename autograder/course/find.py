"""Which of the submitted files is an assignment's notebook: renamed, copied, or under its name.

Of several the one is taken that is worked on most; what else the student worked on is named, so
that a person can look. A checkpoint is never taken: it holds what the student has written since
over.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from autograder.course.cells import Notebook
from autograder.course.repair import name_lost_cells
from autograder.course.repaired import ANSWERS, is_given
from autograder.course.submission import Submission, Unreadable, is_dropping, looks_like, parse


@dataclass(frozen=True)
class Found:
    """A notebook of the submission: its cells, or why there are none; notes for a person."""

    cells: list[dict[str, Any]] | None
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()  # those that were compared for it


@dataclass(frozen=True)
class _Candidate:
    file: str
    cells: list[dict[str, Any]]
    rank: tuple[bool, int, bool]


def find_notebook(notebook: Notebook, others: Collection[str], submission: Submission) -> Found:
    """The submitted notebook; `others` are the file names of the assignment's other notebooks."""
    name = f"{notebook.name}.ipynb"
    candidates: list[_Candidate] = []
    reason = ""
    for file, content in _files(submission, others):
        try:
            cells = parse(content)
        except Unreadable as error:
            reason = f"{file} cannot be read: {error}" if file == name else reason
            continue
        like = looks_like(notebook, cells)
        if like or file == name:
            rank = (like, _worked_on(notebook, cells), file == name)
            candidates.append(_Candidate(file, cells, rank))
    if not candidates:
        return Found(
            None,
            (reason or f"{name} is not among the submitted files{_list(submission)}",),
            (name,),
        )
    best = max(candidates, key=lambda candidate: candidate.rank)
    notes = [reason] if reason else []
    if best.file != name:
        there = any(candidate.file == name for candidate in candidates)
        why = "is worked on more" if there else "was renamed"
        notes.append(f"{best.file} {why}: graded as {name}")
    if not best.rank[1]:
        notes += _worked_checkpoints(notebook, submission)
    notes += [
        f"{other.file} was handed in, too, with other answers: {best.file} was graded"
        for other in candidates
        if other is not best and other.rank[1] and _words(other.cells) != _words(best.cells)
    ]
    return Found(best.cells, tuple(notes), tuple(candidate.file for candidate in candidates))


def other_notebooks(submission: Submission, found: Iterable[Found]) -> list[str]:
    """What else was handed in as a notebook: nothing of it is graded, and text may stand in it."""
    compared = {file for one in found for file in one.files}
    files = [f for f in submission.files if f.lower().endswith(".ipynb") and not is_dropping(f)]
    return sorted(f for f in files if f not in compared)


def _files(submission: Submission, others: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """What may be the notebook: by its ending, or (a browser has added .txt) by what is in it."""
    files = {f: c for f, c in submission.files.items() if not is_dropping(f) and f not in others}
    notebooks = {f: c for f, c in files.items() if f.lower().endswith(".ipynb")}
    if not notebooks:
        notebooks = {f: c for f, c in files.items() if b'"nbformat"' in c}
    return iter(sorted(notebooks.items()))


def _worked_checkpoints(notebook: Notebook, submission: Submission) -> Iterator[str]:
    """For a notebook without any answer: the checkpoints that hold some."""
    for file, content in submission.files.items():
        if is_dropping(file) and file.endswith(".ipynb"):
            with contextlib.suppress(Unreadable):
                if _worked_on(notebook, parse(content)):
                    yield f"{file} holds answers, but is only a checkpoint: not graded"


def _worked_on(notebook: Notebook, cells: list[dict[str, Any]]) -> int:
    """How many answers and cells of the student's own are in it."""
    known = {own.grade_id: own for own in notebook.cells}
    given = [[], *(text.split() for text in notebook.plain)]
    count = 0
    for cell in name_lost_cells(notebook, cells):
        own = known.get(cell["grade_id"])
        if own is None:
            count += cell["source"].split() not in given
        elif own.kind in ANSWERS:
            count += bool(cell["source"].strip()) and not is_given(own, cell["source"])
    return count


def _words(cells: list[dict[str, Any]]) -> list[list[str]]:
    return [cell["source"].split() for cell in cells]


def _list(submission: Submission) -> str:
    files = sorted(submission.files)
    more = f" and {len(files) - 3} more" if len(files) > 3 else ""
    return f" ({', '.join(name[:80] for name in files[:3])}{more})"
