"""From `solutions/` to `assignments/`, by nbgrader, once an assignment has been proved sound.

The student version is drafted in a folder of its own, from the notebooks and the files that are
named and from nothing else that lies in `solutions/`; it is proved (proofs.py), unless it has been
as it is now (proved.py), and put into its place last. Until then neither the release nor the
gradebook has changed.
"""

from __future__ import annotations

import copy
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError

from autograder.authoring.autotests import make_tests
from autograder.authoring.proofs import Flaw
from autograder.authoring.proved import prove_once
from autograder.authoring.public import public_bundle
from autograder.course.assignment import Assignment
from autograder.course.autotests import keep
from autograder.course.cells import Notebook
from autograder.course.course import BuildError, Course
from autograder.course.files import is_private, unnamed
from autograder.course.marks import MARKS, Marks
from autograder.course.newbook import prepare
from autograder.records.gradebook import one_transaction
from autograder.records.questions import follow


class Unsound(BuildError):
    """An assignment that its proofs speak against: a line for each flaw."""

    def __init__(self, assignment: Assignment, flaws: list[Flaw]):
        super().__init__("\n".join(flaw.told for flaw in flaws))
        self.assignment, self.flaws = assignment, flaws


def build(course: Course, name: str, confined: bool = True) -> Iterator[str]:
    """Prove an assignment sound and release it; gives a line for each step.

    Faults or Unsound, with a line for each of them, where it is not.
    """
    made = make_tests(course, name)
    assignment = course.assignment(name, made)
    with drafted(course, assignment) as draft:
        yield "no solution and no hidden test in what students get"
        flaws: list[Flaw] = []
        for proof in prove_once(course, assignment, draft.source, draft.released, confined):
            flaws += proof.flaws
            if not proof.flaws:
                yield proof.told
        if flaws:
            raise Unsound(assignment, flaws)
        bundle = public_bundle(assignment, confined)
        keep(course.reports, course.solutions / name, course.root, made)
        remarks = publish(course, assignment, draft, bundle)
    yield from remarks
    if shared := assignment.shared:
        yield (
            f"{sum(test.points for test in shared):g} of {assignment.max_score:g} points rest on "
            "tests that run beside the student's code: "
            f"{', '.join(test.grade_id for test in shared)}"
        )
    if cancelled := assignment.cancelled:
        yield f"cancelled, so that everybody gets full marks there: {', '.join(cancelled)}"
    yield f"assignments/{name} written by nbgrader, and public/{name}.json for a check service"
    files = (*assignment.files, *assignment.grader_files)
    if others := unnamed(course.solutions / name, files):
        yield f"not released, for no cell names it and `files` does not: {', '.join(others)}"


def release(course: Course, assignment: Assignment) -> None:
    """Release an assignment without the proofs; no check service knows it then."""
    with drafted(course, assignment) as draft:
        publish(course, assignment, draft, b"")


@dataclass(frozen=True)
class Draft:
    """A release that nobody has yet, the notebooks that it was made from, and a gradebook that has
    nothing but its questions."""

    source: Path
    released: Path
    gradebook: str  # its address


@contextmanager
def drafted(course: Course, assignment: Assignment) -> Iterator[Draft]:
    """A draft, which is gone afterwards if it was not published.

    BuildError: nbgrader refuses it, or it holds what only the instructor may have.
    """
    with tempfile.TemporaryDirectory(prefix=".build-", dir=course.root) as scratch:
        _write_source(course.solutions / assignment.name, assignment, Path(scratch, "source"))
        config = copy.deepcopy(course.config)
        address = f"sqlite:///{scratch}/gradebook.db"
        config.CourseDirectory.update(
            source_directory=f"{Path(scratch).name}/source",
            release_directory=f"{Path(scratch).name}/release",
            db_url=address,
            ignore=[],
        )
        config.InstantiateTests.enabled = False  # they have been made, and are proved
        prepare(address)
        api = NbGraderAPI(CourseDirectory(config=config), config=config)
        answer = api.generate_assignment(assignment.name, force=True, create=True)
        if not answer["success"]:
            raise BuildError(
                f"nbgrader could not release it: {_reason(answer)} (`nbgrader generate_assignment "
                f"{assignment.name}` says more)"
            )
        released = Path(scratch, "release", assignment.name)
        prove_nothing_leaks(released, course.marks)
        yield Draft(Path(scratch, "source", assignment.name), released, address)


