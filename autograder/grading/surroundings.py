"""What the outcome of sessions hangs on besides an assignment and a submission, as a value that can
be hashed: this package, Python and what is installed, and the machine with the confinement that it
grants."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import platform
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from autograder.course.assignment import Assignment
from autograder.grading.warm import warm_servers
from autograder.sandbox.forkserver import ForkServer
from autograder.sandbox.packages import MACHINERY
from autograder.sandbox.versions import contents, places

PACKAGE = Path(__file__).parent.parent
INSTALLED = {"site-packages", "dist-packages"}

_once = threading.Lock()
_before: dict[tuple[str, ...], tuple[Callable[[], bool], dict[str, Any]]] = {}


def surroundings(assignment: Assignment, confined: bool = True) -> dict[str, Any]:
    """What the sessions of an assignment have around them, as it was when their servers started.

    ConfinementError where this machine cannot confine sessions.
    """
    servers = warm_servers(assignment, confined)
    with _once:  # of the workers, the first looks for all
        return _around(*servers, assignment.grader_packages)


@functools.lru_cache(maxsize=16)
def _around(student: ForkServer, grader: ForkServer, packages: tuple[str, ...]) -> dict[str, Any]:
    is_as_it_was, before = _before.get(packages, (lambda: False, {}))
    found = before if is_as_it_was() else described(packages)
    return found | {"confinement": [student.tier, grader.tier]}


def describe_before(packages: tuple[str, ...], is_as_it_was: Callable[[], bool]) -> None:
    """Describe what is around sessions with these packages for who asks while it is as it was."""
    _before[packages] = is_as_it_was, described(packages)


def described(packages: Iterable[str]) -> dict[str, Any]:
    """The same, but for the confinement. The seed of all random numbers is in this package's
    text."""
    return {
        "autograder": contents(PACKAGE),
        "python": sys.version,
        "installed": sorted(set(_installed())),  # a place may stand twice on the path
        "written here": [(name, contents(place)) for name, place in written_here(packages)],
        "machine": platform.platform(),
    }


def _installed() -> Iterator[str]:
    """Of each distribution a digest of its list of files, which has its name, its version, and the
    digest of each; of what has no such list, name and version."""
    for distribution in importlib.metadata.distributions():
        record = distribution.read_text("RECORD")
        known = record or f"{distribution.name} {distribution.version}"
        yield hashlib.sha256(known.encode()).hexdigest()


def written_here(packages: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """The other packages that are used where they are written, so that no version tells what they
    are."""
    for name in sorted({*packages, *MACHINERY, *_editable()} - {PACKAGE.name}):
        spec = importlib.util.find_spec(name) if name.isidentifier() else None
        for place in map(Path, filter(None, places(spec) if spec else ())):
            if place.exists() and INSTALLED.isdisjoint(place.parts):
                yield name, place


def _editable() -> Iterator[str]:
    """What the distributions hold that were installed as a link to where they are written."""
    for distribution in importlib.metadata.distributions():
        if '"editable": true' in (distribution.read_text("direct_url.json") or ""):
            named = distribution.read_text("top_level.txt") or distribution.name.replace("-", "_")
            yield from named.split()
