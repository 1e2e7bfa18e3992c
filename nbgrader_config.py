"""The course as nbgrader sees it; the autograder reads the same file."""

import os

c = get_config()  # noqa: F821  (Jupyter's configuration loader provides it)

c.CourseDirectory.course_id = "cnn"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.ignore = [
    *(".ipynb_checkpoints", "*.pyc", "__pycache__"),
    # What is the instructor's.
    *("assignment.toml", "mistakes*.py", "demo.py", "autotests.yml", "*.before-adopt"),
]

# A submission that is late loses a tenth of its points for each day that has begun.
c.AssignLatePenalties.plugin_class = "autograder.nbgrader_plugin.LateTenPercentADay"

# Archives that students handed in are unpacked with limits, by `nbgrader zip_collect`.
c.ZipCollectApp.extractor_plugin = "autograder.nbgrader_plugin.BoundedExtractor"

# What students handed in through nbgrader's exchange is collected without believing anybody.
c.ExchangeFactory.collect = "autograder.exchange.Collect"

# Files that students handed in elsewhere are named <student>_attempt_<time>_<notebook>.ipynb.
c.ZipCollectApp.collector_plugin = "autograder.nbgrader_plugin.Collector"

# In nbgrader's pages, what students wrote is text. (`pip install` brings the same for every course,
# and what guards the form-grader: autograder/hub/etc/.)
c.HTMLExporter.filters = {"markdown2html": "autograder.records.words.markdown"}
c.HTMLExporter.preprocessors = ["autograder.records.presentable.Presentable"]

# What a deployment says of itself: where the exchange is, and whose a hand-in is.
if deployment := os.environ.get("COURSE_DEPLOYMENT"):
    load_subconfig(deployment)  # noqa: F821
