"""How much memory a submission's code has held is known, and said in the report."""

import math

import pytest

from autograder.records.report import render_report
from autograder.records.result import GradeResult

MB = 2**20
CELLS = [
    ("q", "solution", "def double(x):\n    return 2 * x"),
    ("q_test", "test", "assert double(2) == 4"),
]


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny(CELLS)


@pytest.mark.parametrize("held", [0, 50, 200])
def test_what_the_students_code_has_held_is_known_though_it_was_given_back(tiny, held):
    source = f"def double(x):\n    held = bytearray({held * MB})\n    del held\n    return 2 * x"
    result = tiny.grade({"q": source})
    assert result.score == 2
    assert held < result.memory_mb < held + 40


def test_of_a_session_that_has_ended_nothing_is_known_and_nothing_breaks(tiny):
    result = tiny.grade({"q": "import os; os._exit(1)"})
    assert result.questions[0].state in ("crashed", "error")
    assert result.memory_mb >= 0


def test_the_report_draws_it_and_names_who_has_held_the_most(tiny, tmp_path):
    results = [
        GradeResult("ada", "tiny", "graded", 2, memory_mb=12.0),
        GradeResult("ben", "tiny", "graded", 2, memory_mb=345.0),
        GradeResult("eve", "tiny", "graded", 2, memory_mb=math.nan),
        GradeResult("old", "tiny", "graded", 2),  # of a version that did not measure it
    ]
    page = render_report(tiny.assignment, results, tmp_path, tmp_path / "report.html")
    assert "2 submissions, smallest first: median 178 MB, most 345 MB" in page
    assert "The most: ben 345 MB, ada 12 MB." in page


def test_where_it_was_never_measured_the_report_says_nothing_of_it(tiny, tmp_path):
    results = [GradeResult("ada", "tiny", "graded", 2)]
    page = render_report(tiny.assignment, results, tmp_path, tmp_path / "report.html")
    assert "Memory per submission" not in page
