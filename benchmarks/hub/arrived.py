"""What of the night's hand-ins arrived: each attempt is kept, everybody graded as they deserve."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

# Run in the course's folder as the account that owns it: root opens no gradebook.
ASKED = """
import json
from pathlib import Path
from autograder.course.course import Course
with Course(Path()).gradebook() as gradebook:
    found = {
        s.student.id: [s.score, s.late_submission_penalty]
        for s in gradebook.assignment_submissions(NAME) if s.notebooks
    }
print(json.dumps(found))
"""


class Arrived(NamedTuple):
    """Counts, and in words whatever is not as it should be."""

    sent: int
    collected: int
    graded: int
    faults: tuple[str, ...]


def gradebook(home: Path, name: str) -> dict[str, list[float]]:
    """Points and penalty of everybody who is graded, by the gradebook. SystemExit: it cannot be
    read."""
    code = ASKED.replace("NAME", repr(name))
    command = [home / "grader", "python", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"make bench-hub: the gradebook cannot be read: {done.stderr}")
    return json.loads(done.stdout)


def arrived(
    course: Path,
    name: str,
    sent: dict[str, list[str]],
    points: dict[str, float],
    graded: dict[str, list[float]],
) -> Arrived:
    """Compare what was sent (by person: the SHA-256 of each notebook, the last one last) and the
    points that the last is worth with what stands in the course."""
    faults, collected = list[str](), 0
    for person, digests in sent.items():
        kept = _kept(course / "received" / name / person, f"{name}.ipynb")
        collected += len(set(digests) & set(kept))
        faults += [f"{person}: lost: {digest}" for digest in digests if digest not in kept]
        faults += [f"{person}: never sent: {digest}" for digest in kept if digest not in digests]
        faults += [f"{person}: kept {n} times" for n in map(kept.count, {*kept}) if n > 1]
        there = course / "submitted" / person / name / f"{name}.ipynb"
        if not there.is_file() or _digest(there.read_bytes()) != digests[-1]:
            faults.append(f"{person}: what is graded is not what was sent last")
        if person not in graded:
            faults.append(f"{person}: not graded")
        elif graded[person] != [points[person], 0]:
            faults.append(f"{person}: {graded[person]} instead of {points[person]} points, in time")
    faults += [f"{person}: graded, and never sent anything" for person in graded.keys() - sent]
    number = sum(map(len, sent.values()))
    return Arrived(number, collected, len(graded.keys() & sent), tuple(faults))


def _kept(folder: Path, notebook: str) -> list[str]:
    found = []
    for path in sorted(folder.glob("*.zip")):
        with zipfile.ZipFile(path) as packed:
            found.append(_digest(packed.read(notebook)))
    return found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
