"""A student's submission: untrusted files, read as data, with limits on size and shape.

A notebook is rebuilt from the instructor's: the instructor's cells in their order, the student's
text in the solution cells, found by grade id, and the student's additional cells after the cell
behind which they stood. Whatever else was changed has no effect, and is mentioned.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from nbformat import reader

from autograder.course.assignment import Cell, Notebook

MAX_NOTEBOOK = 20 * 2**20
MAX_CELLS = 2000
MAX_FILES = 200
MAX_TOTAL = 64 * 2**20
MAX_DEPTH = 8


class Unreadable(ValueError):
    """A file that is not a notebook; says why."""


@dataclass(frozen=True)
class Submission:
    """The files of one submission, as bytes; times are UTC. `stamp` is the time as it was written,
    for nbgrader, which compares it with the student's copy."""

    student: str
    files: dict[str, bytes] = field(hash=False)
    timestamp: datetime | None = None
    stamp: bytes = b""

    @property
    def notebooks(self) -> dict[str, bytes]:
        return {name: data for name, data in self.files.items() if name.endswith(".ipynb")}


@dataclass(frozen=True)
class Code:
    """A cell to run: the instructor's (`cell`), or an additional one of the student's."""

    source: str
    cell_type: str
    cell: Cell | None = None
    missing: bool = False


@dataclass(frozen=True)
class Rebuilt:
    code: tuple[Code, ...]
    tampered: tuple[str, ...]  # what was changed that must not be changed


def read_submission(folder: Path, student: str) -> Submission:
    """The regular files below a folder, notebooks first, as far as the limits go.

    No links, no special files, nothing behind MAX_DEPTH folders. OSError: the disk's, or rights.
    """
    files: dict[str, bytes] = {}
    room = MAX_TOTAL
    for path in sorted(_regular_files(folder), key=lambda path: path.suffix != ".ipynb"):
        with open(path, "rb") as file:
            content = file.read(MAX_NOTEBOOK + 1)
        if len(files) < MAX_FILES and len(content) <= room:
            files[str(path.relative_to(folder))] = content
            room -= len(content)
    stamp = files.pop("timestamp.txt", b"")
    return Submission(student, files, _timestamp(stamp), stamp)


def _regular_files(folder: Path) -> Iterator[Path]:
    if folder.is_symlink():
        return
    for parent, folders, names in os.walk(folder):  # follows no link below
        if len(Path(parent).relative_to(folder).parts) >= MAX_DEPTH:
            folders.clear()
        for name in sorted(names):
            path = Path(parent) / name
            if stat.S_ISREG(path.lstat().st_mode):
                yield path


def _timestamp(content: bytes) -> datetime | None:
    from nbgrader.utils import parse_utc

    try:
        parsed = parse_utc(content.decode().strip())
    except (ValueError, OverflowError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed.year > 1970 else None


def parse(content: bytes) -> list[dict[str, Any]]:
    """The cells of an untrusted notebook: `cell_type`, `source` and `metadata` of each."""
    if len(content) > MAX_NOTEBOOK:
        raise Unreadable(f"it is larger than {MAX_NOTEBOOK // 2**20} MB")
    try:
        # Without nbformat's validation, which would log what a student wrote; we check each field.
        notebook = reader.reads(content.decode("utf-8-sig"))
        if notebook["nbformat"] != 4:
            notebook = nbformat.convert(notebook, 4)
        cells = list(notebook["cells"])
    except UnicodeDecodeError:
        raise Unreadable("it is not text in UTF-8") from None
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except Exception as error:  # nbformat raises many kinds for what is not a notebook
        reason = " ".join(str(error).split())[:120]
        raise Unreadable(f"it is not a Jupyter notebook ({reason})") from None
    if len(cells) > MAX_CELLS:
        raise Unreadable(f"it has more than {MAX_CELLS} cells")
    return [_clean(cell) for cell in cells if isinstance(cell, dict)]


def _clean(cell: dict[str, Any]) -> dict[str, Any]:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        source = ""
    metadata = cell.get("metadata")
    settings = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = settings.get("grade_id") if isinstance(settings, dict) else None
    kind = cell.get("cell_type")
    return {
        "cell_type": kind if kind in ("code", "markdown", "raw") else "raw",
        "source": source.replace("\r\n", "\n").replace("\r", "\n"),
        "grade_id": grade_id if isinstance(grade_id, str) else None,
    }


def rebuild(notebook: Notebook, cells: list[dict[str, Any]]) -> Rebuilt:
    """The notebook that is graded, and what the student must not have changed."""
    known = {cell.grade_id: cell for cell in notebook.cells}
    theirs: dict[str, dict[str, Any]] = {}
    additional: dict[str | None, list[dict[str, Any]]] = {}
    tampered: list[str] = []
    behind: str | None = None
    for cell in cells:
        grade_id = cell["grade_id"]
        if grade_id in known:
            if grade_id in theirs:
                tampered.append(f"cell {grade_id} stands twice in the notebook: the first counts")
            theirs.setdefault(grade_id, cell)
            behind = grade_id
        else:
            additional.setdefault(behind, []).append(cell)

    code = [Code(extra["source"], extra["cell_type"]) for extra in additional.get(None, [])]
    for own in notebook.cells:
        got = theirs.get(own.grade_id)
        if own.kind in ("solution", "manual"):
            missing = got is None or got["cell_type"] != own.cell_type
            source = "" if got is None or missing else got["source"]
            code.append(Code(source, own.cell_type, own, missing))
        else:
            code.append(Code(own.source, own.cell_type, own))
            tampered += _changes(own, got)
        behind_it = additional.get(own.grade_id, [])
        code += [Code(extra["source"], extra["cell_type"]) for extra in behind_it]
    return Rebuilt(tuple(code), tuple(dict.fromkeys(tampered)))


def _changes(cell: Cell, got: dict[str, Any] | None) -> list[str]:
    what = "test cell" if cell.kind == "test" else "locked cell"
    if got is None:
        return [f"{what} {cell.grade_id} was deleted: restored"]
    unchanged = got["source"].split() in (cell.released.split(), cell.source.split())
    if not unchanged or got["cell_type"] != cell.cell_type:
        return [f"{what} {cell.grade_id} was changed: restored"]
    return []


def looks_like(notebook: Notebook, cells: list[dict[str, Any]]) -> bool:
    """Whether the cells are this notebook's, whatever the file is called."""
    ids = {cell["grade_id"] for cell in cells}
    return sum(cell.grade_id in ids for cell in notebook.cells) > len(notebook.cells) / 2
