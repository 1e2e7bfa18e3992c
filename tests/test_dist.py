"""What students get holds no solution and no hidden test, and works without the rest."""

import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.build import MARKS, BuildError, prove_nothing_leaks, release
from autograder.authoring.students import publish
from autograder.course.assignment import read_assignment
from autograder.course.course import CONFIG, Course
from autograder.course.marks import Marks
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
REPOSITORY = ROOT / "build" / "cnn-course.git"


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    made = subprocess.run(["make", "dist"], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stderr
    path = ROOT / "build" / "cnn-course.zip"
    for written in (path, REPOSITORY):
        assert str(written.relative_to(ROOT)) in made.stdout
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


def test_no_object_of_the_students_repository_ever_held_one(archive):
    listed = git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)")
    blobs = [line.split()[1] for line in listed.splitlines() if line.startswith("blob")]
    assert len(blobs) > 100
    secrets = {json.dumps(line, ensure_ascii=False)[1:-1]: line for line in secret_lines()}
    for blob in blobs:
        text = git("cat-file", "blob", blob)
        assert not [mark for mark in MARKS if mark in text]
        found = [line for encoded, line in secrets.items() if encoded in text or line in text]
        assert len(found) < 2, found  # one import may be the same elsewhere
    names = {Path(name) for name in git("log", "--all", "--format=", "--name-only").split("\n")}
    assert not {name.parts[:1] for name in names} & {("solutions",), ("autograder",)}
    assert not {name.name for name in names} & {"mistakes.py", "demo.py", "assignment.toml"}


def test_the_students_repository_is_what_is_in_the_archive(archive, tmp_path):
    subprocess.run(["git", "clone", "--quiet", REPOSITORY, tmp_path / "clone"], check=True)
    shutil.rmtree(tmp_path / "clone" / ".git")
    assert contents(tmp_path / "clone") == contents(archive)


def test_the_students_repository_grows_by_what_has_changed(tmp_path):
    folder, repository = tmp_path / "folder", tmp_path / "students.git"
    folder.mkdir()
    (folder / "a.txt").write_text("one\n")
    first = publish(folder, repository)
    assert publish(folder, repository) == first
    (folder / "a.txt").write_text("two\n")
    (folder / "b.log").write_text("also what a user's git ignores\n")
    second = publish(folder, repository)
    assert git("log", "--format=%H", at=repository).split() == [second, first]
    assert git("ls-tree", "--name-only", "HEAD", at=repository).split() == ["a.txt", "b.log"]


def git(*arguments, at=REPOSITORY):
    command = ["git", f"--git-dir={at}", *arguments]
    done = subprocess.run(command, capture_output=True, check=True)
    return done.stdout.decode(errors="replace")


def test_the_committed_assignments_are_what_is_released_now(tmp_path):
    shutil.copy(ROOT / CONFIG, tmp_path)
    shutil.copytree(ROOT / "solutions", tmp_path / "solutions")
    course = Course(tmp_path)
    for folder in (ROOT / "solutions").iterdir():
        release(course, course.assignment(folder.name))
    committed, released = contents(ROOT / "assignments"), contents(course.assignments)
    assert sorted(committed) == sorted(released)
    stale = [str(name) for name, content in released.items() if committed[name] != content]
    assert not stale, "run `autograder build` and commit what it writes"


def contents(folder):
    paths = [path for path in folder.rglob("*") if path.is_file()]
    kept = [path for path in paths if ".ipynb_checkpoints" not in path.parts]
    return {path.relative_to(folder): path.read_bytes() for path in kept}


def test_it_holds_what_students_need(archive):
    for name in ("lectures/06-convolution.ipynb", "assignments/a3-convolution/camera.png"):
        assert (archive / name).exists()
    assert (archive / "docs" / "notation.md").exists()
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
    assert (tmp_path / "etc" / "jupyter" / "jupyter_nbconvert_config.json").exists()
    template = tmp_path / "share" / "jupyter" / "nbconvert" / "templates" / "lecture"
    for path in (ROOT / "cnnkit" / "export" / "templates" / "lecture").iterdir():
        assert (template / path.name).exists()
    assert (tmp_path / "cnnkit" / "weights" / "lenet5-mnist.npz").exists()
    assert project["tool"]["setuptools"]["packages"]["find"]["include"] == ["cnnkit*"]


def test_a_hidden_test_that_is_left_is_found(tmp_path):
    cell = nbformat.v4.new_code_cell("### BEGIN HIDDEN TESTS\nassert f(1) == 2")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "a.ipynb")
    with pytest.raises(BuildError, match="BEGIN HIDDEN TESTS"):
        prove_nothing_leaks(tmp_path, Marks())
