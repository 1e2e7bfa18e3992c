"""`autograder watch`: what a round does by itself, leaves to a person, and says."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from autograder.course.course import CONFIG, CourseError, held
from autograder.hub.configured import Exchange, of_the_machine
from autograder.hub.seen import LOCK, status
from autograder.hub.watch import Watcher
from tests.autograder.hub.conftest import ANSWER, ME


def test_what_is_due_is_collected_graded_and_given_back_and_that_once(term):
    term.set(due=-1)
    term.hand_in()
    assert term.watch().failed == []
    assert term.state() == "graded"
    assert len(term.pages()) == 1
    result = term.course.reports / "t" / f"{ME}.json"
    [page] = (term.exchange / "cnn" / "feedback").glob("*.html")
    before = [(path, path.stat().st_mtime_ns) for path in (result, page)]
    told = list(term.lines)
    term.watch()
    assert [(path, path.stat().st_mtime_ns) for path, _ in before] == before
    assert len(term.said("graded", ME)) == len([line for line in told if "graded" in line]) == 1
    assert term.said("due", "double") == term.said("points") == []  # nothing of what was handed in


def test_nothing_is_graded_before_it_is_due_and_still_it_is_collected(term):
    term.set(due=1)
    term.hand_in()
    assert term.watch().failed == []
    assert (term.course.submitted / ME / "t" / "t.ipynb").is_file()
    assert term.state() is None
    assert term.pages() == {}


def test_a_student_with_an_extension_is_graded_later_and_feedback_waits_for_all(term):
    """Who still works on it shall not read what others were told."""
    term.set(due=-1)
    term.put("zed")
    term.hand_in()
    with term.course.gradebook() as gradebook:
        gradebook.add_student("zed")
        submission = gradebook.add_submission("t", "zed")
        submission.extension = timedelta(days=3)
        gradebook.db.commit()
    seen = term.watch()
    assert term.state() == "graded"
    assert term.state(student="zed") is None
    assert term.pages() == {}
    assert any("feedback is released from" in line for line in seen.later)
    term.set(due=-4)
    term.watch()
    assert term.state(student="zed") == "graded"
    assert len(term.pages()) == 2


def test_without_a_date_a_person_says_when_to_grade(term):
    term.set(due=None)
    term.hand_in()
    seen = term.watch()
    assert term.state() is None
    assert any("no due date: `autograder grade t`" in line for line in seen.waits)


@pytest.mark.parametrize(("release", "pages"), [("false", 0), ("true", 1), (-1, 1), (1, 0)])
def test_feedback_goes_out_when_the_instructor_has_said(term, release, pages):
    term.set(due=-1, release=release if isinstance(release, str) else term.at(release))
    term.hand_in()
    seen = term.watch()
    assert term.state() == "graded"
    assert (term.course.feedback / ME / "t" / "t.html").is_file()
    assert len(term.pages()) == pages
    assert bool(seen.waits) == (release == "false")
    assert bool(seen.later) == (release == 1)


def test_what_a_person_has_to_grade_holds_feedback_back_until_it_is_graded(term):
    term.set("read", due=-1)
    term.hand_in("read")
    seen = term.watch()
    assert term.state("read") == "needs_manual"
    assert term.pages() == {}
    assert any("points or a look" in line and ME in line for line in seen.waits)
    by_hand(term, points=1.0, comment="Well reasoned.")
    assert not [line for line in term.watch().waits if ME in line]
    [page] = term.pages().values()
    assert "Well reasoned." in page
    by_hand(term, comment="Said more clearly.")  # and what a person changes later is given, too
    term.watch()
    [page] = term.pages().values()
    assert "Said more clearly." in page


def by_hand(term, points=None, comment=None):
    """What the form-grader writes."""
    with term.course.gradebook() as gradebook:
        grade = gradebook.find_grade("why", "read", "read", ME)
        if points is not None:
            grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.find_comment("why", "read", "read", ME).manual_comment = comment
        gradebook.db.commit()


def test_a_later_attempt_is_graded_and_keeps_what_a_person_gave(term):
    """The points stay, and wait for a second look, since they were given for another text."""
    term.set("read", due=-1)
    term.hand_in("read")
    term.watch()
    by_hand(term, points=1.0)
    term.hand_in("read", why="Because of something else.", more="y")
    term.watch()
    [(points, waits)] = term.rows(
        "SELECT manual_score, needs_manual_grade FROM grade WHERE manual_score IS NOT NULL"
    )
    assert (points, waits) == (1.0, 1)
    assert "something else" in (term.course.autograded / ME / "read" / "read.ipynb").read_text()


def test_the_course_can_say_that_what_was_in_time_counts(term):
    term.configure("c.ExchangeCollect.before_duedate = True")
    term.set(due=1)
    term.hand_in(code="def double(x):\n    return 2 * x  # in time")
    term.watch()
    term.set(due=0)
    term.hand_in(more="y", code="def double(x):\n    return 2 * x  # too late")
    term.watch()
    assert term.state() == "graded"
    assert "in time" in (term.course.autograded / ME / "t" / "t.ipynb").read_text()


def test_who_has_handed_in_nothing_is_recorded_and_given_nothing(term):
    term.set(due=-1)
    with term.course.gradebook() as gradebook:
        gradebook.add_student("zed")
    assert term.watch().failed == []
    assert term.state(student="zed") == "absent"
    assert term.pages() == {}


def test_an_assignment_that_cannot_be_read_is_told_once_and_keeps_no_other_back(term):
    term.set("read", due=-1)
    term.set("t", due=-1)
    settings = term.course.solutions / "read" / "assignment.toml"
    right = settings.read_text()
    settings.write_text("duedate = tomorrow")
    term.hand_in("t")
    term.hand_in("read")
    for _ in range(2):
        assert any("read/assignment.toml cannot be read" in line for line in term.watch().failed)
    assert term.state("t") == "graded"
    assert len(term.said("cannot be read")) == 1
    settings.write_text(right)
    assert term.watch().failed == []
    assert term.said("read: its settings: over")
    assert term.state("read") == "needs_manual"


def test_while_the_exchange_is_away_nothing_is_graded_that_may_lack_an_attempt_in_time(term):
    term.set(due=-1)
    term.put("zed")
    away = term.exchange.rename(term.exchange.with_name("away"))
    for _ in range(2):
        told, *_ = term.watch().failed
        assert "c.Exchange.root" in told
        assert "until then nothing is graded" in told
    assert len(term.said("t: collecting")) == 1
    assert term.state(student="zed") is None
    away.rename(term.exchange)
    assert term.watch().failed == []
    assert term.state(student="zed") == "graded"


@pytest.mark.skipif(
    Path("/usr/local/share/nbgrader/exchange").exists(), reason="this machine has an exchange"
)
def test_a_course_without_an_exchange_is_graded_from_what_lies_there(term):
    config = term.course.root / CONFIG
    lines = config.read_text().splitlines()
    config.write_text("\n".join(line for line in lines if "c.Exchange.root" not in line))
    term.set(due=-1)
    term.put("zed")  # as `autograder import` does
    for _ in range(2):
        seen = term.watch()
        assert seen.failed == []
    assert term.state(student="zed") == "graded"
    assert len(term.said("t: graded zed")) == 1
    assert any("for you to give back: there is no exchange" in line for line in seen.waits)
    assert term.said("there is no exchange: what lies in submitted/ is graded")


def test_while_the_gradebook_is_locked_nothing_is_lost(term):
    term.set(due=-1)
    term.hand_in()
    with closing(sqlite3.connect(term.course.root / "gradebook.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        for _ in range(2):
            assert any("database is locked" in line for line in term.watch().failed)
        other.rollback()
    assert len(term.said("database is locked")) == 1
    assert term.watch().failed == []
    assert len(term.pages()) == 1


def test_on_a_full_disk_nothing_is_lost(term):
    """/dev/full has no room, whatever is written to it."""
    term.set(due=-1)
    term.hand_in()
    (term.course.reports / "t").mkdir(exist_ok=True)
    full = term.course.reports / "t" / f".{ME}.json.part"
    full.symlink_to("/dev/full")
    for _ in range(2):
        assert any("No space left on device" in line for line in term.watch().failed)
    assert len(term.said("No space left")) == 1
    assert term.state() is None
    assert term.pages() == {}
    full.unlink()
    assert term.watch().failed == []
    assert len(term.pages()) == 1


def test_a_hand_in_in_anothers_name_is_told_once_and_keeps_nobody_back(term):
    term.set(due=-1)
    term.hand_in()
    term.hand_in(student="somebody-else")
    for _ in range(2):
        term.watch()
    assert len(term.said("not collected", f"it is {ME}'s")) == 1
    assert term.state() == "graded"
    assert term.state(student="somebody-else") is None


def test_while_much_is_graded_collecting_goes_on(term):
    """Each state of a hand-in is kept within the interval, whatever its author does to it later."""
    term.set(due=-1)
    for number in range(3):
        term.put(f"s{number}")
    term.watcher.every = 0.0
    really, kept = term.watcher._collect, []

    def collect(*arguments):
        term.hand_in(more=f"during{len(kept)}", code=f"{ANSWER}  # {len(kept)}")
        done = really(*arguments)
        kept.append(len(list((term.course.root / "received" / "t" / ME).iterdir())))
        return done

    term.watcher._collect = collect
    term.watch()
    assert kept == [1, 2, 3, 4, 5]  # the first collecting, and one behind each of four results


def test_one_watcher_at_a_time(term):
    with held(term.course.reports / LOCK, ""), pytest.raises(CourseError, match="watched already"):
        Watcher(term.course.root, 60).watch(once=True)
    term.watch()


def test_while_somebody_grades_the_watcher_waits_for_the_next_round(term):
    term.set(due=-1)
    term.hand_in()
    with term.course.alone("t"):
        assert any("another grading" in line for line in term.watch().failed)
    assert term.watch().failed == []
    assert term.state() == "graded"


def test_the_status_says_when_the_last_round_was_and_what_waits(term):
    with pytest.raises(CourseError, match="has not been watched"):
        status(term.course)
    term.set("read", due=-1)
    term.hand_in("read")
    term.watch()
    lines, fine = status(term.course)
    assert "last round 20" in lines[0]
    assert "no watcher runs" in lines[0]
    assert not fine
    assert any(line.startswith("waits") and ME in line for line in lines)
    with held(term.course.reports / LOCK, ""):
        lines, fine = status(term.course)
    assert "a watcher runs" in lines[0]
    assert fine


def test_a_machine_that_names_another_gradebook_is_told(term):
    machine = of_the_machine()
    machine.CourseDirectory.db_url = "sqlite:////elsewhere.db"
    with pytest.raises(CourseError, match=r"write it into .*nbgrader_config.py"):
        Exchange(term.course, machine)
