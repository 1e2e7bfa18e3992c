"""What students get, made from the assignments as they are released already: these are not proved
again."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

from autograder.authoring import dist
from autograder.course.course import Course
from tests.conftest import ROOT

DAY = date(2026, 11, 26)


def unpacked(into: Path, day: date = DAY) -> Path:
    """The archive's folder."""
    course = Course(ROOT)
    packed, _ = dist.assemble(course, course.assignments, into / "made", day)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(into)
    return into / packed.stem
