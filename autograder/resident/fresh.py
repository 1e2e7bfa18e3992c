"""Whether what a process has imported is what lies there now."""

from __future__ import annotations

import importlib.util
import os
import site
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.versions import places


@dataclass(frozen=True)
class Marks:
    """When each of some files and folders was changed last, in ns; 0 of what is not there."""

    changed: dict[str, int]

    @classmethod
    def of(cls, paths: Iterable[str]) -> Marks:
        return cls({path: _changed(path) for path in paths})

    @property
    def is_fresh(self) -> bool:
        return all(_changed(path) == then for path, then in self.changed.items())


def of_this_process() -> Marks:
    """What was imported here: a folder of installed packages changes with each installation; what
    lies elsewhere is edited in place."""
    files = (getattr(module, "__file__", None) or "" for module in list(sys.modules.values()))
    return Marks.of([*_installed(), *filter(_is_elsewhere, files)])


def of_packages(names: Iterable[str]) -> Marks:
    """What a process that imports these packages is going to import."""
    return Marks.of([*_installed(), *(path for name in names for path in _sources(name))])


def _sources(package: str) -> Iterator[str]:
    spec = importlib.util.find_spec(package)
    for path in map(Path, filter(_is_elsewhere, filter(None, places(spec) if spec else ()))):
        yield from map(str, [path] if path.is_file() else path.rglob("*.py"))


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
