"""A class that uses a learning platform: its roll, its downloads, and the command line."""

import shutil
import zipfile
from functools import cache
from types import SimpleNamespace

import pytest

from autograder import cli
from autograder.authoring.build import release
from autograder.course.course import Course
from tests.conftest import notebook, small_course

CELLS = [
    ("q1", "solution", "def double(x):\n    return 2 * x"),
    ("q1_test", "test", "assert double(2) == 4"),
    ("why", "manual", "Why?"),
]
ROLL = {  # id: first name, last name, Canvas's number
    "ada": ("Ada", "Lovelace", "4711"),
    "noether": ("Emmy", "Nöther", "4712"),
    "obrien": ("Mary-Ann", "O'Brien", "4713"),
    "mueller1": ("Jan", "Müller", "4714"),
    "mueller2": ("Jan", "Müller", "4715"),
    "eve": ("=cmd()", "-Eve", "4716"),
}
RIGHT = "def double(x):\n    return x + x"
DUE = '\nduedate = 2026-10-16T23:59:00\ntimezone = "Europe/Berlin"\n'


@cache  # the ids of cells are drawn
def work(code=RIGHT, why="Because."):
    return notebook([("q1", "solution", code), CELLS[1], ("why", "manual", why)])


@pytest.fixture(scope="session")
def released_term(tmp_path_factory):
    course = small_course(tmp_path_factory.mktemp("term"), CELLS, settings=DUE)
    release(course, course.assignment("t"))
    with course.gradebook() as gradebook:
        for student, (first, last, number) in ROLL.items():
            gradebook.update_or_create_student(
                student, first_name=first, last_name=last, lms_user_id=number
            )
    return course.root


@pytest.fixture
def term(released_term, tmp_path, capsys):
    """A course with people on its roll; `run` is the command line, `zipped` makes a download."""
    course = Course(shutil.copytree(released_term, tmp_path / "course"))

    def run(*arguments):
        status = cli.main([*map(str, arguments), "--course", str(course.root)])
        out, err = capsys.readouterr()
        return SimpleNamespace(status=status, out=out, err=err)

    def zipped(members, name="download.zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for place, content in dict(members).items():
                archive.writestr(place, content)
        return tmp_path / name

    def submitted(student):
        folder = course.submitted / student / "t"
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}

    return SimpleNamespace(
        course=course, run=run, zipped=zipped, submitted=submitted, root=course.root, tmp=tmp_path
    )
