"""Classes of 10 to 10,000 in `autograder grade`: `make bench-scale`.

Very small notebooks, so that what is measured is what grading costs beside the cells. For each
size, with the gradebook in SQLite and in PostgreSQL (Debian's, where it is installed): seconds of
the whole command, what one submission more costs, and the memory of all its processes together.
Then what a command costs at all. Writes `results/scale.md`.
"""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
from grading_course import NUMPY, ROOT, TORCH, hand_in, write_course

sys.path.insert(0, str(ROOT))
from autograder.authoring.build import release
from autograder.course.course import CONFIG, Course
from tests.autograder import postgres
from tests.conftest import notebook, small_course

WORK = ROOT / "build" / "bench-scale"
RESULT = Path(__file__).parent / "results" / "scale.md"
PROGRAM = Path(sys.executable).parent / "autograder"
REPEATS = {1: 3, 10: 3, 100: 3, 1000: 1, 10_000: 1}  # of which the median is taken
FLAT = 0.1  # of the mean: how far what a submission costs may be from it
ROOM = 3.0  # GiB
CELLS = [
    ("f", "solution", "def f(x):\n    ### BEGIN SOLUTION\n    return x + 1\n    ### END SOLUTION"),
    ("test", "test", "assert f(1) == 2"),
]


class Peak(threading.Thread):
    """The memory that a command and its children take together, shared pages counted once."""

    def __init__(self, command: psutil.Process):
        super().__init__(daemon=True)
        self.command, self.bytes, self.over = command, 0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(1.0):
            self.bytes = max(self.bytes, sum(map(_pss, self._all())))

    def _all(self) -> list[psutil.Process]:
        try:
            return [self.command, *self.command.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):  # it has ended, or is a session
        return 0


def grade(course: Path, name: str) -> tuple[float, float]:
    """Seconds of the command as a user starts it, and the GiB that it took."""
    start = time.perf_counter()
    with open(course / "log", "ab") as log:
        command = [PROGRAM, "grade", name, "--json"]
        running = subprocess.Popen(command, cwd=course, stdout=log, stderr=log)
        peak = Peak(psutil.Process(running.pid))
        peak.start()
        status = running.wait()
    seconds = time.perf_counter() - start
    peak.over.set()
    if status:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {status}: see {course / 'log'}")
    return seconds, peak.bytes / 2**30


def class_of(number: int, address: str) -> Course:
    """A class that has handed in, each something else, seven of ten right."""
    shutil.rmtree(WORK / "class", ignore_errors=True)
    course = small_course(WORK / "class", CELLS, "tiny")
    if address:
        with open(course.root / CONFIG, "a") as file:
            file.write(f"\nc.CourseDirectory.db_url = {address!r}\n")
        course = Course(course.root)
    release(course, course.assignment("tiny"))
    template = notebook([("f", "solution", "TEXT"), CELLS[1]]).decode()
    for student in range(number):
        text = f"def f(x):  # {student}\\n    return x + {1 if student % 10 < 7 else 2}"
        folder = course.submitted / f"student{student:05}" / "tiny"
        folder.mkdir(parents=True)
        (folder / "tiny.ipynb").write_text(template.replace("TEXT", text))
    return course


def check(course: Course, number: int) -> None:
    """SystemExit where the gradebook has not what was handed in."""
    with course.gradebook() as gradebook:
        scores = [s.score for s in gradebook.assignment_submissions("tiny")]
    right = number // 10 * 7 + min(number % 10, 7)
    if (len(scores), sum(scores)) != (number, 2.0 * right):
        raise SystemExit(f"{number} submissions: the gradebook has {len(scores)}, {sum(scores)}")


