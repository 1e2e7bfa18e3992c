"""What students get holds no solution and no hidden test, and works without the rest."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from functools import partial
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autograder.authoring import dist
from autograder.authoring.build import MARKS, BuildError, prove_nothing_leaks, release
from autograder.authoring.students import publish
from autograder.course.assignment import read_assignment
from autograder.course.course import CONFIG, Course
from autograder.course.marks import Marks
from tests.conftest import LONG, ROOT
from tests.handed_out import DAY, unpacked

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """From the assignments as they are committed, which are what is released now (below)."""
    return unpacked(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def repository(archive):
    return archive.parent / "made" / "cnn-course.git"


@pytest.mark.skipif(not LONG, reason="takes minutes: make dist-check")
def test_make_dist_proves_every_assignment_and_says_what_it_has_written():
    """What it has proved is kept: whatever builds them afterwards need not prove them again."""
    made = subprocess.run(["make", "dist"], cwd=ROOT, capture_output=True, text=True, timeout=2400)
    assert made.returncode == 0, made.stderr
    for name in (f"cnn-course-{dist.last_commit(ROOT)}.zip", "cnn-course.git"):
        assert f"build/{name}" in made.stdout
        assert (ROOT / "build" / name).exists()
    names = {folder.name for folder in (ROOT / "solutions").iterdir()}
    assert names <= {path.parent.name for path in ROOT.glob("reports/*/.proved")}


def secret_lines(notebook):
    """For each of the instructor's cells, its lines that the released version does not have, nor
    the text between them that asks for it."""
    released = "\n".join([*notebook.plain, *(cell.released for cell in notebook.cells)])
    for cell in notebook.cells:
        lines = [line.strip() for line in cell.source.splitlines()]
        yield [line for line in lines if len(line) > 12 and line not in released]


def secret_passages(notebook):
    """Up to three of those, one after the other: of single lines, some stand in any program."""
    for secret in secret_lines(notebook):
        for start in range(max(1, len(secret) - 2)):
            if len("".join(passage := secret[start : start + 3])) > 40:
                yield passage


@pytest.fixture(scope="module")
def notebooks():
    """The instructor's, by the place of the released ones."""
    assignments = [read_assignment(folder) for folder in (ROOT / "solutions").iterdir()]
    return {f"{a.name}/{n.name}.ipynb": n for a in assignments for n in a.notebooks}


@pytest.fixture(scope="module")
def passages(notebooks):
    return [passage for notebook in notebooks.values() for passage in secret_passages(notebook)]


def test_no_line_of_a_solution_or_hidden_test_is_in_it(archive, notebooks, passages):
    assert len(passages) > 200
    for name, notebook in notebooks.items():
        cells = nbformat.read(archive / "assignments" / name, as_version=4).cells
        text = "\n".join(cell.source for cell in cells)
        assert not [line for secret in secret_lines(notebook) for line in secret if line in text]
        assert not [passage for passage in passages if all(line in text for line in passage)]
    names = {path.name for path in archive.rglob("*")}
    assert not names & {"demo.py", "assignment.toml", "gradebook.db", "solutions"}
    assert not [name for name in names if name.startswith("mistakes")]


def test_no_object_of_the_students_repository_ever_held_one(repository, passages):
    git = partial(ask_git, repository)
    listed = git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)")
    blobs = [line.split()[1] for line in listed.splitlines() if line.startswith("blob")]
    assert len(blobs) > 100
    lines = {line for passage in passages for line in passage}
    encoded = {line: json.dumps(line, ensure_ascii=False)[1:-1] for line in lines}
    # Of each line a whole word from its middle: where that is not, the line is not.
    middle = {
        line: max(re.findall(r"(?<=\W)\w+(?=\W)", line), key=len, default="") for line in lines
    }
    for blob in blobs:
        text = git("cat-file", "blob", blob)
        assert not [mark for mark in MARKS if mark in text]
        words = {"", *re.findall(r"\w+", text)}
        asked = [line for line in lines if middle[line] in words]
        found = {line for line in asked if line in text or encoded[line] in text}
        known = [passage for passage in passages if found.issuperset(passage)]
        assert len(known) < 5, known  # a lecture may say in two formulas what an assignment asks
    names = {Path(name) for name in git("log", "--all", "--format=", "--name-only").split("\n")}
    assert not {name.parts[:1] for name in names} & {("solutions",), ("autograder",)}
    assert not {name.name for name in names} & {"demo.py", "assignment.toml"}
    assert not [name for name in names if name.name.startswith("mistakes")]


