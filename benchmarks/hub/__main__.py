"""Deadline night on the hub of `make hub`: `make bench-hub`, as root, some nine minutes.

Twelve students with a server and a kernel each, and a hundred more who ask the check service and
use the exchange as their servers would. Meanwhile hub, proxy and check service are killed; after
the deadline the watcher, while it grades. Then what was sent is compared with what was collected
and graded. Writes benchmarks/results/hub.md; deploy/server/README.md has its sizes from there.

Whatever ends it, Ctrl+C too, everything is stopped and everybody removed.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from autograder.authoring.demo import Student, notebook_of, perfect_notebook
from autograder.course.course import Course
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from benchmarks.hub import arrived, report
from benchmarks.hub.people import NAME, SLIP, Person, Phase, Place, become, is_wrong
from benchmarks.hub.processes import Looks, answers, kill
from benchmarks.hub.ways import Reader, Resident

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, str(ROOT / "deploy" / "server" / "demo.py")]
HOME = Path("/srv/cnn-course-demo")
WORK = ROOT / "build" / "bench-hub"
RESIDENTS, READERS = 12, 100
PHASES = (
    Phase("the evening", 70, 60),
    Phase("the last hour", 110, 40),
    Phase("the last minute", 30, 0),
)
KILLS = {"hub": 5, "proxy": 40, "check service": 65}  # seconds after the last hour has begun
BACK = 120  # seconds in which what was killed is there again
SIGNED_IN = 240  # seconds in which all have to be there
GRADED = 240  # seconds after the deadline in which all have to be graded
FIRST = 20  # so many are graded when the watcher is killed
HUB_SAYS = ("cnn-hub", "JupyterHub is now running")  # when it has come up
WATCH_SAYS = ("cnn-watch", " watching ")
DUE = re.compile(r"(?m)^duedate = .*$")


def fail(step: str, log: Path) -> NoReturn:
    sys.exit(f"make bench-hub: {step}: see {log}")


@contextmanager
def demonstration() -> Iterator[int]:
    """The running hub's process; at the end it is stopped and removed."""
    log = WORK / "hub.log"
    print(f"• the hub, with {RESIDENTS + READERS} students ({log})", flush=True)
    with log.open("wb") as out:
        command = [*DEMO, "start", "--further", str(RESIDENTS + READERS)]
        # In a session of its own: Ctrl+C is this program's to handle.
        made = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
        try:
            while "make hub-clean" not in log.read_text():
                if made.poll() is not None:
                    fail("the hub did not start", log)
                time.sleep(0.5)
            yield made.pid
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # once is enough
            print("• stopping, and removing what was made", flush=True)
            made.send_signal(signal.SIGINT)
            try:
                made.wait(120)
            except subprocess.TimeoutExpired:
                made.kill()
            if (HOME / "logs").is_dir():
                shutil.copytree(HOME / "logs", WORK / "logs", dirs_exist_ok=True)
            subprocess.run([*DEMO, "clean"], stdout=out, stderr=out, check=True)