def sizes(kind: str, addresses: Iterator[str]) -> list[str]:
    """A row for each size. SystemExit: they are not flat, or take too much memory."""
    rows, costs, alone = [], {}, 0.0
    for number, repeats in REPEATS.items():
        seconds, memory = [], 0.0
        for _ in range(repeats):
            course = class_of(number, next(addresses))
            one, took = grade(course.root, "tiny")
            seconds.append(one)
            memory = max(memory, took)
            check(course, number)
        whole = statistics.median(seconds)
        again, _ = grade(course.root, "tiny") if number > 1 else (0.0, 0.0)
        alone = alone or whole
        costs[number] = (whole - alone) / max(number - 1, 1) * 1e3
        one_more = f"{costs[number]:.1f}" if number > 1 else ""
        kept = f"{again:.1f}" if number > 1 else ""
        rows.append(f"| {kind} | {number:,} | {whole:.1f} | {one_more} | {memory:.2f} | {kept} |")
        print(rows[-1], flush=True)
        if memory > ROOM:
            raise SystemExit(f"{number} submissions take {memory:.2f} GiB")
    many = [costs[number] for number in REPEATS if number >= 100]
    spread = (max(many) - min(many)) / 2 / statistics.mean(many)
    rows.append(f"| {kind}, 100 to 10,000 | | | ± {spread:.0%} | | |")
    if spread > FLAT:
        print(f"{kind}: what a submission costs is not flat: ± {spread:.0%}", flush=True)
    return rows


def in_files() -> Iterator[str]:
    while True:
        yield ""


@contextmanager
def in_postgres() -> Iterator[Iterator[str]]:
    """Addresses of new databases."""
    with postgres.server() as make:
        yield (make(f"class{number}") for number in range(sum(REPEATS.values())))


def fixed() -> list[str]:
    """What a command costs that grades one submission, and one that has nothing to do."""
    rows = []
    course = write_course(WORK / "fixed")
    for name in (NUMPY, TORCH):
        hand_in(course, name, 1)
        for path in course.submitted.glob("student*/*"):
            if path.name != name:
                shutil.rmtree(path)
        first, nothing = [], []
        for _ in range(5):
            shutil.rmtree(course.reports / name, ignore_errors=True)
            first.append(grade(course.root, name)[0])
            nothing.append(grade(course.root, name)[0])
        servers = [_servers(course, name) for _ in range(5)]
        cells = [statistics.median(values) for values in (first, nothing, servers, _imports())]
        rows.append(f"| {name} | " + " | ".join(f"{value:.2f}" for value in cells) + " |")
        print(rows[-1], flush=True)
    return rows


def _run(code: str) -> float:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _servers(course: Course, name: str) -> float:
    """Seconds until the two fork servers of an assignment are there."""
    packages = course.assignment(name).packages
    roles = {"student": packages, "grader": packages}
    return _run(
        "import time\nfrom autograder.sandbox.forkserver import ForkServer\n"
        f"t = time.perf_counter()\nservers = ForkServer.start({roles!r})\n"
        "print(time.perf_counter() - t)\nfor server in servers: server.close()"
    )


def _imports() -> list[float]:
    """Seconds that the command's own imports take, nbgrader's and SQLAlchemy's with them."""
    code = (
        "import time\nt = time.perf_counter()\nfrom autograder import cli, commands\n"
        "print(time.perf_counter() - t)"
    )
    return [_run(code) for _ in range(5)]


def main() -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    costs = fixed()
    rows = sizes("SQLite", in_files())
    note = ""
    with ExitStack() as opened:
        if postgres.PROGRAMS:
            rows += sizes("PostgreSQL", opened.enter_context(in_postgres()))
        else:
            note = "PostgreSQL is not installed here (Debian: postgresql): not measured."
    lines = [
        "# Grading at scale",
        "",
        f"Written by `make bench-scale`. {len(os.sched_getaffinity(0))} cores, "
        f"{platform.machine()}, Python {platform.python_version()}. Notebooks of one function and "
        "one test. *One more* is what a submission more costs: the seconds of the command, less "
        "those of one that grades a single submission. Memory is that of all processes of the "
        "command, shared pages counted once. *Again*: the same command with nothing new to grade.",
        "",
        "| gradebook | submissions | seconds | one more, ms | GiB | again, seconds |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        *rows,
        "",
        *([note, ""] if note else []),
        "What a command costs, seconds: with one submission, with nothing to do; and of what that "
        "is made, side by side: the two fork servers, the command's own imports.",
        "",
        "| assignment | one submission | nothing | servers | imports |",
        "| --- | ---: | ---: | ---: | ---: |",
        *costs,
        "",
    ]
    RESULT.write_text("\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
