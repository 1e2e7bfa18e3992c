"""`autograder grade` against stock `nbgrader autograde`: `make bench-grading`.

The same submissions, the same two cores, the same scores: a difference ends the run. Writes
`results/grading.md`. `N=200` is the number of submissions of each: a NumPy assignment, and one that
imports PyTorch.
"""

import importlib.metadata
import os
import platform
import shutil
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
from autograder.grading import engine, grading, pair, student, warm
from autograder.records.gradebook import Recorder
from autograder.sandbox import forkserver

WORK = ROOT / "build" / "bench-grading"
RESULT = Path(__file__).parent / "results" / "grading.md"
BIN = Path(sys.executable).parent
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
    options = ["--ExecutePreprocessor.timeout=2"] if "loops" in str(folder) else []
    return timed([str(BIN / "nbgrader"), "autograde", name, *options], folder)


SANDBOXED = """
c.Autograde.autograde_preprocessors = [
    "autograder.nbgrader_plugin.SandboxedExecute",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
]
c.SandboxedExecute.packages = ["numpy"]
"""


def sandboxed(folder: Path, name: str, count: int) -> float:
    """Seconds a submission of stock nbgrader with `SandboxedExecute`."""
    copy = folder / "sandboxed"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder / "stock", copy)
    shutil.rmtree(copy / "autograded")
    config = copy / CONFIG
    config.write_text(config.read_text() + SANDBOXED)
    return stock(copy, name) / count


def scores(folder: Path, name: str) -> dict[str, float]:
    with Gradebook(f"sqlite:///{folder}/gradebook.db", "cnn") as gradebook:
        return {s.student.id: s.score for s in gradebook.assignment_submissions(name)}


def compare(
    folder: Path, counts: dict[str, int], *, loops: bool = False
) -> dict[str, dict[str, float]]:
    """Seconds a submission, by assignment, of both graders; SystemExit where scores differ."""
    course = write_course(folder / "ours")
    for name, count in counts.items():
        hand_in(course, name, count, loops)
    theirs = folder / "stock"
    shutil.rmtree(theirs, ignore_errors=True)
    shutil.copytree(folder / "ours", theirs)
    measured: dict[str, dict[str, float]] = {}
    for name, count in counts.items():
        print(f"{name}: autograder grade, {count} submissions", flush=True)
        fast = ours(folder / "ours", name)
        print(f"{name}: {fast:.1f} s; nbgrader autograde, {count} submissions", flush=True)
        slow = stock(theirs, name)
        print(f"{name}: {slow:.1f} s", flush=True)
        if not loops and scores(folder / "ours", name) != scores(theirs, name):
            raise SystemExit(f"{name}: the scores differ; see {folder}")
        measured[name] = {"ours": fast / count, "stock": slow / count}
    return measured


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
        "read and rebuild": [(grading, "find_notebook"), (grading, "rebuild")],
        "judge and write notebooks": [
            *((grading, "judge"), (grading, "graded_notebook"), (engine, "_write_notebooks")),
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
    course = Course(folder / "ours")
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
    number = int(os.environ.get("N", "200"))
    counts = {NUMPY: number, TORCH: number}
    measured = compare(WORK / "plain", counts)
    alone = sandboxed(WORK / "plain", NUMPY, number)
    stages = where_the_time_goes(WORK / "plain", NUMPY)
    loops = compare(WORK / "loops", {NUMPY: LOOPS}, loops=True)
    nbgrader = importlib.metadata.version("nbgrader")
    rows = {name: (m["stock"], m["ours"]) for name, m in measured.items()}
    rows["both"] = tuple(sum(pair) / 2 for pair in zip(*rows.values(), strict=True))
    tier = warm.servers_for({"student": ("numpy",)})[0].tier
    lines = [
        "# Grading, against stock nbgrader",
        "",
        f"Written by `make bench-grading`. {len(os.sched_getaffinity(0))} cores, "
        f"{platform.machine()}, Python {platform.python_version()}, nbgrader {nbgrader}. "
        f"{number} submissions of each assignment, of ten seven right, two wrong, one that "
        f"raises; the scores are the same in both. Whole commands, from start to "
        f"exit. Ours with two sessions, in the tier `{tier}`.",
        "",
        "| ms a submission | nbgrader autograde | autograder grade | times faster |",
        "| --- | ---: | ---: | ---: |",
        *(
            f"| {name} | {slow * 1e3:.0f} | {fast * 1e3:.1f} | {slow / fast:.0f} |"
            for name, (slow, fast) in rows.items()
        ),
        "",
        f"Stock nbgrader with `SandboxedExecute`, {NUMPY}: {alone * 1e3:.0f} ms a submission, "
        "without the second session.",
        "",
        f"Endless loops, {LOOPS} submissions with a limit of 2 s a cell: "
        f"nbgrader {loops[NUMPY]['stock']:.1f} s a submission, ours {loops[NUMPY]['ours']:.1f} s.",
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
