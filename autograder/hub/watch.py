"""`autograder watch`: collects, grades what is due and gives feedback back, round after round.

It needs no hub: systemd starts it, a hub does, or a person. One watches a course at a time, by a
lock that the system takes from a process that ends. Every step can be taken again, and the next
round does so with what a kill or a failure has left; what fails is said when it begins to, and the
other assignments go on. A line is one fact, without points and without a word of a student's.
"""

from __future__ import annotations

import errno
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from nbgrader.exchange import ExchangeError
from sqlalchemy.exc import SQLAlchemyError

from autograder.course.course import BuildError, Course, CourseError, held
from autograder.course.ids import printable
from autograder.course.settings import Settings
from autograder.grading.engine import grade_course, ungraded
from autograder.hub.configured import Exchange, of_the_machine
from autograder.hub.give_back import give_back
from autograder.hub.seen import LOCK, Seen
from autograder.records.gradebook import RecordError
from autograder.sandbox.confine import ConfinementError
from autograder.term.dates import apply_allowed
from autograder.term.due import Due, assignments, due, moment, take_settings

PLAIN = (CourseError, LookupError, BuildError, RecordError, ConfinementError)  # say what to do
LONGEST = 400  # characters of a line
MANY = 10  # refused hand-ins that a round tells of one assignment
log = logging.getLogger("autograder.watch")


class Watcher:
    """A course's; `stop` ends it after the submission that it is at."""

    def __init__(self, root: Path, every: float, workers: int | None = None) -> None:
        self.root, self.every, self.workers = root.resolve(), every, workers
        self.stopped = threading.Event()
        self.told: dict[tuple[str, str], str] = {}  # what fails: of what, at which step, and how
        self.refused: dict[str, set[str]] = {}
        self.collected = 0.0  # when, by the monotonic clock

    def stop(self, *_: object) -> None:
        self.stopped.set()

    def watch(self, once: bool = False) -> Seen:
        """Rounds until `stop`, or one. CourseError: no course, or it is watched already."""
        course, self.machine = Course(self.root), of_the_machine()
        used = Exchange(course, self.machine).is_used
        busy = f"{course.root} is watched already: `autograder watch --status` says more"
        with held(course.reports / LOCK, busy):
            log.info("watching %s", course.root)
            if not used:
                log.info("there is no exchange: what lies in %s/ is graded", course.submitted.name)
            while True:
                seen = self.round()
                if once or self.stopped.wait(max(1.0, self.every - seen.seconds)):
                    log.info("ended")
                    return seen

    def round(self) -> Seen:
        """Each step once, of each assignment, whatever became of the others."""
        began, now = time.monotonic(), moment()  # what is handed in by now is collected below
        seen = Seen(now)
        with self._step("", "the course"):
            course = Course(self.root)
            exchange, names = Exchange(course, self.machine), assignments(course)
            self.told = {at: told for at, told in self.told.items() if at[0] in ("", *names)}
            settings = dict[str, Settings]()
            for name in names:
                with self._step(name, "its settings"):
                    settings[name] = take_settings(course, name)
            collected = self._collect(exchange, names)
            for name in settings:
                if self.stopped.is_set():
                    break
                with self._step(name, "who is due"):
                    apply_allowed(course, name)
                    state = due(course, name, settings[name], now)
                    self._follow(exchange, state, name in collected, names, seen)
        seen.failed, seen.seconds = list(self.told.values()), round(time.monotonic() - began, 3)
        with self._step("", "its own notes"):
            seen.keep(self.root / "reports")
        return seen

    def _collect(self, exchange: Exchange, names: list[str]) -> set[str]:
        """Collect; the assignments of which that went well: all where there is no exchange."""
        self.collected, done = time.monotonic(), set()
        if not exchange.is_used:
            return {*names}
        for name in names:
            with self._step(name, "collecting"):
                took = exchange.collect(name)
                done.add(name)
                for student in took.collected:
                    log.info("%s: collected %s", name, printable(student))
                new = [
                    reason for reason in took.refused if reason not in self.refused.get(name, ())
                ]
                for reason in new[:MANY]:
                    log.warning("%s: not collected: %s", name, printable(reason))
                if new[MANY:]:
                    log.warning("%s: not collected: %d more", name, len(new) - MANY)
                self.refused[name] = set(took.refused)
        return done

    def _follow(
        self, exchange: Exchange, state: Due, collected: bool, names: list[str], seen: Seen
    ) -> None:
        """Grade and give back what is due of an assignment; the latter, too, where a person has
        graded it. What is in time and not collected yet shall not be overlooked."""
        with self._step(state.name, "grading"):
            if collected:
                self._grade(exchange, state, names)
        with self._step(state.name, "feedback"):
            found = give_back(exchange.course, exchange, state, seen.began, log.info)
            seen.add(exchange.course, state, found, exchange.is_used)

    def _grade(self, exchange: Exchange, state: Due, names: list[str]) -> None:
        """Grade who is due and not yet graded; where that takes long, go on collecting meanwhile:
        what stands in the exchange may be changed by its author."""
        course, name, faults = exchange.course, state.name, dict[str, str]()
        if not (students := ungraded(course, name, state.students)):
            return
        run = grade_course(course, course.assignment(name), students, workers=self.workers)
        with closing(run) as results:
            for result in results:
                if result.state == "fault":
                    faults[result.student] = result.message
                else:
                    log.info("%s: graded %s: %s", name, printable(result.student), result.state)
                if self.stopped.is_set():
                    return
                if time.monotonic() - self.collected >= self.every:
                    self._collect(exchange, names)
        lost = ungraded(course, name, faults)
        for student in faults.keys() - set(lost):
            log.warning("%s: %s: the grader failed, a person gives points", name, student)
        if lost:
            raise RecordError(
                f"{len(lost)} could not be kept, and are graded again: {faults[lost[0]]}"
            )

    @contextmanager
    def _step(self, name: str, step: str) -> Iterator[None]:
        """A step of which a failure is said once, and when it is over, and ends nothing else."""
        try:
            yield
        except Exception as error:
            told = printable(f"{name or 'watch'}: {step}: {sentence(error)}")[:LONGEST]
            if self.told.get((name, step)) != told:
                log.error("%s", told)
            self.told[name, step] = told
        else:
            if self.told.pop((name, step), None):
                log.info("%s: %s: over", name or "watch", step)


def sentence(error: Exception) -> str:
    """What failed, and what to do about it."""
    if isinstance(error, PLAIN):
        return str(error)
    if isinstance(error, ExchangeError):
        return (
            f"{error}: look whether c.Exchange.root is there, and may be written by this account; "
            "until then nothing is graded that may lack an attempt in time"
        )
    if isinstance(error, SQLAlchemyError):
        said = str(error).partition("\n")[0]
        return f"the gradebook cannot be read or written: {said}: it is tried again"
    if isinstance(error, OSError):
        advice = "make room on the disk" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        place = f" ({error.filename})" if error.filename else ""
        return f"{error.strerror or error}{place}: {advice or 'mend that'}; it is tried again"
    return f"{type(error).__name__}: {error}: a fault of the watcher's; it is tried again"


def prepare(watcher: Watcher) -> None:
    """Let SIGTERM end it in its own time, and lines go to standard error, where the journal, which
    has times of its own, takes them."""
    signal.signal(signal.SIGTERM, watcher.stop)
    times = "" if "JOURNAL_STREAM" in os.environ else "%(asctime)s "
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(times + "%(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
