"""Many submissions: stopped and resumed, recorded once, whatever one of them is."""

import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder import cli, grade_commands, status
from autograder.course.course import Course
from autograder.grading.engine import grade_course, kept_results
from autograder.grading.grading import grade_submission
from autograder.grading.warm import close_servers, warm_servers
from tests.conftest import LONG, notebook, small_course

CELLS = [
    ("f", "solution", "def f(x):\n    ### BEGIN SOLUTION\n    return x + 1\n    ### END SOLUTION"),
    ("test", "test", "assert f(1) == 2"),
]
WRONG = [("f", "solution", "def f(x): return x"), CELLS[1]]
# Seconds after which a run is killed: it starts for one, and grades for half of one.
MOMENTS = [0.8 + 0.05 * n for n in range(20)] if LONG else [0.9, 1.2, 1.4, 1.6]
STUDENTS = [f"student{number:02}" for number in range(12)]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A course with one built assignment and a class that has handed it in, half of it wrong."""
    root = small_course(tmp_path_factory.mktemp("fresh"), CELLS, "tiny").root
    assert cli.main(["build", "tiny", "--course", str(root)]) == 0
    for number, student in enumerate(STUDENTS):
        handed_in = root / "submitted" / student / "tiny"
        handed_in.mkdir(parents=True)
        content = notebook(WRONG if number % 2 else CELLS)
        (handed_in / "tiny.ipynb").write_bytes(content)
    return root


@pytest.fixture
def course(fresh, tmp_path):
    return Course(Path(shutil.copytree(fresh, tmp_path / "course")))


def command(course, *options):
    arguments = ["-m", "autograder.cli", "grade", "tiny", "--course", str(course.root), *options]
    return [sys.executable, *arguments]


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_that_is_killed_is_finished_by_the_next(course, moment):
    killed = subprocess.Popen(command(course), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    time.sleep(moment)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    for path in course.root.rglob("*.json"):
        json.loads(path.read_text())  # whole, or not there
    assert subprocess.run(command(course), capture_output=True).returncode == 0
    assert [result.score for result in kept_results(course, "tiny")] == [2, 0] * 6
    with course.gradebook() as gradebook:
        scores = {s.student.id: s.score for s in gradebook.assignment_submissions("tiny")}
    assert scores == {student: 2.0 * (n % 2 == 0) for n, student in enumerate(STUDENTS)}


def test_a_submission_gets_the_same_score_every_time_alone_and_beside_others(course):
    """What draws at random, or hangs on the order of a set, draws the same in every session."""
    assignment = course.assignment("tiny")
    lucky = (
        "import random\nimport numpy as np\n\ndef f(x):\n"
        "    first = list({'a', 'b', 'c', 'd'})[0]\n"
        "    return x + 1 + (random.random() + np.random.rand() > 1) + (first in 'ab')"
    )
    for student in STUDENTS[:4]:
        path = course.submitted / student / "tiny" / "tiny.ipynb"
        path.write_bytes(notebook([("f", "solution", lucky), *CELLS[1:]]))
    seen = set()
    for turn in range(20 if LONG else 5):
        close_servers()
        order = STUDENTS[: 4 if turn % 2 else 1][:: 1 if turn % 3 else -1]
        results = {r.student: r for r in grade_course(course, assignment, order, force=True)}
        seen.add((results[STUDENTS[0]].score, results[STUDENTS[0]].questions))
    assert len(seen) == 1


def test_a_submission_that_has_changed_is_graded_again(course):
    assignment = course.assignment("tiny")
    first = list(grade_course(course, assignment))
    assert sum(result.score for result in first) == 12
    path = course.submitted / STUDENTS[1] / "tiny" / "tiny.ipynb"
    path.write_bytes(notebook(CELLS))
    assert sum(result.score for result in grade_course(course, assignment)) == 14


def test_collection_follows_no_link_and_reads_no_special_file(course):
    secret = course.root / "secret.ipynb"
    secret.write_bytes(notebook(CELLS))
    folder = course.submitted / STUDENTS[1] / "tiny"
    (folder / "tiny.ipynb").unlink()
    (folder / "tiny.ipynb").symlink_to(secret)
    os.mkfifo(folder / "pipe.ipynb")
    [result] = grade_course(course, course.assignment("tiny"), [STUDENTS[1]])
    assert (result.state, result.score) == ("absent", 0)


def test_an_assignment_that_was_not_built_is_named(course, capsys):
    shutil.copytree(course.solutions / "tiny", course.solutions / "other")
    assert cli.main(["grade", "other", "--course", str(course.root)]) == 2
    assert "run `autograder build other`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        ([CELLS[0], ("test", "test", "assert f(1) == 3")], "the instructor's version loses points"),
        ([CELLS[0], ("test", "test", "assert True")], "the untouched version gets points"),
        (
            [CELLS[0], ("test", "test", "import numpy as np\nnp.testing.assert_allclose(f(1), 2)")],
            "test passes functions that all return np.array([])",
        ),
    ],
)
def test_a_build_refuses_an_assignment_that_is_not_sound(course, capsys, cells, complaint):
    (course.solutions / "tiny" / "tiny.ipynb").write_bytes(notebook(cells))
    assert cli.main(["build", "tiny", "--course", str(course.root)]) == 3
    assert complaint in capsys.readouterr().err


def test_a_mistake_that_the_tests_accept_stops_the_build(course, capsys):
    (course.solutions / "tiny" / "mistakes.py").write_text(
        "PROBES = {'f': [lambda f: f(5)]}\n\n"
        "def f__only_one(x):\n    '''You add one only to one.'''\n    return 2\n"
    )
    assert cli.main(["build", "tiny", "--course", str(course.root)]) == 3
    assert "the tests accept the mistake f__only_one" in capsys.readouterr().err


def test_a_mistake_that_only_a_second_test_meets_is_one_that_the_tests_accept(course, capsys):
    """A student who makes it gets both tests' points: each is tried before any other."""
    tests = [(f"test{n}", "test", f"assert f({n}) == {n + 1}") for n in (1, 5)]
    (course.solutions / "tiny" / "tiny.ipynb").write_bytes(notebook([CELLS[0], *tests]))
    (course.solutions / "tiny" / "mistakes.py").write_text(
        "PROBES = {'f': [lambda f: f(5)]}\n\n"
        "def f__remembers(x, seen=[]):\n    '''You keep what you have seen.'''\n"
        "    seen.append(x)\n    return x + 1 if len(seen) == 1 else 0\n"
    )
    assert cli.main(["build", "tiny", "--course", str(course.root)]) == 3
    assert "the tests accept the mistake f__remembers" in capsys.readouterr().err


