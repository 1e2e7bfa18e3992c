"""Commit the lectures, as students get them, to the repository that their homes are filled from.

    python lectures.py REPOSITORY       (in the course's clone)

What `make dist` gives, without the assignments: on a hub these come by the exchange.
"""

import sys
import tempfile
from datetime import date
from pathlib import Path

from autograder.authoring.dist import assemble
from autograder.authoring.students import publish
from autograder.course.course import Course

with tempfile.TemporaryDirectory() as scratch:
    none = Path(scratch, "assignments")
    none.mkdir()
    [archive, _] = assemble(Course(Path()), none, Path(scratch, "made"), date.today())
    publish(archive.with_suffix(""), Path(sys.argv[1]))
