"""Attacks on the exchange among pods, where all people have one uid: what stands in the folder that
a student's pod mounts is that student's, whatever it is called; and may change while it is read."""

import contextlib
import os
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.exchange import ExchangeError

from autograder.exchange_pods import Collect, ReleaseFeedback
from tests.attacks.changing import changing
from tests.attacks.test_collect import (
    CELLS,
    a_device,
    a_large_file,
    a_name_that_is_no_text,
    a_pipe,
    collected,
    deep,
    hand_in_at,
    handed_in_at,
    hard_link,
    link_to_a_file,
    link_to_a_folder,
)
from tests.autograder.test_exchange import NBGRADER
from tests.conftest import small_course
from tests.kubernetes.pods import Pods, needs_root

ADA, BO, CY = "ada", "bo", "cy"


@pytest.fixture
def course(tmp_path):
    made = small_course(tmp_path / "course", CELLS)
    made.config.Exchange.root = str(tmp_path / "exchange")
    for student in (ADA, BO):
        inbound(made, student).mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("the solution")
    return made


def inbound(course, student):
    """What the student's pod mounts."""
    return course.root.parent / "exchange" / "cnn" / "inbound" / student


def hand_in(course, student, text="right", name="", **options):
    return hand_in_at(inbound(course, student), name or student, text, **options)


def collect(course, **options):
    course.nbgrader.assignment_id = "t"
    Collect(coursedir=course.nbgrader, config=course.config, **options).start()


def receipts(course, student):
    return list((course.root.parent / "exchange" / "cnn" / "receipts" / student).iterdir())


def test_what_is_handed_in_is_the_students_whose_folder_it_is(course):
    hand_in(course, ADA, "ada's")
    hand_in(course, BO, "bo's")
    collect(course)
    assert collected(course, ADA) == "ada's"
    assert collected(course, BO) == "bo's"
    assert abs(handed_in_at(course, ADA) - datetime.now(UTC)) < timedelta(seconds=30)


def test_anothers_name_in_ones_own_folder_is_refused_and_told(course):
    hand_in(course, BO, "forged", name=ADA, stamp="2030-01-01 00:00:00 UTC")
    with pytest.raises(ExchangeError, match=f"it is {BO}'s"):
        collect(course)
    assert collected(course, ADA) is None
    assert collected(course, BO) is None


def test_an_earlier_time_cannot_be_claimed(course):
    folder = hand_in(course, ADA, stamp="1999-01-01 00:00:00 UTC")
    os.utime(folder / "t.ipynb", (0, 0))
    collect(course)
    assert handed_in_at(course, ADA).year > 2020


def test_a_change_after_the_deadline_does_not_undo_what_was_in_time(course):
    folder = hand_in(course, ADA, "in time")
    collect(course)
    with course.gradebook() as gradebook:
        gradebook.add_assignment("t", duedate=datetime.now(UTC).replace(tzinfo=None))
    time.sleep(0.01)
    (folder / "t.ipynb").write_text("later")
    collect(course, before_duedate=True)
    assert collected(course, ADA) == "in time"


@pytest.mark.parametrize(
    "make",
    [
        link_to_a_file,
        link_to_a_folder,
        hard_link,
        pytest.param(a_device, marks=needs_root),
        a_pipe,
        a_large_file,
        a_name_that_is_no_text,
        deep,
    ],
)
def test_what_is_no_file_of_the_students_own_is_left_out_and_receipted(course, make):
    make(hand_in(course, ADA), course.root.parent / "secret.txt")
    collect(course)
    taken = [p for p in (course.submitted / ADA / "t").rglob("*") if p.is_file()]
    assert {path.name for path in taken} <= {"t.ipynb", "timestamp.txt"}
    assert not any("solution" in path.read_text() for path in taken)
    [receipt] = receipts(course, ADA)
    assert "left out" in receipt.read_text()


def test_a_link_to_anothers_hand_in_is_refused(course):
    hand_in(course, BO, "bo's")
    (inbound(course, ADA) / f"{ADA}+t+2026-01-01 10:00:00 UTC+x").symlink_to(inbound(course, BO))
    with pytest.raises(ExchangeError, match="it is no folder"):
        collect(course)
    assert collected(course, ADA) is None
    assert collected(course, BO) == "bo's"


def test_a_link_in_the_place_of_a_students_folder_is_refused(course):
    hand_in(course, BO, "bo's")
    (inbound(course, CY)).symlink_to(inbound(course, BO))
    with pytest.raises(ExchangeError, match="'cy' \\(it cannot be opened"):
        collect(course)
    assert collected(course, CY) is None
    assert collected(course, BO) == "bo's"


def test_a_folder_to_which_names_are_added_without_end_keeps_nobody_else_back(course):
    folder, over = inbound(course, ADA), threading.Event()
    for number in range(3000):
        os.mknod(folder / f"{number}")

    def add():
        number = 3000
        while not over.is_set():
            os.mknod(folder / f"{number}")
            number += 1

    hand_in(course, BO)
    adding = threading.Thread(target=add)
    adding.start()
    begun = time.monotonic()
    try:
        with pytest.raises(ExchangeError, match="'ada' \\(a folder has more than 2000 names"):
            collect(course)
    finally:
        over.set()
        adding.join()
    assert time.monotonic() - begun < 10
    assert collected(course, BO) == "right"


def test_a_folder_that_changes_while_it_is_read_gives_one_state_of_it_or_none(course):
    folder = hand_in(course, ADA, "a" * 10**6)
    with changing(folder):
        for _ in range(10):
            with contextlib.suppress(ExchangeError):  # it is read again the next time
                collect(course, update=True)
    collect(course, update=True)
    assert collected(course, ADA) in ("a" * 10**6, "b" * 10**6)
    assert not list((course.submitted / ADA).rglob("passwd"))


def test_feedback_comes_into_its_authors_folder_alone(course):
    for student in (ADA, BO):
        page = course.feedback / student / "t"
        page.mkdir(parents=True)
        (page / "t.html").write_text(f"of {student}")
        (page / "timestamp.txt").write_text("2026-01-01 10:00:00 UTC")
        (page / "submission_secret.txt").write_text("the same, which one told the other")
    course.nbgrader.assignment_id, course.nbgrader.student_id = "t", "*"
    ReleaseFeedback(coursedir=course.nbgrader, config=course.config).start()
    released = course.root.parent / "exchange" / "cnn" / "feedback"
    assert {p.name for p in released.iterdir()} == {ADA, BO}
    for student in (ADA, BO):
        [page] = (released / student).iterdir()
        assert page.read_text() == f"of {student}"


@pytest.mark.slow
@needs_root
def test_a_student_who_closes_its_own_folder_keeps_nobody_else_back():
    """In pods: their people and the instructor have one uid, and none is root."""
    with tempfile.TemporaryDirectory() as scratch:
        pods = Pods(Path(scratch))
        small_course(pods.course, CELLS)
        for student in (ADA, BO):
            pods.hub.prepare("student", student)
            hand_in_at(pods.volume / "exchange" / "cnn" / "inbound" / student, student, "right")
        pods.start("grace", "instructor")
        for student in (ADA, BO):
            pods.start(student, "student")
        shut = "import os; os.chmod('/srv/nbgrader/exchange/cnn/inbound', 0)"
        assert pods.run(ADA, "student", "-c", shut).returncode == 0
        done = pods.run("grace", "instructor", "-c", NBGRADER, "collect", "t")
        assert "'ada' (it cannot be opened: Permission denied)" in done.stderr
        assert (pods.course / "submitted" / BO / "t" / "t.ipynb").read_text() == "right"
