"""A course's folder: where nbgrader keeps things, and its configuration."""

from __future__ import annotations

import difflib
import fcntl
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader
from traitlets.utils.importstring import import_item

from autograder.course.assignment import Assignment, AssignmentError, read_assignment
from autograder.course.autotests import Made, kept
from autograder.course.marks import Marks
from autograder.course.newbook import prepare

CONFIG = "nbgrader_config.py"


class CourseError(Exception):
    """Wrong use: a folder or an assignment that is not there; says what to do."""


class Faults(CourseError):
    """What can be read to be wrong with an assignment: a line for each fault."""


class BuildError(Exception):
    """A proof that failed: the assignment must not be given to students as it is."""


class KeptError(BuildError):
    """What a person gave in the gradebook would be lost by a release."""


class Course:
    """The folder that holds `nbgrader_config.py`, laid out as nbgrader lays it out.

    A copy of a course keeps what it proves with the one that it was made from: `proofs`.
    """

    def __init__(self, root: Path, proofs: Path | None = None):
        try:
            self.root = root.resolve()
        except OSError as error:
            raise CourseError(f"the folder that you are in is gone ({error.strerror})") from error
        if not (self.root / CONFIG).is_file():
            raise CourseError(
                f"{self.root} is no course: there is no {CONFIG}; go to the folder that has it, or "
                "name that folder by --course DIR (`nbgrader quickstart NAME` makes a course)"
            )
        self.config: Config = PyFileConfigLoader(CONFIG, path=str(self.root)).load_config()
        self.config.CourseDirectory.root = str(self.root)
        self.nbgrader = CourseDirectory(config=self.config)
        self.solutions = self.root / self.nbgrader.source_directory
        self.assignments = self.root / self.nbgrader.release_directory
        self.submitted = self.root / self.nbgrader.submitted_directory
        self.autograded = self.root / self.nbgrader.autograded_directory
        self.feedback = self.root / self.nbgrader.feedback_directory
        self.reports = self.root / "reports"
        self.public = self.root / "public"  # what a check may know of each assignment
        self.proofs = proofs or self.reports

    def assignment(self, name: str, made: Made | None = None) -> Assignment:
        """An assignment, with the tests made for it: those given, or those of its last build."""
        folder = self.solutions / name
        if not folder.is_dir() or not name:
            there = ", ".join(sorted(p.name for p in self.solutions.glob("*") if p.is_dir()))
            raise CourseError(f"{folder} is missing; the assignments are: {there or 'none'}")
        try:
            if made is None:
                made = kept(self.reports, folder, self.root)
            return read_assignment(folder, self.marks, made)
        except AssignmentError as error:
            raise Faults(str(error)) from error

    @cached_property
    def marks(self) -> Marks:
        """The marks around solutions and hidden tests, as the course configures them."""
        try:
            return Marks(self.config)
        except ValueError as error:
            raise CourseError(f"{CONFIG}: {error}") from error

    def gradebook(self) -> Gradebook:
        prepare(self.nbgrader.db_url)
        return Gradebook(self.nbgrader.db_url, self.nbgrader.course_id)

    def alone(self, assignment: str) -> AbstractContextManager[None]:
        """Grade or build an assignment as the only one. CourseError: somebody else does."""
        return held(
            self.reports / assignment / ".lock",
            f"another grading or building of {assignment} is running (in a terminal, by the "
            "form-grader's Autograde button, or by `autograder watch`): wait until it has ended, "
            "then try again",
        )

    @cached_property
    def late_plugin(self) -> Any:
        """nbgrader's plug-in for late submissions, as the course configures it."""
        default = "nbgrader.plugins.LateSubmissionPlugin"
        chosen = self.config.AssignLatePenalties.get("plugin_class", default)
        plugin = import_item(chosen) if isinstance(chosen, str) else chosen
        return plugin(config=self.config)

    def students(self, assignment: str) -> list[str]:
        """Everybody on the gradebook's roll, and everybody who has handed something in; of any
        assignment where none is named."""
        with self.gradebook() as gradebook:
            roll = {student.id for student in gradebook.students}
        handed_in = {path.parent.name for path in self.submitted.glob(f"*/{assignment or '*'}")}
        return sorted(roll | handed_in)

    def known(self, asked: list[str], assignment: str = "") -> list[str]:
        """Students who are asked for. CourseError: nobody is called so."""
        known = self.students(assignment)
        for name in asked:
            if name not in known:
                similar = difflib.get_close_matches(name, known, 1)
                hint = f"do you mean {similar[0]!r}?" if similar else "correct the id"
                raise CourseError(
                    f"{name!r} is not in the gradebook and has handed in nothing"
                    f"{f' for {assignment}' if assignment else ''}: {hint}"
                )
        return asked


@contextmanager
def held(path: Path, busy: str) -> Iterator[None]:
    """Hold a lock that one process has at a time. CourseError: another has it, which `busy` says.

    The lock is the system's, which takes it from a process that ends, however it ends: none is
    ever left behind.
    """
    with ExitStack() as opened:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = opened.enter_context(open(path, "w"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(busy) from None
        except OSError as error:
            raise CourseError(f"{path} cannot be locked: {error.strerror}") from error
        yield