def live(kind: type[Person], place: Place, name: str, ready: Any, begin: Any) -> None:
    """A person's process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.open(place.events / f"{name}.err", os.O_WRONLY | os.O_CREAT)
    os.dup2(out, 2)
    person = kind(place, name)
    become(name, place.home)
    try:
        person.arrive()
        ready.release()
        begin["set"].wait()
        person.night(begin["at"].value, PHASES)
    except BaseException:
        traceback.print_exc()
        raise


class Night:
    """The night, step by step; each fails with the place of its log."""

    def __init__(self, demo: int, place: Place):
        self.demo, self.place = demo, place
        self.looks = Looks(place.home)
        self.killed: list[tuple[str, float, float]] = []
        self.parts: list[report.Part] = []
        fork = multiprocessing.get_context("fork")
        self.ready = fork.Semaphore(0)
        self.begin = {"set": fork.Event(), "at": fork.Value("d", 0.0)}
        everybody = [f"demo-{number:03}" for number in range(1, RESIDENTS + READERS + 1)]
        self.people = {
            name: fork.Process(
                target=live,
                args=(kind, place, name, self.ready, self.begin),
                daemon=True,
            )
            for kind, names in (
                (Resident, everybody[:RESIDENTS]),
                (Reader, everybody[RESIDENTS:]),
            )
            for name in names
        }

    def arrive(self) -> None:
        """Everybody signs in, the servers start."""
        print(f"• {len(self.people)} sign in, {RESIDENTS} servers start", flush=True)
        deadline = time.monotonic() + SIGNED_IN
        for person in self.people.values():
            person.start()
        self.looks.start()  # a thread, which no fork should meet
        for _ in self.people:
            while not self.ready.acquire(timeout=1):
                self.look_after(deadline)

    def look_after(self, deadline: float) -> None:
        """End where somebody has failed, or it is too late."""
        for name, person in self.people.items():
            if person.exitcode:
                fail(f"{name} has failed", self.place.events / f"{name}.err")
        if not self.looks.is_alive():
            sys.exit("make bench-hub: nobody looks at memory and cores: see above")
        if time.monotonic() > deadline:
            fail("it takes too long", WORK)

    def pass_by(self) -> None:
        """The phases, with the kills, until everybody has handed in for the last time."""
        begin = time.monotonic() + 2
        self.begin["at"].value = begin
        self.begin["set"].set()
        print(f"• {sum(phase.seconds for phase in PHASES):.0f} s of deadline night", flush=True)
        for unit, after in KILLS.items():
            moment = begin + PHASES[0].seconds + after
            while time.monotonic() < moment:
                time.sleep(0.2)
                self.look_after(moment + 10)
            self.kill(unit)
        deadline = begin + sum(phase.seconds for phase in PHASES) + 150
        for person in self.people.values():
            while person.is_alive():
                person.join(1)
                self.look_after(deadline)
        for phase in PHASES:
            self.part(phase.name, begin, phase.seconds, phase.pause)
            begin += phase.seconds

    def part(self, name: str, begin: float, seconds: float, pause: float | None = None) -> None:
        end = begin + seconds
        self.parts.append(report.Part(name, begin, end, pause, self.looks.cores(begin, end)))

    def kill(self, unit: str) -> None:
        """`kill -9`, and how long until it is there again."""
        begun, before = time.monotonic(), {log: self.said(*log) for log in (HUB_SAYS, WATCH_SAYS)}
        kill(unit, self.demo)
        time.sleep(0.5)
        hub = f"http://127.0.0.1:{self.place.port}/hub/health"
        check = f"http://127.0.0.1:{self.place.check_port}/services/check/health"
        is_there = {
            # It answers long before it has found everybody's server again.
            "hub": lambda: self.said(*HUB_SAYS) > before[HUB_SAYS],
            "proxy": lambda: answers(hub),
            "check service": lambda: answers(check),
            "watcher": lambda: self.said(*WATCH_SAYS) > before[WATCH_SAYS],
        }
        while not is_there[unit]():
            if time.monotonic() > begun + BACK:
                fail(f"the {unit} does not come back after a kill", self.place.home / "logs")
            time.sleep(0.5)
        seconds = time.monotonic() - begun
        print(f"• {unit} killed: there again after {seconds:.1f} s", flush=True)
        self.killed.append((unit, begun, seconds))

    def said(self, unit: str, words: str) -> int:
        """How often a unit has said something."""
        return self.log(unit).read_text(errors="replace").count(words)

    def log(self, unit: str) -> Path:
        return self.place.home / "logs" / f"{unit}.log"

    def grade(self) -> dict[str, list[float]]:
        """The deadline; the watcher grades, is killed, and grades on. The gradebook's points and
        penalties."""
        # The next whole second: what came in the last one is in time.
        due = (datetime.now(UTC) + timedelta(seconds=1)).replace(microsecond=0)
        settings = self.place.home / "course" / "solutions" / NAME / "assignment.toml"
        settings.write_text(DUE.sub(f"duedate = {due:%Y-%m-%dT%H:%M:%SZ}", settings.read_text()))
        begun, killed = time.monotonic(), False
        print("• the deadline: the watcher grades", flush=True)
        while time.monotonic() < begun + GRADED:
            done = len(
                set(re.findall(rf"{NAME}: graded (\S+):", self.log("cnn-watch").read_text()))
            )
            if not killed and done >= FIRST:
                self.kill("watcher")
                killed = True
            # A kill may take a line with it: what counts is the gradebook.
            if killed and done >= len(self.people) - 5:
                graded = arrived.gradebook(self.place.home, NAME)
                if len(graded) >= len(self.people):
                    self.part("the grading", begun, time.monotonic() - begun)
                    return graded
            time.sleep(1)
        fail(f"not everybody is graded {GRADED} s after the deadline", self.log("cnn-watch"))


def worth(course: Course, perfect: dict[str, Any]) -> dict[bool, float]:
    """The points of both kinds of answers, graded here."""
    assignment, file = course.assignment(NAME), f"{NAME}.ipynb"
    made = {False: (), True: (SLIP,)}
    return {
        wrong: grade_submission(
            assignment, Submission("you", {file: notebook_of(Student("you", edits), perfect)})
        ).score
        for wrong, edits in made.items()
    }


def main() -> None:
    if os.geteuid() != 0:
        sys.exit("make bench-hub: run it as root: a hub starts each person's server as that person")
    if HOME.exists():
        sys.exit(f"make bench-hub: {HOME} is there: make hub-clean removes it")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    shutil.rmtree(WORK, ignore_errors=True)
    (WORK / "events").mkdir(parents=True)
    course = Course(ROOT)
    perfect = perfect_notebook(course, course.assignment(NAME))
    points = worth(course, perfect)
    with demonstration() as demo:
        said = (HOME / "hub" / "settings.env").read_text().split()
        settings = dict(line.split("=", 1) for line in said if "=" in line)
        kept = (HOME / "hub" / "people" / "passwords").read_text().splitlines()
        words = dict(line.split() for line in kept)
        ports = int(settings["PORT"]), int(settings["CHECK_PORT"])
        place = Place(HOME, *ports, words, perfect, WORK / "events")
        night = Night(demo, place)
        try:
            night.arrive()
            night.pass_by()
            graded = night.grade()
        finally:
            for person in night.people.values():
                if person.is_alive():
                    person.kill()
        night.looks.end()
        events = report.read_events(WORK / "events")
        sent = {name: report.sent(events[name]) for name in night.people}
        deserved = {name: points[is_wrong(name)] for name in night.people}
        found = arrived.arrived(HOME / "course", NAME, sent, deserved, graded)
        measured = report.Measured(RESIDENTS, night.parts, night.killed, night.looks.memory)
        (WORK / "measured.json").write_text(json.dumps([measured, found]))
        text = report.text(measured, events, found)
    print(text)
    (WORK / "hub.md").write_text(text)
    if found.faults:
        print("\n".join(found.faults))
        fail(f"{len(found.faults)} hand-ins did not arrive as they should", WORK / "logs")
    report.RESULT.write_text(text)


if __name__ == "__main__":
    main()
