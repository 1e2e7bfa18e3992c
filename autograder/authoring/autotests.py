"""Tests made from the instructor's answers, by nbgrader's own preprocessor.

It runs the notebook, which is the instructor's own text, in a kernel of this interpreter, in a copy
of the assignment's folder. What it makes is kept by `build` alone (`course/autotests.py` says where
and why).
"""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import nbgrader
from jupyter_client.manager import run_kernel
from nbclient.exceptions import CellExecutionError
from nbgrader.preprocessors import InstantiateTests
from nbgrader.preprocessors.base import NbGraderPreprocessor

from autograder.course.autotests import TEMPLATES, WORD, Made, ask, asks_in, templates_of
from autograder.course.course import BuildError, Course, Faults
from autograder.course.proofread import kind_of
from autograder.course.settings import read_settings

KERNEL = "python3"
NBGRADERS = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide" / TEMPLATES


def make_tests(course: Course, name: str) -> Made:
    """The tests for which an assignment asks; nothing is written.

    Faults: there are no templates. BuildError: a cell stops, or does not end.
    """
    folder = course.solutions / name
    if not (asking := ask(folder)):
        return {}
    templates = templates_of(folder, course.root)
    if templates is None:
        copying = shlex.join(["cp", str(NBGRADERS), str(folder)])
        raise Faults(
            f"{name} asks for tests (### AUTOTEST), and there is no {TEMPLATES} that says how they "
            f"are made: copy nbgrader's own by `{copying}`, or your course's into {course.root}"
        )
    seconds = read_settings(folder, []).limits.total_seconds
    with tempfile.TemporaryDirectory() as scratch:
        copy = shutil.copytree(folder, Path(scratch, name))
        if templates.parent != folder:
            shutil.copy(templates, copy)
        return {path.stem: _made_in(copy / path.name, course, seconds) for path in asking}


def _made_in(path: Path, course: Course, seconds: float) -> dict[str, str]:
    """By test cell of a notebook that asks for tests: its text with these."""
    notebook = nbformat.read(path, as_version=4)
    tests = [cell for cell in notebook.cells if kind_of(cell) == "test"]
    asking = [cell for cell in tests if cell.cell_type == "code" and asks_in(cell.source)]
    maker = _Maker(path, seconds, config=course.config)
    maker.preprocess(notebook, {"metadata": {"path": str(path.parent)}})
    return {cell.metadata.nbgrader.get("grade_id", ""): cell.source for cell in asking}


class _Maker(InstantiateTests):
    """nbgrader's preprocessor, with a kernel that ends whatever happens, a limit of time, and its
    errors in words."""

    autotest_filename, autotest_delimiter = TEMPLATES, WORD
    kc: Any
    enforce_metadata = False  # a line that stands elsewhere is told with all other faults

    def __init__(self, path: Path, seconds: float, **options: Any):
        super().__init__(**options)
        self.path, self.seconds = path, seconds

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        resources["kernel_name"] = KERNEL
        try:
            self._load_test_template_file(resources)
        except Exception as error:  # a text that is no YAML, or has no such parts
            raise BuildError(
                f"{TEMPLATES} cannot be used ({' '.join(str(error).split())}): it needs a part "
                f"{KERNEL} with templates, dispatch, normalize and check, as {NBGRADERS} has"
            ) from None
        self.global_tests_loaded, self.sanitizer = True, self.sanitizers[KERNEL]
        # The order of a set is that of the sessions in which the tests are run.
        environment = os.environ | {"PYTHONHASHSEED": "0"}
        folder = str(self.path.parent)
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with run_kernel(kernel_name=KERNEL, cwd=folder, env=environment, **silent) as self.kc:
            self.kc.allow_stdin = False
            run = functools.partial(self.kc.execute_interactive, timeout=self.seconds)
            self.kc.execute_interactive = run
            return NbGraderPreprocessor.preprocess(self, nb, resources)

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        settings = cell.metadata.get("nbgrader") or {}
        place = f"{self.path.name}, cell {settings.get('grade_id') or index + 1!r}"
        with self._told(place):
            return super().preprocess_cell(cell, resources, index)

    @contextmanager
    def _told(self, place: str) -> Iterator[None]:
        try:
            yield
        except CellExecutionError as error:
            raise BuildError(
                f"{place} stops when the notebook is run to make tests from it: "
                f"{error.ename}: {error.evalue}: mend it"
            ) from None
        except TimeoutError:
            raise BuildError(
                f"{place} ran longer than {self.seconds:g} s when tests were made: make it faster, "
                "or raise total_seconds in assignment.toml"
            ) from None
