"""Extensions, accommodations, grace and late days: in local time, in nbgrader's gradebook."""

import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course.local import NoSuchTimeError, after, in_utc, read_span, read_time
from autograder.term.dates import apply
from autograder.term.due import due, settings_of
from tests.autograder.term.conftest import work

BERLIN = ZoneInfo("Europe/Berlin")
DUE = datetime(2026, 10, 16, 21, 59, tzinfo=UTC)


def hand_in(term, student, time, points=2.0):
    """A hand-in of that local time, graded with so many points."""
    folder = term.course.submitted / student / "t"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "t.ipynb").write_bytes(work())
    moment = read_time(time, BERLIN, later=False)
    (folder / "timestamp.txt").write_text(f"{moment:%Y-%m-%d %H:%M:%S.%f} UTC")
    with term.course.gradebook() as gradebook:
        gradebook.find_assignment("t").duedate = DUE.replace(tzinfo=None)
        naive = moment.replace(tzinfo=None)
        gradebook.update_or_create_submission("t", student, timestamp=naive)
        gradebook.find_grade("q1_test", "t", "t", student).auto_score = points
        gradebook.db.commit()


def extension(term, student):
    with term.course.gradebook() as gradebook:
        return gradebook.find_submission("t", student).extension


def lost(term, student):
    with term.course.gradebook() as gradebook:
        return gradebook.find_submission("t", student).late_submission_penalty


def test_an_extension_is_shown_first_and_then_where_nbgrader_looks(term):
    hand_in(term, "ada", "2026-10-18 12:00")
    term.run("dates", "t", "--yes")
    assert lost(term, "ada") == pytest.approx(0.4)  # two days have begun
    asked = ("extend", "t", "--student", "ada", "--until", "2026-10-18 12:00", "--why", "ill")
    shown = term.run(*asked)
    assert "ada: in time now, +0.4 points" in shown.out
    assert "nothing was changed" in shown.out
    assert extension(term, "ada") is None
    assert term.run(*asked, "--yes").status == 0
    assert extension(term, "ada") == timedelta(days=1, hours=12, minutes=1)
    assert lost(term, "ada") == 0
    assert json.loads((term.root / "dates.json").read_text())["grants"][0]["why"] == "ill"
    state = due(term.course, "t", settings_of(term.course, "t"), DUE + timedelta(hours=1))
    assert ("ada" in state.students, "eve" in state.students) == (False, True)
    term.run("extend", "t", "--student", "ada", "--none", "--yes")
    assert (extension(term, "ada"), lost(term, "ada")) == (None, pytest.approx(0.4))


def test_days_are_days_of_the_local_clock_when_clocks_are_put_back(term):
    term.run("dates", "t", "--due", "2026-10-24 23:59", "--yes")
    term.run("extend", "t", "--student", "ada", "--by", "2 days", "--yes")
    assert extension(term, "ada") == timedelta(days=2, hours=1)  # 23:59 on the 26th, as it says
    term.run("extend", "t", "--student", "ada", "--by", "48 hours", "--yes")
    assert extension(term, "ada") == timedelta(hours=48)


def test_a_changed_due_date_says_who_becomes_late_and_takes_effect_at_once(term):
    hand_in(term, "ada", "2026-10-16 12:00")
    hand_in(term, "eve", "2026-10-17 12:00")
    settings = term.course.solutions / "t" / "assignment.toml"
    settings.write_text(settings.read_text().replace("00:00", "00:00") + "# the end\n")
    before = settings.read_text()
    shown = term.run("dates", "t", "--due", "2026-10-16 10:00")
    assert "ada: late now, -0.2 points" in shown.out
    assert settings.read_text() == before
    assert lost(term, "ada") in (None, 0)
    term.run("dates", "t", "--due", "2026-10-18 23:59", "--yes")
    changed = settings.read_text().splitlines()
    assert [a for a, b in zip(before.splitlines(), changed, strict=True) if a != b] == [
        "duedate = 2026-10-16T23:59:00"
    ]
    assert (lost(term, "ada"), lost(term, "eve")) == (0, 0)
    with term.course.gradebook() as gradebook:
        assert gradebook.find_assignment("t").duedate == datetime(2026, 10, 18, 21, 59)


