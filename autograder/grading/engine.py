"""Many submissions: read, graded side by side, recorded by one writer; can be stopped and resumed.

A result is kept in `reports/<assignment>/<student>.json`, written last. A second run grades only
what is new or has changed since: the assignment, the submission, its time, or the graded notebook;
and where the gradebook has other points than a kept result, they are put right.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.course.ids import is_plain
from autograder.course.submission import Submission, read_submission
from autograder.grading.grading import (
    conversation,
    faulty,
    grade_submission,
    stranger,
    unrecorded,
)
from autograder.grading.workers import threads_for_cores
from autograder.records.gradebook import Graded, Recorder, RecordError, answers_of
from autograder.records.result import GradeResult
from autograder.sandbox.confine import ConfinementError

ATTEMPT = ("timestamp.txt", "submission_secret.txt")
MAX_SECRET = 1024
BATCH_SECONDS = 0.25  # results are recorded together: a transaction costs as much as ten results


@dataclass(frozen=True)
class Job:
    """One submission, its digest, a key that changes with whatever its result depends on, and the
    digests of the answers that were recorded before."""

    submission: Submission
    attempt: str
    key: str
    answers: dict[str, str]


def grade_course(
    course: Course,
    assignment: Assignment,
    students: Iterable[str] | None = None,
    *,
    workers: int | None = None,
    confined: bool = True,
    force: bool = False,
) -> Generator[GradeResult]:
    """Grade an assignment's submissions; gives the results as they are recorded.

    `students` are all by default. CourseError: another grading of the assignment is running.
    """
    names = course.students(assignment.name) if students is None else list(students)
    of = fingerprint(assignment)
    with course.alone(assignment.name), Recorder(course, assignment.name) as recorder:
        recorder.take_date(assignment)
        jobs: list[Job] = []
        overwritten: list[tuple[Job, GradeResult]] = []
        for name in names:
            if not is_plain(name):
                yield stranger(assignment, name)
                continue
            try:
                submission = read_submission(course.submitted / name / assignment.name, name)
            except OSError as error:
                yield faulty(assignment, name, f"the submission could not be read: {error}")
                continue
            data = kept_data(course.reports, assignment.name, name)
            job = _job(submission, of, data.get("answers", {}))
            kept = GradeResult.from_json(data) if data.get("key") == job.key else None
            if force or kept is None or not _is_intact(course, kept, data):
                jobs.append(job)
            elif other := recorder.differences(kept, submission.timestamp):
                notes = [kept.message, f"the gradebook had {', '.join(other)}: put right"]
                overwritten.append((job, replace(kept, message="; ".join(filter(None, notes)))))
            else:
                yield kept
        yield from _record_again(recorder, overwritten)
        if jobs:
            conversation(assignment, confined)  # once, before the workers need it
        for done in _grade_all(assignment, jobs, workers, confined):
            yield from _record(course, recorder, done)


def _record_again(recorder: Recorder, kept: list[tuple[Job, GradeResult]]) -> Iterator[GradeResult]:
    """Write kept results into a gradebook that something else has written since."""
    try:
        yield from recorder.record(
            [Graded(r, job.submission.timestamp, job.answers, again=True) for job, r in kept]
        )
    except RecordError as error:
        for _, result in kept:
            yield unrecorded(result, f"the gradebook could not be written: {error}")


def _record(
    course: Course, recorder: Recorder, done: list[tuple[Job, GradeResult]]
) -> Iterator[GradeResult]:
    """Write what was graded: notebooks, grades, and last the result that says that it is done.

    What cannot be written (disk full, gradebook locked) is a fault of its own, graded again by the
    next run; the rest goes on.
    """
    written = []
    for job, result in done:
        try:
            _write_notebooks(course, result, job.submission)
            written.append((job, result))
        except OSError as error:
            yield unrecorded(result, f"the notebook could not be written: {error}")
    try:
        recorded = recorder.record(
            [Graded(r, job.submission.timestamp, job.answers) for job, r in written]
        )
    except RecordError as error:
        for _, result in written:
            yield unrecorded(result, f"the gradebook could not be written: {error}")
        return
    for (job, _), result in zip(written, recorded, strict=True):
        try:
            _keep(course, result, job)
        except OSError as error:
            result = unrecorded(result, f"the result could not be written: {error}")
        yield result


def _grade_all(
    assignment: Assignment, jobs: list[Job], workers: int | None, confined: bool
) -> Iterator[list[tuple[Job, GradeResult]]]:
    """Results in the order in which they are ready, those of a quarter of a second together."""
    pool = threads_for_cores(workers)
    try:
        running: dict[Future[GradeResult], Job] = {
            pool.submit(_grade, assignment, job.submission, confined): job for job in jobs
        }
        while running:
            wait(running, return_when=FIRST_COMPLETED)
            ready, _ = wait(running, BATCH_SECONDS)
            yield [(running.pop(future), future.result()) for future in ready]
    finally:
        pool.shutdown(cancel_futures=True)


def _grade(assignment: Assignment, submission: Submission, confined: bool) -> GradeResult:
    """The submission's result; where the grader itself fails, a fault that costs nothing."""
    try:
        return grade_submission(assignment, submission, confined)
    except ConfinementError:
        raise  # would be the same for every submission: the run stops
    except Exception as error:
        return faulty(assignment, submission.student, f"{type(error).__name__}: {error}")


