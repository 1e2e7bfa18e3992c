"""`deploy/server/new-term`: the old class is kept for good, and gone; and no program there takes a
password where everybody could read it."""

import fcntl
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.autograder.hub.conftest import Term
from tests.autograder.hub.test_backup import IS_ROOT, SERVER, as_it_lies, run


def of(term, archive):
    where = [f"--course={term.course.root}", f"--exchange={term.exchange / 'cnn'}"]
    return [*where, "--archive", archive]


def test_a_new_term_archives_the_old_one_and_begins_empty(released, tmp_path):
    term = Term(released, tmp_path)
    term.set(due=-1)
    term.hand_in()
    term.watch()
    for name in ("people.csv", "dates.json", "solved/t/t.ipynb", "marking/t/ana/marks.csv"):
        (term.course.root / name).parent.mkdir(parents=True, exist_ok=True)
        (term.course.root / name).write_text("of the old class")
    solutions = as_it_lies(term.course.solutions)
    old = as_it_lies(term.course.submitted)
    where = of(term, tmp_path / "terms")
    told = run("new-term", *where).splitlines()
    assert all(line.startswith("would be ") for line in told[:-1])
    assert "nothing was done" in told[-1]
    assert term.state() == "graded"
    with open(term.course.reports / ".watch.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "is being watched" in run("new-term", *where, "--yes", status=1)
    run("new-term", *where, "--yes")
    emptied = ("submitted", "autograded", "solved", "marking")
    for folder in (*(term.course.root / name for name in emptied), term.exchange / "cnn/inbound"):
        assert list(folder.iterdir()) == []
    for name in ("gradebook.db", "people.csv", "dates.json"):
        assert not (term.course.root / name).exists()
    assert as_it_lies(term.course.solutions) == solutions
    [archive] = (tmp_path / "terms").glob("20*")
    run("restore", archive, "--into", tmp_path / "old")
    assert as_it_lies(tmp_path / "old" / "course" / "submitted") == old
    assert json.loads((archive / "manifest.json").read_text())["trees"]["course"]["databases"]


def test_what_could_not_be_archived_keeps_everything_where_it_is(released, tmp_path):
    term = Term(released, tmp_path)
    term.hand_in()
    os.mkfifo(term.exchange / "cnn" / "inbound" / "pipe")
    before = as_it_lies(term.exchange)
    told = run("new-term", *of(term, tmp_path / "terms"), "--yes", status=1)
    assert "inbound/pipe" in told
    assert "nothing was removed" in told
    assert as_it_lies(term.exchange) == before


# Somebody hands in while the backup is made, if they can.
HANDED_IN = """
import os, runpy, subprocess, sys
_, inbound, program, *rest = sys.argv
really = subprocess.run

def run(command, **more):
    if "backup" in str(command[0]):
        print(oct(os.stat(inbound).st_mode & 0o7777), file=sys.stderr)
    return really(command, **more)

subprocess.run = run
sys.path.insert(0, os.path.dirname(program))
sys.argv = [program, *rest]
runpy.run_path(program, run_name="__main__")
"""


@pytest.mark.parametrize("fails", [False, True])
def test_nobody_can_hand_in_what_no_backup_has(tmp_path, fails):
    course, inbound = tmp_path / "course", tmp_path / "exchange" / "inbound"
    for folder in (course, inbound):
        folder.mkdir(parents=True)
    (course / "nbgrader_config.py").touch()
    if not fails:
        sqlite3.connect(course / "gradebook.db").executescript("CREATE TABLE t (n); ").close()
    inbound.chmod(0o3733)
    command = [sys.executable, "-c", HANDED_IN, inbound, SERVER / "new-term"]
    command += [f"--course={course}", f"--exchange={inbound.parent}"]
    command += [f"--archive={tmp_path / 'terms'}", "--yes"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == int(fails), done.stderr
    assert done.stderr.startswith("0o700\n")
    assert inbound.stat().st_mode & 0o7777 == 0o3733


def test_while_the_form_grader_runs_nothing_is_done(released, tmp_path):
    term = Term(released, tmp_path)
    command = ["bash", "-c", "exec -a jupyterhub-singleuser sleep 60"]
    with subprocess.Popen(command, cwd=term.course.root) as formgrader:
        told = run("new-term", *of(term, tmp_path / "terms"), status=1)
        formgrader.kill()
    assert "the form-grader runs" in told


def test_a_link_in_the_place_of_the_courses_exchange_leads_nowhere(released, tmp_path):
    term = Term(released, tmp_path)
    (term.exchange / "cnn").rename(term.exchange / "moved")
    (term.exchange / "cnn").symlink_to(term.exchange / "moved")
    assert "a link" in run("new-term", *of(term, tmp_path / "terms"), "--yes", status=2)
    assert (term.exchange / "moved" / "inbound").is_dir()


@pytest.fixture
def graders(released):
    """A course of an account that grades, where that account can reach it; its number."""
    with tempfile.TemporaryDirectory() as place:
        term, grader = Term(released, Path(place)), 54321
        Path(place).chmod(0o711)
        shutil.rmtree(term.course.root / "reports")
        os.chown(term.course.root, grader, grader)
        yield SimpleNamespace(term=term, grader=grader, archive=Path(place, "terms"))


@pytest.mark.skipif(not IS_ROOT, reason="only root acts as somebody else")
def test_the_watcher_can_take_the_lock_after_root_has_had_it(graders):
    run("new-term", *of(graders.term, graders.archive))
    reports = graders.term.course.root / "reports"
    for path in (reports, reports / ".watch.lock"):
        assert (path.stat().st_uid, path.stat().st_gid) == (graders.grader, graders.grader)


@pytest.mark.skipif(not IS_ROOT, reason="only root acts as somebody else")
def test_root_makes_no_lock_where_a_link_of_the_graders_leads(graders):
    roots = graders.archive
    roots.mkdir(mode=0o700)
    (graders.term.course.root / "reports").symlink_to(roots)
    assert "Permission denied" in run("new-term", *of(graders.term, roots), status=1)
    assert list(roots.iterdir()) == []


ADDRESS = "postgresql+psycopg://grader:se:cret@db/course"


def refused(told):
    assert "~/.pgpass" in told
    assert "cret" not in told


@pytest.mark.parametrize("program", ["backup", "restore", "new-term"])
@pytest.mark.parametrize("by", ["option", "environment"])
def test_a_password_in_the_gradebooks_address_is_refused(tmp_path, monkeypatch, program, by):
    course, exchange = tmp_path / "course", tmp_path / "exchange"
    course.mkdir()
    (course / "nbgrader_config.py").touch()
    (exchange / "inbound").mkdir(parents=True)
    options = {
        "backup": ["--into", tmp_path / "backups", f"--course={course}"],
        "restore": [tmp_path / "backup", "--into", tmp_path / "back"],
        "new-term": [f"--course={course}", f"--exchange={exchange}", f"--archive={tmp_path}"],
    }[program]
    if by == "environment":  # as systemd gives it
        monkeypatch.setenv("GRADEBOOK", ADDRESS)
    else:
        options.append(f"--gradebook={ADDRESS}")
    refused(run(program, *options, status=1))


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (ADDRESS, 1),
        ("postgresql+psycopg://grader:se/cret@db/course", 1),
        ("postgresql:///course?user=grader&password=secret", 1),
        ("host=db password = secret", 1),
        ("", 0),
        ("postgresql+psycopg://grader@db:5432/course", 0),
        ("postgresql:///course?host=/run/postgresql&passfile=/root/.pgpass", 0),
    ],
)
def test_the_installer_looks_for_a_password_too(monkeypatch, address, status):
    monkeypatch.setenv("GRADEBOOK", address)
    told = run("postgresql.py", status=status)
    if status:
        refused(told)
