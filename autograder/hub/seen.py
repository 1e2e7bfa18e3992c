"""What a round of `autograder watch` saw, kept for `--status`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from autograder.course.course import Course, CourseError, held
from autograder.course.ids import printable
from autograder.grading.engine import ungraded, write_whole
from autograder.hub.give_back import Graded, is_released
from autograder.term.due import Due, moment

FILE, LOCK = ".watch.json", ".watch.lock"  # in `reports/`


@dataclass
class Seen:
    """When a round began (UTC) and how long it took; what failed, what waits for a person, and what
    comes by itself."""

    began: datetime
    seconds: float = 0.0
    failed: list[str] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)

    def add(self, course: Course, state: Due, found: dict[str, Graded], is_used: bool) -> None:
        """What there is to say of an assignment, in a course whose exchange is used or not."""
        name, people = state.name, [s for s, result in found.items() if result.waits]
        if people:
            self.waits.append(f"{name}: points or a look in the form-grader: {', '.join(people)}")
        if state.closed is None and ungraded(course, name, course.students(name)):
            self.waits.append(f"{name}: it has no due date: `autograder grade {name}` grades it")
        if found and state.release and not is_used:
            self.waits.append(
                f"{name}: feedback lies in {course.feedback.name}/, for you to give back: there is "
                "no exchange"
            )
        elif found and not state.release:
            self.waits.append(
                f"{name}: feedback is not released: release_feedback = true, or a date, in "
                f"{course.solutions.name}/{name}/assignment.toml does so"
            )
        elif found and not is_released(state, self.began):
            since = f"{state.since:%Y-%m-%d %H:%M} UTC"
            self.later.append(f"{name}: feedback is released from {since} on")

    def keep(self, reports: Path) -> None:
        kept = asdict(self) | {"began": self.began.isoformat()}
        write_whole(reports / FILE, json.dumps(kept, indent=1).encode())


def last_seen(course: Course) -> Seen:
    """The last round's. CourseError: there was none."""
    try:
        kept = json.loads((course.reports / FILE).read_text())
        return Seen(**kept | {"began": datetime.fromisoformat(kept["began"])})
    except (OSError, ValueError, TypeError, LookupError):
        raise CourseError(f"{course.root} has not been watched: run `autograder watch`") from None


def is_watched(course: Course) -> bool:
    try:
        with held(course.reports / LOCK, ""):
            return False
    except CourseError:
        return True


def status(course: Course) -> tuple[list[str], bool]:
    """What there is to say of the watcher, a line each, and whether all is well with it."""
    seen, watched = last_seen(course), is_watched(course)
    return list(_lines(seen, watched)), watched and not seen.failed


def _lines(seen: Seen, watched: bool) -> Iterator[str]:
    ago = (moment() - seen.began.astimezone(UTC)).total_seconds()
    runs = "a watcher runs" if watched else "no watcher runs: start `autograder watch`"
    took = f"{ago:.0f} s ago, took {seen.seconds:g} s"
    yield f"last round {seen.began:%Y-%m-%d %H:%M:%S} UTC, {took}; {runs}"
    for label, lines in (("fails", seen.failed), ("waits", seen.waits), ("later", seen.later)):
        for line in lines:
            yield f"{label:6} {printable(line)}"
