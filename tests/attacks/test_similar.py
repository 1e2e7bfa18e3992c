"""Hostile notebooks do not stop the report, and nothing of them is executed for it."""

import json
import time

import pytest

from autograder.records.report import render_report, render_similar
from autograder.records.result import GradeResult, QuestionResult
from autograder.records.similar import MAX_STUDENT, similar
from tests.conftest import notebook

CELLS = [
    ("q1", "solution", "def double(x):\n    return 2 * x"),
    ("q1_test", "test", "assert double(2) == 4"),
]
BRACKETS = "(" * 100_000
HOSTILE = {
    "very long": "x = 1\n" * 1_000_000,
    "one line": "x = " + "1 + " * 500_000 + "1",
    "deeply nested": BRACKETS,
    "signs": "-" * 200_000 + "1",
    "open texts": "f'''{f\"{'" * 20_000,
    "quotes": '"' * 200_001,
    "backslashes": "'" + "\\" * 200_000,
    "unicode": "\ud800\u202e\u0000\u2028\x0c\x85" * 5000 + "ﬁ𝔻" * 5000,
    "indented": "\n".join(" " * n + "if x:" for n in range(400)),
    "markup": "</pre><script>document.title = 1</script>" * 100,
    "runs": "import pathlib\npathlib.Path('RAN').write_text('')\ndef double(x): return 3",
}


def handed_in(code):
    cells = json.loads(notebook([("q1", "solution", "?"), CELLS[1]]))
    cells["cells"][0]["source"] = code
    return json.dumps(cells).encode()  # a surrogate as a notebook can hold it


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_answer_does_not_stop_the_report(make_tiny, tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    assignment = make_tiny(CELLS).assignment
    wrong = QuestionResult("q1_test", 0, 2, "failed", "expected 4, got 6")
    people = ["ada", "carl"]
    results = [GradeResult(student, "t", "graded", 2, (wrong,)) for student in people]
    graded = {student: {"tiny": handed_in(HOSTILE[kind])} for student in people}
    start = time.process_time()
    found = similar(assignment, results, graded)
    page = render_report(
        assignment, results, tmp_path, tmp_path / "r.html",
        lambda result: graded[result.student], (), found,
    )  # fmt: skip
    page += render_similar(assignment, found)
    assert time.process_time() - start < 20  # of two who hand in as much as they may
    assert "<script" not in page
    assert page.encode(errors="replace")
    assert not (tmp_path / "RAN").exists()
    assert ("ada" in found.cut) == (len(HOSTILE[kind]) > MAX_STUDENT / 10)


@pytest.mark.parametrize(
    "content", [b"", b"[" * 100_000, b"\xff\xfe", b'{"cells": [{}], "nbformat": 4}']
)
def test_what_is_no_notebook_is_not_compared(make_tiny, content):
    assert similar(make_tiny(CELLS).assignment, [], {"ada": {"tiny": content}}).pairs == ()
