"""What students get: lectures, released assignments, cnnkit, and one script that starts them.

`make dist` writes `build/cnn-course-DATE/`, the same as an archive, `build/cnn-course-DATE.zip`,
and as a commit in a repository, `build/cnn-course.git`. DATE is that of the last commit, or what
`make dist DATE=…` says: the same sources give the same bytes. The assignments are built and proved
in a course of their own, so that the instructor's gradebook is not touched.
"""

from __future__ import annotations

import argparse
import json
import re
import runpy
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from autograder.authoring.build import build, prove_nothing_leaks
from autograder.authoring.needed import students_data, students_project, students_requirements
from autograder.authoring.students import publish
from autograder.course.course import CONFIG, BuildError, Course

NAME = "cnn-course"
COPIED = ("cnnkit", "lectures", "jupyter", "start.py", "environment.yml", "LICENSE")
OVERLAY = "students"  # what is there for students alone
UNWANTED = ("__pycache__", ".ipynb_checkpoints", "*.pyc", "*.egg-info", "*.in", ".ruff.toml")
READ = (".md", ".toml", ".txt", ".yml", ".ipynb", ".py", ".bat", ".command")  # by people


def make(course: Course, into: Path, day: date) -> list[Path]:
    """The archive and the repository; BuildError where an assignment is not sound, something would
    leak, or a text speaks of what is not in it."""
    return assemble(course, _released(course, into / "dist-course"), into, day)


def assemble(course: Course, released: Path, into: Path, day: date) -> list[Path]:
    """The same, from assignments that are released."""
    folder = into / f"{NAME}-{day}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    unwanted = shutil.ignore_patterns(*UNWANTED)
    for name in COPIED:
        source = course.root / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=unwanted)
        else:
            shutil.copy(source, folder)
    shutil.copytree(course.root / OVERLAY, folder, ignore=unwanted, dirs_exist_ok=True)
    (folder / "docs").mkdir(exist_ok=True)
    shutil.copy(course.root / "docs" / "notation.md", folder / "docs")  # lectures lead there
    _write_what_is_needed(course.root, folder)
    shutil.copytree(released, folder / "assignments", ignore=unwanted)
    prove_nothing_leaks(folder, course.marks)
    prove_nothing_absent_is_named(folder, course.root)
    write_release(folder, day)
    repository = into / f"{NAME}.git"
    publish(folder, repository)
    return [pack(folder, into / f"{folder.name}.zip", day), repository]


def _write_what_is_needed(root: Path, folder: Path) -> None:
    project = (root / "pyproject.toml").read_text(encoding="utf-8")
    template = (root / OVERLAY / "pyproject.toml.in").read_text(encoding="utf-8")
    (folder / "pyproject.toml").write_text(students_project(project, template), encoding="utf-8")
    for name, cut in (
        ("requirements.txt", students_requirements),
        ("requirements-data.txt", students_data),
    ):
        text = (root / name).read_text(encoding="utf-8")
        (folder / name).write_text(cut(text), encoding="utf-8")


def prove_nothing_absent_is_named(folder: Path, root: Path) -> None:
    """BuildError if what students read speaks of a file or folder of ours that they do not get."""
    made = {"node_modules"}  # by `make data`: students make their own
    ours = {path for path in root.iterdir() if path.name not in made and path.name[0] != "."}
    absent = [path for path in ours if not (folder / path.name).exists()]
    names = [re.escape(path.name) + ("/" if path.is_dir() else r"\b") for path in sorted(absent)]
    named = re.compile(rf"(?<![\w/.-])({'|'.join([*names, 'make [a-z]+`'])})")
    for path in sorted(folder.rglob("*")):
        if path.suffix in READ and (found := named.search(path.read_text(encoding="utf-8"))):
            where = path.relative_to(folder)
            raise BuildError(f"{where} speaks of {found[1]}, which students do not get")


def write_release(folder: Path, day: date) -> None:
    """The date, and what each file was: by that start.py knows what a student has changed."""
    fingerprint = runpy.run_path(str(folder / "start.py"))["fingerprint"]
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    marks = {path.relative_to(folder).as_posix(): fingerprint(path) for path in files}
    text = json.dumps({"date": f"{day}", "files": marks}, indent=1)
    (folder / "release.json").write_text(text + "\n", encoding="utf-8")


def pack(folder: Path, archive: Path, day: date) -> Path:
    """The folder as a zip file whose bytes depend on nothing but what is in it and the day."""
    with ZipFile(archive, "w", ZIP_DEFLATED) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = path.relative_to(folder.parent).as_posix()
            entry = ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            executable = path.stat().st_mode & 0o100
            entry.external_attr = (0o100755 if executable else 0o100644) << 16
            packed.writestr(entry, path.read_bytes())
    return archive


def _released(course: Course, into: Path) -> Path:
    """All assignments, built in a course of their own."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    shutil.copy(course.root / CONFIG, into)
    shutil.copytree(course.solutions, into / course.solutions.name)
    scratch = Course(into, course.proofs)
    for folder in sorted(path for path in scratch.solutions.iterdir() if path.is_dir()):
        for line in build(scratch, folder.name):
            print(f"✓ {folder.name}: {line}", file=sys.stderr, flush=True)
    return scratch.assignments


def last_commit(root: Path) -> date:
    """Its day. BuildError: there is none, so that the day has to be named."""
    git = ["git", "-C", str(root), "log", "-1", "--format=%cs"]
    try:
        return date.fromisoformat(subprocess.check_output(git, text=True).strip())
    except (OSError, ValueError, subprocess.CalledProcessError):
        raise BuildError("no commit says the release's day: make dist DATE=2026-11-26") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a day as 2026-11-26, got {text!r}") from None


def main() -> None:
    parser = argparse.ArgumentParser(description="Write what students get into build/.")
    text = "the release's day (default: the last commit's)"
    parser.add_argument("--date", type=_day, metavar="YYYY-MM-DD", help=text)
    options = parser.parse_args()
    try:
        course = Course(Path())
        written = make(course, Path("build"), options.date or last_commit(course.root))
    except BuildError as problem:
        sys.exit(f"make dist: {problem}")
    print(*written, sep="\n")


if __name__ == "__main__":
    main()
