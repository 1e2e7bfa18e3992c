"""`autograder grade` against stock `nbgrader autograde`: `make bench-grading`.

The same submissions, the same two cores, the same scores: a difference ends the run. Writes
`results/grading.md`: classes of SIZES, of a NumPy assignment and of one that imports PyTorch. Stock
nbgrader grades one after the other and takes minutes: it is timed for one and for the smallest
class, and what a larger one takes follows from these.
"""

import importlib.metadata
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from grading_course import NUMPY, ROOT, TORCH, hand_in, write_course
from nbgrader.api import Gradebook

from autograder.course.assignment import Assignment
from autograder.course.course import CONFIG, Course
from autograder.grading import engine, grading, notebook, pair, student, warm
from autograder.records.gradebook import Recorder
from autograder.sandbox import forkserver

WORK = ROOT / "build" / "bench-grading"
RESULT = Path(__file__).parent / "results" / "grading.md"
BIN = Path(sys.executable).parent
SIZES = (30, 60, 200)
LOOPS = 6  # submissions with an endless loop, for the second table


def timed(command: list[str], folder: Path) -> float:
    """Seconds that a command takes as a user starts it."""
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    start = time.perf_counter()
    log = folder / "log"
    with log.open("ab") as out:
        subprocess.run(command, cwd=folder, env=environment, stdout=out, stderr=out, check=False)
    return time.perf_counter() - start


def ours(folder: Path, name: str) -> float:
    return timed([str(BIN / "autograder"), "grade", name, "--json"], folder)


def stock(folder: Path, name: str) -> float:
    return timed([str(BIN / "nbgrader"), "autograde", name], folder)


def stock_limited(folder: Path, name: str) -> float:
    limit = "--ExecutePreprocessor.timeout=2"  # seconds a cell, as in the assignment's settings
    return timed([str(BIN / "nbgrader"), "autograde", name, limit], folder)


SANDBOXED = """
c.Autograde.autograde_preprocessors = [
    "autograder.nbgrader_plugin.SandboxedExecute",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
]
c.SandboxedExecute.packages = ["numpy"]
"""


def sandboxed(folder: Path, name: str) -> float:
    """Seconds of stock nbgrader with `SandboxedExecute`."""
    config = folder / CONFIG
    config.write_text(config.read_text() + SANDBOXED)
    return stock(folder, name)


def loops(folder: Path) -> tuple[float, float]:
    """Seconds of both for endless loops."""
    course = write_course(folder / "whole")
    hand_in(course, NUMPY, LOOPS, loops=True)
    slow = timed_class(folder, NUMPY, LOOPS, stock_limited)
    return slow, timed_class(folder, NUMPY, LOOPS, ours)


def scores(folder: Path, name: str) -> dict[str, float]:
    with Gradebook(f"sqlite:///{folder}/gradebook.db", "cnn") as gradebook:
        return {s.student.id: s.score for s in gradebook.assignment_submissions(name)}


def compare(folder: Path, name: str, sizes: tuple[int, ...]) -> dict[int, tuple[float, float]]:
    """Seconds of stock nbgrader and of ours for classes of these sizes; SystemExit where scores
    differ."""
    course = write_course(folder / "whole")
    hand_in(course, name, max(sizes))
    one, least = (timed_class(folder, name, number, stock) for number in (1, min(sizes)))
    each = (least - one) / (min(sizes) - 1)
    measured = {}
    for number in sizes:
        fast = statistics.median(timed_class(folder, name, number, ours) for _ in range(3))
        measured[number] = one + (number - 1) * each, fast
        print(f"{name}, {number}: {measured[number][0]:.1f} s, {fast:.1f} s", flush=True)
        theirs = scores(folder / f"stock-{min(sizes)}", name)
        found = scores(folder / f"ours-{number}", name)
        if theirs.items() - found.items() or len(found) != number:
            raise SystemExit(f"{name}: the scores differ; see {folder}")
    return measured


def timed_class(folder: Path, name: str, number: int, grade: Callable[[Path, str], float]) -> float:
    """Seconds that a grader takes for the first so many who have handed in, none graded before."""
    place = folder / f"{grade.__name__}-{number}"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder / "whole", place)
    for other in sorted((place / "submitted").iterdir())[number:]:
        shutil.rmtree(other)
    return grade(place, name)