def _reason(answer: dict[str, Any]) -> str:
    """Why nbgrader refused: the first of its errors that is a sentence."""
    lines = [line for line in answer.get("log", "").splitlines() if line.startswith("[ERROR]")]
    told = [line.removeprefix("[ERROR]").strip() for line in lines if "Traceback" not in line]
    return (told or [answer.get("error") or "it does not say why"])[0]


def _write_source(solutions: Path, assignment: Assignment, source: Path) -> None:
    """What nbgrader makes the release from."""
    folder = source / assignment.name
    for name, content in assignment.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    folder.mkdir(parents=True, exist_ok=True)
    for notebook in assignment.notebooks:
        text = (solutions / f"{notebook.name}.ipynb").read_text(encoding="utf-8-sig")
        tree = _without_solutions_pictures(_with_tests(json.loads(text), notebook), notebook)
        (folder / f"{notebook.name}.ipynb").write_text(json.dumps(tree))


def _with_tests(tree: dict[str, Any], notebook: Notebook) -> dict[str, Any]:
    """A notebook with its tests as they are asked: some were made (autotests.py)."""
    asked = {cell.grade_id: cell.source for cell in notebook.cells if cell.kind == "test"}
    for cell in tree["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = asked.get(grade_id, cell["source"])
    return tree


def _without_solutions_pictures(tree: dict[str, Any], notebook: Notebook) -> dict[str, Any]:
    """A notebook without what nbgrader leaves of a solution: attachments that the released text
    does not show, and the state of widgets."""
    released = {cell.grade_id: cell.released for cell in notebook.cells}
    tree["metadata"].pop("widgets", None)
    for cell in tree["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        text = unquote(released.get(grade_id, "".join(cell["source"])))
        for name in list(cell.get("attachments", {})):
            if f"attachment:{name}" not in text:
                del cell["attachments"][name]
        if not cell.get("attachments", True):
            del cell["attachments"]
    return tree


def prove_nothing_leaks(released: Path, marks: Marks) -> None:
    """BuildError if a file below the folder holds what only the instructor may have."""
    for path in sorted(released.rglob("*")):
        if path.suffix == ".ipynb":
            for cell in nbformat.read(path, as_version=4).cells:
                _prove_no_mark(path.name, cell.source, marks)
        elif is_private(path.name):
            raise BuildError(f"{path.name} is the instructor's, and was released")
        elif path.is_file():
            _prove_no_mark(path.name, path.read_text(encoding="utf-8", errors="ignore"), marks)


def _prove_no_mark(file: str, text: str, marks: Marks) -> None:
    for mark in dict.fromkeys([*marks.texts.values(), *MARKS]):
        if mark in text:
            raise BuildError(f"{file} still holds {mark!r}: nbgrader takes that out of cells alone")


def publish(course: Course, assignment: Assignment, draft: Draft, bundle: bytes) -> list[str]:
    """Put a draft into its place, its questions into the gradebook, and its public bundle beside
    them: all, or nothing. Gives what somebody has to look at.

    BuildError: the gradebook cannot follow, or cannot be written. CourseError: it is being graded.
    """
    place, old = course.assignments / assignment.name, draft.released.parent / "old"
    try:
        with (
            course.alone(assignment.name),
            course.gradebook() as gradebook,
            Gradebook(draft.gradebook) as asked,
        ):
            with one_transaction(gradebook):
                remarks = follow(gradebook, asked, assignment, place, draft.released)
            place.parent.mkdir(parents=True, exist_ok=True)
            public = course.public / f"{assignment.name}.json"
            public.parent.mkdir(exist_ok=True)
            drafted_bundle = draft.released.parent / "bundle.json"
            drafted_bundle.write_bytes(bundle)
            if place.exists():
                shutil.move(place, old)
            try:
                shutil.move(draft.released, place)
                gradebook.db.commit()
                if bundle:
                    drafted_bundle.replace(public)
                else:
                    public.unlink(missing_ok=True)
            except BaseException:
                shutil.rmtree(place, ignore_errors=True)
                if old.exists():
                    shutil.move(old, place)
                raise
            return remarks
    except (SQLAlchemyError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise BuildError(f"the release could not be written, and is as it was: {reason}") from error
