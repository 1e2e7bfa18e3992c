"""The attacks of `tests/attacks/` against stock nbgrader and against the autograder.

`make bench-attacks` writes `docs/attacks.md`: which succeed where. Each attack is one submission in
a course of its own, graded by each grader's whole command. Stock nbgrader runs in namespaces of its
own (user, mount, process), but on this machine's files: an attack must do no harm if it succeeds.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from autograder.authoring.build import release  # noqa: E402
from autograder.course.course import CONFIG, Course  # noqa: E402
from autograder.sandbox.doctor import HOSTILE, targets  # noqa: E402
from tests.attacks import test_attacks, test_liars, test_secrets  # noqa: E402
from tests.conftest import notebook  # noqa: E402

WORK = ROOT / "build" / "bench-attacks"
RESULT = ROOT / "docs" / "attacks.md"
BIN = Path(sys.executable).parent
SECONDS = 60  # of one grading command; a cell may take 5
NO_GRADE = "no grade: it gave up"  # on that submission; no success of the attack's
THROUGH = "it-got-through"
Cells = list[tuple[str, str, str]]


@dataclass(frozen=True)
class Attack:
    """What a student hands in. It succeeds with points, or where `sign` can be read afterwards."""

    family: str
    name: str
    cells: Cells
    answers: dict[str, str]
    sign: str = ""


def attacks(aims: dict[str, Any]) -> Iterator[Attack]:
    """Every attack; `aims` are what the hostile programs of `autograder doctor` aim at."""
    for name, answer in test_attacks.FORGERIES.items():
        yield Attack("points for a wrong answer", name, test_attacks.CELLS, {"mean": answer})
    for name, answers in test_attacks.FORGED_NOTEBOOKS.items():
        wrong = {"mean": test_attacks.WRONG.strip()}
        yield Attack("points for a wrong answer", name, test_attacks.CELLS, wrong | answers)
    for name, answer in test_liars.LIES.items():
        yield Attack("points for a wrong answer", name, test_liars.CELLS, {"softmax": answer})
    for name, answers in test_secrets.SPIES.items():
        both = {"mean": test_secrets.KEEPS, **answers}
        yield Attack("hidden tests", name, test_secrets.CELLS, both, sign="4141")
    for name, program in HOSTILE.items():
        tried = f"{program.format(**aims)}\nprint({THROUGH[:6]!r} + {THROUGH[6:]!r})"
        answers = {"mean": f"{tried}\ndef mean(x): return 0"}
        yield Attack("the machine", name, test_attacks.CELLS, answers, sign=THROUGH)


def prepare(number: int, attack: Attack, grader: str) -> Path:
    """A course in which the attack is handed in."""
    template = WORK / f"template-{abs(hash(str(attack.cells)))}"
    folder = WORK / grader / f"{number:02}"
    shutil.copytree(template, folder)
    handed_in = folder / "submitted" / "mallory" / "tiny"
    handed_in.mkdir(parents=True)
    cells = [(i, kind, attack.answers.get(i, source)) for i, kind, source in attack.cells]
    (handed_in / "tiny.ipynb").write_bytes(notebook(cells))
    return folder


def write_template(cells: Cells) -> None:
    folder = WORK / f"template-{abs(hash(str(cells)))}"
    if folder.exists():
        return
    (folder / "solutions" / "tiny").mkdir(parents=True)
    shutil.copy(ROOT / CONFIG, folder)
    with open(folder / CONFIG, "a") as config:
        config.write("\nc.ExecutePreprocessor.timeout = 5\n")
    (folder / "solutions" / "tiny" / "tiny.ipynb").write_bytes(notebook(cells))
    limits = "[limits]\ncell_seconds = 5\ntotal_seconds = 40\nmemory_mb = 512\n"
    (folder / "solutions" / "tiny" / "assignment.toml").write_text(
        f'packages = ["numpy"]\n{limits}'
    )
    course = Course(folder)
    release(course, course.assignment("tiny"))


COMMANDS = {
    "nbgrader": [
        *("unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc"),
        *(str(BIN / "nbgrader"), "autograde", "tiny"),
    ],
    "autograder": [str(BIN / "autograder"), "grade", "tiny"],
}
FEEDBACK = {
    "nbgrader": [str(BIN / "nbgrader"), "generate_feedback", "tiny"],
    "autograder": [str(BIN / "autograder"), "feedback", "tiny"],
}


def run(command: list[str], folder: Path) -> bool:
    """Whether a command came to its end."""
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
            return False
    return True


def outcome(number: int, attack: Attack, grader: str) -> str:
    """ "" where the attack failed, else what it reached."""
    folder = prepare(number, attack, grader)
    if not run(COMMANDS[grader], folder):
        return f"the grader hung ({SECONDS} s)"
    points = _points(folder)
    if points is None:
        return NO_GRADE
    if not attack.sign:
        return f"{points:g} points" if points else ""
    if attack.family == "the machine":
        path = folder / "autograded" / "mallory" / "tiny" / "tiny.ipynb"
        shown = str([cell.get("outputs") for cell in nbformat.read(path, 4).cells])
    else:
        run(FEEDBACK[grader], folder)
        pages = folder.joinpath("feedback").rglob("*.html")
        shown = "".join(page.read_text() for page in pages)
    return "got through" if attack.sign in shown else ""


def _points(folder: Path) -> float | None:
    with Gradebook(f"sqlite:///{folder}/gradebook.db", "cnn") as gradebook:
        try:
            submission = gradebook.find_submission("tiny", "mallory")
        except MissingEntry:
            return None
        graded = all(
            grade.auto_score is not None for n in submission.notebooks for grade in n.grades
        )
        return submission.score if graded else None


def main() -> None:
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    found: dict[str, list[str]] = {}
    with targets(str(WORK)) as aims:
        tried = list(attacks(aims))
        for attack in tried:
            write_template(attack.cells)
        for grader in COMMANDS:
            with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
                numbers = range(len(tried))
                found[grader] = list(pool.map(outcome, numbers, tried, [grader] * len(tried)))
    if NO_GRADE in found["autograder"]:  # which would read as an attack that failed
        log = WORK / "autograder" / f"{found['autograder'].index(NO_GRADE):02}" / "log"
        raise SystemExit(f"autograder grade has given no grade, so nothing is written: see {log}")
    RESULT.write_text(page(tried, found))
    print(RESULT.read_text())


def page(tried: list[Attack], found: dict[str, list[str]]) -> str:
    """The table, in Markdown: what each attack reached with each grader."""
    lines = [
        "# Attacks, and what came of them",
        "",
        f"Written by `make bench-attacks`: the {len(tried)} attacks of `tests/attacks/` that are "
        f"submissions, each graded by stock nbgrader {version('nbgrader')} and by "
        f"`autograder grade`. Linux {platform.release().split('-')[0]}, Python "
        f"{platform.python_version()}. Empty: it failed. What was tried on the pages in which a "
        "hand-in is looked at stands in [pages.md](pages.md).",
        "",
    ]
    for family in dict.fromkeys(attack.family for attack in tried):
        mine = [i for i, attack in enumerate(tried) if attack.family == family]
        counts = {
            grader: sum(found[grader][i] not in ("", NO_GRADE) for i in mine) for grader in COMMANDS
        }
        lines += [
            f"## {family[0].upper()}{family[1:]}",
            "",
            f"| attack | nbgrader: {counts['nbgrader']} of {len(mine)} "
            f"| autograder: {counts['autograder']} of {len(mine)} |",
            "| --- | --- | --- |",
            *(
                f"| {tried[i].name} | {found['nbgrader'][i]} | {found['autograder'][i]} |"
                for i in mine
            ),
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
