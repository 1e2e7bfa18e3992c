"""What students get holds no solution and no hidden test, and works without the rest."""

import subprocess
import sys
import tomllib
import zipfile

import nbformat
import pytest

from autograder.authoring.build import BuildError, prove_nothing_leaks
from autograder.course.assignment import read_assignment
from tests.conftest import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    made = subprocess.run(["make", "dist"], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stderr
    path = ROOT / "build" / "cnn-course.zip"
    assert str(path.relative_to(ROOT)) in made.stdout
    folder = tmp_path_factory.mktemp("dist")
    with zipfile.ZipFile(path) as packed:
        packed.extractall(folder)
    return folder / "cnn-course"


def secret_lines():
    """Lines of the instructors' notebooks that the released versions do not have."""
    for folder in (ROOT / "solutions").iterdir():
        for notebook in read_assignment(folder).notebooks:
            released = "\n".join(cell.released for cell in notebook.cells)
            for cell in notebook.cells:
                for line in cell.source.splitlines():
                    if len(line.strip()) > 12 and line.strip() not in released:
                        yield line.strip()


def test_no_line_of_a_solution_or_hidden_test_is_in_it(archive):
    secrets = set(secret_lines())
    assert len(secrets) > 50
    for path in archive.joinpath("assignments").rglob("*"):
        if path.suffix == ".ipynb":
            text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
            assert not [line for line in secrets if line in text]
    names = {path.name for path in archive.rglob("*")}
    assert not names & {"mistakes.py", "demo.py", "assignment.toml", "gradebook.db", "solutions"}


def test_it_holds_what_students_need(archive):
    for name in ("lectures/06-convolution.ipynb", "assignments/a3-convolution/camera.png"):
        assert (archive / name).exists()
    for path in archive.rglob("*.md"):
        assert "autograder" not in path.read_text()


def test_it_can_be_installed_without_the_autograder(archive, tmp_path):
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    made = subprocess.run(
        [*pip, "--target", str(tmp_path), str(archive)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "cnnkit" / "layers" / "conv.py").exists()
    assert not (tmp_path / "autograder").exists()
    project = tomllib.loads((archive / "pyproject.toml").read_text())
    assert project["project"]["scripts"] == {"cnnkit": "cnnkit.cli:main"}
    assert (tmp_path / "bin" / "cnnkit").exists()
    assert (tmp_path / "cnnkit" / "weights" / "lenet5-mnist.npz").exists()
    assert project["tool"]["setuptools"]["packages"]["find"]["include"] == ["cnnkit*"]


def test_a_hidden_test_that_is_left_is_found(tmp_path):
    cell = nbformat.v4.new_code_cell("### BEGIN HIDDEN TESTS\nassert f(1) == 2")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "a.ipynb")
    with pytest.raises(BuildError, match="BEGIN HIDDEN TESTS"):
        prove_nothing_leaks(tmp_path)
