"""How much memory a submission's code has held is known, and said in the report."""

import json
import math
import select
import signal

import pytest

from autograder.cluster.parcel import pack_result, read_result
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from autograder.grading.pair import Sessions
from autograder.grading.warm import warm_servers
from autograder.records.report import render_report
from autograder.records.result import GradeResult, QuestionResult

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
    sessions = Sessions.of(tiny.assignment, *warm_servers(tiny.assignment), {})
    with sessions.pair() as pair:
        process = pair.student.process
        assert 0 < process.held() < 60
        process._signal(signal.SIGKILL)
        assert select.select([process.pidfd], [], [], 10)[0]
        assert process.held() == 0


def test_what_was_held_is_kept_and_travels_with_the_result(tiny):
    submission = Submission("ada", {"tiny.ipynb": tiny.submit({})})
    first = grade_submission(tiny.assignment, submission, kept=b"")
    again = grade_submission(tiny.assignment, submission, kept=first.kept)
    there = read_result(pack_result(first), tiny.assignment, "ada")
    read = GradeResult.from_json(json.loads(json.dumps(first.as_json())))
    assert again.recalled
    assert again.memory_mb == there.memory_mb == read.memory_mb == first.memory_mb > 0


def test_the_report_draws_it_and_names_who_has_held_the_most(tiny, tmp_path):
    results = [
        GradeResult("ada", "tiny", "graded", 2, memory_mb=12.0),
        GradeResult("ben", "tiny", "graded", 2, memory_mb=2345.0),
        GradeResult("eve", "tiny", "graded", 2, memory_mb=math.nan),
        GradeResult("old", "tiny", "graded", 2),  # of a version that did not measure it
    ]
    page = render_report(tiny.assignment, results, tmp_path, tmp_path / "report.html")
    assert "2 submissions, smallest first: median 1,178 MB, most 2,345 MB" in page
    assert "The most: ben 2345 MB, ada 12 MB." in page


def test_where_it_was_never_measured_the_report_says_nothing_of_it(tiny, tmp_path):
    questions = (QuestionResult("q_test", 0, 2, "memory"),)
    results = [GradeResult("ada", "tiny", "graded", 2, questions)]
    page = render_report(tiny.assignment, results, tmp_path, tmp_path / "report.html")
    assert "Stopped for their memory: ada" in page
    assert "Memory per submission" not in page
