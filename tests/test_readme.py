"""Every command in the README does what it says; the two that come first are what runs this."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.authoring import proved
from gallery import tables
from tests.conftest import ROOT

BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]
BIN = Path(sys.executable).parent
ELSEWHERE = (
    "test_dist.py",
    "browser/test_ways_in.py",
    "browser/hub/conftest.py",
)  # where the others are run
ATTENTION = 4  # the class holds submissions that need attention


def test_the_two_commands_come_first():
    assert COMMANDS[:2] == ["make demo", "make test"]


@pytest.fixture(scope="module")
def class_that_is_proved(graded_class):
    """What has been proved of this checkout's assignments, by `make dist`, holds of the copy."""
    course, _ = graded_class
    for kept in course.proofs.glob(f"*/{proved.FILE}"):
        (course.reports / kept.parent.name).mkdir(exist_ok=True)
        shutil.copy(kept, course.reports / kept.parent.name)
    return course


@pytest.mark.slow
@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith(".venv/bin/")])
def test_a_command_of_the_readme_works(class_that_is_proved, command):
    course = class_that_is_proved
    program, *arguments = shlex.split(command)
    made = subprocess.run(
        [BIN / Path(program).name, *arguments],
        cwd=course.root,
        capture_output=True,
        text=True,
        timeout=300,
    )
    ends_with = ATTENTION if arguments[0] == "grade" and "--student" not in arguments else 0
    assert made.returncode == ends_with, made.stderr
    assert made.stdout.strip()


def test_every_command_is_run_by_a_test():
    here = Path(__file__).read_text()
    here += "".join((ROOT / "tests" / path).read_text() for path in ELSEWHERE)
    for command in COMMANDS[2:]:
        assert (
            command.startswith(".venv/bin/")
            or f'"{command}"' in here
            or (", ".join(f'"{word}"' for word in command.split()) in here)
        ), command


def test_the_links_lead_somewhere():
    text = (ROOT / "README.md").read_text()
    headings = {h.lower().replace(" ", "-") for h in re.findall(r"^#+ (.+)$", text, re.M)}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in headings, target
        else:
            assert target.startswith("https://") or (ROOT / target).exists(), target


def test_every_make_target_that_it_names_is_there():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = re.findall(r"`make ([a-z-]+)", (ROOT / "README.md").read_text())
    named += [command.split()[1] for command in COMMANDS if command.startswith("make ")]
    assert set(named) - {"bench-"} <= targets


def test_the_tables_of_lectures_are_those_of_the_plan():
    assert tables.README.read_text() == tables.readme(), "run make tables"
    assert tables.START_PAGE.read_text() == tables.start_page(), "run make tables"


def test_the_figures_of_grading_are_those_that_were_measured():
    result = (ROOT / "benchmarks" / "results" / "grading.md").read_text()
    rows = re.findall(r"^\| \d+ \| both \| .* \| (\d+) \| .* \| (\d+) \|$", result, re.M)
    cold, warm = zip(*rows, strict=True)
    text = " ".join((ROOT / "README.md").read_text().split())
    said = (
        "both assignments together {} times faster for 30, {} times for 60 and {} times for 200; "
    )
    kept = "{}, {} and {} times while `autograder warm` runs"
    assert said.format(*cold) + kept.format(*warm) in text
