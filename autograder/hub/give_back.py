"""Feedback: written when something was graded, by whomever, and released when that was asked for.

What a person still has to look at holds a student's feedback back: points to be given in the
form-grader, or a flag to be taken away there. `nbgrader release_feedback` releases it nevertheless.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.course.course import Course
from autograder.course.ids import printable
from autograder.grading.engine import kept_data, write_whole
from autograder.grading.shown import write_feedback
from autograder.hub.configured import Exchange
from autograder.records.standing import standings
from autograder.term.due import Due

FILE = ".feedback"  # in `reports/<assignment>/`: of which state of a result there are pages
Say = Callable[..., None]


@dataclass(frozen=True)
class Graded:
    """A kept result, as of now: a digest of all that a page says, and whether a person is asked."""

    digest: str
    waits: bool
    handed_in: bool


def graded(course: Course, name: str) -> dict[str, Graded]:
    """What is graded of an assignment, by student."""
    with course.gradebook() as gradebook:
        there = standings(gradebook, gradebook.find_assignment(name))
    found = {}
    for student in course.students(name):
        if kept := kept_data(course.reports, name, student):
            standing = there.get(student)
            text = json.dumps(kept, sort_keys=True) + str(standing)
            digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()
            waits = standing is not None and standing.waits
            found[student] = Graded(digest, waits, kept.get("state") != "absent")
    return found


def give_back(
    course: Course, exchange: Exchange, state: Due, now: datetime, say: Say
) -> dict[str, Graded]:
    """Write the pages that are not there yet, release those that may be; what is graded."""
    name, found = state.name, graded(course, state.name)
    notes = Notes(course.reports / name / FILE)
    if new := notes.missing("written", found):
        write_feedback(course, name, new)
        notes.add("written", new)
        say("%s: feedback written: %s", name, printable(", ".join(new)))
    if is_released(state, now) and exchange.is_used:
        ready = {s: result for s, result in found.items() if result.handed_in and not result.waits}
        for student, digest in notes.missing("released", ready).items():
            exchange.release(name, student)
            notes.add("released", {student: digest})
            say("%s: feedback released: %s", name, printable(student))
    return found


def is_released(state: Due, now: datetime) -> bool:
    """Whether feedback goes out: from the time that was named, or when nobody has time left."""
    return state.release is not False and (state.since is None or state.since <= now)


class Notes:
    """What has been written and released, of which state: kept after each, so that a kill makes
    it be done once more, and no other."""

    def __init__(self, path: Path) -> None:
        self.path, self.notes = path, dict[str, dict[str, str]]()
        with suppress(OSError, ValueError):  # none yet: all is written, and released again
            self.notes.update(json.loads(path.read_text()))

    def missing(self, step: str, found: dict[str, Graded]) -> dict[str, str]:
        """The students whose present state has not passed the step, with its digest."""
        passed = self.notes.get(step, {})
        return {s: g.digest for s, g in found.items() if passed.get(s) != g.digest}

    def add(self, step: str, passed: dict[str, str]) -> None:
        self.notes.setdefault(step, {}).update(passed)
        write_whole(self.path, json.dumps(self.notes, indent=1).encode())
