"""Tests that nbgrader makes from the instructor's answers: `### AUTOTEST f(2)` in a test cell.

nbgrader runs the instructor's notebook, and puts assertions about what `f(2)` gave in the place of
such a line, by the templates of `autotests.yml`. `build` has that done once
(`authoring/autotests.py`); the release, the gradebook and the grading all hold the text that was
made then, so that nobody is asked something that nobody has read, or that nothing has proved.

That text is kept in `reports/NAME/.autotests`: not in `solutions/`, which is the instructor's to
write, nor in `assignments/`, where students would read the hidden part of it. It belongs to what it
was made from, by a digest of that: where an answer, a test, a data file or a template has changed
since, it counts for nothing, and the assignment has to be built again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat

FILE = ".autotests"  # of a folder in `reports/`
TEMPLATES = "autotests.yml"
WORD = "AUTOTEST"
NOT_MADE = "none have been made of them as they are now"
Made = Mapping[str, Mapping[str, str]]  # by notebook, then by cell: the text of a test


def wrong_lines(source: str, kind: str) -> Iterator[str]:
    """What is wrong with the lines that ask for tests, each with its number, and what to do."""
    for number, line in enumerate(source.splitlines(), 1):
        comment = line[line.find("#") :] if "#" in line else ""
        if not (asked := re.match(rf"#[#\s]*(?:HASHED\s+)?{WORD}S?\b(.*)", comment, re.I)):
            continue
        what = asked[1].strip(" :;") or "f(2)"
        if not asks_in(line):
            yield (
                f"holds {comment.strip()!r} in line {number}, of which nbgrader makes no test: "
                f"write '### {WORD} {what}' on a line of its own, or word it otherwise"
            )
        elif kind != "test":
            yield (
                f"asks in line {number} for tests that nbgrader makes, which stand only in a test "
                "cell: move it"
            )
        elif not asked[1].strip(" ;"):
            yield (
                f"asks in line {number} for tests of nothing: name what is to be tested, as in "
                f"'### {WORD} {what}'"
            )
        else:
            yield (
                f"asks in line {number} for tests that nbgrader makes from your answers, and "
                f"{NOT_MADE}: run `autograder build`"
            )


def asks_in(source: str) -> bool:
    """Whether a code cell asks for tests, by nbgrader's own reading of it."""
    return any(WORD in line and line.strip().startswith("#") for line in source.splitlines())


def ask(folder: Path) -> list[Path]:
    """The notebooks of an assignment's folder in which a cell asks for tests."""
    return [path for path in sorted(folder.glob("*.ipynb")) if any(map(asks_in, _codes(path)))]


def templates_of(folder: Path, root: Path) -> Path | None:
    """The assignment's own templates, or else the course's, as nbgrader looks for them."""
    places = (folder / TEMPLATES, root / TEMPLATES)
    return next((path for path in places if path.is_file()), None)


def with_tests(notebook: nbformat.NotebookNode, made: Mapping[str, str]) -> nbformat.NotebookNode:
    """The notebook with the tests that were made in the place of what asked for them."""
    for cell in notebook.cells if made else ():
        settings = cell.metadata.get("nbgrader")
        grade_id = settings.get("grade_id") if isinstance(settings, dict) else None
        if isinstance(grade_id, str) and cell.cell_type == "code":
            cell.source = made.get(grade_id, cell.source)
    return notebook


def keep(reports: Path, folder: Path, root: Path, made: Made) -> None:
    """Keep what was made from an assignment's folder; nothing where nothing asked for it."""
    path = reports / folder.name / FILE
    if not made:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"of": _digest(folder, root), "made": made}, indent=1, sort_keys=True)
    path.write_text(text, encoding="utf-8")


def kept(reports: Path, folder: Path, root: Path) -> Made:
    """What was made from an assignment's folder as it is now; nothing where it has changed."""
    path = reports / folder.name / FILE
    if not path.is_file():
        return {}
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    made: Made = known["made"]
    return made if known["of"] == _digest(folder, root) else {}


def _digest(folder: Path, root: Path) -> str:
    """Of all that the tests were made from: the code of the notebooks, the templates, and what else
    lies in the folder."""
    templates = templates_of(folder, root)
    parts: dict[str, Any] = {"": templates.read_bytes().hex() if templates else ""}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        is_byproduct = any(part.startswith((".", "__pycache__")) for part in name.parts)
        if name.suffix == ".ipynb" and len(name.parts) == 1:
            parts[name.name] = _codes(path)
        elif path.is_file() and not is_byproduct:
            parts[name.as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _codes(path: Path) -> list[str]:
    """The texts of a notebook's code cells; none where it is no notebook, as is said elsewhere."""
    try:
        cells = nbformat.reads(path.read_text(encoding="utf-8-sig"), as_version=4).cells
        return [cell.source for cell in cells if cell.cell_type == "code"]
    except Exception:  # nbformat raises many kinds for what is no notebook
        return []
