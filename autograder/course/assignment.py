"""What an assignment asks: its notebooks' cells, points, names, limits and known mistakes.

An `Assignment` is a value: it is read from `solutions/<name>/` once, and `grade_submission` needs
nothing else.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import nbformat
from nbformat import reader
from nbformat.validator import normalize

from autograder.course.autotests import Made, with_tests
from autograder.course.cells import Cell, Notebook
from autograder.course.files import Text, names_any, read_files
from autograder.course.known import read_mistakes
from autograder.course.marks import Marks
from autograder.course.names import names
from autograder.course.proofread import (
    MANY,
    is_known,
    kind_of,
    not_python,
    wrong_release,
    wrong_settings,
    wrong_text,
)
from autograder.course.resolve import resolve
from autograder.course.rules import Rule, read_rules
from autograder.course.settings import FILE, Limits, read_settings
from autograder.course.stand_in import read_stand_ins

FORMATS = (3, 4)  # of notebooks; what came before had its code elsewhere


class AssignmentError(ValueError):
    """An assignment that cannot be built: a line for each fault, with its file, cell, and what to
    do."""


@dataclass(frozen=True)
class Assignment:
    """`duedate` is UTC; `files` are released and in every session, by name."""

    name: str
    title: str
    notebooks: tuple[Notebook, ...]
    packages: tuple[str, ...]
    grader_packages: tuple[str, ...]
    limits: Limits
    duedate: datetime | None
    files: dict[str, bytes] = field(hash=False)
    mistakes: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    grader_files: dict[str, bytes] = field(default_factory=dict, hash=False)  # the tests' alone
    own_modules: bool = False  # whether a submission may bring Python modules beside its notebook
    tell_sentences: bool = False  # whether a hidden test says the sentence beside an assertion
    # By what a test asks for: the functions that the instructor's may stand in for there.
    stand_in: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    follow_up: float = 0.0  # the share of its points that a test gets which passes only so
    cancelled: tuple[str, ...] = ()  # questions for which everybody gets full marks

    @property
    def max_score(self) -> float:
        return sum(cell.points for notebook in self.notebooks for cell in notebook.questions)

    @property
    def shared(self) -> tuple[Cell, ...]:
        """The tests that run beside the student's code."""
        return tuple(c for notebook in self.notebooks for c in notebook.questions if c.shared)

    @property
    def automatic_points(self) -> float:
        return sum(c.points for n in self.notebooks for c in n.questions if c.kind == "test")

    @property
    def marked(self) -> frozenset[str]:
        """The questions that a person marks."""
        return frozenset(
            c.grade_id for n in self.notebooks for c in n.questions if c.kind == "manual"
        )


def read_assignment(
    folder: Path, marks: Marks | None = None, made: Made | None = None
) -> Assignment:
    """The assignment in `solutions/<name>/`, with the tests that were made for it (autotests.py).

    AssignmentError with all that is wrong with it.
    """
    faults: list[str] = []
    marks = marks or Marks()
    settings = read_settings(folder, faults)
    if not settings.read:  # what it would have said of files would be missed below
        raise AssignmentError("\n".join(faults))
    read = [
        read_notebook(path, marks, faults, (made or {}).get(path.stem, {}), settings.shared)
        for path in sorted(folder.glob("*.ipynb"))
    ]
    if not read:
        faults.append(f"{folder}: there is no notebook in it")
    files = read_files(folder, settings, [text for _, texts in read for text in texts], faults)
    notebooks = tuple(_marked_unseen(notebook, files.grader) for notebook, _ in read)
    faults += _twice(notebooks)
    faults += _wrong_shared(settings.shared, notebooks, files.grader, folder.name)
    faults += _wrong_cancelled(settings.cancelled, notebooks, folder.name)
    mistakes: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    stand_in: dict[str, tuple[str, ...]] = {}
    if read and all(texts for _, texts in read):  # both name cells: in a file that can be read
        cells = [cell for notebook in notebooks for cell in notebook.cells]
        mistakes = read_mistakes(folder, _defined_by_students(cells), faults)
        rules = read_rules(settings.rules, cells, folder.name, faults)
        if not any(cell.cell_type == "code" and not_python(cell.source) for cell in cells):
            stand_in = read_stand_ins(settings, notebooks, folder.name, faults)
    if faults:
        raise AssignmentError("\n".join(faults))
    packages = settings.packages
    return Assignment(
        name=folder.name,
        title=settings.title or folder.name,
        notebooks=notebooks,
        packages=packages,
        grader_packages=tuple(dict.fromkeys([*packages, *settings.grader_packages])),
        limits=settings.limits,
        duedate=settings.duedate,
        files=files.released,
        mistakes=mistakes,
        rules=rules,
        grader_files=files.grader,
        own_modules=settings.own_modules,
        tell_sentences=settings.tell_sentences,
        stand_in=stand_in,
        follow_up=settings.follow_up,
        cancelled=settings.cancelled,
    )


