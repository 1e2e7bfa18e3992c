"""nbgrader in a student's pod: assignments lie where the start page leads."""

from pathlib import Path

c = get_config()  # noqa: F821  (Jupyter's configuration loader provides it)

c.Exchange.assignment_dir = str(Path.home() / "cnn-course" / "assignments")
