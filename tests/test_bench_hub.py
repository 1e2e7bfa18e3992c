"""`make bench-hub` counts what it says it counts. (The night itself takes minutes: no test.)"""

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from autograder.authoring.build import release
from autograder.grading.engine import grade_course
from benchmarks.hub import people, processes, report
from benchmarks.hub.arrived import arrived, gradebook
from tests.conftest import ROOT, notebook, small_course

NAME = "a1"
SENT = {"demo-001": [b"first", b"last"], "demo-002": [b"only"]}
POINTS = {"demo-001": 90.0, "demo-002": 77.5}
GRADED = {name: [points, 0] for name, points in POINTS.items()}


def digest(content):
    return hashlib.sha256(content).hexdigest()


def keep(course, name, number, content):
    folder = course / "received" / NAME / name
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / f"{number}.zip", "w") as packed:
        packed.writestr(f"{NAME}.ipynb", content)


def put(course, name, content):
    folder = course / "submitted" / name / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.ipynb").write_bytes(content)


@pytest.fixture
def course(tmp_path):
    """In which everything has arrived."""
    for name, contents in SENT.items():
        for number, content in enumerate(contents):
            keep(tmp_path, name, number, content)
        put(tmp_path, name, contents[-1])
    return tmp_path


def found(course, graded=GRADED):
    sent = {name: [digest(content) for content in contents] for name, contents in SENT.items()}
    return arrived(course, NAME, sent, POINTS, graded)


def test_what_has_arrived_is_counted_and_faultless(course):
    assert found(course) == (3, 3, 2, ())


def test_a_hand_in_that_is_lost_is_named(course):
    (course / "received" / NAME / "demo-001" / "0.zip").unlink()
    told = found(course)
    assert told.collected == 2
    assert told.faults == (f"demo-001: lost: {digest(b'first')}",)


def test_bytes_that_are_another_students_are_named(course):
    keep(course, "demo-002", 0, b"last")
    put(course, "demo-002", b"last")
    told = found(course).faults
    assert f"demo-002: never sent: {digest(b'last')}" in told
    assert "demo-002: what is graded is not what was sent last" in told


def test_a_hand_in_that_is_kept_twice_is_named(course):
    keep(course, "demo-002", 1, b"only")
    assert found(course).faults == ("demo-002: kept 2 times",)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"demo-002": [90.0, 0]}, "demo-002: [90.0, 0] instead of 77.5 points, in time"),
        ({"demo-002": [77.5, 7.75]}, "demo-002: [77.5, 7.75] instead of 77.5 points, in time"),
        ({"demo-003": [90.0, 0]}, "demo-003: graded, and never sent anything"),
    ],
)
def test_points_that_nobody_deserves_are_named(course, changed, said):
    assert found(course, GRADED | changed).faults == (said,)


def test_points_are_read_from_the_gradebook_in_the_course(tmp_path):
    cells = [("f", "solution", "x = 1"), ("test", "test", "assert x == 1")]
    course = small_course(tmp_path / "course", cells)
    release(course, course.assignment("t"))
    folder = course.submitted / "demo-001" / "t"
    folder.mkdir(parents=True)
    (folder / "t.ipynb").write_bytes(notebook(cells))
    list(grade_course(course, course.assignment("t"), ["demo-001"]))
    command = f'#!/bin/sh\ncd {course.root} && shift && exec {sys.executable} "$@"\n'
    (tmp_path / "grader").write_text(command)
    (tmp_path / "grader").chmod(0o755)
    assert gradebook(tmp_path, "t") == {"demo-001": [2.0, 0.0]}


def test_who_is_not_graded_is_named(course):
    told = found(course, {"demo-001": [90.0, 0]})
    assert told.graded == 1
    assert told.faults == ("demo-002: not graded",)


def test_what_is_not_answered_is_asked_again_and_counted(tmp_path, monkeypatch):
    answers = iter([503, 404, 200])

    class Server(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(next(answers))
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps({"host": self.headers["Host"]}).encode())

        def log_message(self, *_):
            pass

    monkeypatch.setattr(people, "WAIT", 0.01)
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        person = people.Person(people.Place(tmp_path, port, 0, {}, {}, tmp_path), "demo-001")
        said = []
        person.do("look", lambda: said.append(person.ask("GET", "/", host="demo-001.")))
        server.shutdown()
    assert said == [{"host": f"demo-001.hub.localhost:{port}"}]
    [event] = report.read_events(tmp_path)["demo-001"]
    assert event["again"] == {"503 Service Unavailable": 1, "404 Not Found": 1}
    assert event["done"]


