"""Whether what a process has imported is what lies there now."""

from __future__ import annotations

import os
import site
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.grading.surroundings import PACKAGE, written_here

CLOCK = 10**7  # ns by which a file's time may be behind


@dataclass(frozen=True)
class Marks:
    """When each of some files and folders was changed last, in ns; 0 of what is not there."""

    changed: dict[str, int]

    @classmethod
    def of(cls, paths: Iterable[str]) -> Marks:
        return cls({path: _changed(path) for path in paths})

    def are_fresh(self) -> bool:
        return all(_changed(path) == then for path, then in self.changed.items())


def of_this_process(since: int) -> Marks:
    """What was imported here, since a moment (`time.time_ns`): a folder of installed packages
    changes with each installation; what lies elsewhere is edited in place. What was changed since
    may have been imported as it was before: it is marked as changed."""
    files = (getattr(module, "__file__", None) or "" for module in list(sys.modules.values()))
    marks = Marks.of([*_installed(), *filter(_is_elsewhere, files)])
    now = time.time_ns()
    return Marks({p: 0 if since - CLOCK <= t <= now else t for p, t in marks.changed.items()})


def of_sessions(packages: Iterable[str]) -> Marks:
    """What the sessions with these packages are going to import."""
    places = [PACKAGE, *(place for _, place in written_here(packages))]
    return Marks.of([*_installed(), *(path for place in places for path in _below(place))])


def _below(place: Path) -> Iterator[str]:
    """A file, or a folder's files and folders: these change with what is put there."""
    yield str(place)
    for folder, folders, names in os.walk(place):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (os.path.join(folder, name) for name in (*folders, *names))


def _installed() -> list[str]:
    return [folder for folder in site.getsitepackages() if os.path.isdir(folder)]


def _is_elsewhere(path: str) -> bool:
    """Whether something neither comes with Python nor was installed."""
    libraries = (*site.getsitepackages(), os.path.dirname(os.__file__))
    return bool(path) and not path.startswith(libraries)


def _changed(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