def test_an_extension_until_a_time_stays_there_when_the_due_date_moves(term):
    term.run("extend", "t", "--student", "ada", "--until", "2026-10-20 23:59", "--yes")
    assert extension(term, "ada") == timedelta(days=4)
    term.run("dates", "t", "--due", "2026-10-18 23:59", "--yes")
    assert extension(term, "ada") == timedelta(days=2)
    term.run("dates", "t", "--due", "2026-10-30 23:59", "--yes")
    assert not extension(term, "ada")


def test_an_accommodation_is_a_share_of_the_time(term):
    refused = term.run("accommodate", "ada", "--time", "1.5", "--yes")
    assert (refused.status, "opens = 2026" in refused.err) == (2, True)
    settings = term.course.solutions / "t" / "assignment.toml"
    settings.write_text("opens = 2026-10-06T23:59:00\n" + settings.read_text())
    assert term.run("accommodate", "ada", "--time", "1.5", "--yes").status == 0
    assert extension(term, "ada") == timedelta(days=5)
    # The later one counts, whichever it is.
    term.run("extend", "t", "--student", "ada", "--by", "2 days", "--yes")
    assert extension(term, "ada") == timedelta(days=5)
    term.run("accommodate", "ada", "--time", "1", "--yes")
    assert extension(term, "ada") == timedelta(days=2)


def test_grace_is_in_time_and_a_minute_more_is_a_day_late(term):
    hand_in(term, "ada", "2026-10-17 00:14")
    hand_in(term, "eve", "2026-10-17 00:15")
    term.run("dates", "t", "--yes")
    shown = term.run("allow", "--grace", "15 minutes", "--yes")
    assert "ada: in time now, +0.2 points" in shown.out
    assert (lost(term, "ada"), lost(term, "eve")) == (0, pytest.approx(0.2))
    assert (extension(term, "ada"), extension(term, "eve")) == (timedelta(minutes=15), None)


def test_late_days_are_spent_by_themselves_until_the_bank_is_empty(term):
    hand_in(term, "ada", "2026-10-18 12:00")  # two days
    hand_in(term, "eve", "2026-10-21 12:00")  # five
    shown = term.run("allow", "--late-days", "3", "--each", "2", "--yes")
    assert "2 late days" in shown.out
    assert extension(term, "ada") == extension(term, "eve") == timedelta(days=2)
    assert (lost(term, "ada"), lost(term, "eve")) == (0, pytest.approx(0.6))
    assert "nothing was changed" not in term.run("dates", "t").out  # it is stable
    hand_in(term, "ada", "2026-10-16 12:00")
    term.run("dates", "t", "--yes")
    assert not extension(term, "ada")  # and given back


def test_an_extension_that_somebody_else_wrote_stays(term):
    hand_in(term, "ada", "2026-10-16 12:00")
    with term.course.gradebook() as gradebook:
        gradebook.find_submission("t", "ada").extension = timedelta(days=3)
        gradebook.db.commit()
    term.run("allow", "--grace", "15 minutes", "--yes")
    assert extension(term, "ada") == timedelta(days=3)


