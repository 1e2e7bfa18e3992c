"""The exchange of a running hub, with hand-ins that a student makes by hand; who hands in as
one should is collected beside them."""

import subprocess
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from tests.attacks import on_a_hub
from tests.browser.hub.running import BEN, HOME, MARKS, NAME

pytestmark = MARKS
CLEO = "demo-cleo"
EXCHANGE, COURSE = HOME / "exchange" / "cnn", HOME / "course"
PLACES = {
    "inbound": EXCHANGE / "inbound",
    "course": COURSE,
    "lectures": HOME / "lectures.git",
    "other": CLEO,
    "me": BEN,
    "name": NAME,
}
OWN = "{inbound}/{me}+{name}+1999-01-01 00:00:00 UTC+early".format(**PLACES)
CLEOS = "{inbound}/{other}+{name}+2026-01-01 00:00:00 UTC+right".format(**PLACES)


def collect():
    """As an instructor does in a terminal of the form-grader's; what it says."""
    command = [HOME / "grader", "nbgrader", "collect", NAME, "--update"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def told(hub, people):
    """What the instructor is told when two students have handed in by hand, one of them an attack;
    what they have made is removed at the end."""
    right = f"os.mkdir({CLEOS!r}); open({CLEOS + f'/{NAME}.ipynb'!r}, 'w').write('as it should be')"
    try:
        for code in (on_a_hub.FLOOD, on_a_hub.EARLY):
            assert on_a_hub.as_person(BEN, code.format(**PLACES)) == ""
        assert on_a_hub.as_person(CLEO, right) == ""
        yield collect()
    finally:
        subprocess.run(
            ["find", ".", "-maxdepth", "1", "-user", BEN, "-exec", "rm", "-rf", "{}", "+"],
            cwd=EXCHANGE / "inbound",
            check=True,
        )


def kept(student):
    """All that was kept of a student, by archive."""
    found = {}
    for path in sorted((COURSE / "received" / NAME / student).glob("*.zip")):
        with zipfile.ZipFile(path) as packed:
            found[path.name] = {name: packed.read(name) for name in packed.namelist()}
    return found


def test_folders_without_end_in_anothers_name_are_refused_and_hers_is_taken(told):
    assert f"it is {BEN}'s" in told
    assert f"'{BEN}' (more than 100 folders" in told
    assert told.count(f"it is {BEN}'s") <= 5  # said more than once, and not a hundred times
    assert list(kept(CLEO).values()) == [{f"{NAME}.ipynb": b"as it should be"}]


def test_an_earlier_time_is_not_believed(told):
    stamp = (COURSE / "submitted" / BEN / NAME / "timestamp.txt").read_text()
    when = datetime.fromisoformat(stamp.replace(" UTC", "Z"))
    assert abs(datetime.now(UTC) - when) < timedelta(minutes=10)
    assert (COURSE / "submitted" / BEN / NAME / f"{NAME}.ipynb").read_text() == "the first state"


def test_links_and_pipes_are_left_out_and_the_student_can_read_so(told):
    receipt = EXCHANGE / "receipts" / f"{OWN.rpartition('/')[2]}.txt"
    said = on_a_hub.as_person(BEN, f"print(open({str(receipt)!r}).read())")
    assert f"  {NAME}.ipynb" in said
    for name in ("link.py", "pipe.txt", "hard.txt"):
        assert f"left out: '{name}'" in said
    inside = {name for files in kept(BEN).values() for name in files}
    assert not inside & {"link.py", "pipe.txt", "hard.txt"}


def test_a_change_after_it_was_collected_is_another_attempt(told):
    before = kept(BEN)
    write = f"open({OWN + f'/{NAME}.ipynb'!r}, 'w').write('another state')"
    assert on_a_hub.as_person(BEN, write) == ""
    collect()
    after = kept(BEN)
    assert after.items() > before.items()
    texts = [files.get(f"{NAME}.ipynb") for files in after.values()]
    assert b"the first state" in texts
    assert b"another state" in texts


def test_nobody_takes_anothers_hand_in_away(told):
    """Though all can write into the folder in which it stands, and its name had been guessed."""
    away = f"os.rename({CLEOS!r}, {CLEOS + 'x'!r})"
    assert "Operation not permitted" in on_a_hub.as_person(BEN, away)
    assert "Permission denied" in on_a_hub.as_person(BEN, f"os.mkdir({CLEOS + '/more'!r})")
    assert on_a_hub.as_person(CLEO, away) == ""
