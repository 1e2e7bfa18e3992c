"""nbgrader in every pod: the exchange is where hub/pods.py mounts it."""

import os

c = get_config()  # noqa: F821  (Jupyter's configuration loader provides it)

c.CourseDirectory.course_id = os.environ["COURSE_ID"]
c.Exchange.root = "/srv/nbgrader/exchange"
