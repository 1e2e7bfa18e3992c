"""What an assignment asks: its notebooks' cells, points, names, limits and known mistakes.

An `Assignment` is a value: it is read from `solutions/<name>/` once, and `grade_submission` needs
nothing else. Reading it also resolves the free names of every test cell: built-ins, and names that
the instructor's locked cells and the tests themselves bind, belong to the grader session; names
that solution cells bind are asked of the student session; any other name is an error of the build.
"""

from __future__ import annotations

import builtins
import symtable
import tomllib
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

from autograder.course.rules import Rule, read_rules
from autograder.sandbox.confine import Limits as SessionLimits

OWN_FILES = ("assignment.toml", "mistakes.py", "demo.py")


class AssignmentError(ValueError):
    """An assignment that cannot be built; says which cell or file, and what to do."""


@dataclass(frozen=True)
class Cell:
    """A cell of the instructor's notebook that nbgrader knows.

    kind: "solution" (the student's code), "test" (graded by running), "manual" (graded by hand) or
    "locked" (the instructor's code or text).
    """

    grade_id: str
    kind: str
    cell_type: str
    source: str
    points: float = 0.0
    metadata: dict[str, Any] = field(default_factory=dict, hash=False)
    student_names: tuple[str, ...] = ()
    released: str = ""

    @property
    def redacted(self) -> str:
        """The source as a student may see it after grading."""
        return self.released if self.kind == "test" else self.source


@dataclass(frozen=True)
class Notebook:
    name: str
    cells: tuple[Cell, ...]
    metadata: dict[str, Any] = field(hash=False)

    @property
    def questions(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind in ("test", "manual")]


@dataclass(frozen=True)
class Limits:
    """Seconds of wall time, and what each session may use; `[limits]` in assignment.toml."""

    cell_seconds: float = 10.0
    total_seconds: float = 60.0
    memory_mb: int = 1024
    disk_mb: int = 64

    @property
    def session(self) -> SessionLimits:
        cpu = int(self.total_seconds) + 1
        return SessionLimits(memory_mb=self.memory_mb, disk_mb=self.disk_mb, cpu_seconds=cpu)


@dataclass(frozen=True)
class Assignment:
    name: str
    title: str
    notebooks: tuple[Notebook, ...]
    packages: tuple[str, ...]
    grader_packages: tuple[str, ...]
    limits: Limits
    duedate: datetime | None
    files: dict[str, bytes] = field(hash=False)
    mistakes: str = ""
    rules: tuple[Rule, ...] = ()

    @property
    def max_score(self) -> float:
        return sum(cell.points for notebook in self.notebooks for cell in notebook.questions)

    @property
    def automatic_points(self) -> float:
        return sum(c.points for n in self.notebooks for c in n.questions if c.kind == "test")


def read_assignment(folder: Path) -> Assignment:
    """The assignment in `solutions/<name>/`. AssignmentError where something is wrong with it."""
    settings = _read_settings(folder / "assignment.toml")
    paths = sorted(folder.glob("*.ipynb"))
    if not paths:
        raise AssignmentError(f"{folder}: there is no notebook in it")
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.suffix not in (".ipynb", ".pyc")
        and path.name not in OWN_FILES
        and not any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)
    }
    mistakes = folder / "mistakes.py"
    packages = tuple(settings.get("packages", ("numpy",)))
    notebooks = tuple(read_notebook(path) for path in paths)
    ids = {cell.grade_id for notebook in notebooks for cell in notebook.cells}
    try:
        rules = read_rules(settings.get("rules", []), ids)
    except ValueError as error:
        raise AssignmentError(f"{folder / 'assignment.toml'}: {error}") from None
    return Assignment(
        name=folder.name,
        title=settings.get("title", folder.name),
        notebooks=notebooks,
        packages=packages,
        grader_packages=tuple(dict.fromkeys([*packages, *settings.get("grader_packages", ())])),
        limits=Limits(**settings.get("limits", {})),
        duedate=settings.get("duedate"),
        files=files,
        mistakes=mistakes.read_text() if mistakes.exists() else "",
        rules=rules,
    )


