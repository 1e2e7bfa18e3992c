"""A course that is given: two assignments, an exchange, people who hand in, and a watcher."""

import logging
import os
import pwd
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from autograder.authoring.build import release
from autograder.course.course import CONFIG, Course
from autograder.grading.engine import kept_data
from autograder.hub.watch import Watcher
from tests.conftest import notebook, small_course

ME = pwd.getpwuid(os.geteuid()).pw_name
TESTED = [("q1", "solution", "def double(x):\n    return 2 * x")]
TESTED += [("q1_test", "test", "assert double(2) == 4")]
READ = [*TESTED, ("why", "manual", "Why?")]
ANSWER = "def double(x):\n    return x + x"
DAY = timedelta(days=1)


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """`t` is graded by its test alone, a person reads an answer of `read`."""
    root = tmp_path_factory.mktemp("term") / "course"
    for name, cells in (("t", TESTED), ("read", READ)):
        course = small_course(root, cells, name)
        release(course, course.assignment(name))
    return root


class Term:
    """What the people of the course do; times are days from now."""

    def __init__(self, root, where, exchange=None):
        self.course = Course(shutil.copytree(root, where / "course"))
        self.exchange, self.lines = where / "exchange", []
        if exchange:
            shutil.copytree(exchange, self.exchange)
        (self.exchange / "cnn" / "inbound").mkdir(parents=True, exist_ok=True)
        self.configure(f"c.Exchange.root = {str(self.exchange)!r}")
        address = f"sqlite:///{self.course.root}/gradebook.db?timeout=0.2"
        self.configure(f"c.CourseDirectory.db_url = {address!r}")
        self.watcher = Watcher(self.course.root, 60)

    def copy(self, where):
        """The same course at the same moment, elsewhere."""
        return Term(self.course.root, where, self.exchange)

    def configure(self, line):
        with open(self.course.root / CONFIG, "a") as file:
            file.write(f"\n{line}\n")
        self.course = Course(self.course.root)

    def set(self, name="t", due=None, release="true"):
        lines = ['packages = ["numpy"]', f"release_feedback = {release}"]
        if due is not None:
            lines.append(f"duedate = {self.at(due)}")
        (self.course.solutions / name / "assignment.toml").write_text("\n".join(lines))

    def at(self, days):
        return f"{datetime.now(UTC) + days * DAY:%Y-%m-%dT%H:%M:%S.%f+00:00}"

    def inbound(self, name="t", student=ME, more="x"):
        stamp = "2026-01-01 10:00:00 UTC"
        return self.exchange / "cnn" / "inbound" / f"{student}+{name}+{stamp}+{more}"

    def hand_in(self, name="t", student=ME, code=ANSWER, why="Because.", more="x"):
        """As nbgrader's `submit` does; the secret goes by the attempt."""
        folder = self.inbound(name, student, more)
        folder.mkdir(exist_ok=True)
        cells = [("q1", "solution", code), TESTED[1]]
        (folder / "submission_secret.txt").write_text(f"secret of {folder.name}")
        text = notebook([*cells, ("why", "manual", why)] if name == "read" else cells)
        (folder / f"{name}.ipynb").write_bytes(text)
        (folder / "timestamp.txt").write_text("2026-01-01 10:00:00 UTC")

    def put(self, student, name="t", code=ANSWER):
        """Into `submitted/`, as by `nbgrader zip_collect`."""
        folder = self.course.submitted / student / name
        folder.mkdir(parents=True)
        (folder / f"{name}.ipynb").write_bytes(notebook([("q1", "solution", code), TESTED[1]]))

    def watch(self):
        return self.watcher.watch(once=True)

    def state(self, name="t", student=ME):
        return kept_data(self.course.reports, name, student).get("state")

    def pages(self):
        """What has been given back in the exchange."""
        return {path.name: path.read_text() for path in self.exchange.glob("cnn/feedback/*.html")}

    def rows(self, query):
        with closing(sqlite3.connect(self.course.root / "gradebook.db")) as opened:
            return opened.execute(query).fetchall()

    def said(self, *words):
        return [line for line in self.lines if all(word in line for word in words)]


@pytest.fixture
def term(released, tmp_path):
    made = Term(released, tmp_path)
    logger = logging.getLogger("autograder.watch")
    handler = logging.Handler()
    handler.emit = lambda record: made.lines.append(record.getMessage())
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.INFO)
    yield made
    logger.removeHandler(handler)
    logger.setLevel(level)
