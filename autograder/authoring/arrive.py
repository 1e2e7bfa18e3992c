"""How another course's assignment comes to stand in `solutions/`: copied, and brought up to date.

Nothing is written into a folder that lies elsewhere. The settings of older nbgraders are read by
nbgrader's own code; where that changes a notebook in `solutions/`, the original stays beside it.
"""

from __future__ import annotations

import copy
import json
import logging
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator

from autograder.course.assignment import load_notebook
from autograder.course.course import Course, CourseError, Faults
from autograder.course.ids import is_plain
from autograder.course.proofread import SCHEMA
from autograder.grading.engine import write_whole

KEPT = ".before-adopt"  # behind the name of an original; never released (course/files.py)


def arrive(course: Course, given: Path, name: str) -> tuple[Path, list[str]]:
    """The assignment's folder in `solutions/`, and a sentence for each thing that was done.

    CourseError: it cannot be taken, and nothing has been written. Faults: so it is with notebooks
    that cannot be read.
    """
    folder = _found(course, given)
    name = name or folder.name
    place = course.solutions / name
    _prove_fit(course, folder, name)
    if folder == place:
        return place, _updated(place, keep=True)
    if os.path.lexists(place):
        shown = shlex.quote(place.relative_to(course.root).as_posix())
        raise CourseError(
            f"{place} is there already, and stays as it is: `autograder adopt {shown}` goes on "
            f"with that one; to take {given} under another name, add --name NAME"
        )
    with tempfile.TemporaryDirectory(prefix=".build-", dir=course.root) as scratch:
        copied = Path(scratch, name)
        _copy(folder, copied)
        said = _updated(copied, keep=False)
        course.solutions.mkdir(exist_ok=True)
        shutil.move(copied, place)
    return place, [f"copied to {place.relative_to(course.root)}; {given} stays as it is", *said]


def _found(course: Course, given: Path) -> Path:
    """The folder that is meant: by its path, from here or from the course, or by its name below
    `solutions/`."""
    places = (given.absolute(), course.root / given, course.solutions / given)
    folder = next((place for place in places if place.exists()), given)
    if folder.suffix == ".ipynb" and folder.is_file():
        raise CourseError(f"{given} is a notebook: name the folder that it lies in")
    if not folder.is_dir():
        raise CourseError(f"{given} is no folder: name the one that holds the assignment's .ipynb")
    if folder.is_symlink() and folder.parent.resolve() == course.solutions:
        raise CourseError(
            f"{given} is a link out of {course.solutions.name}/, where nothing may be written: "
            f"remove the link, then call `autograder adopt {shlex.quote(str(folder.resolve()))}`"
        )
    return folder.resolve()


def _prove_fit(course: Course, folder: Path, name: str) -> None:
    """CourseError: it is no assignment, or nothing that nbgrader could keep under that name."""
    if course.root.is_relative_to(folder) or folder == course.solutions:
        raise CourseError(f"{folder} holds the course itself: name one assignment's folder")
    if not any(folder.glob("*.ipynb")):
        below = sorted({path.parent for path in folder.glob("*/*.ipynb")})
        hint = f"; do you mean {below[0]}?" if below else ""
        raise CourseError(f"there is no notebook in {folder}{hint or ': name the one that has it'}")
    if not is_plain(name) or "+" in name:
        way = "rename the folder" if folder.parent == course.solutions else "add --name NAME"
        raise CourseError(
            f"{name!r} is no name for an assignment: {way}, with letters, digits, - and _ alone"
        )
    for path in _walked(folder):
        if path.is_symlink():
            raise CourseError(
                f"{path} is a link: put what it leads to into its place, or take it away"
            )


def _walked(folder: Path) -> Iterator[Path]:
    """Whatever lies in a folder and is not hidden."""
    for path in sorted(folder.rglob("*")):
        if not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _copy(folder: Path, into: Path) -> None:
    """CourseError: something in it cannot be copied."""
    try:
        shutil.copytree(folder, into, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    except OSError as error:
        reason = error.args[0][0] if isinstance(error, shutil.Error) else (str(error),)
        raise CourseError(
            f"{folder} cannot be copied: {reason[-1]}: make it readable, or take it away"
        ) from error


def _updated(folder: Path, keep: bool) -> list[str]:
    """Bring the notebooks of a folder up to date; a sentence for each that had to be.

    Faults: some cannot be read. Then none is changed.
    """
    faults: list[str] = []
    notebooks = {path: load_notebook(path, faults) for path in sorted(folder.glob("*.ipynb"))}
    if faults:
        raise Faults("\n".join(faults))
    said = []
    for path, node in notebooks.items():
        if told := _changed(node, _version(path)):
            if keep:
                _keep(path)
                told += f"; the original is {path.name}{KEPT}, which nobody is given"
            write_whole(path, nbformat.writes(node).encode())
            said.append(f"{path.name}: {told}")
    return said


def _version(path: Path) -> int:
    """Of which notebook format a file is."""
    version: int = json.loads(path.read_text(encoding="utf-8-sig"))["nbformat"]
    return version


def _keep(path: Path) -> None:
    """Keep an original. CourseError: there is another already."""
    kept = path.with_name(path.name + KEPT)
    if kept.exists() and kept.read_bytes() != path.read_bytes():
        raise CourseError(
            f"{kept} is there already, and is another notebook: move one of them away"
        )
    write_whole(kept, path.read_bytes())


def _changed(node: NotebookNode, version: int) -> str:
    """Bring a notebook up to date, in place: what was done, or ""."""
    old = {schema for cell in node.cells if (schema := _schema(cell)) is not None}
    done = [f"the notebook format is 4 now, and was {version}"] if version != 4 else []
    if [cell for cell in node.cells if _upgraded(cell)]:  # all of them are, one by one
        told = ", ".join(str(schema) if schema else "without a number" for schema in sorted(old))
        done.append(f"nbgrader's settings are of schema {SCHEMA} now, and were of schema {told}")
    return "; ".join(done)


def _schema(cell: NotebookNode) -> int | None:
    """The schema of a cell's settings where it is an old one; 0: it has no number."""
    settings = cell.metadata.get("nbgrader")
    schema = settings.get("schema_version", 0) if isinstance(settings, dict) else None
    return schema if isinstance(schema, int) and schema < SCHEMA else None


def _upgraded(cell: NotebookNode) -> bool:
    """Whether nbgrader brought a cell's settings up to date. What it cannot read stays as it is,
    and is a fault of the assignment (course/proofread.py)."""
    if _schema(cell) is None:
        return False
    before = copy.deepcopy(cell.metadata)
    logging.getLogger("traitlets").disabled = True  # it tells of keys that no nbgrader reads now
    try:
        MetadataValidator().upgrade_cell_metadata(cell)
    except (ValueError, TypeError):
        cell.metadata = before
        return False
    finally:
        logging.getLogger("traitlets").disabled = False
    return True
