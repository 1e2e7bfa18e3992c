"""What runs a submission, by name and version: two machines with the same of all of them agree."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import platform
from collections.abc import Iterable
from importlib.machinery import ModuleSpec
from pathlib import Path

from autograder.sandbox.packages import distributions_by_import, needs

GRADER = Path(__file__).parent.parent
PROJECT = "cnn-course"  # whose version says less than what is in its files


def versions(packages: Iterable[str]) -> dict[str, str]:
    """The version of Python, of each distribution that a session with these packages may load, and,
    of this project's packages and of those that no distribution owns, a digest of their files."""
    names, distributions = needs(packages)
    found = {"Python": platform.python_version(), "autograder": _digest([GRADER])}
    for name in sorted(distributions - {PROJECT}):
        found[name] = importlib.metadata.version(name)
    for name in sorted(names):
        spec = importlib.util.find_spec(name)
        if spec and not {*distributions_by_import().get(name, ())} - {PROJECT}:
            found[name] = _digest([Path(place) for place in places(spec) if place])
    return found


def differences(wanted: dict[str, str], found: dict[str, str]) -> list[str]:
    """What of `wanted` is another in `found`, or is missing there, in words."""
    return [
        f"{name} is {found[name]} there, {version} here"
        if name in found
        else f"{name} {version} is missing there"
        for name, version in wanted.items()
        if found.get(name) != version
    ]


def contents(place: Path) -> dict[str, str]:
    """A digest of each file in a folder, or of one file, but for what Python makes of it."""
    if place.is_file():
        return {".": _sha256(place)}
    found = {}
    for folder, below, names in os.walk(place):
        below[:] = [name for name in below if name != "__pycache__"]
        inside = os.path.relpath(folder, place)
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                found[os.path.normpath(os.path.join(inside, name))] = _sha256(path)
    return found


def _sha256(path: str | Path) -> str:
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def places(spec: ModuleSpec) -> Iterable[str | None]:
    """Where a module's files lie."""
    return spec.submodule_search_locations or [spec.origin]


def _digest(there: Iterable[Path]) -> str:
    every = [contents(place) for place in there if place.exists()]
    return hashlib.sha256(json.dumps(every, sort_keys=True).encode()).hexdigest()[:12]
