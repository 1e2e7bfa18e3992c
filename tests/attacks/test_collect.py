"""Attacks on the exchange: a student's folder says whose it is, when it was handed in, and what is
in it; and may change while it is read. Tried by several users of the system, as root."""

import contextlib
import os
import pwd
import shutil
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from nbgrader.exchange import ExchangeError

from autograder.exchange import Collect
from tests.attacks.changing import changing
from tests.conftest import small_course

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can act as several people"
)
PEOPLE = [person for person in pwd.getpwall() if person.pw_uid][:3]
ADA, BO, CY = (person.pw_name for person in PEOPLE)
UIDS = {person.pw_name: person.pw_uid for person in PEOPLE}
CELLS = [("f", "solution", "def f():\n    return 1"), ("t", "test", "assert f() == 1")]


def course_with_exchange(tmp_path):
    made = small_course(tmp_path / "course", CELLS)
    made.config.Exchange.root = str(tmp_path / "exchange")
    (tmp_path / "exchange" / "cnn" / "inbound").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("the solution")
    return made


@pytest.fixture
def course(tmp_path):
    return course_with_exchange(tmp_path)


def hand_in(course, student, text="right", owner=None, **options):
    """A folder as nbgrader's submit makes it, of whoever the owner is; what is in it."""
    inbound = course.root.parent / "exchange" / "cnn" / "inbound"
    folder = hand_in_at(inbound, student, text, **options)
    belongs(folder, owner or student)
    return folder


def hand_in_at(inbound, student, text, stamp="2026-01-01 10:00:00 UTC", more="x"):
    folder = inbound / f"{student}+t+{stamp}+{more}"
    folder.mkdir()
    (folder / "t.ipynb").write_text(text)
    (folder / "timestamp.txt").write_text(stamp)
    return folder


def belongs(folder, owner):
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, UIDS[owner], -1, follow_symlinks=False)


def collect(course, **options):
    course.nbgrader.assignment_id = "t"
    Collect(coursedir=course.nbgrader, config=course.config, **options).start()


def collected(course, student, name="t.ipynb"):
    path = course.submitted / student / "t" / name
    return path.read_text() if path.is_file() else None


def handed_in_at(course, student):
    return datetime.fromisoformat(collected(course, student, "timestamp.txt").replace(" UTC", "Z"))


def test_what_is_handed_in_is_collected_with_the_file_systems_time(course):
    hand_in(course, ADA)
    collect(course)
    assert collected(course, ADA) == "right"
    assert abs(handed_in_at(course, ADA) - datetime.now(UTC)) < timedelta(seconds=30)


def test_another_students_name_is_refused_and_told(course):
    hand_in(course, ADA, "ada's")
    hand_in(course, ADA, "forged", owner=BO, stamp="2030-01-01 00:00:00 UTC", more="y")
    with pytest.raises(ExchangeError, match=f"it is {BO}'s"):
        collect(course)
    assert collected(course, ADA) == "ada's"  # the rest is collected
    assert collected(course, BO) is None


def test_an_earlier_time_cannot_be_claimed(course):
    folder = hand_in(course, ADA, stamp="1999-01-01 00:00:00 UTC")
    os.utime(folder / "t.ipynb", (0, 0))
    collect(course)
    assert handed_in_at(course, ADA).year > 2020


def test_a_change_after_the_deadline_does_not_undo_what_was_in_time(course):
    folder = hand_in(course, ADA, "in time")
    collect(course)
    due = datetime.now(UTC).replace(tzinfo=None)
    with course.gradebook() as gradebook:
        gradebook.add_assignment("t", duedate=due)
    time.sleep(0.01)
    (folder / "t.ipynb").write_text("later")
    collect(course, before_duedate=True)
    assert collected(course, ADA) == "in time"
    collect(course, update=True)
    assert collected(course, ADA) == "later"
    assert handed_in_at(course, ADA).replace(tzinfo=None) > due


def link_to_a_file(folder, outside):
    (folder / "t.ipynb").unlink()
    (folder / "t.ipynb").symlink_to(outside)


def link_to_a_folder(folder, outside):
    (folder / "data").symlink_to(outside.parent)


def hard_link(folder, outside):
    os.link(outside, folder / "hard.txt")


def a_device(folder, outside):
    os.mknod(folder / "null.txt", 0o600 | 0o020000, os.makedev(1, 5))


def a_pipe(folder, outside):
    os.mkfifo(folder / "pipe.txt")


