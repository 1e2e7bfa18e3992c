"""The form-grader's *Autograde* button and `autograder grade`: one at a time, and what is said."""

import asyncio
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder import cli
from autograder.authoring.build import release
from autograder.grading.engine import kept_results
from autograder.hub.buttons import autograde
from tests.conftest import notebook, small_course

CELLS = [
    ("q1", "solution", "def double(x):\n    return 2 * x"),
    ("q1_test", "test", "assert double(2) == 4"),
    ("why", "manual", "Why?"),
]
SLOW = "import time\ntime.sleep(2)\n" + CELLS[0][2]
RUNNING = "another grading or building of t is running"


def hand_in(course, student="ada", name="t.ipynb", code=CELLS[0][2]):
    folder = course.submitted / student / "t"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(notebook([("q1", "solution", code), *CELLS[1:]]))


@pytest.fixture
def course(tmp_path):
    course = small_course(tmp_path, CELLS)
    release(course, course.assignment("t"))
    return course


def press(course, *students):
    """What the button answers when it is pressed for students, at once."""

    async def all_of_them():
        return await asyncio.gather(*(autograde(course.root, "t", name) for name in students))

    return asyncio.run(all_of_them())


def grading(course):
    """`autograder grade` in a process of its own, once it has begun."""
    command = [sys.executable, "-m", "autograder.cli", "grade", "t", "--course", str(course.root)]
    lock_of(course).unlink()
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not lock_of(course).exists():
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    return running


def lock_of(course):
    return course.reports / "t" / ".lock"


def test_while_a_command_grades_nothing_else_does(course, capsys):
    hand_in(course, code=SLOW)
    running = grading(course)
    assert cli.main(["grade", "t", "--course", str(course.root)]) == 2
    assert RUNNING in capsys.readouterr().err
    assert cli.main(["build", "t", "--course", str(course.root)]) == 2
    assert RUNNING in capsys.readouterr().err
    [answer] = press(course, "ada")
    assert not answer["success"]
    assert RUNNING in answer["error"]
    running.communicate()
    assert running.returncode == 0
    assert kept_results(course, "t")[0].score == 2


def test_while_the_button_grades_a_command_waits_its_turn_to_be_tried_again(course, capsys):
    hand_in(course, code=SLOW)

    with ThreadPoolExecutor(1) as pool:
        lock_of(course).unlink()
        pressed = pool.submit(press, course, "ada")
        while not lock_of(course).exists():
            time.sleep(0.05)
        assert cli.main(["grade", "t", "--course", str(course.root)]) == 2
        [answer] = pressed.result()
    assert RUNNING in capsys.readouterr().err
    assert answer["success"]


def test_a_grading_that_was_killed_leaves_no_lock(course):
    hand_in(course, code=SLOW)
    running = grading(course)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert cli.main(["grade", "t", "--course", str(course.root)]) == 0


def test_the_button_pressed_for_many_grades_one_after_the_other(course):
    students = ["ada", "eve", "joe"]
    for student in students:
        hand_in(course, student)
    assert [answer["success"] for answer in press(course, *students)] == [True] * 3
    assert [result.score for result in kept_results(course, "t")] == [2, 2, 2]


def test_a_course_that_cannot_be_written_is_said_in_a_sentence(course, capsys):
    hand_in(course)
    lock_of(course).unlink()
    lock_of(course).mkdir()
    assert cli.main(["grade", "t", "--course", str(course.root)]) == 2
    assert ".lock cannot be locked: Is a directory" in capsys.readouterr().err


def test_the_button_says_what_became_of_it(course):
    hand_in(course)
    hand_in(course, "eve", "other.ipynb")
    (course.submitted / "zoe" / "t").mkdir(parents=True)
    right, renamed, empty = press(course, "ada", "eve", "zoe")
    assert right == {"success": True, "log": "needs_manual: 2 of 3 points", "error": ""}
    assert renamed["log"].startswith("attention: 2 of 3 points. other.ipynb was renamed")
    assert "a person has to look" in renamed["error"]
    assert (empty["success"], renamed["success"]) == (False, False)
    assert empty["log"] == "absent: 0 of 3 points. nothing was submitted"
