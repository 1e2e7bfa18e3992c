"""Commit the lectures, as students get them, to the repository that their homes are filled from.

    python lectures.py REPOSITORY       (in the course's clone)

What `make dist` gives, without the assignments: on a hub these come by the exchange.
"""

import runpy
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
    made = archive.with_suffix("")
    # As start.py does on a laptop: else JupyterLab marks as changed what is only opened.
    runpy.run_path(str(made / "start.py"))["_note_python"](Path(sys.executable))
    publish(made, Path(sys.argv[1]))
