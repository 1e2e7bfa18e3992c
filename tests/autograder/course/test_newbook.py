"""A new gradebook is nbgrader's own, made without a program."""

import os
import sqlite3
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.course import newbook


@pytest.fixture(autouse=True)
def programs(monkeypatch):
    """nbgrader's own way starts `alembic` by its name."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)


def contents(path):
    with sqlite3.connect(path) as book:
        tables = book.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        [version] = book.execute("SELECT version_num FROM alembic_version").fetchall()
    return [(name, " ".join((sql or "").split())) for name, sql in tables], version


def test_a_new_gradebook_is_the_one_that_nbgrader_makes(tmp_path):
    ours, theirs = tmp_path / "ours.db", tmp_path / "theirs.db"
    newbook.prepare(f"sqlite:///{ours}")
    Gradebook(f"sqlite:///{theirs}").close()
    assert contents(ours) == contents(theirs)
    Gradebook(f"sqlite:///{ours}").close()
    assert contents(ours) == contents(theirs)


def test_a_gradebook_that_is_there_stays_as_it_is(tmp_path):
    path = tmp_path / "gradebook.db"
    with Gradebook(f"sqlite:///{path}", "cnn") as book:
        book.add_student("ada")
    newbook.prepare(f"sqlite:///{path}")
    with Gradebook(f"sqlite:///{path}", "cnn") as book:
        assert [student.id for student in book.students] == ["ada"]
