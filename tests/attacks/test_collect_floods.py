"""Attacks on the exchange by number: folders, names and attempts without end fill no disk, delay
nobody's hand-in, and hide nobody's. Tried by several users of the system, as root."""

import contextlib
import os
import time
from datetime import UTC, datetime

import pytest
from nbgrader.exchange import ExchangeError

from autograder.course.attempts import unpacked
from autograder.course.inbound import _read_file
from tests.attacks.test_collect import (
    ADA,
    BO,
    CY,
    UIDS,
    belongs,
    collect,
    collected,
    course_with_exchange,
    hand_in,
    pytestmark,  # noqa: F401
)


@pytest.fixture
def course(tmp_path):
    return course_with_exchange(tmp_path)


@pytest.mark.parametrize("where", ["", "data/"])
def test_a_folder_of_very_many_names_is_refused_in_time(course, where):
    folder = hand_in(course, ADA)
    (folder / where).mkdir(exist_ok=True)
    for number in range(5000):
        os.mknod(folder / f"{where}{number}")
    belongs(folder, ADA)
    hand_in(course, BO)
    begun = time.monotonic()
    with pytest.raises(ExchangeError, match="more than 2000 names"):
        collect(course)
    assert time.monotonic() - begun < 10
    assert collected(course, BO) == "right"


def test_many_attempts_fill_no_disk_and_the_newest_counts(course, monkeypatch):
    """What is dropped for it is not read again; the last that was in time is not dropped."""
    monkeypatch.setattr("autograder.exchange.MAX_ATTEMPTS", 3)
    read = []
    monkeypatch.setattr("autograder.course.inbound._read_file", recorded(read))
    with course.gradebook() as gradebook:
        gradebook.add_assignment("t")
    for number in range(6):
        hand_in(course, ADA, f"{number}", more=str(number))
        with contextlib.suppress(ExchangeError):  # more than are looked at
            collect(course, update=True)
        assert collected(course, ADA) == f"{number}"
        if number == 1:
            due = datetime.now(UTC).replace(tzinfo=None)
            with course.gradebook() as gradebook:
                gradebook.update_or_create_assignment("t", duedate=due)
    kept = sorted((course.root / "received" / "t" / ADA).glob("*.zip"))
    assert [unpacked(path)["t.ipynb"] for path in kept] == [b"1", b"4", b"5"]
    assert len(read) == 2 * 6
    with contextlib.suppress(ExchangeError):
        collect(course, before_duedate=True)
    assert collected(course, ADA) == "1"
    assert len(read) == 2 * 6


def recorded(read):
    """What reads a file, and says so."""
    return lambda *file: (read.append(file), _read_file(*file))


def test_folders_in_folders_are_counted_together(course):
    """So that some thousands in each of some thousands are not looked at."""
    folder = hand_in(course, ADA)
    for number in range(100):
        (folder / f"d{number}").mkdir()
        for inside in range(30):
            os.mknod(folder / f"d{number}" / str(inside))
    belongs(folder, ADA)
    with pytest.raises(ExchangeError, match="more than 2000 names in it"):
        collect(course)


def test_whoever_makes_folders_without_end_delays_and_hides_nobody(course):
    """In one's own name and in another's; of those the newest count, and the instructor is told."""
    inbound = course.root.parent / "exchange" / "cnn" / "inbound"
    for number in range(3000):
        for claimed in (ADA, BO):
            folder = inbound / f"{claimed}+t+2026-01-01 10:00:00 UTC+{number}"
            folder.mkdir()
            os.chown(folder, UIDS[ADA], -1)
    hand_in(course, BO, "bo's")
    hand_in(course, CY, owner=BO, more="z")
    hand_in(course, ADA, "the last", more="last")
    begun = time.monotonic()
    with pytest.raises(ExchangeError) as refused:
        collect(course)
    assert time.monotonic() - begun < 5
    assert collected(course, BO) == "bo's"
    assert collected(course, ADA) == "the last"
    told = str(refused.value)
    assert f"'{ADA}' (more than 100 folders: the newest are looked at)" in told
    assert told.count(f"it is {ADA}'s") == 2
    assert f"and more of {ADA}'s" in told
    assert f"it is {BO}'s" in told  # what another is told of is not lost among them
    assert len(told) < 1000


def test_names_that_are_no_hand_ins_are_told_where_they_are_very_many(course, monkeypatch):
    monkeypatch.setattr("autograder.course.inbound.CROWD", 2000)
    inbound = course.root.parent / "exchange" / "cnn" / "inbound"
    hand_in(course, BO)
    for number in range(2500):
        os.mknod(inbound / f"{number}")
        os.chown(inbound / f"{number}", UIDS[ADA], -1)
    with pytest.raises(ExchangeError, match=f"'{ADA}' .most of more than"):
        collect(course)
    assert collected(course, BO) == "right"


def test_what_was_kept_is_not_read_again(course, monkeypatch):
    """So that a large hand-in costs the watcher once what it costs, not each minute."""
    hand_in(course, ADA)
    collect(course)
    read = []
    monkeypatch.setattr("autograder.course.inbound._read_file", recorded(read))
    collect(course)
    assert not read
    hand_in(course, BO)
    collect(course)
    assert len(read) == 2


def test_what_was_restored_is_compared_once(course, monkeypatch):
    folder, read = hand_in(course, ADA), []
    collect(course)
    monkeypatch.setattr("autograder.course.inbound._read_file", recorded(read))
    belongs(folder, ADA)  # has another time, as what was restored
    for _ in range(3):
        collect(course)
    assert len(read) == 2
    assert len(list((course.root / "received" / "t" / ADA).glob("*.zip"))) == 1
