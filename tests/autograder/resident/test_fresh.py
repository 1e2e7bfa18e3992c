"""What is edited, added or removed where it is written makes a process that stays begin anew."""

import os
import sys
import time

import pytest

from autograder.resident.fresh import of_sessions, of_this_process

CHANGES = {
    "edited": lambda folder: (folder / "one.py").write_text("x = 2"),
    "edited, its size the same": lambda folder: (folder / "one.py").write_text("x = 3"),
    "added": lambda folder: (folder / "two.py").write_text(""),
    "added below": lambda folder: (folder / "below" / "two.py").write_text(""),
    "removed": lambda folder: (folder / "below" / "three.py").unlink(),
    "no code": lambda folder: (folder / "below" / "table.json").write_text("{}"),
    "renamed": lambda folder: (folder / "one.py").rename(folder / "four.py"),
}


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A package that is used where it is written."""
    folder = tmp_path / "written_here"
    (folder / "below" / "__pycache__").mkdir(parents=True)
    for name in ("__init__.py", "one.py", "below/three.py", "below/table.json"):
        (folder / name).write_text("x = 1")
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (1, 1))
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


@pytest.mark.parametrize("change", CHANGES)
def test_sessions_are_out_of_date_when_what_they_import_is_changed(mine, change):
    marks = of_sessions(["numpy", "written_here"])
    assert marks.are_fresh()
    CHANGES[change](mine)
    assert not marks.are_fresh()


def test_what_python_makes_of_it_is_no_change(mine):
    marks = of_sessions(["written_here"])
    (mine / "below" / "__pycache__" / "three.pyc").write_text("")
    assert marks.are_fresh()


def test_an_installation_is_a_change(mine, monkeypatch):
    monkeypatch.setattr("site.getsitepackages", lambda: [str(mine)])
    marks = of_this_process(time.time_ns()), of_sessions(["numpy"])
    assert all(one.are_fresh() for one in marks)
    (mine / "numpy-9.dist-info").mkdir()
    assert not any(one.are_fresh() for one in marks)


def test_a_process_is_out_of_date_when_what_it_has_imported_is_changed(mine, monkeypatch):
    monkeypatch.delitem(sys.modules, "written_here", raising=False)
    marks = of_this_process(time.time_ns())
    __import__("written_here.one")
    try:
        known = of_this_process(time.time_ns())
        (mine / "one.py").write_text("x = 2")
        assert marks.are_fresh()
        assert not known.are_fresh()
    finally:
        for name in ("written_here", "written_here.one"):
            sys.modules.pop(name, None)


def test_what_was_changed_while_it_was_imported_may_have_been_imported_as_it_was(mine):
    begun = time.time_ns()
    __import__("written_here.one")
    try:
        assert of_this_process(begun).are_fresh()
        (mine / "one.py").write_text("x = 2")
        assert not of_this_process(begun).are_fresh()
        os.utime(mine / "one.py", (2**32, 2**32))  # a clock that goes wrong: it ends one day
        assert of_this_process(begun).are_fresh()
    finally:
        for name in ("written_here", "written_here.one"):
            sys.modules.pop(name, None)
