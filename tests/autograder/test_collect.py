"""Work that was handed in elsewhere, collected by nbgrader's own command."""

import subprocess
import sys
import zipfile

import pytest

from autograder.authoring.build import release
from tests.conftest import notebook, small_course

CELLS = [("f", "solution", "def f(x):\n    return x"), ("t", "test", "assert f(1) == 1")]
STUDENTS = ("a.b", "c_1@x.y", "é", "ada")


@pytest.fixture
def course(tmp_path):
    course = small_course(tmp_path, CELLS)
    release(course, course.assignment("t"))
    return course


def collect(course, names):
    archive = course.root / "downloaded" / "t" / "archive"
    archive.mkdir(parents=True)
    with zipfile.ZipFile(archive / "everybody.zip", "w") as packed:
        for name in names:
            packed.writestr(name, notebook(CELLS))
    command = [sys.executable, "-m", "nbgrader", "zip_collect", "t"]
    return subprocess.run(command, cwd=course.root, capture_output=True, text=True)


def test_ids_as_platforms_have_them_are_collected(course):
    done = collect(course, [f"{s}_attempt_2026-01-02-03-04-05_t.ipynb" for s in STUDENTS])
    assert done.returncode == 0, done.stderr
    assert {path.name for path in course.submitted.iterdir()} == set(STUDENTS)
    assert all((course.submitted / s / "t" / "t.ipynb").exists() for s in STUDENTS)


@pytest.mark.parametrize(
    "odd", ["homework.ipynb", "<b>_attempt_2026-01-02-03-04-05_t.ipynb", "a.txt"]
)
def test_a_file_that_is_skipped_makes_the_command_fail_and_keeps_nobody_else_back(course, odd):
    done = collect(course, ["ada_attempt_2026-01-02-03-04-05_t.ipynb", odd])
    assert done.returncode != 0
    assert "Not collected" in done.stderr
    assert odd in done.stderr
    assert (course.submitted / "ada" / "t" / "t.ipynb").exists()
