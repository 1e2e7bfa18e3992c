"""Stock `nbgrader autograde` with our execution: same grades, and the machine out of reach."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from autograder import cli
from autograder.course.course import Course
from autograder.nbgrader_plugin import SandboxedExecute, _files_beside
from tests.conftest import ROOT, notebook, small_course

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
    for command in ("generate_assignment", "autograde"):
        nbgrader(tmp_path, command, "tiny")
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


def nbgrader(folder, *arguments):
    """nbgrader's own command, which starts `alembic` by its name."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


ALWAYS_EQUAL = """class Same(int):
    def __eq__(self, other):
        return True
def f(x):
    return Same(1) if isinstance(x, int) else np.arange(1, 4)"""


@pytest.mark.slow
def test_a_report_says_where_nbgrader_has_written_other_points(tmp_path, capsys):
    course = small_course(tmp_path, [CELLS[0], CELLS[1], ("t", "test", "assert f(4) == 5")])
    (tmp_path / "nbgrader_config.py").write_text(
        (ROOT / "nbgrader_config.py").read_text() + SETTINGS
    )
    own = ["--course", str(tmp_path)]
    for student, answer in {"ada": ANSWERS["right"][0], "bo": ALWAYS_EQUAL}.items():
        handed_in = tmp_path / "submitted" / student / "t"
        handed_in.mkdir(parents=True)
        cells = [CELLS[0], ("f", "solution", answer), ("t", "test", "assert f(4) == 5")]
        (handed_in / "t.ipynb").write_bytes(notebook(cells))
    assert cli.main(["build", "t", *own]) == 0
    assert cli.main(["grade", "t", *own]) == 0
    nbgrader(tmp_path, "autograde", "t", "--force")
    capsys.readouterr()
    told = "the gradebook holds other points: `autograder grade t` puts these there"
    for command, said in (("report", course.reports / "t.html"), ("export", None)):
        assert cli.main([command, "t", *own]) == 0
        text = capsys.readouterr().out
        rows = said.read_text() if said else text
        assert "attention" in rows
        assert said is None or rows.count(told) == 1  # bo's alone
    assert cli.main(["feedback", "t", *own]) == 0
    assert (
        told not in (course.feedback / "bo" / "t" / "t.html").read_text()
    )  # an instructor's words
    assert cli.main(["grade", "t", *own]) == 0
    capsys.readouterr()
    assert cli.main(["report", "t", *own]) == 0
    assert told not in (course.reports / "t.html").read_text()


HOSTILE = {
    "a link to a folder outside": lambda folder, outside: (folder / "data").symlink_to(outside),
    "a link to a file outside": lambda folder, outside: (folder / "x.csv").symlink_to(
        outside / "secret.csv"
    ),
    "more files than a hand-in may have": lambda folder, outside: [
        (folder / f"{n}.csv").write_text("1") for n in range(1000)
    ],
    "folders without end": lambda folder, outside: (folder / "/".join("d" * 90)).mkdir(
        parents=True
    ),
    "a pipe": lambda folder, outside: os.mkfifo(folder / "pipe.csv"),
    "a large file": lambda folder, outside: (folder / "large.csv").write_bytes(b"1" * 10**8),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_lies_beside_a_notebook_is_taken_with_limits(tmp_path, kind):
    folder, outside = tmp_path / "in", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (outside / "secret.csv").write_text("secret")
    HOSTILE[kind](folder, outside)
    files = _files_beside({"metadata": {"path": str(folder)}})
    assert not any(b"secret" in content for content in files.values())
    assert len(files) <= 200
    assert sum(map(len, files.values())) <= 64 * 2**20


def test_files_in_folders_and_modules_are_beside_the_notebook(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.csv").write_text("1,2")
    (tmp_path / "helper.py").write_text("def two():\n    return 2")
    source = "import helper\nprint(open('data/x.csv').read(), helper.two())"
    cells = v4.new_notebook(cells=[v4.new_code_cell(source)])
    ran, _ = SandboxedExecute().preprocess(cells, {"metadata": {"path": str(tmp_path)}})
    assert ran.cells[0].outputs[0]["text"] == "1,2 2\n"
