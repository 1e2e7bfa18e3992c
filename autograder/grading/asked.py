"""What an assignment asked when somebody was graded: kept beside the results, to say later what has
changed since.

A file for each version, by its fingerprint, in a folder of the instructor's: hidden tests stand in
it.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from autograder.course.assignment import Assignment
from autograder.course.renamed import Known, renamed
from autograder.grading.cache import Private
from autograder.grading.shape import Named, look

ASKED = ".asked"  # of a folder in `reports/`
MAX_LINES = 12  # of a cell that are shown
CELL = {**dict.fromkeys(("id", "kind", "source", "cell_id"), str), "points": float}
FILE = {"settings": Named(str), "cells": [CELL]}
OF_CELLS = ("notebooks", "name")


@dataclass(frozen=True)
class Asked:
    """The cells of an assignment by their ids, and a digest of each setting."""

    cells: Mapping[str, Mapping[str, Any]]
    settings: Mapping[str, str]

    @classmethod
    def of(cls, assignment: Assignment) -> Asked:
        cells = {
            cell.grade_id: {
                "id": cell.grade_id,
                "kind": cell.kind,
                "source": cell.source,
                "cell_id": cell.cell_id,
                "points": cell.points,
            }
            for notebook in assignment.notebooks
            for cell in notebook.cells
        }
        settings = {
            field.name: hashlib.sha256(repr(getattr(assignment, field.name)).encode()).hexdigest()
            for field in fields(assignment)
            if field.name not in OF_CELLS
        }
        return cls(cells, settings)

    @classmethod
    def read(cls, folder: Private, fingerprint: str) -> Asked | None:
        """What is kept under a fingerprint; None where there is nothing, or it is damaged."""
        try:
            data = json.loads(folder.read(fingerprint))
            look(data, FILE, "it")
        except (ValueError, RecursionError):
            return None
        return cls({cell["id"]: cell for cell in data["cells"]}, data["settings"])

    def keep(self, reports: Path, assignment: str, fingerprint: str) -> None:
        """Keep it under the fingerprint of the assignment, by which somebody is graded."""
        data = {"settings": dict(self.settings), "cells": [dict(c) for c in self.cells.values()]}
        history(reports, assignment).write(fingerprint, json.dumps(data, indent=1).encode())

    def renamed(self, now: Asked) -> dict[str, str]:
        """The ids that are new, each with the one that the cell had before."""
        return renamed(self._known(), now._known())

    def _known(self) -> Iterator[Known]:
        for cell in self.cells.values():
            yield Known(cell["id"], cell["kind"], cell["source"], cell["cell_id"])


def history(reports: Path, assignment: str) -> Private:
    """Where the versions of an assignment are kept by which somebody was graded."""
    return Private(reports / assignment / ASKED)


def with_history(reports: Path, assignment: Assignment) -> Assignment:
    """The assignment, its cells marked that it did not have when somebody was graded."""
    folder, now = history(reports, assignment.name), Asked.of(assignment)
    newer: set[str] = set()
    for version in folder.names():
        if before := Asked.read(folder, version):
            newer |= now.cells.keys() - before.cells.keys() - before.renamed(now).keys()
    if not newer:
        return assignment
    notebooks = [
        replace(n, cells=tuple(replace(c, newer=c.grade_id in newer) for c in n.cells))
        for n in assignment.notebooks
    ]
    return replace(assignment, notebooks=tuple(notebooks))


def earlier_ids(reports: Path, assignment: Assignment) -> dict[str, str]:
    """The ids that its cells had in versions by which somebody was graded, each with today's."""
    folder, now = history(reports, assignment.name), Asked.of(assignment)
    versions = filter(None, (Asked.read(folder, version) for version in folder.names()))
    return {old: new for before in versions for new, old in before.renamed(now).items()}


def told(before: Asked, now: Asked) -> Iterator[str]:
    """What has changed, a line each: questions and the instructor's cells with their text in short,
    and the names of settings."""
    names = before.renamed(now)
    for name, cell in now.cells.items():
        old = before.cells.get(names.get(name, name))
        if old is None:
            yield f"{name}: new{_points(cell)}"
        else:
            yield from _of_a_cell(name, names.get(name, ""), old, cell)
    for name in before.cells.keys() - now.cells.keys() - set(names.values()):
        yield f"{name}: gone{_points(before.cells[name])}"
    settings = {n for n in now.settings if before.settings.get(n) != now.settings[n]}
    if settings:
        yield f"settings: {', '.join(sorted(settings))}"


def _of_a_cell(
    name: str, was: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[str]:
    changes = [f"called {was} before"] if was else []
    if old["points"] != new["points"]:
        changes.append(f"{old['points']:g} → {new['points']:g} points")
    lines = list(difflib.unified_diff(old["source"].splitlines(), new["source"].splitlines(), n=0))[
        2:
    ]
    lines = [line for line in lines if not line.startswith("@@")]
    if changes or lines:
        yield f"{name}: {', '.join(changes) or 'another text'}"
        yield from (f"    {line}" for line in lines[:MAX_LINES])
        if len(lines) > MAX_LINES:
            yield f"    … and {len(lines) - MAX_LINES} lines more"


def _points(cell: Mapping[str, Any]) -> str:
    return f", {cell['points']:g} points" if cell["points"] else ""