def test_the_students_repository_is_what_is_in_the_archive(archive, repository, tmp_path):
    subprocess.run(["git", "clone", "--quiet", repository, tmp_path / "clone"], check=True)
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
    assert ask_git(repository, "log", "--format=%H").split() == [second, first]
    assert ask_git(repository, "ls-tree", "--name-only", "HEAD").split() == ["a.txt", "b.log"]


def ask_git(repository, *arguments):
    command = ["git", f"--git-dir={repository}", *arguments]
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
    wanted = ("lectures/06-convolution.ipynb", "assignments/a3-convolution/camera.png", "start.py")
    wanted += (
        "start.bat",
        "start.command",
        "docs/notation.md",
        "lectures/lectures.toml",
        "jupyter/labconfig/page_config.json",
    )
    assert [name for name in wanted if not (archive / name).exists()] == []


def test_its_start_page_and_lectures_link_to_what_is_in_it(archive):
    for path in archive.glob("lectures/*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        for cell in (cell for cell in cells if cell.cell_type == "markdown"):
            for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", cell.source):
                assert target.startswith("https://") or (path.parent / target).exists(), target


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("README.md", "Look into `solutions/`."),
        ("lectures/x.ipynb", "Run `.venv/bin/autograder build`, or read autograder/cli.py."),
        ("pyproject.toml", "# tests/ are run by pytest"),
        ("README.md", "Start it with `make lab`."),
        ("README.md", "CONTRIBUTING.md says more."),
    ],
)
def test_a_word_of_what_is_not_in_it_is_found(tmp_path, name, words):
    for folder in ("cnnkit", "lectures"):
        (tmp_path / folder).mkdir()
    (tmp_path / "start.py").touch()
    path = tmp_path / name
    path.write_text("cnnkit/ and lectures/ are there; start.py makes the rest.")
    dist.prove_nothing_absent_is_named(tmp_path, ROOT)
    path.write_text(words)
    with pytest.raises(BuildError, match="which students do not get"):
        dist.prove_nothing_absent_is_named(tmp_path, ROOT)


def test_students_install_what_the_course_needs_at_the_versions_that_are_tested(archive):
    ours = pins((ROOT / "requirements.txt").read_text())
    theirs = pins((archive / "requirements.txt").read_text())
    assert theirs.items() <= ours.items()
    project = tomllib.loads((archive / "pyproject.toml").read_text())["project"]
    assert {canonicalize_name(Requirement(r).name) for r in project["dependencies"]} <= set(theirs)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    tools = {
        canonicalize_name(Requirement(r).name) for r in extras["optional-dependencies"]["test"]
    }
    assert set(theirs) & tools == {"beautifulsoup4"}  # nbgrader requires it itself
    assert "foolbox" not in (archive / "requirements-data.txt").read_text()


def test_its_project_says_nothing_of_linters_types_tests_or_the_autograder(archive):
    text = (archive / "pyproject.toml").read_text()
    found = [w for w in ("ruff", "mypy", "pytest", "test", "autograder", "nbgrader") if w in text]
    assert found == []
    assert set(tomllib.loads(text)["tool"]) == {"setuptools"}


def test_the_same_sources_give_the_same_archive(tmp_path):
    first, second = (unpacked(tmp_path / name) for name in ("a", "b"))
    packed = [path.parent / "made" / f"{path.name}.zip" for path in (first, second)]
    assert packed[0].read_bytes() == packed[1].read_bytes()
    assert first.name == f"cnn-course-{DAY}"
    assert json.loads((first / "release.json").read_text())["date"] == f"{DAY}"


def test_a_day_that_is_none_is_refused_with_an_example():
    command = [sys.executable, "-m", "autograder.authoring.dist", "--date", "tomorrow"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "expected a day as 2026-11-26, got 'tomorrow'" in done.stderr


def pins(text):
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    named = (line.partition("==") for line in lines if "==" in line)
    return {canonicalize_name(name): pin for name, _, pin in named}


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
