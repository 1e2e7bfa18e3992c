"""What has been proved of an assignment, kept until something changes that its proofs read.

They take up to a minute, and what comes of them depends on nothing but the assignment, the two
folders that nbgrader makes of it, this package, Python and what is installed, and the machine with
the confinement that it grants. Where all of them hold, what they promise is kept in
`reports/NAME/.proved`, which is the instructor's to write, with a digest of all that. What does not
hold is never kept. Who wants to see it proved again removes that file.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date
from importlib.machinery import ModuleSpec
from pathlib import Path

from autograder.authoring.proofs import Proof, prove
from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.grading.engine import fingerprint
from autograder.grading.warm import warm_servers
from autograder.sandbox.packages import importable

FILE = ".proved"  # of a folder in `reports/`
PACKAGE = Path(__file__).parent.parent
INSTALLED = {"site-packages", "dist-packages"}


def prove_once(
    course: Course, assignment: Assignment, source: Path, released: Path, confined: bool = True
) -> Iterator[Proof]:
    """The proofs that are kept, or else new ones, which are kept if all of them hold.

    ConfinementError where this machine cannot confine sessions, though nothing may have to be run.
    """
    path = course.proofs / assignment.name / FILE
    of = digest(assignment, source, released, confined)
    proofs = recall(path, of)
    if proofs:
        yield from proofs
        return
    for proof in prove(assignment, source, released, confined):
        proofs.append(proof)
        yield proof
    if not any(proof.flaws for proof in proofs):
        keep(path, of, proofs)


def keep(path: Path, of: str, proofs: Iterable[Proof]) -> None:
    """Write what holds: the whole file or nothing, though others may be writing it, too.

    What cannot be written is proved again the next time.
    """
    promises = [proof.promise for proof in proofs]
    text = json.dumps({"of": of, "on": f"{date.today()}", "promises": promises}, indent=1)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=FILE, dir=path.parent) as scratch:
            whole = Path(scratch, FILE)
            whole.write_text(text, encoding="utf-8")
            os.replace(whole, path)


def recall(path: Path, of: str) -> list[Proof]:
    """What is kept; nothing where it is of something else, or damaged."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["of"] != of or not isinstance(kept["promises"], list):
            return []
        day = f"{date.fromisoformat(kept['on'])}"
        return [Proof(f"{promise}", (), day) for promise in kept["promises"]]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def digest(assignment: Assignment, source: Path, released: Path, confined: bool = True) -> str:
    """Of all that the proofs read, and of what else could change their outcome."""
    student, grader = warm_servers(assignment, confined)
    parts = {
        "assignment": fingerprint(assignment),
        "folders": [_contents(source), _contents(released)],
        "autograder": _contents(PACKAGE),
        "python": sys.version,
        "installed": sorted(_installed()),
        "written here": list(_written_here(assignment.grader_packages)),
        "machine": platform.platform(),
        "confinement": [student.tier, grader.tier],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _contents(place: Path) -> dict[str, str]:
    """A digest of each file in a folder, or of one file, but for what Python makes of it."""
    files = [place] if place.is_file() else place.rglob("*")
    return {
        path.relative_to(place).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file() and "__pycache__" not in path.parts
    }


def _installed() -> Iterator[tuple[str, str, str]]:
    """The name and version of each distribution, and its list of files with their digests."""
    for distribution in importlib.metadata.distributions():
        record = (distribution.read_text("RECORD") or "").encode()
        yield distribution.name, distribution.version, hashlib.sha256(record).hexdigest()


def _written_here(packages: Iterable[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Those of the packages that are used where they are written, so that no version tells what
    they are."""
    for name in sorted(importable(packages)):
        spec = importlib.util.find_spec(name)
        for place in map(Path, filter(None, _places(spec) if spec else ())):
            if place.exists() and INSTALLED.isdisjoint(place.parts):
                yield name, _contents(place)


def _places(spec: ModuleSpec) -> Iterable[str | None]:
    return spec.submodule_search_locations or [spec.origin]
