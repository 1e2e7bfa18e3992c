"""What students get, made from an assignment that is released already: it is not proved again."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

from autograder.authoring import dist
from autograder.course.course import Course
from tests.conftest import ROOT

DAY = date(2026, 11, 26)


def unpacked(course: Course, into: Path, day: date = DAY) -> Path:
    """The archive's folder, with the assignments of a course."""
    packed, _ = dist.assemble(Course(ROOT), course.assignments, into / "made", day)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(into)
    return into / packed.stem
