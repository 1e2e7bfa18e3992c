"""nbgrader's exchange between people with accounts of their own: feedback comes back to its author.

What nbgrader's exchange keeps apart, and how: nobody but the instructor can list what was handed
in (`inbound`) or given back (`feedback`), and the names in there end in 72 random bits or are made
from an attempt's secret of 512. The files themselves could be read by whoever knew their names.
"""

import hashlib
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbgrader
import pytest

from tests.conftest import HANDED_ROUND, ROOT, small_course

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("unshare"),
        reason="only root can act as several people, and only Linux shows each what it may read",
    ),
]
PEOPLE = [person for person in pwd.getpwall() if person.pw_uid][:5]
INSTRUCTOR, *STUDENTS, ABSENT = (person.pw_name for person in PEOPLE)
# nbgrader's command, which starts in half of the time when that is imported first.
NBGRADER = "from autograder import quick; from nbgrader.apps.nbgraderapp import main; main()"
NEEDED = {Path(sys.base_prefix), Path(sys.prefix), Path(nbgrader.__file__).parent.parent, ROOT}


def opened(scratch: Path) -> list[str]:
    """The beginning of a command for which the programs that it needs lie in no closed folder.

    Where Python itself is in /root, others could not start it: for this command alone /root holds
    nothing else, and is open.
    """
    hidden: dict[Path, Path] = {}  # what is needed, and the folder that others may not enter
    for path in sorted(NEEDED):
        above = [p for p in reversed(path.resolve().parents) if not p.stat().st_mode & 0o001]
        if above:
            hidden[path.resolve()] = above[0]
    steps = ["set -e"]
    for number, path in enumerate(hidden):
        held = scratch / f"held{number}"
        steps.append(f"mkdir -p '{held}'; mount --bind '{path}' '{held}'")
    steps += [f"mount -t tmpfs -o mode=755 none '{folder}'" for folder in {*hidden.values()}]
    for number, path in enumerate(hidden):
        steps.append(f"mkdir -p '{path}'; mount --bind '{scratch / f'held{number}'}' '{path}'")
    return ["unshare", "--mount", "sh", "-c", "; ".join([*steps, 'exec "$@"']), "sh"]


class Class:
    """A course, an exchange, and people who can each write into their own folder alone."""

    def __init__(self, root: Path) -> None:
        self.root, self.exchange = root, root / "exchange"
        self.opened = opened(root)
        if subprocess.run([*self.opened, "true"], capture_output=True).returncode:
            pytest.skip("Python lies where others may not look, and nothing can be mounted")
        root.chmod(0o755)
        for person in PEOPLE:
            (root / person.pw_name).mkdir(mode=0o700)
        self.course = root / INSTRUCTOR / "course"
        small_course(self.course, HANDED_ROUND)
        for person in PEOPLE:
            owner = f"{person.pw_uid}:{person.pw_gid}"
            subprocess.run(["chown", "-R", owner, root / person.pw_name], check=True)
        self.exchange.mkdir()
        self.exchange.chmod(0o777)

    def run(self, name: str, *program: str) -> subprocess.CompletedProcess[str]:
        """What a program answers to a person, in its course or its home."""
        person = pwd.getpwnam(name)
        become = [f"--reuid={person.pw_uid}", f"--regid={person.pw_gid}", "--clear-groups"]
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return subprocess.run(
            [*self.opened, "setpriv", *become, sys.executable, *program],
            cwd=self.course if name == INSTRUCTOR else self.root / name,
            env={"HOME": str(self.root / name), "PATH": path, "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
        )

    def instruct(self, *steps: str) -> None:
        for step in steps:
            done = self.run(INSTRUCTOR, "-m", "autograder.cli", step, "t")
            assert done.returncode == 0, done.stderr

    def exchanges(self, name: str, step: str, *options: str) -> None:
        """One of nbgrader's own commands."""
        where = ["--course=cnn", f"--Exchange.root={self.exchange}"]
        done = self.run(name, "-c", NBGRADER, step, "t", *where, *options)
        assert done.returncode == 0, done.stderr

    def work(self, student: str, words: str) -> None:
        path = self.root / student / "t" / "t.ipynb"
        tree = json.loads(path.read_text())
        tree["cells"][0]["source"] = "def double(x):\n    return 2 * x"
        tree["cells"][2]["source"] = words
        path.write_text(json.dumps(tree))

    def pages(self, student: str) -> list[str]:
        """What has come back, in the order in which it was handed in."""
        folder = self.root / student / "t" / "feedback"
        return [path.read_text() for path in sorted(folder.glob("*/t.html"))]


@pytest.fixture(scope="module")
def klass() -> Iterator[Class]:
    """Three who hand in, one of them twice, and one who is on the roll alone; all has come back."""
    twice = STUDENTS[0]
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor() as pool:
        klass = Class(Path(scratch))
        klass.instruct("build")
        klass.exchanges(INSTRUCTOR, "release_assignment")

        def hand_in(student: str) -> None:
            klass.exchanges(student, "fetch_assignment")
            klass.work(student, f"the words of {student}")
            klass.exchanges(student, "submit")

        list(pool.map(hand_in, STUDENTS))
        added = klass.run(INSTRUCTOR, "-c", NBGRADER, "db", "student", "add", ABSENT)
        assert added.returncode == 0, added.stderr
        for attempt in ("first", "second"):
            klass.exchanges(INSTRUCTOR, "collect", "--update")
            klass.instruct("grade", "feedback")
            klass.exchanges(INSTRUCTOR, "release_feedback")
            if attempt == "first":
                klass.work(twice, f"second thoughts of {twice}")
                klass.exchanges(twice, "submit")
        list(pool.map(lambda student: klass.exchanges(student, "fetch_feedback"), STUDENTS))
        yield klass


def test_each_gets_the_pages_of_its_own_attempts_and_nobody_elses(klass):
    twice, *others = STUDENTS
    first, second = klass.pages(twice)
    assert f"the words of {twice}" in first
    assert f"second thoughts of {twice}" in second
    assert "second thoughts" not in first
    for student in others:
        [page] = klass.pages(student)
        assert f"the words of {student}" in page
        assert not [other for other in STUDENTS if other != student and f"of {other}" in page]


@pytest.mark.parametrize("place", ["inbound", "feedback"])
def test_nobody_can_list_what_others_handed_in_or_got_back(klass, place):
    folder = klass.exchange / "cnn" / place
    assert len(list(folder.iterdir())) >= 4
    done = klass.run(STUDENTS[1], "-c", f"import os; os.listdir({str(folder)!r})")
    assert "PermissionError" in done.stderr


def test_a_page_is_found_by_the_secret_of_its_attempt_alone(klass):
    """As its author finds it, and as nobody does who has handed nothing in."""
    released = {path.name for path in (klass.exchange / "cnn" / "feedback").iterdir()}
    secrets = [path.read_text() for path in klass.root.glob("*/.local/**/submission_secret.txt")]
    names = {hashlib.md5(f"{secret}t".encode()).hexdigest() + ".html" for secret in secrets}
    assert len(names) == 4
    assert names < released
    assert len(released) == 5  # and one whose secret nobody has
    assert all(len(secret) == 128 for secret in secrets)
