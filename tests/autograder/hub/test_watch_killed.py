"""A watcher that is ended at any moment: nothing is lost, and nothing comes twice."""

import signal
import subprocess
import sys
import time

import pytest

from tests.autograder.hub.conftest import ANSWER, ME
from tests.conftest import LONG

# Ends itself, as `kill -9` does, where an operation on a file begins; the operations come by name.
KILLED = """
import os, signal, sys
from pathlib import Path
from autograder import quick
from autograder.hub.watch import Watcher

def killed(root, event, place, count):
    def hook(name, arguments):
        nonlocal count
        if name == event and any(str(one).endswith(place) for one in arguments):
            count -= 1
            if count == 0:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    Watcher(Path(root), 60).watch(once=True)

for point in zip(*[iter(sys.argv[1:])] * 4):
    if not os.fork():
        killed(*point[:3], int(point[3]))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""
# Of a round that collects a second attempt, grades it and gives it back: what it is about to do.
MOMENTS = {
    "keep the attempt": ("os.rename", ".zip", 1),
    "put the earlier one aside": ("os.rename", "/.t.old", 1),
    "put it into place": ("os.rename", f"submitted/{ME}/t", 1),
    "write the graded notebook": ("os.rename", f"autograded/{ME}/t/t.ipynb", 1),
    "keep the result, which is in the gradebook": ("os.rename", f"/{ME}.json", 1),
    "write the page": ("os.rename", f"feedback/{ME}/t/t.html", 1),
    "release the page": ("shutil.move", "-tmp.html", 1),
    "note that it is released": ("os.rename", "/t/.feedback", 2),
}
if LONG:
    MOMENTS |= {
        "unpack it": ("os.mkdir", "/.t.part", 1),
        "remove the earlier one": ("shutil.rmtree", "/.t.old", 2),
        "note that it is written": ("os.rename", "/t/.feedback", 1),
        "note what it saw": ("os.rename", "/.watch.json", 1),
    }


@pytest.fixture
def started(term):
    """A first attempt has come back, a second is handed in: how that ends without a kill."""
    term.set(due=-1)
    term.hand_in(code="def double(x):\n    return 3 * x")
    term.watch()
    term.put("zed")
    term.hand_in(more="second")
    return term


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_nothing_and_repeats_nothing(started, tmp_path):
    terms = {name: started.copy(tmp_path / name) for name in ["not killed", *MOMENTS]}
    points = [
        str(part) for name, moment in MOMENTS.items() for part in (terms[name].course.root, *moment)
    ]
    run = subprocess.run([sys.executable, "-c", KILLED, *points], capture_output=True, text=True)
    assert run.stdout.split() == [str(-signal.SIGKILL)] * len(MOMENTS), run.stderr
    outcome = {}
    for name, term in terms.items():
        assert term.watch().failed == [], name
        outcome[name] = essence(term)
    assert len(outcome["not killed"]["pages"]) == 2 + 1
    for name in MOMENTS:
        assert outcome[name] == outcome["not killed"], name


def essence(term):
    """All that may not depend on a kill; times differ, and secrets of what came without one."""
    course = term.course
    files = {
        str(path.relative_to(course.root)): path.read_bytes()
        for folder in (course.submitted, course.autograded, course.root / "received")
        for path in folder.rglob("*.ipynb")
    }
    hidden = [str(path) for path in course.submitted.rglob(".*")]
    attempts = len(list((course.root / "received" / "t" / ME).iterdir()))
    receipts = sorted(path.name for path in (term.exchange / "cnn" / "receipts").iterdir())
    grades = term.rows(
        "SELECT submitted_assignment.student_id, grade.auto_score, grade.manual_score "
        "FROM grade JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id "
        "JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id "
        "ORDER BY 1"
    )
    pages = sorted(term.pages().values())
    states = [term.state(), term.state(student="zed")]
    return {
        "files": files,
        "hidden": hidden,
        "attempts": attempts,
        "receipts": receipts,
        "grades": grades,
        "pages": pages,
        "states": states,
    }


@pytest.mark.slow
def test_sigterm_ends_it_after_the_submission_that_it_is_at(term):
    term.set(due=-1)
    students = [f"s{number}" for number in range(8)]
    for student in students:
        term.put(student, code=f"import time\ntime.sleep(0.5)\n{ANSWER}")
    command = [sys.executable, "-m", "autograder.cli", "watch", "--course", term.course.root]
    watcher = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    lines = []
    for line in watcher.stderr:
        lines.append(line)
        if "graded s" in line:
            break
    began = time.monotonic()
    watcher.terminate()
    rest = watcher.stderr.read()
    assert watcher.wait() == 0, rest
    assert time.monotonic() - began < 10
    done = [student for student in students if term.state(student=student)]
    assert 1 <= len(done) < len(students)
    assert {term.state(student=student) for student in done} == {"graded"}
    assert term.watch().failed == []
    assert {term.state(student=student) for student in students} == {"graded"}
    assert len(term.said("graded s")) == len(students) - len(done)


@pytest.mark.slow
@pytest.mark.skipif(not LONG, reason="make test-long: kills at arbitrary moments")
def test_killed_at_arbitrary_moments_it_ends_as_if_it_had_not_been(started, tmp_path):
    left, killed = started.copy(tmp_path / "left"), started.copy(tmp_path / "killed")
    left.watch()
    command = [sys.executable, "-m", "autograder.cli", "watch", "--once", "--course"]
    for number in range(20):
        watcher = subprocess.Popen([*command, killed.course.root], stderr=subprocess.DEVNULL)
        time.sleep(0.1 * number)
        watcher.kill()
        watcher.wait()
    assert killed.watch().failed == []
    assert essence(killed) == essence(left)
