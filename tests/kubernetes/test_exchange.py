"""The exchange among pods, from the release to the feedback in its author's home: nbgrader's own
commands with one uid, in what each pod mounts."""

import json
import tempfile
from pathlib import Path

import pytest

from tests.conftest import HANDED_ROUND, small_course
from tests.kubernetes.pods import Pods, needs_root

pytestmark = [pytest.mark.slow, needs_root]
ADA, BO, GRACE = "ada", "b.o@x.y", "grace"


def work(pods, student):
    path = pods.home(student) / "cnn-course" / "assignments" / "t" / "t.ipynb"
    tree = json.loads(path.read_text())
    tree["cells"][0]["source"] = "def double(x):\n    return 2 * x"
    tree["cells"][2]["source"] = f"the words of {student}"
    path.write_text(json.dumps(tree))


@pytest.fixture(scope="module")
def pods():
    """Two who hand in, and get it back."""
    with tempfile.TemporaryDirectory() as scratch:
        pods = Pods(Path(scratch))
        small_course(pods.course, HANDED_ROUND)
        pods.start(GRACE, "instructor")
        pods.instruct("build", "t")
        pods.nbgrader(GRACE, "instructor", "release_assignment", "t")
        for student in (ADA, BO):
            pods.start(student, "student")
            pods.nbgrader(student, "student", "fetch_assignment", "t")
            work(pods, student)
            pods.nbgrader(student, "student", "submit", "t")
        pods.nbgrader(GRACE, "instructor", "collect", "t")
        pods.instruct("grade", "t")
        pods.instruct("feedback", "t")
        pods.nbgrader(GRACE, "instructor", "release_feedback", "t")
        for student in (ADA, BO):
            pods.nbgrader(student, "student", "fetch_feedback", "t")
        yield pods


def test_each_gets_the_page_of_its_own_work(pods):
    for student, other in ((ADA, BO), (BO, ADA)):
        folder = pods.home(student) / "cnn-course" / "assignments" / "t" / "feedback"
        [page] = folder.glob("*/t.html")
        assert f"the words of {student}" in page.read_text()
        assert f"the words of {other}" not in page.read_text()


def test_a_student_reads_a_receipt_in_its_pod(pods):
    there = "/srv/nbgrader/exchange/cnn/receipts"
    look = f"from pathlib import Path; [p] = Path({there!r}).iterdir(); print(p.read_text())"
    assert "handed in 20" in pods.run(ADA, "student", "-c", look).stdout


def test_nbgraders_list_says_that_feedback_has_come(pods):
    said = pods.nbgrader(ADA, "student", "list", "--cached")
    assert "cnn ada t" in said
    assert "feedback already fetched" in said


def test_what_a_student_can_reach_is_its_own(pods):
    """Every name below the exchange, as a student's process sees it."""
    look = "import os; print(*(p for w in os.walk('/srv') for p in (w[0], *w[2])), sep='\\n')"
    seen = pods.run(ADA, "student", "-c", look).stdout
    assert f"{ADA}+t+" in seen
    assert BO not in seen
    assert len([name for name in seen.splitlines() if name.endswith(".html")]) == 1


@pytest.mark.parametrize("place", ["outbound/t", "feedback", "receipts", ""])
def test_a_student_writes_into_its_hand_ins_alone(pods, place):
    there = f"/srv/nbgrader/exchange/cnn/{place}"
    done = pods.run(ADA, "student", "-c", f"open({there!r} + '/x', 'w')")
    assert "Read-only file system" in done.stderr or "Permission denied" in done.stderr


def test_the_volume_is_nowhere_else_in_a_students_pod(pods):
    for path in (pods.course, pods.volume / "exchange" / "cnn" / "inbound" / BO):
        done = pods.run(ADA, "student", "-c", f"import os; os.listdir({str(path)!r})")
        assert "No such file" in done.stderr