@contextmanager
def clocks() -> Iterator[dict[str, float]]:
    """Seconds spent in each stage of the controller, while this is open."""
    spent: dict[str, float] = defaultdict(float)
    stages = {
        "fork and confine both sessions": [(forkserver.ForkServer, "spawn")],
        "hand over files": [(pair.Pair, "__enter__")],
        "students' cells": [(student.Student, "run")],
        "tests, with what they ask of the student": [(pair.Pair, "run_grader")],
        "end both sessions": [(pair.Pair, "__exit__")],
        "read and rebuild": [(grading, "find_notebook"), (notebook, "rebuild")],
        "what is kept of an earlier run": [(notebook, "keys_of"), (notebook, "record_of")],
        "judge and write notebooks": [
            *((notebook, "judge"), (notebook, "graded_notebook"), (engine, "_write_notebooks")),
            (engine, "_keep"),
        ],
        "gradebook": [(Recorder, "record")],
    }
    replaced = []
    for stage, places in stages.items():
        for owner, attribute in places:
            original = getattr(owner, attribute)
            replaced.append((owner, attribute, original))
            setattr(owner, attribute, _clocked(original, spent, stage))
    try:
        yield spent
    finally:
        for owner, attribute, original in replaced:
            setattr(owner, attribute, original)


def _clocked(
    function: Callable[..., Any], spent: dict[str, float], stage: str
) -> Callable[..., Any]:
    @wraps(function)
    def clocked(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            spent[stage] += time.perf_counter() - start

    return clocked


def where_the_time_goes(folder: Path, name: str) -> list[str]:
    """A row for each stage: milliseconds a submission, graded by one worker."""
    course = Course(folder)
    assignment = course.assignment(name)
    names = course.students(name)
    list(engine.grade_course(course, assignment, names[:2], workers=1, force=True))  # warm
    with clocks() as spent:
        start = time.perf_counter()
        list(engine.grade_course(course, assignment, names, workers=1, force=True))
        spent["the rest, less what runs at the same time"] = (
            time.perf_counter() - start - sum(spent.values())
        )
    alone = cells_alone(assignment)
    rows = [f"| {stage} | {seconds / len(names) * 1e3:.1f} |" for stage, seconds in spent.items()]
    return [*rows, f"| *the same cells alone, in one process: the limit* | {alone * 1e3:.1f} |"]


def cells_alone(assignment: Assignment) -> float:
    """Seconds that the instructor's cells and tests take by themselves, compiled and warm: the
    limit of every grader."""
    cells = [cell for notebook in assignment.notebooks for cell in notebook.cells]
    code = [compile(c.source, c.grade_id, "exec") for c in cells if c.cell_type == "code"]
    seconds = []
    for _ in range(20):
        namespace: dict[str, Any] = {}
        start = time.perf_counter()
        for cell in code:
            exec(cell, namespace)
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)[len(seconds) // 2]


def main() -> None:
    measured = {name: compare(WORK / name, name, SIZES) for name in (NUMPY, TORCH)}
    least, most = min(SIZES), max(SIZES)
    alone = timed_class(WORK / NUMPY, NUMPY, least, sandboxed) / least
    stages = where_the_time_goes(WORK / NUMPY / f"ours-{most}", NUMPY)
    slow_loops, fast_loops = (seconds / LOOPS for seconds in loops(WORK / "loops"))
    nbgrader = importlib.metadata.version("nbgrader")
    tier = warm.servers_for({"student": ("numpy",)})[0].tier
    rows = []
    for number in SIZES:
        for name in (NUMPY, TORCH):
            slow, fast = measured[name][number]
            rows.append(f"| {number} | {name} | {slow:.1f} | {fast:.2f} | {slow / fast:.0f} |")
        slow, fast = (sum(m[number][i] for m in measured.values()) for i in (0, 1))
        rows.append(f"| {number} | both | {slow:.1f} | {fast:.2f} | {slow / fast:.0f} |")
    lines = [
        "# Grading, against stock nbgrader",
        "",
        f"Written by `make bench-grading`. {len(os.sched_getaffinity(0))} cores, "
        f"{platform.machine()}, Python {platform.python_version()}, nbgrader {nbgrader}. Of ten "
        "submissions seven are right, two wrong, one raises; the scores are the same in both. "
        "Seconds of whole commands, from start to exit, ours the median of three, with two "
        f"sessions in the tier `{tier}`. nbgrader was timed for 1 and {least} submissions; what it "
        "takes for more follows from these.",
        "",
        "| submissions | assignment | nbgrader autograde | autograder grade | times faster |",
        "| ---: | --- | ---: | ---: | ---: |",
        *rows,
        "",
        f"Stock nbgrader with `SandboxedExecute`, {NUMPY}: {alone * 1e3:.0f} ms a submission, "
        "without the second session.",
        "",
        f"Endless loops, {LOOPS} submissions with a limit of 2 s a cell: "
        f"nbgrader {slow_loops:.1f} s a submission, ours {fast_loops:.1f} s.",
        "",
        f"Where ours spends its time ({NUMPY}, one worker):",
        "",
        "| stage | ms a submission |",
        "| --- | ---: |",
        *stages,
        "",
    ]
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text("\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
