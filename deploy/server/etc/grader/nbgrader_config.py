"""nbgrader under the account that owns the course: the rest stands in the course's own file."""

import os

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = os.environ["COURSE_ID"]
c.CourseDirectory.root = f"{os.environ['COURSE_HOME']}/course"
c.Exchange.root = f"{os.environ['COURSE_HOME']}/exchange"
