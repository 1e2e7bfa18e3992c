"""One person's data is removed from everywhere, and nobody else's is touched."""

import os
import sys
import zipfile

import pytest

from autograder.cli import main
from autograder.course.course import CourseError, held
from autograder.grading.shown import write_report
from autograder.hub.forget import _places, _remove, forget
from autograder.hub.seen import LOCK
from tests.autograder.hub.conftest import ME

WHO, SECRET = "zenobia", "a secret of an attempt of that person"


@pytest.fixture
def term_of_two(term):
    """Somebody who handed in by the exchange and in other ways, was graded and got feedback."""
    term.set(due=-1)
    term.set("read", due=-1)
    term.hand_in()
    term.hand_in("read")
    term.put(WHO)
    (term.course.submitted / WHO / "t" / "submission_secret.txt").write_text(SECRET)
    term.watch()
    for name in ("t", "read"):
        write_report(term.course, name)
    term.hand_in(student=WHO)
    kept = term.course.root / "received" / "t" / WHO
    kept.mkdir()
    with zipfile.ZipFile(kept / "2026-01-01 10.00.00.000000 01234567.zip", "w") as packed:
        packed.writestr("submission_secret.txt", SECRET)
    receipt = term.exchange / "cnn" / "receipts" / f"{term.inbound(student=WHO).name}.txt"
    receipt.write_text("handed in")
    brought = term.course.root / "downloaded" / "t" / "extracted"
    brought.mkdir(parents=True)
    (brought / f"{WHO}_attempt_2026-01-01-10-00-00_t.ipynb").write_text("{}")
    return term


def named(term):
    """The files of course and exchange that name the person, or whose own names do."""
    found = []
    for root in (term.course.root, term.exchange):
        for path in root.rglob("*"):
            content = path.read_bytes() if path.is_file() else b""
            if WHO in path.name or WHO.encode() in content or SECRET.encode() in content:
                found.append(path)
    return found


def test_a_persons_data_are_removed_from_everywhere_and_nobody_elses(term_of_two, capsys):
    term, mine = term_of_two, essence_of(term_of_two, ME)
    before = named(term)
    assert len(before) > 15
    assert len(term.pages()) == 2  # of `read`, a person has to give points first
    arguments = ["forget", WHO, "--course", str(term.course.root)]
    assert main(arguments) == 0
    listed = capsys.readouterr().out
    assert "nothing was removed" in listed
    assert named(term) == before
    assert main([*arguments, "--yes"]) == 0
    done = capsys.readouterr().out.replace("✓ ", "")
    assert [line for line in listed.splitlines() if "nothing was" not in line] == [
        line.removesuffix(": written anew") for line in done.splitlines()
    ]
    assert named(term) == []
    assert essence_of(term, ME) == mine
    assert len(term.pages()) == 1
    assert ME in (term.course.reports / "t.csv").read_text()
    assert term.watch().failed == []
    assert named(term) == []
    assert main([*arguments, "--yes"]) == 2


def essence_of(term, student):
    folders = (term.course.submitted, term.course.autograded, term.course.feedback)
    files = [path for folder in folders for path in (folder / student).rglob("*")]
    scores = "SELECT student_id, count(*) FROM submitted_assignment WHERE student_id = "
    return {p: p.read_bytes() for p in files if p.is_file()}, term.rows(f"{scores}'{student}'")


def test_while_somebody_watches_or_grades_nothing_is_removed(term_of_two):
    before = named(term_of_two)
    course = term_of_two.course
    with held(course.reports / LOCK, ""), pytest.raises(CourseError, match="stop `autograder wa"):
        list(forget(course, WHO, True))
    with course.alone("t"), pytest.raises(CourseError, match="another grading"):
        list(forget(course, WHO, True))
    assert named(term_of_two) == before


def test_who_is_not_known_is_told(term):
    for name in ("nobody-of-that-name", "../t", "*"):
        with pytest.raises(CourseError, match=r"nothing is kept|no student's id"):
            list(forget(term.course, name, True))


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can act as somebody else"
)
def test_what_this_account_may_not_remove_is_named_with_what_root_types(term_of_two):
    exchange = term_of_two.exchange / "cnn"
    places = [p for p in _places(term_of_two.course, exchange, WHO, ["t"]) if exchange in p.parents]
    os.seteuid(65534)
    try:
        lines = [line for line, done in (_remove(p, WHO) for p in places) if not done]
    finally:
        os.seteuid(0)
    assert len(lines) == len(places) > 1
    for line in lines:
        assert os.system(line.partition("let root type: ")[2]) == 0
    assert not any(place.exists() for place in places)
    assert {path.name.partition("+")[0] for path in (exchange / "inbound").iterdir()} == {ME}
