"""What several groups of tests share: small assignments, and one graded class."""

from __future__ import annotations

import base64
import gc
import io
import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import hypothesis
import nbformat
import pytest
from nbformat import v4
from PIL import Image

from autograder.authoring import demo
from autograder.authoring.build import release
from autograder.course.assignment import Assignment, read_assignment
from autograder.course.course import CONFIG, Course
from autograder.course.submission import Submission
from autograder.grading.engine import grade_course
from autograder.grading.grading import grade_submission
from autograder.grading.shown import write_feedback, write_report
from autograder.records.result import GradeResult
from tests.budget import pytest_terminal_summary  # noqa: F401 (pytest calls it)

# How long an example takes says something of the machine alone.
hypothesis.settings.register_profile("course", deadline=None)
hypothesis.settings.load_profile("course")

ROOT = Path(__file__).parent.parent
CLASS = "a3-convolution"  # whose class the tests of pages and exports look at
LONG = "COURSE_LONG" in os.environ  # make test-long: all of what takes minutes
long = pytest.mark.skipif(not LONG, reason="takes minutes: make test-long")
KINDS = {
    "solution": {"grade": False, "solution": True, "locked": False},
    "locked": {"grade": False, "solution": False, "locked": True},
    "test": {"grade": True, "solution": False, "locked": True, "points": 2},
    "manual": {"grade": True, "solution": True, "locked": False, "points": 1},
    "task": {"grade": False, "solution": False, "locked": True, "points": 1, "task": True},
    "drawn": {"grade": True, "solution": True, "locked": False, "points": 1},  # in code, by hand
    "words": {},  # an additional cell in Markdown
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of the cases of a test that is marked `sample(n)` every n-th stays, the first among them."""
    places, left = Counter[str](), list[pytest.Item]()
    for item in [] if LONG else items:
        if mark := item.get_closest_marker("sample"):
            test = item.nodeid.partition("[")[0]
            if places[test] % mark.args[0]:
                left.append(item)
            places[test] += 1
    if left:
        gone = {*left}
        items[:] = [item for item in items if item not in gone]
        config.hook.pytest_deselected(items=left)


def pytest_collection_finish() -> None:
    """What has been imported stays: it need not be looked through again and again, which takes a
    sixth of the time of a part."""
    gc.collect()
    gc.freeze()


# What the tests of the exchange hand round.
HANDED_ROUND = [
    (
        "q1",
        "solution",
        "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
    ),
    ("q1_test", "test", "assert double(2) == 4"),
    ("why", "manual", "Why?"),
]


def notebook(cells: list[tuple[str, str, str]]) -> bytes:
    """A notebook of (grade id, kind, source); a kind of "" is an additional cell."""
    made = []
    for grade_id, kind, source in cells:
        in_words = kind in ("manual", "task", "words")
        cell = v4.new_markdown_cell(source) if in_words else v4.new_code_cell(source)
        if KINDS.get(kind):
            settings = {"grade_id": grade_id, "schema_version": 3, "task": False, **KINDS[kind]}
            cell.metadata["nbgrader"] = settings
        made.append(cell)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.writes(v4.new_notebook(cells=made, metadata={"kernelspec": kernel})).encode()


def png(shade: int = 0) -> str:
    """A picture of one grey pixel, in base64."""
    buffer = io.BytesIO()
    Image.new("L", (1, 1), shade).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def small_course(
    root: Path, cells: list[tuple[str, str, str]], name: str = "t", settings: str = ""
) -> Course:
    """A course of one assignment of a few cells, with the project's own configuration."""
    root.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / CONFIG, root)
    folder = root / "solutions" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.ipynb").write_bytes(notebook(cells))
    (folder / "assignment.toml").write_text(f'packages = ["numpy"]\n{settings}')
    return Course(root)


class Tiny:
    """An assignment of a few cells, and the grading of answers to it."""

    def __init__(self, folder: Path, cells: list[tuple[str, str, str]], settings: str = ""):
        self.cells = cells
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tiny.ipynb").write_bytes(notebook(cells))
        limits = "[limits]\ncell_seconds = 2\ntotal_seconds = 20\nmemory_mb = 512\n"
        (folder / "assignment.toml").write_text(settings + '\npackages = ["numpy"]\n' + limits)
        self.assignment: Assignment = read_assignment(folder)

    def submit(self, answers: dict[str, str], extra: str = "") -> bytes:
        """The notebook with other texts in some cells, and perhaps a cell of the student's."""
        cells = [(name, kind, answers.get(name, source)) for name, kind, source in self.cells]
        return notebook([("extra", "", extra), *cells] if extra else cells)

    def grade(self, answers: dict[str, str] | None = None, extra: str = "") -> GradeResult:
        return self.grade_bytes(self.submit(answers or {}, extra))

    def grade_bytes(self, content: bytes) -> GradeResult:
        return grade_submission(self.assignment, Submission("someone", {"tiny.ipynb": content}))


@pytest.fixture(scope="session")
def make_tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Tiny]:
    return lambda cells, settings="": Tiny(tmp_path_factory.mktemp("tiny") / "t", cells, settings)


@pytest.fixture(scope="session")
def torch_tiny(make_tiny: Callable[..., Tiny]) -> Callable[..., Tiny]:
    """Assignments that may use PyTorch, and so take more memory."""

    def make(cells: list[tuple[str, str, str]]) -> Tiny:
        tiny = make_tiny(cells)
        limits = replace(tiny.assignment.limits, memory_mb=4096, cell_seconds=10)
        both = ("numpy", "torch")
        tiny.assignment = replace(
            tiny.assignment, packages=both, grader_packages=both, limits=limits
        )
        return tiny

    return make


def released_and_graded(name: str, into: Path) -> tuple[Course, list[GradeResult]]:
    """The demonstration's class of an assignment, which is not proved: `make dist` proves all."""
    course = demo.prepare(Course(ROOT), into)
    release(course, course.assignment(name))
    results = demo.grade_class(course, name, demo.students(course, name))
    if any(result.state == "fault" for result in results):  # a machine too busy: nothing is lost
        results = list(grade_course(course, course.assignment(name), [r.student for r in results]))
    return course, results


@pytest.fixture(scope="session")
def graded_class(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, list[GradeResult]]:
    """The demonstration's class of assignment 3: handed in, collected, graded, with feedback and
    report."""
    course, results = released_and_graded(CLASS, tmp_path_factory.mktemp("class") / "course")
    write_feedback(course, CLASS)
    write_report(course, CLASS)
    return course, results