def a_large_file(folder, outside):
    with open(folder / "large.txt", "wb") as file:
        file.truncate(10**12)


def a_name_that_is_no_text(folder, outside):
    with open(os.fsencode(folder) + b"/\xff\xfe.txt", "wb"):
        pass


def deep(folder, outside):
    (folder / "/".join("d" * 60)).mkdir(parents=True)
    (folder / "/".join("d" * 60) / "x.txt").write_text("deep")


@pytest.mark.parametrize(
    "make",
    [
        link_to_a_file,
        link_to_a_folder,
        hard_link,
        a_device,
        a_pipe,
        a_large_file,
        a_name_that_is_no_text,
        deep,
    ],
)
def test_what_is_no_file_of_the_students_own_is_left_out_and_receipted(course, make):
    folder = hand_in(course, ADA)
    make(folder, course.root.parent / "secret.txt")
    belongs_but_links(folder)
    collect(course)
    taken = [p for p in (course.submitted / ADA / "t").rglob("*") if p.is_file()]
    assert {path.name for path in taken} <= {"t.ipynb", "timestamp.txt"}
    assert not any("solution" in path.read_text() for path in taken)
    [receipt] = (course.root.parent / "exchange" / "cnn" / "receipts").iterdir()
    assert "left out" in receipt.read_text()
    assert receipt.stat().st_mode & 0o004


def belongs_but_links(folder):
    """What the student could make: a link to another's file keeps its owner."""
    for path in [folder, *folder.rglob("*")]:
        if path.lstat().st_nlink == 1 or path.is_dir():
            os.chown(path, UIDS[ADA], -1, follow_symlinks=False)


def test_a_link_in_the_place_of_a_hand_in_is_refused(course):
    inbound = course.root.parent / "exchange" / "cnn" / "inbound"
    link = inbound / f"{ADA}+t+2026-01-01 10:00:00 UTC+x"
    link.symlink_to(course.solutions / "t")
    os.chown(link, UIDS[ADA], -1, follow_symlinks=False)
    with pytest.raises(ExchangeError, match="it is no folder"):
        collect(course)
    assert collected(course, ADA) is None


def test_who_is_not_on_the_roll_is_refused_where_that_is_asked(course):
    with course.gradebook() as gradebook:
        gradebook.add_student(ADA)
    hand_in(course, ADA)
    hand_in(course, CY)
    with pytest.raises(ExchangeError, match=f"{CY} is not on the gradebook's roll"):
        collect(course, only_roll=True)
    assert collected(course, ADA) == "right"
    assert collected(course, CY) is None


def test_a_folder_that_changes_while_it_is_read_gives_one_state_of_it_or_none(course):
    """Each file is of one moment: no mixture of what stood there before and after."""
    folder = hand_in(course, ADA, "a" * 10**6)
    with changing(folder, lambda path: os.chown(path, UIDS[ADA], -1)):
        for _ in range(20):
            with contextlib.suppress(ExchangeError):  # it is read again the next time
                collect(course, update=True)
    collect(course, update=True)
    assert collected(course, ADA) in ("a" * 10**6, "b" * 10**6)
    assert not list((course.submitted / ADA).rglob("passwd"))


@pytest.mark.parametrize("more", ["x" * 200, "\udcff", "\n", "\x1b[2J"])
def test_an_odd_name_keeps_nobody_else_back(course, more):
    hand_in(course, ADA, more=more)
    hand_in(course, BO)
    with pytest.raises(ExchangeError, match="that is no name") as refused:
        collect(course)
    assert str(refused.value).isprintable()
    assert collected(course, BO) == "right"
    assert collected(course, ADA) is None


def test_a_hand_in_that_is_gone_meanwhile_keeps_nobody_else_back(course, monkeypatch):
    folder, really = hand_in(course, ADA), os.stat
    hand_in(course, BO)

    def stat(path, *arguments, **options):
        if path == folder.name:
            shutil.rmtree(folder, ignore_errors=True)
        return really(path, *arguments, **options)

    monkeypatch.setattr("autograder.course.inbound.os.stat", stat)
    collect(course)
    assert collected(course, BO) == "right"


def test_a_receipt_says_what_was_taken_and_when(course):
    hand_in(course, ADA)
    collect(course)
    [receipt] = (course.root.parent / "exchange" / "cnn" / "receipts").iterdir()
    assert "handed in 20" in receipt.read_text()
    assert "t.ipynb" in receipt.read_text()
    assert not receipt.parent.stat().st_mode & 0o044  # nobody can list them
