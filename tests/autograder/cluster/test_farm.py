"""A class graded by a Dask cluster: each result once, and what this machine would have found."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course.course import Course
from autograder.grading.engine import grade_course
from tests.autograder.cluster.running import until
from tests.conftest import LONG

pytestmark = pytest.mark.slow
SLOWER = "import time\ntime.sleep(6)\ndef f(x): return x + 1"
DIFFERENT = ("seconds", "tier")  # of the same result on another machine


def command(course, *options):
    arguments = ["-m", "autograder.cli", "grade", "tiny", "--course", str(course.root), *options]
    return subprocess.Popen(
        [sys.executable, *arguments], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def kept(course):
    """What is kept of each result, but for what depends on the machine."""
    found = {}
    for path in sorted((course.reports / "tiny").glob("*.json")):
        data = json.loads(path.read_text())
        found[path.stem] = {key: data[key] for key in data.keys() - {*DIFFERENT}}
    return found


def locally(course):
    """The same, of the same class graded here."""
    copy = Course(Path(shutil.copytree(course.root, course.root.with_name("here"))))
    list(grade_course(copy, copy.assignment("tiny")))
    return kept(copy)


def graded(course):
    return len(list((course.reports / "tiny").glob("*.json")))


def with_other_numpy(folder):
    """Where Python finds another version of NumPy named before its own."""
    info = folder / "numpy-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 1.0\n")
    return {"PYTHONPATH": str(folder)}


def busy(client, name):
    """Whether a worker has something to grade."""
    workers = client.scheduler_info()["workers"]
    processing = client.processing()
    return any(worker["name"] == name and processing.get(a) for a, worker in workers.items())


def test_a_class_is_graded_though_a_worker_is_killed_one_comes_late_and_one_is_refused(
    cluster, make_class
):
    course = make_class("killed")
    cluster.worker("wrong", **with_other_numpy(cluster.folder / "wrong"))
    doomed = cluster.worker("doomed")
    if LONG:
        cluster.worker("steady")
    grading = command(course, *cluster.options, "--json")
    with cluster.client() as client:
        until(lambda: busy(client, "doomed"))
        doomed.send_signal(signal.SIGKILL)
        cluster.worker("late")
        printed, said = grading.communicate()
        assert not busy(client, "wrong")
    assert not [line for line in printed.splitlines() if '"state": "fault"' in line]
    assert grading.returncode == 0, said
    assert "wrong is refused: numpy is 1.0 there, 2" in said
    students = [json.loads(line)["student"] for line in printed.splitlines()]
    assert sorted(students) == sorted(course.students("tiny"))  # each once
    assert kept(course) == locally(course)
    with course.gradebook() as gradebook:
        scores = {s.student.id: s.score for s in gradebook.assignment_submissions("tiny")}
    assert scores["student000"] == 2  # which was being graded when the worker died


def test_a_run_that_is_interrupted_keeps_what_it_has_and_the_next_goes_on(cluster, make_class):
    course = make_class("interrupted")
    if not any(p.args[-1] == "--name=late" for p in cluster.running):
        cluster.worker("late")
    grading = command(course, *cluster.options)
    until(lambda: graded(course) >= 4)
    grading.send_signal(signal.SIGINT)
    _, said = grading.communicate()
    assert grading.returncode == 130
    assert "stopped; the same command goes on from here" in said
    assert "Traceback" not in said
    before = {path: os.stat(path).st_mtime_ns for path in (course.reports / "tiny").glob("*.json")}
    again = command(course, *cluster.options)
    _, said = again.communicate()
    assert again.returncode == 0, said
    assert kept(course) == locally(course)
    assert all(os.stat(path).st_mtime_ns == time for path, time in before.items())


@pytest.mark.skipif(not LONG, reason="make test-long: a worker is killed twice")
def test_what_was_being_graded_when_two_workers_were_killed_is_a_fault(cluster, make_class):
    course = make_class("twice", first=SLOWER, number=3)
    for process in cluster.running[1:]:
        process.kill()
    doomed = cluster.worker("doomed1")
    grading = command(course, *cluster.options, "--json")
    with cluster.client() as client:
        until(lambda: busy(client, "doomed1"))
        doomed.kill()
        doomed = cluster.worker("doomed2")
        until(lambda: graded(course) >= 2 and busy(client, "doomed2"))
        doomed.kill()
    printed, said = grading.communicate()
    assert grading.returncode == 3, said
    results = {r["student"]: r for r in map(json.loads, printed.splitlines())}
    assert results["student000"]["state"] == "fault"
    assert "doomed2 either, where nothing else ran" in results["student000"]["message"]
    assert {results[f"student00{n}"]["state"] for n in (1, 2)} == {"needs_manual"}
