"""What an assignment asks: its notebooks' cells, points, names, limits and known mistakes.

An `Assignment` is a value: it is read from `solutions/<name>/` once, and `grade_submission` needs
nothing else. Reading it also resolves the free names of every test cell: built-ins, and names that
the instructor's locked cells and the tests themselves bind, belong to the grader session; names
that solution cells bind are asked of the student session; any other name is an error of the build.
A locked cell that itself uses a name of a solution cell runs in the student session alone: what it
defines is the student's word, and no test may use it.
"""

from __future__ import annotations

import builtins
import tomllib
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

from autograder.course.names import imports, names, read_at_once, read_when_called
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
    cell_id: str = ""  # the notebook format's own
    attachments: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def is_task(self) -> bool:
        """Whether the answer stands in cells that the student adds below it."""
        return bool(self.metadata.get("nbgrader", {}).get("task"))

    @property
    def redacted(self) -> str:
        """The source as a student may see it after grading."""
        return self.released if self.kind == "test" else self.source


@dataclass(frozen=True)
class Notebook:
    name: str
    cells: tuple[Cell, ...]
    metadata: dict[str, Any] = field(hash=False)
    plain: tuple[str, ...] = ()  # what the instructor wrote into cells that nbgrader does not know

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
    own_modules: bool = False  # whether a submission may bring Python modules beside its notebook

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
        own_modules=settings.get("own_modules", False) is True,
    )


def _read_settings(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise AssignmentError(f"{path} is missing: it says which packages may be used, and limits")
    try:
        settings = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise AssignmentError(f"{path}: {error}") from None
    known = {"title", "packages", "grader_packages", "limits", "duedate", "rules", "own_modules"}
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
    plain: list[str] = []
    for node in source.cells:
        settings = node.metadata.get("nbgrader")
        if not settings:
            plain.append(node.source)
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
                cell_id=node.get("id", ""),
                attachments=dict(node.get("attachments", {})),
            )
        )
    resolved = tuple(_resolve(path.name, cells))
    return Notebook(path.stem, resolved, dict(source.metadata), tuple(plain))


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
    """The cells, each test, and each locked cell, with the names that it asks of the student."""
    graders = set(dir(builtins)) | {"get_ipython", "display", "__name__"}
    students: set[str] = set()
    imported: set[str] = set()  # by solution cells
    locked: set[str] = set()  # the instructor's, whatever the student calls so
    shown: dict[str, str] = {}  # bound by a locked cell that uses the student's names: its id
    called: dict[str, set[str]] = {}  # what the instructor's functions ask of the student
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
            resolved.append(cell)
            continue
        own = (students | shown.keys()) - bound - locked
        _note_calls(called, cell.source, own)
        read = free if cell.kind == "test" else read_at_once(cell.source)
        asked = (read & own).union(*(called.get(name, ()) for name in read))
        if cell.kind == "locked" and (asked := asked - graders):
            shown |= dict.fromkeys(bound, cell.grade_id)
        elif cell.kind == "locked":
            graders |= bound
            locked |= bound
        else:
            _refuse_words_of_students(f"{notebook}, cell {cell.grade_id!r}", asked, imported, shown)
            if unknown := free - students - graders - bound:
                raise AssignmentError(
                    f"{notebook}, cell {cell.grade_id!r} uses {', '.join(sorted(unknown))}: "
                    "neither a locked cell nor a solution cell above it defines that"
                )
            graders |= bound
        resolved.append(replace(cell, student_names=tuple(sorted(asked))))
    return resolved


def _note_calls(called: dict[str, set[str]], source: str, students: set[str]) -> None:
    """Add which of the student's names each function of an instructor's cell uses when called."""
    functions = read_when_called(source)
    for _ in functions:  # as often as one of them may stand behind another
        for name, read in functions.items():
            called[name] = (read & students).union(*(called.get(other, ()) for other in read))


def _refuse_words_of_students(
    cell: str, asked: set[str], imported: set[str], shown: dict[str, str]
) -> None:
    """AssignmentError where a test takes for the instructor's what the student can say."""
    if modules := asked & imported:
        raise AssignmentError(
            f"{cell} uses {', '.join(sorted(modules))}, which a solution cell imports: import it "
            "in a locked cell or in the test, for what the student's session gives under that "
            "name is the student's"
        )
    if claimed := asked & shown.keys():
        name = min(claimed)
        raise AssignmentError(
            f"{cell} uses {name}, which the locked cell {shown[name]!r} makes with the student's "
            "code: make it in the test, for what the student's session gives under that name is "
            "the student's"
        )
