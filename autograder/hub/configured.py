"""nbgrader's exchange as machine and course configure it: `c.ExchangeFactory`, `c.Exchange`."""

from __future__ import annotations

import copy
import glob
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from jupyter_core.paths import jupyter_config_path
from nbgrader.apps import NbGrader
from nbgrader.exchange import ExchangeError, ExchangeFactory
from traitlets.config import Application, Config

from autograder.course.course import CONFIG, Course, CourseError

EVERYBODY = "*"


class Took(NamedTuple):
    """Of whom something was collected, and what was refused, with the reason."""

    collected: Sequence[str] = ()
    refused: Sequence[str] = ()


def of_the_machine() -> Config:
    """What nbgrader's commands read besides the course's own file: JUPYTER_CONFIG_PATH, /etc, ~."""
    app = NbGrader()
    Application.load_config_file(app, "nbgrader_config", path=jupyter_config_path())
    return app.config


class Exchange:
    """A course's. CourseError: the machine's configuration names another course or gradebook."""

    def __init__(self, course: Course, machine: Config) -> None:
        self.course, config = course, copy.deepcopy(machine)
        for key in ("course_id", "db_url"):
            if config.CourseDirectory.get(key, own := getattr(course.nbgrader, key)) != own:
                raise CourseError(
                    f"c.CourseDirectory.{key} is set for this machine, and otherwise for the "
                    f"course: write it into {course.root / CONFIG}, where all commands read it"
                )
        config.merge(course.config)
        self.factory = ExchangeFactory(config=config)

    def collect(self, name: str) -> Took:
        """As `nbgrader collect --update` does. ExchangeError: nothing could be collected."""
        self._for(name, EVERYBODY)
        collect = self.factory.Collect(coursedir=self.course.nbgrader, update=True)
        try:
            collect.start()
        except ExchangeError:
            if not getattr(collect, "refused", ()):  # what is not refused was collected
                raise
        return Took(getattr(collect, "collected", ()), getattr(collect, "refused", ()))

    def release(self, name: str, student: str) -> None:
        """Release a student's feedback as `nbgrader release_feedback` does. ExchangeError."""
        self._for(name, glob.escape(student))
        self.factory.ReleaseFeedback(coursedir=self.course.nbgrader).start()

    def _for(self, name: str, students: str) -> None:
        self.course.nbgrader.assignment_id, self.course.nbgrader.student_id = name, students

    @cached_property
    def is_used(self) -> bool:
        """Whether the course has one. Where none is configured, and nothing lies where nbgrader
        looks for it by default, all hand-ins are imported; one that is configured may be away for a
        while."""
        made = self.factory.ReleaseFeedback(coursedir=self.course.nbgrader)
        if "root" not in made.traits():  # an exchange of another kind, which has no folder
            return True
        return made.root != made.traits()["root"].default_value or Path(made.root).is_dir()

    @property
    def folder(self) -> Path:
        """The course's, in the exchange."""
        root = self.factory.ReleaseFeedback(coursedir=self.course.nbgrader).root
        return Path(root, self.course.nbgrader.course_id)