def read_notebook(
    path: Path,
    marks: Marks,
    faults: list[str],
    made: Mapping[str, str],
    shared: tuple[str, ...] = (),
) -> tuple[Notebook, list[Text]]:
    """An instructor's notebook, with the names of its tests resolved, and all of its texts; the
    tests of the ids in `shared` run beside the student's code."""
    node = with_tests(load_notebook(path, faults), made)
    before = len(faults)
    places = []
    for number, cell in enumerate(node.cells, 1):
        settings = cell.metadata.get("nbgrader")
        grade_id = settings.get("grade_id") if isinstance(settings, dict) else None
        places.append(f"{path.name}, cell {grade_id or number!r}")
        wrong = [*(wrong_settings(cell) if is_known(cell) else ()), *wrong_text(cell, marks)]
        faults += [f"{places[-1]} {fault}" for fault in wrong]
    sound = len(faults) == before
    released = marks.cleared(nbformat.from_dict(node)).cells if sound else node.cells
    cells: list[Cell] = []
    texts: list[Text] = []
    above: list[str] = []
    for place, cell, student in zip(places, node.cells, released, strict=True):
        kind, is_code = kind_of(cell), cell.cell_type == "code"
        if is_code:
            faults += [f"{place} {fault}" for fault in wrong_release(cell.source, student.source)]
        shown = cell.source if is_code and kind != "test" else student.source
        texts.append(Text(place, is_code, shown, cell.source if kind == "test" else ""))
        if kind and isinstance(cell.metadata["nbgrader"].get("grade_id"), str):
            cells.append(_cell(cell, "manual" if kind == "task" else kind, student.source))
            if is_code:
                beside = kind == "test" and cells[-1].grade_id in shared
                cells[-1] = replace(cells[-1], above=tuple(above), shared=beside)
                above = []
        elif is_code and not not_python(cell.source):
            above.append(cell.source)
    if not any(cell.cell_type == "code" and not_python(cell.source) for cell in cells):
        cells = resolve(path.name, cells, faults)
    plain = tuple(cell.source for cell in node.cells if not is_known(cell))
    return Notebook(path.stem, tuple(cells), dict(node.metadata), plain), texts