def test_an_extension_that_somebody_else_wrote_is_never_taken_for_ours(term):
    hand_in(term, "ada", "2026-10-16 12:00")
    hand_in(term, "eve", "2026-10-20 00:05")  # three days, and minutes of grace
    with term.course.gradebook() as gradebook:
        for student in ("ada", "eve"):
            gradebook.find_submission("t", student).extension = timedelta(days=3)
        gradebook.db.commit()
    term.run("dates", "t", "--due", "2026-10-16 23:58", "--yes")
    term.run("allow", "--grace", "15 minutes", "--yes")
    assert extension(term, "eve") == timedelta(days=3, minutes=7)
    for _ in range(2):
        apply(term.course, "t")
    term.run("allow", "--grace", "0", "--yes")
    assert extension(term, "ada") == extension(term, "eve") == timedelta(days=3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--until", "2026-03-29 02:30"), "there is no 02:30 on 2026-03-29"),
        (("--until", "2026-10-20"), "has no time of day"),
        (("--until", "tomorrow"), "is no time: write it as"),
        (("--until", "2026-09-01 23:59"), "is not after the due date"),
        (("--by", "soon"), "is no span"),
        (
            ("--by", "2 days", "--student", "adda"),
            "'adda' is not in the gradebook and has handed in nothing for t: do you mean 'ada'?",
        ),
        (("--by", "2 days", "--section", "B"), "nobody is in section 'B'"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(term, arguments, said):
    done = term.run("extend", "t", "--student", "ada", *arguments, "--yes")
    assert (done.status, said in done.err) == (2, True), done.err
    assert not (term.root / "dates.json").exists()


@pytest.mark.parametrize("time", ["0.5", "0", "nan", "11"])
def test_less_time_than_the_others_is_no_accommodation(term, time):
    done = term.run("accommodate", "ada", "--time", time, "--yes")
    assert (done.status, "half as much time again" in done.err) == (2, True), done.err
    assert not (term.root / "dates.json").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("dates", "new"),
        ("dates", "new", "--due", "2026-10-20 23:59"),
        ("extend", "new", "--student", "ada", "--by", "2 days"),
        ("solutions", "new"),
        ("solutions", "new", "--early"),
        ("attempts", "new", "--counts", "best"),
        ("share", "new", "--markers", "ana,ben"),
        ("groups", "new"),
        ("grade", "new"),
        ("regrade", "new", "--diff"),
        ("feedback", "new"),
        ("report", "new"),
        ("export", "new"),
        (
            "appeal",
            "new",
            "--student",
            "ada",
            "--question",
            "q1_test",
            "--points",
            "1",
            "--why",
            "x",
        ),
        ("reset", "new", "--student", "ada", "--cell", "q1"),
    ],
    ids=" ".join,
)
def test_an_assignment_that_is_not_built_yet_is_said_to_be_none(term, command):
    course = term.course
    shutil.copytree(course.solutions / "t", course.solutions / "new")
    (course.solutions / "new" / "t.ipynb").rename(course.solutions / "new" / "new.ipynb")
    (course.root / "people.csv").write_text("student,section,group\nada,,g\neve,,g\n")
    done = term.run(*command)
    assert done.status in (0, 2, 4), done.err
    if command[0] in ("dates", "extend", "solutions"):
        assert (done.status, "autograder build" in done.err) == (2, True), done.err
    assert done.status == 0 or re.search(
        r"build|is graded yet|nothing graded|not among the submitted", done.err + done.out
    )


def test_a_reader_that_has_gone_ends_a_command_quietly(term):
    command = f"{sys.executable} -m autograder.cli dates t --course {term.root} | true"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stderr == ""


def test_grade_counts_what_is_allowed(term):
    hand_in(term, "ada", "2026-10-17 00:10")
    hand_in(term, "eve", "2026-10-18 00:10")
    term.run("allow", "--grace", "15 minutes", "--late-days", "1", "--yes")
    hand_in(term, "noether", "2026-10-17 00:05")  # only now
    assert term.run("grade", "t", "--unconfined").status == 0
    assert [lost(term, s) or 0 for s in ("ada", "eve", "noether")] == [0, pytest.approx(0.2), 0]


def test_a_section_is_extended(term):
    (term.root / "people.csv").write_text("student;section;group\nada;B;\neve;B;\nnoether;A;\n")
    term.run("extend", "t", "--section", "B", "--by", "1 day", "--yes")
    assert extension(term, "ada") == extension(term, "eve") == timedelta(days=1)


zones = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))


@given(moments, zones, st.integers(1, 400))
def test_a_day_later_the_clock_says_the_same(moment, zone, days):
    there = ZoneInfo(zone)
    try:
        start = in_utc(moment, there)
        in_utc(moment + timedelta(days=days), there)
    except NoSuchTimeError:
        return
    moved = after(start, days, timedelta(), there)
    assert moved.astimezone(there).replace(tzinfo=None, fold=0) == moment + timedelta(days=days)


@given(moments, zones)
def test_a_local_time_is_a_moment_or_refused(moment, zone):
    there = ZoneInfo(zone)
    try:
        early, late = in_utc(moment, there, later=False), in_utc(moment, there)
    except NoSuchTimeError:
        return
    assert early <= late
    assert {m.astimezone(there).replace(tzinfo=None, fold=0) for m in (early, late)} == {moment}


@pytest.mark.parametrize(
    ("text", "days", "hours"),
    [("2 days", 2, 0), ("1 week", 7, 0), ("36 Hours", 0, 36), ("1.5 days", 1, 12)],
)
def test_spans(text, days, hours):
    assert read_span(text) == (days, timedelta(hours=hours))