def test_a_student_who_is_not_on_the_roll_is_graded_and_one_who_did_nothing_is_absent(course):
    with course.gradebook() as gradebook:
        gradebook.add_student("absentee")
    results = {r.student: r.state for r in grade_course(course, course.assignment("tiny"))}
    assert results.pop("absentee") == "absent"
    assert set(results.values()) == {"graded"}


def test_a_student_whose_id_is_mistyped_is_not_absent(course, capsys):
    known = course.students("tiny")[0]
    typed = f"{known[:-1]}_{known[-1]}"
    for name, hint in ((typed, f"do you mean '{known}'?"), ("xyz", "correct the id")):
        grade = ["grade", "tiny", "--course", str(course.root), "--student", name]
        assert cli.main(grade) == 2
        said = capsys.readouterr().err
        assert f"'{name}' is not in the gradebook and has handed in nothing for tiny" in said
        assert hint in said


@pytest.mark.parametrize("command", ["export", "report", "feedback"])
def test_an_assignment_whose_name_is_mistyped_is_named(course, capsys, command):
    assert cli.main([command, "tinny", "--course", str(course.root)]) == 2
    assert "tinny is missing; the assignments are: tiny" in capsys.readouterr().err


def test_a_failure_of_the_grader_costs_nothing_and_stops_nobody_else(course, monkeypatch):
    def fail(assignment, submission, confined, kept):
        if submission.student == STUDENTS[0]:
            raise RuntimeError("a bug")
        return grade_submission(assignment, submission, confined, kept=kept)

    monkeypatch.setattr("autograder.grading.workers.grade_submission", fail)
    results = {r.student: r for r in grade_course(course, course.assignment("tiny"))}
    assert results[STUDENTS[0]].state == "fault"
    assert "RuntimeError: a bug" in results[STUDENTS[0]].message
    assert results[STUDENTS[2]].score == 2
    assert grade_commands.exit_status(list(results.values())) == 3
    with course.gradebook() as gradebook:
        [grade] = gradebook.find_submission_notebook("tiny", "tiny", STUDENTS[0]).grades
        assert (grade.auto_score, grade.needs_manual_grade) == (None, True)


def test_a_locked_gradebook_is_said_and_the_next_run_records(course):
    assignment = course.assignment("tiny")
    with sqlite3.connect(course.root / "gradebook.db") as other:
        other.execute("BEGIN IMMEDIATE")  # others may read, none may write
        results = list(grade_course(course, assignment, STUDENTS[:3]))
        assert {result.state for result in results} == {"fault"}
        assert all("database is locked" in result.message for result in results)
        assert grade_commands.exit_status(results) == status.FAULT
        other.rollback()
    again = {r.student: r.score for r in grade_course(course, assignment, STUDENTS[:3])}
    assert [again[student] for student in STUDENTS[:3]] == [2, 0, 2]


def test_a_folder_that_cannot_be_written_costs_nobody_else(course):
    course.autograded.mkdir()
    (course.autograded / STUDENTS[0]).write_text("in the way")
    assignment = course.assignment("tiny")
    results = {r.student: r for r in grade_course(course, assignment, STUDENTS[:3])}
    assert results[STUDENTS[0]].state == "fault"
    assert "could not be written" in results[STUDENTS[0]].message
    assert [results[name].score for name in STUDENTS[1:3]] == [0, 2]
    (course.autograded / STUDENTS[0]).unlink()
    assert next(grade_course(course, assignment, STUDENTS[:1])).score == 2


def test_a_fork_server_that_has_died_is_replaced(course):
    assignment = course.assignment("tiny")
    list(grade_course(course, assignment, STUDENTS[:1]))
    server, _ = warm_servers(assignment)
    signal.pidfd_send_signal(server._pidfd, signal.SIGKILL)
    assert select.select([server._pidfd], [], [], 5)[0]
    [result] = grade_course(course, assignment, STUDENTS[2:3])
    assert result.score == 2
