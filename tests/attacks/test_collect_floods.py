"""Attacks on the exchange by number: folders, names and attempts without end fill no disk, delay
nobody's hand-in, and hide nobody's. Tried by several users of the system, as root."""

import os
import time

import pytest
from nbgrader.exchange import ExchangeError

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


def test_many_attempts_fill_no_disk(course, monkeypatch):
    monkeypatch.setattr("autograder.exchange.MAX_ATTEMPTS", 3)
    for number in range(3):
        hand_in(course, ADA, f"{number}", more=str(number))
        collect(course, update=True)
    hand_in(course, ADA, "one more", more="y")
    with pytest.raises(ExchangeError, match="too many attempts"):
        collect(course)
    assert len(list((course.root / "received" / "t" / ADA).iterdir())) == 3


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
    monkeypatch.setattr("autograder.course.inbound._read_file", lambda *file: read.append(file))
    collect(course)
    assert not read
    hand_in(course, BO)
    collect(course)
    assert len(read) == 2
