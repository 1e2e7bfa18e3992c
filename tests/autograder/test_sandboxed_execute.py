"""Stock `nbgrader autograde` with our execution: same grades, and the machine out of reach."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.course.course import Course
from tests.conftest import ROOT, notebook

CELLS = [
    ("setup", "locked", "import numpy as np"),
    ("f", "solution", "def f(x):\n    ### BEGIN SOLUTION\n    return x + 1\n    ### END SOLUTION"),
    ("t", "test", "assert f(1) == 2\nassert (f(np.arange(3)) == [1, 2, 3]).all()"),
]
ANSWERS = {
    "right": ("def f(x): return x + 1", 2),
    "wrong": ("def f(x): return x", 0),
    "prints": ("print('hello')\ndef f(x): return x + 1", 2),
    "reads": ("secret = open('/etc/passwd').read()\ndef f(x): return x + 1", 0),
    "exits": ("import os; os._exit(0)", 0),
    "loops": ("while True: pass", 0),
    "file": ("def f(x): return x + int(open('one.txt').read())", 2),
}
SETTINGS = """
c.Autograde.autograde_preprocessors = [
    "autograder.nbgrader_plugin.SandboxedExecute",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
]
c.SandboxedExecute.cell_seconds = 1.0
"""


@pytest.mark.slow
def test_nbgrader_autograde_runs_in_a_confined_session(tmp_path):
    folder = tmp_path / "solutions" / "tiny"
    folder.mkdir(parents=True)
    config = (ROOT / "nbgrader_config.py").read_text() + SETTINGS
    (tmp_path / "nbgrader_config.py").write_text(config)
    (folder / "tiny.ipynb").write_bytes(notebook(CELLS))
    (folder / "one.txt").write_text("1")
    for student, (answer, _) in ANSWERS.items():
        handed_in = tmp_path / "submitted" / student / "tiny"
        handed_in.mkdir(parents=True)
        cells = [(i, kind, answer if i == "f" else source) for i, kind, source in CELLS]
        (handed_in / "tiny.ipynb").write_bytes(notebook(cells))
        shutil.copy(folder / "one.txt", handed_in)
    # nbgrader starts `alembic` by its name
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for command in ("generate_assignment", "autograde"):
        program = [sys.executable, "-m", "nbgrader", command, "tiny"]
        done = subprocess.run(
            program,
            cwd=tmp_path,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
    with Course(tmp_path).gradebook() as gradebook:
        scores = {s.student.id: s.score for s in gradebook.assignment_submissions("tiny")}
    assert scores == {student: points for student, (_, points) in ANSWERS.items()}

    def shown(student: str) -> str:
        path = Path(tmp_path, "autograded", student, "tiny", "tiny.ipynb")
        return str([cell.get("outputs") for cell in nbformat.read(path, 4).cells])

    assert "hello" in shown("prints")
    assert "/etc/passwd" in shown("reads")
    assert "root:" not in shown("reads")
    assert "the Python process ended" in shown("exits")
    assert "it ran longer than 1 s" in shown("loops")