def fingerprint(assignment: Assignment) -> str:
    """A digest of all that an assignment asks."""
    from autograder import __version__

    return hashlib.sha256((__version__ + repr(asdict(assignment))).encode()).hexdigest()


def _job(submission: Submission, of: str, answers: dict[str, str]) -> Job:
    attempt = _digest(submission)
    key = hashlib.sha256((of + attempt).encode()).hexdigest()
    return Job(submission, attempt, key, answers)


def _digest(submission: Submission) -> str:
    """Of all that was handed in, and of its time."""
    digest = hashlib.sha256()
    for name, content in sorted(submission.files.items()):
        digest.update(f"{name!r} {len(content)} ".encode())
        digest.update(content)
    digest.update(str("unreadable" if submission.untimed else submission.timestamp).encode())
    return digest.hexdigest()


def ungraded(course: Course, assignment: str, students: Iterable[str]) -> list[str]:
    """Those of whom no result is kept for what lies there now, whatever it was graded by."""
    return [
        name for name in students if is_plain(name) and not _is_graded(course, assignment, name)
    ]


def _is_graded(course: Course, assignment: str, student: str) -> bool:
    try:
        submission = read_submission(course.submitted / student / assignment, student)
    except OSError:
        return False  # `grade_course` says why
    kept = kept_data(course.reports, assignment, student)
    return bool(kept.get("attempt") == _digest(submission))


def _kept(reports: Path, assignment: str, student: str) -> Path:
    return reports / assignment / f"{student}.json"


def kept_data(reports: Path, assignment: str, student: str) -> dict[str, Any]:
    """What is kept of a result; nothing where there is none, or the file is damaged."""
    try:
        data = json.loads(_kept(reports, assignment, student).read_text())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def kept_results(course: Course, assignment: str) -> list[GradeResult]:
    """The results of all students, in the order of their names."""
    kept = [kept_data(course.reports, assignment, name) for name in course.students(assignment)]
    return [GradeResult.from_json(data) for data in kept if data]


def graded_notebooks(course: Course, result: GradeResult) -> dict[str, bytes]:
    """The graded notebooks of a result, by name."""
    folder = course.autograded / result.student / result.assignment
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.ipynb"))}


def _write_notebooks(course: Course, result: GradeResult, submission: Submission) -> None:
    """Over those of an earlier run, whose kept result stays until this one is kept: its key tells
    that it is of another submission, and whatever fails in between, nothing of it is lost."""
    folder = course.autograded / result.student / result.assignment
    folder.mkdir(parents=True, exist_ok=True)
    new = {f"{name}.ipynb": content for name, content in result.notebooks.items()}
    new |= _attempt(submission)
    for name, content in new.items():
        write_whole(folder / name, content)
    for old in folder.glob("*.ipynb"):
        if old.name not in new:
            old.unlink()


def _attempt(submission: Submission) -> dict[str, bytes]:
    """By what nbgrader gives feedback back to its attempt: the time of it, and its secret.

    What came without a secret, by mail or not at all, gets one that nobody knows: nbgrader would
    stop at its page and give nobody behind it feedback.
    """
    given = submission.files.get("submission_secret.txt", b"")[:MAX_SECRET]
    if not given or not given.isascii():  # nor does it read what is no text
        given = secrets.token_hex(64).encode()
    stamp = submission.stamp if submission.timestamp else b""
    return dict(zip(ATTEMPT, (stamp, given), strict=True))


def attempt_of(course: Course, result: GradeResult) -> dict[str, bytes]:
    """The same, of the attempt that was graded."""
    folder = course.autograded / result.student / result.assignment
    return {name: (folder / name).read_bytes() for name in ATTEMPT if (folder / name).is_file()}


def _digests(notebooks: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in notebooks.items()}


def _is_intact(course: Course, kept: GradeResult, data: dict[str, Any]) -> bool:
    """Whether the graded notebooks are those of the kept result: nbgrader writes there, too."""
    return bool(data.get("graded") == _digests(graded_notebooks(course, kept)))


def _keep(course: Course, result: GradeResult, job: Job) -> None:
    answers = answers_of(result) or job.answers  # a fault, or nothing handed in: those of before
    more = {"key": job.key, "attempt": job.attempt, "answers": answers}
    more["graded"] = _digests(result.notebooks)
    content = json.dumps(result.as_json() | more, indent=1)
    path = _kept(course.reports, result.assignment, result.student)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content.encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)
