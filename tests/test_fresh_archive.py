"""The archive as a student meets it, its environment really made: minutes, so `make dist-check`."""

import os
import subprocess
import sys

import pytest

from tests.conftest import LONG
from tests.handed_out import unpacked

pytestmark = pytest.mark.skipif(not LONG, reason="takes minutes: make dist-check")
TOOLS = ("ruff", "mypy", "pytest", "playwright", "hypothesis", "captum", "nbdime", "autograder")
LOOK = "from cnnkit.environment import check; found = check(); print(found); assert found"


@pytest.fixture(scope="module")
def folder(graded_class, tmp_path_factory):
    """Unpacked, and started once by its README's line (JupyterLab says its version and ends)."""
    folder = unpacked(tmp_path_factory.mktemp("student"))
    assert start(folder).returncode == 0
    return folder


def start(folder, **more):
    command = [sys.executable, "start.py", "--", "--version"]
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(command, cwd=folder, env=environment, text=True, **more)


def inside(folder, *command):
    python = folder / ".venv" / "bin" / "python"
    done = subprocess.run(
        [python, *command], cwd=folder / "lectures", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_everything_that_a_lecture_uses_is_there(folder):
    assert "✗" not in inside(folder, "-c", LOOK)
    made = inside(folder, "-c", "import cnnkit; print(cnnkit.__file__)")
    assert made.startswith(str(folder))


def test_a_lecture_runs_in_it(folder):
    inside(folder, "-m", "nbconvert", "--to", "notebook", "--execute", "--stdout", "00-start.ipynb")


def test_nothing_of_ours_is_installed_with_it(folder):
    listed = inside(folder, "-m", "pip", "list", "--format=freeze").lower()
    assert [tool for tool in TOOLS if f"\n{tool}==" in f"\n{listed}"] == []


def test_called_again_it_installs_nothing(folder):
    again = start(folder, capture_output=True)
    assert "fetched" not in again.stdout
    assert again.returncode == 0
