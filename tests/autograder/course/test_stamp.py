"""The time of a hand-in is read exactly, or it is said that it cannot be read; never guessed."""

import os
from datetime import UTC, datetime

import pytest

from autograder.authoring.build import release
from autograder.course.stamp import timestamp
from autograder.grading.engine import grade_course
from tests.conftest import notebook, small_course

CELLS = [("q1", "solution", "q = 1"), ("q1_test", "test", "assert q == 1")]
NO_TIMES = {
    "an empty file": b"",
    "bytes": bytes(range(256)),
    "no day": b"2026-13-45",
    "no such hour": b"2026-11-20 25:00:00 UTC",
    "a date alone": b"2026-11-20",
    "a time alone": b"10:00",
    "a weekday": b"Monday",
    "words": b"yesterday evening",
    "a zone that nobody knows": b"2026-11-20 10:00:00 CEST",
    "a zone that leads elsewhere": b"2026-11-20 10:00:00 a/../../etc",
    "UTF-16": "2026-11-20 10:00:00 UTC".encode("utf-16"),
    "digits without end": b"2" * 10_000,
    "the year 1": b"0001-01-01 00:00:00 UTC",
    "beyond all years": b"9999-12-31 23:59:59 -1200",
}
TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-20 10:00:00.000000 UTC",
        "2026-11-20 10:00:00 UTC\n",
        "2026-11-20 10:00",
        "2026-11-20T10:00:00Z",
        "2026-11-20 12:00:00 +0200",
        "2026-11-20T12:00:00+02:00",
        "2026-11-20 11:00:00 CET",
        "2026-11-20 11:00:00 Europe/Berlin",
        "\ufeff2026-11-20 10:00:00 UTC",
    ],
)
def test_a_time_as_programs_write_it_is_read(written):
    assert timestamp(written.encode()) == TEN


@pytest.mark.parametrize("content", NO_TIMES.values(), ids=NO_TIMES)
def test_what_is_no_time_is_never_guessed(content):
    assert timestamp(content) is None


def graded(course):
    [result] = grade_course(course, course.assignment("t"))
    return result


def test_a_time_that_cannot_be_read_is_said_and_the_work_is_graded(tmp_path):
    course = small_course(tmp_path, CELLS, settings="duedate = 2026-01-01T00:00:00Z\n")
    release(course, course.assignment("t"))
    folder = course.submitted / "ada" / "t"
    folder.mkdir(parents=True)
    (folder / "t.ipynb").write_bytes(notebook(CELLS))
    stamp = folder / "timestamp.txt"

    assert (graded(course).message, graded(course).score) == ("", 2)
    for make in (lambda: stamp.write_bytes(b""), lambda: os.mkfifo(stamp), stamp.mkdir):
        make()
        result = graded(course)
        assert (result.state, result.score, result.late_penalty) == ("graded", 2, 0)
        assert "timestamp.txt holds no time that can be read" in result.message
        stamp.rmdir() if stamp.is_dir() else stamp.unlink()
    stamp.write_text("2026-01-01 10:00:00 UTC")
    late = graded(course)
    assert (late.message, late.late_penalty) == ("", pytest.approx(0.2))