def _read_settings(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise AssignmentError(f"{path} is missing: it says which packages may be used, and limits")
    try:
        settings = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise AssignmentError(f"{path}: {error}") from None
    known = {"title", "packages", "grader_packages", "limits", "duedate", "rules"}
    limits = {f.name for f in fields(Limits)}
    for unknown in [*(settings.keys() - known), *(settings.get("limits", {}).keys() - limits)]:
        allowed = ", ".join(sorted(known | limits))
        raise AssignmentError(f"{path}: {unknown!r} is not a setting; known are {allowed}")
    return settings


def read_notebook(path: Path) -> Notebook:
    """An instructor's notebook, with the names of its tests resolved."""
    source = nbformat.read(path, as_version=4)
    released = released_sources(path)
    cells: list[Cell] = []
    for node in source.cells:
        settings = node.metadata.get("nbgrader")
        if not settings:
            continue
        grade_id = settings["grade_id"]
        if any(cell.grade_id == grade_id for cell in cells):
            raise AssignmentError(f"{path.name}: two cells have the id {grade_id!r}")
        cells.append(
            Cell(
                grade_id=grade_id,
                kind=_kind(settings),
                cell_type=node.cell_type,
                source=node.source,
                points=float(settings.get("points", 0) or 0),
                metadata=dict(node.metadata),
                released=released.get(grade_id, node.source),
            )
        )
    return Notebook(path.stem, tuple(_resolve(path.name, cells)), dict(source.metadata))


def released_sources(path: Path) -> dict[str, str]:
    """By grade id, the cells as nbgrader releases them: solutions and hidden tests taken out."""
    notebook = nbformat.read(path, as_version=4)
    for clear in (ClearSolutions(), ClearHiddenTests()):
        notebook, _ = clear.preprocess(notebook, {"language": "python"})
    return {
        cell.metadata["nbgrader"]["grade_id"]: cell.source
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }


def _kind(settings: dict[str, Any]) -> str:
    if settings.get("task"):
        return "manual"
    if settings.get("grade"):
        return "manual" if settings.get("solution") else "test"
    return "solution" if settings.get("solution") else "locked"


def _resolve(notebook: str, cells: list[Cell]) -> list[Cell]:
    """The cells, each test with the names that it asks of the student session."""
    graders = set(dir(builtins)) | {"get_ipython", "display", "__name__"}
    students: set[str] = set()
    imported: set[str] = set()  # by solution cells
    locked: set[str] = set()  # the instructor's, whatever the student calls so
    resolved = []
    for cell in cells:
        if cell.cell_type != "code":
            resolved.append(cell)
            continue
        try:
            bound, free = names(cell.source)
        except SyntaxError as error:
            raise AssignmentError(f"{notebook}, cell {cell.grade_id!r}: {error}") from None
        if cell.kind in ("solution", "manual"):
            students |= bound
            imported |= imports(cell.source)
        elif cell.kind == "locked":
            graders |= bound
            locked |= bound
        else:
            asked = (free & students) - bound - locked
            if modules := asked & imported:
                raise AssignmentError(
                    f"{notebook}, cell {cell.grade_id!r} uses {', '.join(sorted(modules))}, which "
                    "a solution cell imports: import it in a locked cell or in the test, for what "
                    "the student's session gives under that name is the student's"
                )
            if unknown := free - students - graders - bound:
                raise AssignmentError(
                    f"{notebook}, cell {cell.grade_id!r} uses {', '.join(sorted(unknown))}: "
                    "neither a locked cell nor a solution cell above it defines that"
                )
            graders |= bound
            cell = Cell(**{**vars(cell), "student_names": tuple(sorted(asked))})
        resolved.append(cell)
    return resolved


def imports(source: str) -> set[str]:
    """The global names that a cell's import statements bind."""
    table = symtable.symtable(TransformerManager().transform_cell(source), "<cell>", "exec")
    return {symbol.get_name() for symbol in table.get_symbols() if symbol.is_imported()}


def names(source: str) -> tuple[set[str], set[str]]:
    """Global names that a cell binds, and global names that it or its functions read."""
    table = symtable.symtable(TransformerManager().transform_cell(source), "<cell>", "exec")
    bound: set[str] = set()
    read: set[str] = set()

    def visit(scope: symtable.SymbolTable) -> None:
        top = scope.get_type() == "module"
        for symbol in scope.get_symbols():
            if not (top or symbol.is_global()):
                continue
            if symbol.is_assigned() or symbol.is_imported():
                bound.add(symbol.get_name())
            if symbol.is_referenced():
                read.add(symbol.get_name())
        for child in scope.get_children():
            visit(child)

    visit(table)
    return bound, read
