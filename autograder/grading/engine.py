"""Many submissions: read, graded side by side, recorded by one writer; can be stopped and resumed.

A result is kept in `reports/<assignment>/<student>.json`, written last. A second run grades only
what is new or has changed since: the assignment, the submission, or its time.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path

from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.course.submission import Submission, read_submission
from autograder.grading.grading import conversation, faulty, grade_submission, unrecorded
from autograder.records.gradebook import Recorder, RecordError
from autograder.records.result import GradeResult
from autograder.sandbox.confine import ConfinementError

BATCH_SECONDS = 0.25  # results are recorded together: a transaction costs as much as ten results


@dataclass(frozen=True)
class Job:
    """One submission, and a key that changes with whatever its result depends on."""

    submission: Submission
    key: str


def grade_course(
    course: Course,
    assignment: Assignment,
    students: Iterable[str] | None = None,
    *,
    workers: int | None = None,
    confined: bool = True,
    force: bool = False,
) -> Iterator[GradeResult]:
    """Grade an assignment's submissions; gives the results as they are recorded.

    `students` are all by default. The sessions are processes of their own, so that a thread for
    each core keeps the cores busy.
    """
    names = course.students(assignment.name) if students is None else list(students)
    fingerprint = _fingerprint(assignment)
    with Recorder(course, assignment.name) as recorder:
        jobs = []
        for name in names:
            try:
                submission = read_submission(course.submitted / name / assignment.name, name)
            except OSError as error:
                yield faulty(assignment, name, f"the submission could not be read: {error}")
                continue
            job = _job(submission, fingerprint)
            kept = None if force else kept_result(course, assignment.name, name, job.key)
            if kept is None:
                jobs.append(job)
            else:
                yield kept
        if jobs:
            conversation(assignment, confined)  # once, before the workers need it
        for done in _grade_all(assignment, jobs, workers, confined):
            yield from _record(course, recorder, done)


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
        recorded = recorder.record([(r, job.submission.timestamp) for job, r in written])
    except RecordError as error:
        for _, result in written:
            yield unrecorded(result, f"the gradebook could not be written: {error}")
        return
    for (job, _), result in zip(written, recorded, strict=True):
        try:
            _keep(course, result, job.key)
        except OSError as error:
            result = unrecorded(result, f"the result could not be written: {error}")
        yield result


def _grade_all(
    assignment: Assignment, jobs: list[Job], workers: int | None, confined: bool
) -> Iterator[list[tuple[Job, GradeResult]]]:
    """Results in the order in which they are ready, those of a quarter of a second together."""
    cores = sorted(os.sched_getaffinity(0))
    pool = ThreadPoolExecutor(
        workers or len(cores), "grading", initializer=_pin, initargs=(cycle(cores),)
    )
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


def _pin(cores: Iterator[int]) -> None:
    """Keep this worker, and the sessions that it starts, on one core: they take turns, and a
    question that wakes another core takes twice as long."""
    os.sched_setaffinity(0, {next(cores)})


def _grade(assignment: Assignment, submission: Submission, confined: bool) -> GradeResult:
    """The submission's result; where the grader itself fails, a fault that costs nothing."""
    try:
        return grade_submission(assignment, submission, confined)
    except ConfinementError:
        raise  # would be the same for every submission: the run stops
    except Exception as error:
        return faulty(assignment, submission.student, f"{type(error).__name__}: {error}")


def _fingerprint(assignment: Assignment) -> str:
    from autograder import __version__

    return hashlib.sha256((__version__ + repr(asdict(assignment))).encode()).hexdigest()


def _job(submission: Submission, fingerprint: str) -> Job:
    digest = hashlib.sha256(fingerprint.encode())
    for name, content in sorted(submission.files.items()):
        digest.update(f"{name!r} {len(content)} ".encode())
        digest.update(content)
    digest.update(str(submission.timestamp).encode())
    return Job(submission, digest.hexdigest())


def _kept(course: Course, assignment: str, student: str) -> Path:
    return course.reports / assignment / f"{student}.json"


def kept_result(
    course: Course, assignment: str, student: str, key: str | None = None
) -> GradeResult | None:
    """The result of an earlier run, if there is one (for this very submission, with a key)."""
    path = _kept(course, assignment, student)
    if not path.exists():
        return None
    data = json.loads(path.read_text())
    if key is not None and data["key"] != key:
        return None
    return GradeResult.from_json(data)


def kept_results(course: Course, assignment: str) -> list[GradeResult]:
    """The results of all students, in the order of their names."""
    results = [kept_result(course, assignment, name) for name in course.students(assignment)]
    return [result for result in results if result is not None]


def graded_notebooks(course: Course, result: GradeResult) -> dict[str, bytes]:
    """The graded notebooks of a result, by name."""
    folder = course.autograded / result.student / result.assignment
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.ipynb"))}


def _write_notebooks(course: Course, result: GradeResult, submission: Submission) -> None:
    _kept(course, result.assignment, result.student).unlink(missing_ok=True)
    folder = course.autograded / result.student / result.assignment
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.ipynb"):
        old.unlink()
    for name, content in result.notebooks.items():
        write_whole(folder / f"{name}.ipynb", content)
    if submission.timestamp:
        text = submission.timestamp.strftime("%Y-%m-%d %H:%M:%S UTC")
        write_whole(folder / "timestamp.txt", text.encode())


def _keep(course: Course, result: GradeResult, key: str) -> None:
    content = json.dumps(result.as_json() | {"key": key}, indent=1)
    path = _kept(course, result.assignment, result.student)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content.encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)
