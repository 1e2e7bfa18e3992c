"""A student's submission: untrusted files, read as data, with limits on size and shape.

A notebook is rebuilt from the instructor's: the instructor's cells in their order, the student's
text in the solution cells, found by grade id, and the student's additional cells after the cell
behind which they stood. Whatever else was changed has no effect, and is mentioned (repair.py says
what is mended); no text of the student's is left out.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
from nbformat import reader

from autograder.course.cells import Cell, Notebook
from autograder.course.pictures import Attachments, pictures
from autograder.course.repair import name_lost_cells, repair
from autograder.course.repaired import ANSWERS, is_given
from autograder.course.stamp import FILE, timestamp

MAX_NOTEBOOK = 20 * 2**20
MAX_CELLS = 2000
MAX_FILES = 200
MAX_TOTAL = 64 * 2**20
MAX_DEPTH = 8
DROPPED = {"__MACOSX", "__pycache__"}  # folders that programs leave behind


class Unreadable(ValueError):
    """A file that is not a notebook; says why."""


@dataclass(frozen=True)
class Submission:
    """The files of one submission, as bytes; times are UTC. `stamp` is the time as it was written,
    for nbgrader, which compares it with the student's copy; `untimed` says that there is one, and
    that it cannot be read."""

    student: str
    files: dict[str, bytes] = field(hash=False)
    timestamp: datetime | None = None
    stamp: bytes = b""
    left_out: tuple[str, ...] = ()  # files that were too many or too large to be read
    untimed: bool = False


@dataclass(frozen=True)
class Code:
    """A cell to run: the instructor's (`cell`), or an additional one of the student's.

    `elsewhere` says where an answer in words may stand that is not in its cell.
    """

    source: str
    cell_type: str
    cell: Cell | None = None
    missing: bool = False
    attachments: Attachments = field(default_factory=dict, hash=False)
    elsewhere: str = ""

    def name(self, index: int) -> str:
        """What it is called: by its id, or by its place in the notebook."""
        return self.cell.grade_id if self.cell else f"cell {index + 1}"


@dataclass(frozen=True)
class Rebuilt:
    code: tuple[Code, ...]
    tampered: tuple[str, ...]  # what a person should look at: changed, gone, or there twice
    mended: tuple[str, ...] = ()  # what was not as it should be, and is again


def read_submission(folder: Path, student: str) -> Submission:
    """The regular files below a folder, notebooks first, as far as the limits go.

    No links, no special files, nothing behind MAX_DEPTH folders. OSError: the disk's, or rights.
    """
    files: dict[str, bytes] = {}
    left_out: list[str] = []
    room = MAX_TOTAL
    for path in sorted(_regular_files(folder), key=lambda path: _turn(path.relative_to(folder))):
        name = str(path.relative_to(folder))
        with open(path, "rb") as file:
            content = file.read(MAX_NOTEBOOK + 1)
        # A notebook that is too large is said to be so where it is parsed.
        whole = len(content) <= MAX_NOTEBOOK or path.suffix == ".ipynb"
        if len(files) < MAX_FILES and len(content) <= room and whole:
            files[name] = content
            room -= len(content)
        elif not is_dropping(name):
            left_out.append(name)
    stamp = files.pop(FILE, b"")
    time = timestamp(stamp)
    untimed = time is None and os.path.lexists(folder / FILE)
    return Submission(student, files, time, stamp, tuple(left_out), untimed)


def _turn(path: Path) -> tuple[bool, bool]:
    return is_dropping(str(path)), path.suffix != ".ipynb"


def is_dropping(name: str) -> bool:
    """Whether a program left the file behind, not its user: checkpoints, caches, `__MACOSX`."""
    *folders, file = Path(name).parts or ("",)
    hidden = any(f.startswith(".") and f != ".." for f in folders)
    return hidden or file.startswith(("._", ".DS_Store")) or bool({*folders} & DROPPED)


def _regular_files(folder: Path) -> Iterator[Path]:
    if folder.is_symlink() or folder.parent.is_symlink():
        return
    for parent, folders, names in os.walk(folder):  # follows no link below
        if len(Path(parent).relative_to(folder).parts) >= MAX_DEPTH:
            folders.clear()
        for name in sorted(names):
            path = Path(parent) / name
            if stat.S_ISREG(path.lstat().st_mode):
                yield path


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
    except reader.NotJSONError:
        raise Unreadable(
            "it is not a Jupyter notebook but another kind of file, or damaged: it is no JSON"
        ) from None
    except KeyError as error:
        raise Unreadable(f"it is not a Jupyter notebook: it has no {error}") from None
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
    kind, cell_id = cell.get("cell_type"), cell.get("id")
    return {
        "cell_type": kind if kind in ("code", "markdown", "raw") else "raw",
        "source": source.replace("\r\n", "\n").replace("\r", "\n"),
        "grade_id": grade_id if isinstance(grade_id, str) else None,
        "settings": settings if isinstance(settings, dict) else {},
        "cell_id": cell_id if isinstance(cell_id, str) else "",
        "attachments": pictures(cell.get("attachments")),
    }


def rebuild(notebook: Notebook, cells: list[dict[str, Any]], beside: Sequence[str] = ()) -> Rebuilt:
    """The notebook that is graded, and what was not as it should be.

    `beside` are the student's other files, in which an answer may stand, too.
    """
    repaired = repair(notebook, cells)
    known = {cell.grade_id for cell in notebook.cells}
    theirs: dict[str, dict[str, Any]] = {}
    additional: dict[str | None, list[dict[str, Any]]] = {}
    behind: str | None = None
    for cell in repaired.cells:
        if cell["grade_id"] in known:
            behind = cell["grade_id"]
            theirs[behind] = cell
        else:
            additional.setdefault(behind, []).append(cell)

    code = [_additional(extra) for extra in additional.get(None, [])]
    for own in notebook.cells:
        got = theirs.get(own.grade_id)
        if own.kind not in ANSWERS:
            code.append(Code(own.source, own.cell_type, own, attachments=own.attachments))
        elif got is None:
            text = own.released if own.is_task else ""
            code.append(Code(text, own.cell_type, own, missing=True))
        else:
            code.append(Code(got["source"], own.cell_type, own, attachments=got["attachments"]))
        code += [_additional(extra) for extra in additional.get(own.grade_id, [])]
    unshown = [
        f"{name[:80]}, attached to {cell['grade_id'] or 'a cell'}, is no PNG or JPEG: left out"
        for cell in cells
        for name, picture in cell["attachments"].items()
        if not picture
    ]
    code, doubtful = _look_elsewhere(notebook, code, beside)
    tampered = dict.fromkeys([*repaired.doubtful, *doubtful])
    return Rebuilt(tuple(code), tuple(tampered), (*repaired.mended, *dict.fromkeys(unshown)))


def _additional(cell: dict[str, Any]) -> Code:
    return Code(cell["source"], cell["cell_type"], attachments=cell["attachments"])


def _look_elsewhere(
    notebook: Notebook, code: list[Code], beside: Sequence[str]
) -> tuple[list[Code], list[str]]:
    """The cells, those of unanswered questions in words with where else the answer may stand."""
    empty = [i for i, c in enumerate(code) if c.cell and c.cell.kind == "manual" and _is_empty(c)]
    if not empty:
        return code, []
    places = [*_written(notebook, code), *(f"the file {name[:80]}" for name in beside)]
    if not places:
        return code, []
    elsewhere = ", ".join(places[:3]) + (" and more" if len(places) > 3 else "")
    code, notes = list(code), []
    for index in empty:
        code[index] = replace(code[index], elsewhere=elsewhere)
        name = code[index].cell.grade_id  # type: ignore[union-attr]
        notes.append(f"{name} holds no answer, which may stand elsewhere: {elsewhere}")
    return code, notes


def _is_empty(code: Code) -> bool:
    """Whether an answer in words is not there, or as it was given."""
    assert code.cell is not None
    if code.cell.is_task or code.attachments:
        return False
    return code.missing or not code.source.strip() or is_given(code.cell, code.source)


def _written(notebook: Notebook, code: list[Code]) -> Iterator[str]:
    """Where the student wrote cells, but for those below a task, which are its answer."""
    given = [text.split() for text in notebook.plain]
    above: Cell | None = None
    for number, extra in enumerate(code, 1):
        if extra.cell is not None:
            above = extra.cell
        elif extra.source.split() not in [[], *given] and not (above and above.is_task):
            yield f"cell {number}" + (f" (below {above.grade_id})" if above else " (at the top)")


def looks_like(notebook: Notebook, cells: list[dict[str, Any]]) -> bool:
    """Whether the cells are this notebook's, whatever the file is called."""
    ids = {cell["grade_id"] for cell in name_lost_cells(notebook, cells)}
    return sum(cell.grade_id in ids for cell in notebook.cells) > len(notebook.cells) / 2
