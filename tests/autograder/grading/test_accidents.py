"""A class of sixty, each with two honest accidents at once: nobody loses a point or a text."""

from __future__ import annotations

import html
import itertools
import json
from typing import Any

import pytest

from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from autograder.records.feedback import render_feedback
from tests.conftest import Tiny, notebook

Files = dict[str, Any]  # by name: the cells of a notebook, or the bytes of another file

ESSAY = "It was said in these words."
CELLS = [
    ("setup", "locked", "import numpy as np"),
    ("q1", "solution", "def double(x):\n    return 2 * x\n\ndef triple(x):\n    return 3 * x"),
    (
        "q1_test",
        "test",
        "def close(a, b): return abs(a - b) < 1e-9\nassert close(double(2), 4)\n"
        "### BEGIN HIDDEN TESTS\nassert close(triple(3), 9)\n### END HIDDEN TESTS",
    ),
    ("q2", "solution", "def half(x):\n    return x / 2"),
    ("q2_test", "test", "assert close(half(2), 1)"),
    ("why", "manual", ESSAY),
]
MAIN = "tiny.ipynb"


def read(cells: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    made = json.loads(notebook(cells))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in made]


def cell(files: Files, name: str) -> dict[str, Any]:
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in files[MAIN]]
    return files[MAIN][ids.index(name)]


def put(files: Files, name: str, *cells: dict[str, Any]) -> None:
    at = files[MAIN].index(cell(files, name))
    files[MAIN][at : at + 1] = cells


def data_beside(files: Files) -> None:
    files["factor.txt"] = b"3"
    source = cell(files, "q1")["source"]
    cell(files, "q1")["source"] = source.replace("3 *", "int(open('factor.txt').read()) *")


def type_changed(files: Files) -> None:
    cell(files, "q1")["cell_type"] = "markdown"


def cell_split(files: Files) -> None:
    whole = cell(files, "q1")
    put(files, "q1", *({**whole, "source": half} for half in whole["source"].split("\n\n")))


def cell_copied(files: Files) -> None:
    put(files, "q2", cell(files, "q2"), {**cell(files, "q2")})


def name_lost(files: Files) -> None:
    cell(files, "q2")["metadata"] = {}


def answer_too_low(files: Files) -> None:
    answer = {**cell(files, "q2"), "metadata": {}}
    put(files, "q2", {**cell(files, "q2"), "source": files["given"]["q2"]})
    files[MAIN].append(answer)


def essay_too_low(files: Files) -> None:
    essay = {**cell(files, "why"), "metadata": {}}
    put(files, "why", {**cell(files, "why"), "source": files["given"]["why"]}, essay)


def essay_split(files: Files) -> None:
    parts = [{**cell(files, "why"), "source": part} for part in ("It was said", "in these words.")]
    put(files, "why", *parts)


def scribbled_into_a_test(files: Files) -> None:
    cell(files, "q1_test")["source"] += "\nprint('a look at it')"


def locked_cell_deleted(files: Files) -> None:
    put(files, "setup")


def lines_of_windows(files: Files) -> None:
    for each in files[MAIN]:
        each["source"] = each["source"].replace("\n", "\r\n")


def notebook_renamed(files: Files) -> None:
    files["My tiny (final).ipynb"] = files.pop(MAIN)


def worked_on_a_copy(files: Files) -> None:
    files["tiny-Copy1.ipynb"] = files.pop(MAIN)
    given = [(name, kind, files["given"][name]) for name, kind, _ in CELLS]
    files[MAIN] = read(given)


# In the order in which they can happen to one notebook.
ACCIDENTS = [
    *(data_beside, type_changed, cell_split, cell_copied, name_lost, answer_too_low, essay_too_low),
    *(essay_split, scribbled_into_a_test, locked_cell_deleted, lines_of_windows),
    *(notebook_renamed, worked_on_a_copy),
]
# What happens to the same cell happens once.
NEVER_BOTH = [
    {cell_copied, name_lost, answer_too_low},
    {essay_too_low, essay_split},
    {notebook_renamed, worked_on_a_copy},
]
CLASS = [
    pair
    for pair in itertools.combinations(ACCIDENTS, 2)
    if not any(set(pair) <= group for group in NEVER_BOTH)
]


@pytest.fixture(scope="module")
def tiny(make_tiny) -> Tiny:
    return make_tiny(CELLS)


def written(cells: list[dict[str, Any]]) -> bytes:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def test_the_class_is_one():
    assert len(CLASS) >= 60


@pytest.mark.parametrize("accidents", CLASS, ids=lambda pair: "+".join(a.__name__ for a in pair))
def test_no_point_and_no_text_is_lost_by_accident(tiny, accidents):
    [own] = tiny.assignment.notebooks
    given = {cell.grade_id: cell.released for cell in own.cells}
    done = read([(n, k, given[n] if k == "test" else s) for n, k, s in CELLS])
    files: Files = {"given": given, MAIN: done}
    for accident in accidents:
        accident(files)
    del files["given"]
    handed_in = {n: c if isinstance(c, bytes) else written(c) for n, c in files.items()}
    result = grade_submission(tiny.assignment, Submission("someone", handed_in))
    assert {q.id: (q.score, q.state) for q in result.questions} == {
        "q1_test": (2, "passed"),
        "q2_test": (2, "passed"),
        "why": (0, "manual"),
    }
    page = html.unescape(render_feedback(tiny.assignment, result, result.notebooks["tiny"]))
    assert all(words in page for words in ("It was said", "in these words."))
    if scribbled_into_a_test in accidents:
        assert "a look at it" in page
    quiet = {data_beside, lines_of_windows, cell_copied}
    assert bool(result.message) != (set(accidents) <= quiet)
