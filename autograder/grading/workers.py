"""What grades side by side: threads, one for each core, and what each does with a submission."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

from autograder.course.assignment import Assignment
from autograder.course.course import CourseError
from autograder.course.submission import Submission
from autograder.grading.grading import faulty, grade_submission
from autograder.records.result import GradeResult
from autograder.sandbox.confine import ConfinementError


def threads_for_cores(number: int | None = None) -> ThreadPoolExecutor:
    """A thread for each core, or so many: sessions are processes of their own, and keep it busy."""
    cores = sorted(os.sched_getaffinity(0))
    return ThreadPoolExecutor(
        number or len(cores), "grading", initializer=_pin, initargs=(cycle(cores),)
    )


def _pin(cores: Iterator[int]) -> None:
    """Keep this worker, and the sessions that it starts, on one core: they take turns, and a
    question that wakes another core takes twice as long."""
    os.sched_setaffinity(0, {next(cores)})


def grade_or_fault(
    assignment: Assignment, submission: Submission, confined: bool, kept: bytes | None = None
) -> GradeResult:
    """The submission's result; where the grader itself fails, a fault that costs nothing."""
    try:
        return grade_submission(assignment, submission, confined, kept=kept)
    except (ConfinementError, CourseError):
        raise  # would be the same for every submission: the run stops
    except Exception as error:
        return faulty(assignment, submission.student, f"{type(error).__name__}: {error}")
