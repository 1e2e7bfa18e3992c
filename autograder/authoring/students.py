"""The students' repository: what nbgitpuller, Binder and Colab take, with a history of its own.

It is bare, and gets a commit for each `make dist` that changes something; none of its objects ever
held a solution or a hidden test, for nothing but what students get is ever put into it. To go on
from one that is published, clone it there first: `git clone --bare ADDRESS build/cnn-course.git`.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from autograder.course.course import BuildError

BRANCH = "main"
# The instructor's own settings must not decide what students get.
PLAIN = ("core.autocrlf=false", "core.hooksPath=/dev/null", "commit.gpgSign=false")
NOBODY = {"user.name": "The course", "user.email": "course@localhost"}


def publish(folder: Path, repository: Path) -> str:
    """Commit a folder as it is; the commit's name. BuildError: git refuses, or is not there."""
    if not repository.exists():
        _git("init", "--quiet", "--bare", f"--initial-branch={BRANCH}", str(repository))
    git = [f"--git-dir={repository.resolve()}", f"--work-tree={folder.resolve()}"]
    git += [part for setting in (*PLAIN, *_author(git)) for part in ("-c", setting)]
    _git(*git, "add", "--all", "--force", ".", cwd=folder)
    if _git(*git, "status", "--porcelain", "--untracked-files=no", cwd=folder):
        _git(*git, "commit", "--quiet", "--message", "The course as students get it", cwd=folder)
    return _git(*git, "rev-parse", "HEAD", cwd=folder)


def _author(git: list[str]) -> list[str]:
    """Who commits, where the instructor's git does not know."""
    known = _git(*git, "config", "--list", "--name-only").split()
    return [f"{key}={value}" for key, value in NOBODY.items() if key not in known]


def _git(*arguments: str, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=cwd, capture_output=True, text=True)
    except FileNotFoundError:
        raise BuildError("the students' repository needs git, which is not installed") from None
    if done.returncode:
        raise BuildError(f"git {arguments[-1]}: {done.stderr.strip()}")
    return done.stdout.strip()
