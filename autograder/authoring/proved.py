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
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from autograder.authoring.proofs import Proof, prove
from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.grading.engine import fingerprint
from autograder.grading.surroundings import surroundings
from autograder.sandbox.versions import contents

FILE = ".proved"  # of a folder in `reports/`


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
    parts = surroundings(assignment, confined) | {
        "assignment": fingerprint(assignment),
        "folders": [contents(source), contents(released)],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