def test_each_process_is_put_into_its_row(tmp_path):
    def kind(command, pid=5, parent=4):
        process = processes.Process(pid, parent, 0, command.format(home=tmp_path))
        return processes.kind_of(process, tmp_path, {1})

    assert kind("python {home}/venv/bin/jupyterhub --config {home}/etc/config.py") == "hub"
    assert kind("node {home}/proxy/configurable-http-proxy --port 8000") == "proxy"
    assert kind("{home}/venv/bin/python -m jupyterhub_idle_culler") == "culler"
    assert kind("python /elsewhere/jupyterhub --config x") == ""
    assert kind("python", pid=7, parent=1) == processes.CLIENTS


def test_a_process_is_seen_with_its_time_and_memory():
    [me] = [process for process in processes.processes() if process.pid == os.getpid()]
    assert me.uid == os.getuid()
    assert me.memory() > 20
    assert me.seconds() > 0.1


def test_a_core_that_is_kept_busy_is_counted_once_as_work_and_as_a_child(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "kind_of", lambda p, *_: "ours" if p.pid in ours else "")
    work = "import time\nwhile time.process_time() < {}: pass\n"
    parent = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {work.format(0.6)!r}])\n"
    )
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-c", parent + "input()"], stdin=subprocess.PIPE
    ) as made:
        looks, ours = processes.Looks(tmp_path), {made.pid}
        looks.look()
        while not (below := children(made.pid)):
            pass
        ours |= set(below)
        time.sleep(0.4)
        looks.look()  # while it works
        while children(made.pid):
            time.sleep(0.05)
        looks.look()  # when its time is its parent's
        made.communicate(b"\n")
    seconds = looks.cores(began, time.monotonic())["ours"] * (time.monotonic() - began)
    assert 0.5 < seconds < 1
    assert looks.memory["ours"][0] > 0  # at the first look it may just have begun


def children(pid):
    return [process.pid for process in processes.processes() if process.parent == pid]


def test_the_report_has_quantiles_repetitions_and_sizes():
    deeds = [
        {"what": "check, the service", "begun": 10 + n, "seconds": n / 100, "again": {}}
        for n in range(100)
    ]
    deeds[5]["again"] = {"nobody there": 2}
    cores = {processes.SERVER: 1.2, processes.CHECK_SERVICE: 1.12, "hub": 0.1, "watcher": 0.1}
    memory = {processes.SERVER: [150.0], processes.KERNEL: [50.0], "hub": [100.0, 176.0]}
    parts = [report.Part(name, 0, 200, 30, cores) for name in ("a", "b", "c", "the grading")]
    night = report.Measured(12, parts, [("hub", 20.0, 4.26)], memory)
    everybody = {"demo-001": deeds, **{f"demo-{n}": [] for n in range(111)}}
    text = report.text(night, everybody, report.Arrived(3, 3, 2, ()))
    assert "| check, the service | 100 | 0.49 | 0.94 | 0.98 | 0.99 | 2 |" in text
    assert "| check, the service | nobody there | 2 |" in text
    assert "| hub | 4.3 |" in text
    # 1024 + 176 + 100 · 200 MB; (0.2 + 100 · (1.2 / 12 + 1.12 / 112)) / 0.7 cores
    assert "| 100 | 21 GiB | 16 |" in text


def test_the_sizes_of_the_guide_are_those_that_were_measured():
    guide = (ROOT / "deploy" / "server" / "README.md").read_text().partition("\n## Sizes\n")[2]
    result = (ROOT / "benchmarks" / "results" / "hub.md").read_text()
    for heading in ("Memory", "Sizes"):
        section = result.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
        table = [line for line in section.splitlines() if line.startswith("|")]
        assert len(table) > 3
        assert "\n".join(table) in guide, "copy the table from benchmarks/results/hub.md"
