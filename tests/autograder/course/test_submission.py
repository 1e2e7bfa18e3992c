"""A submission is untrusted: whatever its bytes are, it is read or refused, never obeyed."""

import contextlib
import copy
import json
import os

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course import submission
from autograder.course.submission import Unreadable, parse, read_submission, rebuild
from autograder.sandbox.forkserver import remove
from tests.conftest import LONG, Tiny, notebook

CELLS = [
    ("setup", "locked", "import numpy as np"),
    ("f", "solution", "def f(x): return x"),
    ("t", "test", "assert f(1) == 1"),
    ("w", "manual", "Because."),
]
JUNK = [
    *(None, True, -1, 1e308, float("nan"), 10**400, "", "\ud800", "code", 3, 99),
    *([], {}, [[]], {"nbgrader": 5}, {"nbgrader": {"grade_id": [1]}}),
]


@pytest.fixture(scope="module")
def tiny(make_tiny) -> Tiny:
    return make_tiny(CELLS)


def places(tree, path=()):
    """The path of every value in a tree of JSON."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


@st.composite
def mangled(draw):
    """A notebook with some of its values exchanged for junk, or bytes of it flipped."""
    tree = json.loads(notebook(CELLS))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(tree))))
        parent = tree
        for key in path[:-1]:
            parent = parent[key]
        parent[path[-1]] = copy.deepcopy(draw(st.sampled_from(JUNK)))
    data = bytearray(json.dumps(tree).encode())
    for at in draw(st.lists(st.integers(0, len(data) - 1), max_size=3)):
        data[at] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.one_of(st.none(), st.integers(0, len(data))))])


@settings(max_examples=300)
@given(mangled())
def test_a_mangled_notebook_is_read_or_refused(tiny, data):
    own = tiny.assignment.notebooks[0]
    with contextlib.suppress(Unreadable):
        assert [c.cell for c in rebuild(own, parse(data)).code if c.cell] == list(own.cells)


@settings(max_examples=10_000 if LONG else 15)
@given(mangled())
def test_a_mangled_notebook_is_graded_without_a_fault(tiny, data):
    result = tiny.grade_bytes(data)
    assert result.state in ("graded", "needs_manual", "attention")


def test_a_notebook_of_an_older_format_is_read(tiny):
    old = nbformat.convert(nbformat.reads(tiny.submit({}).decode(), as_version=4), 3)
    cells = parse(json.dumps(old).encode())
    assert [cell["source"] for cell in cells][1] == CELLS[1][2]


def test_additional_cells_run_where_they_stand(tiny):
    cells = [*CELLS[:2], ("", "", "g = f"), *CELLS[2:]]
    code = rebuild(tiny.assignment.notebooks[0], parse(notebook(cells))).code
    assert [c.source for c in code][:3] == [CELLS[0][2], CELLS[1][2], "g = f"]


def test_a_submission_is_read_within_limits_its_notebooks_first(tmp_path, monkeypatch):
    monkeypatch.setattr(submission, "MAX_TOTAL", 1000)
    (tmp_path / "a.bin").write_bytes(bytes(900))
    (tmp_path / "z.ipynb").write_bytes(bytes(500))
    deep = tmp_path.joinpath(*"abcdefghij")
    deep.mkdir(parents=True)
    (deep / "hidden.txt").write_text("x")
    assert read_submission(tmp_path, "someone").files == {"z.ipynb": bytes(500)}


def test_however_deeply_nested_a_folder_is_it_is_removed(tmp_path, monkeypatch):
    top = tmp_path / "top"
    top.mkdir()
    monkeypatch.chdir(top)
    for _ in range(3000):
        os.mkdir("d")
        os.chdir("d")
    os.chdir(tmp_path)
    assert read_submission(top, "someone").files == {}
    remove(str(top))
    assert not top.exists()
