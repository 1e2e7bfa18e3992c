"""`autograder grade` against stock `nbgrader autograde`: `make bench-grading`.

The same submissions, the same two cores, the same scores: a difference ends the run. Writes
`results/grading.md`: classes of SIZES, of a NumPy assignment and of one that imports PyTorch. Stock
nbgrader grades one after the other and takes minutes: it is timed for one and for a part of the
smallest class, and what a class takes follows from these. All take turns, for a machine that others
share is at one time twice as fast as at another; the ratios are those of each round. Ours is timed
by itself, and by the process of `autograder warm`, which is there as long as this runs.
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

Times = tuple[float, float, float]  # stock nbgrader's, ours, and ours by `autograder warm`
WORK = ROOT / "build" / "bench-grading"
RUNTIME = WORK / "warm"
READY = 10  # seconds in which servers start, and nothing else is to run
RESULT = Path(__file__).parent / "results" / "grading.md"
BIN = Path(sys.executable).parent
SIZES = (30, 60, 200)
ROUNDS = 3  # in each, stock nbgrader grades another part of the smallest class
LOOPS = 6  # submissions with an endless loop, for the second table


def timed(command: list[str], folder: Path, runtime: str = "/nowhere") -> float:
    """Seconds that a command takes as a user starts it."""
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "XDG_RUNTIME_DIR": runtime}
    start = time.perf_counter()
    log = folder / "log"
    with log.open("ab") as out:
        subprocess.run(command, cwd=folder, env=environment, stdout=out, stderr=out, check=False)
    return time.perf_counter() - start


def ours(folder: Path, name: str) -> float:
    return timed([str(BIN / "autograder"), "grade", name, "--json"], folder)


def warmed(folder: Path, name: str) -> float:
    seconds = timed([str(BIN / "autograder"), "grade", name, "--json"], folder, str(RUNTIME))
    time.sleep(READY)
    return seconds


@contextmanager
def staying(folder: Path) -> Iterator[None]:
    """`autograder warm`, once it keeps the servers of both assignments ready."""
    RUNTIME.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    command = [str(BIN / "autograder"), "warm"]
    with (RUNTIME / "log").open("wb") as log:
        environment["XDG_RUNTIME_DIR"] = str(RUNTIME)
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            time.sleep(READY)
            for name in (NUMPY, TORCH):
                course = write_course(folder / name)
                hand_in(course, name, 1)
                warmed(folder / name, name)
            yield
        finally:
            process.terminate()
            process.wait()


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
    slow = timed_class(folder, NUMPY, slice(LOOPS), stock_limited)
    return slow, timed_class(folder, NUMPY, slice(LOOPS), ours)


def scores(folder: Path, name: str) -> dict[str, float]:
    with Gradebook(f"sqlite:///{folder}/gradebook.db", "cnn") as gradebook:
        return {s.student.id: s.score for s in gradebook.assignment_submissions(name)}


def compare(folder: Path, name: str, sizes: tuple[int, ...]) -> list[dict[int, Times]]:
    """By round and size of a class, the seconds of stock nbgrader, of ours by itself, and of ours
    by the process that stays; SystemExit where scores differ."""
    course = write_course(folder / "whole")
    hand_in(course, name, max(sizes))
    part = min(sizes) // ROUNDS
    rounds = []
    for turn in range(ROUNDS):
        one = timed_class(folder, name, slice(1), stock)
        some = timed_class(folder, name, slice(turn * part, (turn + 1) * part), stock)
        theirs = scores(folder / "stock", name)
        each, measured = (some - one) / (part - 1), {}
        for number in sizes:
            fast = [timed_class(folder, name, slice(number), grade) for grade in (ours, warmed)]
            measured[number] = one + (number - 1) * each, *fast
            for grade in (ours, warmed):
                found = scores(folder / grade.__name__, name)
                if theirs.items() - found.items() or (len(theirs), len(found)) != (part, number):
                    raise SystemExit(f"{name}: the scores differ; see {folder}")
        print(f"{name}, {turn + 1} of {ROUNDS}: {measured}", flush=True)
        rounds.append(measured)
    return rounds


def row(number: int, name: str, rounds: list[Times]) -> str:
    slow, *fast = (statistics.median(times) for times in zip(*rounds, strict=True))
    ratios = (statistics.median(times[0] / times[way] for times in rounds) for way in (1, 2))
    ours = (f"{seconds:.2f} | {ratio:.0f}" for seconds, ratio in zip(fast, ratios, strict=True))
    return f"| {number} | {name} | {slow:.1f} | {' | '.join(ours)} |"


def timed_class(folder: Path, name: str, who: slice, grade: Callable[[Path, str], float]) -> float:
    """Seconds that a grader takes for some of those who have handed in, none graded before."""
    place, whole = folder / grade.__name__, folder / "whole"
    if place.exists():  # not removed: a file system is slow to use again what it has just lost
        place.rename(folder / f"{place.name}-{time.monotonic_ns()}")
    students = sorted(path.name for path in (whole / "submitted").iterdir())
    shutil.copytree(whole, place, ignore=lambda *_: {*students} - {*students[who]})
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
    shutil.rmtree(WORK, ignore_errors=True)
    with staying(WORK / "first"):
        measured = {name: compare(WORK / name, name, SIZES) for name in (NUMPY, TORCH)}
    least = min(SIZES)
    alone = timed_class(WORK / NUMPY, NUMPY, slice(least), sandboxed) / least
    stages = where_the_time_goes(WORK / NUMPY / "ours", NUMPY)
    slow_loops, fast_loops = (seconds / LOOPS for seconds in loops(WORK / "loops"))
    nbgrader = importlib.metadata.version("nbgrader")
    tier = warm.servers_for({"student": ("numpy",)})[0].tier
    rows = []
    for number in SIZES:
        times = {name: [turn[number] for turn in measured[name]] for name in measured}
        pairs = zip(*times.values(), strict=True)
        both = [tuple(map(sum, zip(*pair, strict=True))) for pair in pairs]
        rows += [row(number, name, rounds) for name, rounds in {**times, "both": both}.items()]
    lines = [
        "# Grading, against stock nbgrader",
        "",
        f"Written by `make bench-grading`. {len(os.sched_getaffinity(0))} cores, "
        f"{platform.machine()}, Python {platform.python_version()}, nbgrader {nbgrader}. Of ten "
        "submissions seven are right, two wrong, one raises; the scores are the same in both. "
        "Seconds of whole commands, from start to exit, ours with two sessions in the tier "
        f"`{tier}`; medians of {ROUNDS} rounds in which all take turns. Kept warm: by the process "
        "of `autograder warm`, in which everything is imported and the next command's servers are "
        "ready some seconds after the last one's. Stock nbgrader was timed "
        f"for 1 and {least // ROUNDS} submissions a round; what it takes for more follows from "
        "these. How many times faster is the median of the rounds, too, each with its own seconds.",
        "",
        "| submissions | assignment | nbgrader autograde | autograder grade | times faster "
        "| kept warm | times faster |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: |",
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