def load_notebook(path: Path, faults: list[str]) -> nbformat.NotebookNode:
    """A notebook as it stands in its file; one without cells where there is none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        version = json.loads(text).get("nbformat")
        # As `nbformat.reads` does, but for comparing it with a schema, which takes a tenth of a
        # second to compile and whose findings are only logged.
        _, node = normalize(nbformat.convert(reader.reads(text), 4))
        reason = _unlike_a_notebook(node)
        if version not in FORMATS:  # read as the first, it would lose its code
            reason = (
                f"its notebook format is {version}, and {FORMATS[0]} or {FORMATS[1]} can be read"
            )
    except Exception as error:  # nbformat raises many kinds for what is no notebook
        reason = " ".join(str(error).split())[:120] or type(error).__name__
    if not reason:
        return node
    faults.append(
        f"{path.name} is no Jupyter notebook in Python ({reason}): open it in JupyterLab and save "
        "it again, or take it from a copy"
    )
    return nbformat.v4.new_notebook()


def _unlike_a_notebook(node: nbformat.NotebookNode) -> str:
    """What of a notebook is missing that everything else relies on, or ""."""
    for cell in node.cells:
        if not isinstance(cell.source, str) or not isinstance(cell.metadata, dict):
            return "a cell has no text or no metadata"
        if cell.get("cell_type") not in ("code", "markdown", "raw"):
            return "a cell is neither code nor text"
    kernel, language_info = (node.metadata.get(k, {}) for k in ("kernelspec", "language_info"))
    # Whatever stands there, even an empty text, is what nbgrader's ClearSolutions goes by.
    language = kernel.get("language", language_info.get("name", "python"))
    return "" if language == "python" else f"its kernel's language is {language!r}"


def _cell(node: nbformat.NotebookNode, kind: str, released: str) -> Cell:
    settings = node.metadata["nbgrader"]
    points = settings.get("points")
    return Cell(
        grade_id=settings["grade_id"],
        kind=kind,
        cell_type=node.cell_type,
        source=node.source,
        points=float(points) if isinstance(points, int | float) and points < MANY else 0.0,
        metadata=dict(node.metadata),
        released=released,
        cell_id=node.get("id", ""),
        attachments=dict(node.get("attachments", {})),
    )


def _marked_unseen(notebook: Notebook, files: dict[str, bytes]) -> Notebook:
    """The notebook, its tests marked that open one of the files where a student could read it."""
    cells = [
        replace(cell, unseen=cell.kind == "test" and names_any(cell.released, files))
        for cell in notebook.cells
    ]
    return replace(notebook, cells=tuple(cells))


def _wrong_shared(
    shared: tuple[str, ...], notebooks: tuple[Notebook, ...], unseen: dict[str, bytes], name: str
) -> Iterator[str]:
    """What is wrong with the list of tests that run beside the student's code."""
    tests = {c.grade_id: c for notebook in notebooks for c in notebook.cells if c.kind == "test"}
    for grade_id in shared if tests else ():
        if grade_id not in tests:
            similar = difflib.get_close_matches(grade_id, tests, 1)
            hint = f"do you mean {similar[0]!r}?" if similar else f"tests are {', '.join(tests)}"
            yield f"{name}/{FILE}: shared names {grade_id!r}, which is no test; {hint}"
        elif names_any(tests[grade_id].source, unseen):
            yield (
                f"{name}/{FILE}: shared names {grade_id!r}, which opens a file that only tests have"
                ": beside the student's code there is none of these; name the file in `files`, or "
                "take the test out of `shared`"
            )


def _wrong_cancelled(
    cancelled: tuple[str, ...], notebooks: tuple[Notebook, ...], name: str
) -> Iterator[str]:
    """What is wrong with the list of questions for which everybody gets full marks."""
    questions = [cell.grade_id for notebook in notebooks for cell in notebook.questions]
    for grade_id in cancelled if questions else ():
        if grade_id not in questions:
            similar = difflib.get_close_matches(grade_id, questions, 1)
            hint = f"do you mean {similar[0]!r}?" if similar else f"they are {', '.join(questions)}"
            yield f"{name}/{FILE}: cancelled names {grade_id!r}, which is no question; {hint}"


def _defined_by_students(cells: list[Cell]) -> set[str] | None:
    """The names that solution cells bind; None where one of them is no Python."""
    own = [c.source for c in cells if c.kind in ("solution", "manual") and c.cell_type == "code"]
    return None if any(map(not_python, own)) else {n for s in own for n in names(s)[0]}


def _twice(notebooks: tuple[Notebook, ...]) -> Iterator[str]:
    """Ids that stand twice: nobody could tell which cell is meant."""
    first: dict[str, str] = {}
    for notebook in notebooks:
        for cell in notebook.cells:
            file = f"{notebook.name}.ipynb"
            if other := first.get(cell.grade_id):
                where = f"{file}:" if other == file else f"{other} and {file} (a copy?):"
                yield f"{where} two cells have the id {cell.grade_id!r}: give one of them another"
            first.setdefault(cell.grade_id, file)
