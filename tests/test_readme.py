"""Every command in the README does what it says; the two that come first are what runs this."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import ROOT

BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]
BIN = Path(sys.executable).parent
ATTENTION = 4  # the class holds submissions that need attention


def test_the_two_commands_come_first():
    assert COMMANDS[:2] == ["make demo", "make test"]


@pytest.mark.slow
@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith(".venv/bin/")])
def test_a_command_of_the_readme_works(graded_class, command):
    course, _ = graded_class
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


@pytest.mark.slow
def test_make_lab_opens_jupyterlab(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"--no-browser --allow-root --ip=127.0.0.1 --port={port} --IdentityProvider.token="
    folders = {f"JUPYTER_{kind}_DIR": str(tmp_path) for kind in ("CONFIG", "DATA", "RUNTIME")}
    lab = subprocess.Popen(
        ["make", "lab", f"LAB_OPTIONS={options}"],
        cwd=ROOT,
        env=os.environ | folders,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        page = wait_for(f"http://127.0.0.1:{port}/lab/tree/lectures/00-start.ipynb", lab)
        assert "JupyterLab" in page
        assert "nbgrader" in page
    finally:
        os.killpg(lab.pid, signal.SIGTERM)
        lab.wait(20)


def wait_for(url, process):
    for _ in range(120):
        assert process.poll() is None, "make lab has ended"
        try:
            return urllib.request.urlopen(url, timeout=5).read().decode()
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"{url} does not answer")


def test_every_command_is_run_by_a_test():
    here = Path(__file__).read_text() + (ROOT / "tests" / "test_dist.py").read_text()
    for command in COMMANDS[2:]:
        assert (
            command.startswith(".venv/bin/")
            or f'"{command}"' in here
            or (", ".join(f'"{word}"' for word in command.split()) in here)
        ), command


def test_the_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)]+)\)", (ROOT / "README.md").read_text()):
        assert target.startswith("https://") or (ROOT / target).exists(), target
