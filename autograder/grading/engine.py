"""Many submissions: read, graded side by side, recorded by one writer; can be stopped and resumed.

A result is kept in `reports/<assignment>/<student>.json`, written last. A second run grades only
what is new or has changed since: the assignment, the submission, its time, or the graded notebook;
and of that it takes what would come out the same from what is kept (cache.py, keys.py). Where the
gradebook has other points than a kept result, they are put right.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.course.ids import is_plain
from autograder.course.submission import Submission, read_submission
from autograder.grading.asked import Asked, with_history
from autograder.grading.cache import CACHE, Private
from autograder.grading.grading import faulty, stranger, unrecorded
from autograder.grading.jobs import Job, attempt_digest, fingerprint
from autograder.grading.workers import grade_or_fault, threads_for_cores
from autograder.records.gradebook import Recorder, RecordError, answers_of
from autograder.records.result import GradeResult

ATTEMPT = ("timestamp.txt", "submission_secret.txt")
MAX_SECRET = 1024
EVERYBODYS = 0o666  # a file's mode, less what the umask takes
TOGETHER = 500  # kept results that are recorded in one transaction, and in memory at a time
BATCH_SECONDS = 0.25  # results are recorded together: a transaction costs as much as ten results


# Grades jobs, confined or not; gives results in the order in which they are ready, some at a time.
Graders = Callable[[Assignment, list[Job], bool], Iterator[list[tuple[Job, GradeResult]]]]


def grade_course(
    course: Course,
    assignment: Assignment,
    students: Iterable[str] | None = None,
    *,
    workers: int | None = None,
    confined: bool = True,
    force: bool = False,
    elsewhere: Graders | None = None,
) -> Generator[GradeResult]:
    """Grade an assignment's submissions; gives the results as they are recorded, with what a person
    has given.

    `students` are all by default; `force` runs everything again, whatever is kept of it;
    `elsewhere` grades them on other machines. CourseError: another grading of the assignment is
    running.
    """
    names = course.students(assignment.name) if students is None else list(students)
    assignment = with_history(course.reports, assignment)
    grade = elsewhere or partial(grade_here, course, workers=workers, force=force)
    with course.alone(assignment.name), Recorder(course, assignment.name) as recorder:
        recorder.take_date(assignment)
        jobs: list[Job] = []
        for result in _kept_or_asked(course, recorder, assignment, names, force, jobs):
            yield recorder.with_hand(result)
        if jobs:
            Asked.of(assignment).keep(course.reports, assignment.name, jobs[0].of)
        for done in grade(assignment, jobs, confined) if jobs else ():
            for result in record_results(course, recorder, done):
                yield recorder.with_hand(result)


def _kept_or_asked(
    course: Course,
    recorder: Recorder,
    assignment: Assignment,
    names: Iterable[str],
    force: bool,
    jobs: list[Job],
) -> Iterator[GradeResult]:
    """The results of those of whom nothing is to be graded; the others are put into `jobs`."""
    of = fingerprint(assignment)
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
        job = Job(submission, attempt_digest(submission), of, data)
        kept = GradeResult.from_json(data) if data.get("key") == job.key else None
        if force or kept is None or not _is_intact(course, kept, data):
            jobs.append(job)
        elif other := recorder.differences(kept, submission.timestamp):
            notes = [kept.message, f"the gradebook had {', '.join(other)}: put right"]
            overwritten.append((job, replace(kept, message="; ".join(filter(None, notes)))))
        else:
            yield kept
    yield from _record_again(recorder, overwritten)


def _record_again(recorder: Recorder, kept: list[tuple[Job, GradeResult]]) -> Iterator[GradeResult]:
    """Write kept results into a gradebook that something else has written since."""
    for start in range(0, len(kept), TOGETHER):
        some = kept[start : start + TOGETHER]
        try:
            yield from recorder.record([job.graded(result, again=True) for job, result in some])
        except RecordError as error:
            for _, result in some:
                yield unrecorded(result, f"the gradebook could not be written: {error}")


def record_results(
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
        recorded = recorder.record([job.graded(result) for job, result in written])
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


def grade_here(
    course: Course,
    assignment: Assignment,
    jobs: list[Job],
    confined: bool = True,
    workers: int | None = None,
    force: bool = False,
) -> Iterator[list[tuple[Job, GradeResult]]]:
    """Results in the order in which they are ready, those of a quarter of a second together."""
    cache = Private(course.reports / assignment.name / CACHE)
    pool = threads_for_cores(workers)
    try:
        running: dict[Future[GradeResult], Job] = {
            pool.submit(_grade, assignment, job.submission, confined, cache, force): job
            for job in jobs
        }
        while running:
            wait(running, return_when=FIRST_COMPLETED)
            ready, _ = wait(running, BATCH_SECONDS)
            yield [(running.pop(future), future.result()) for future in ready]
    finally:
        pool.shutdown(cancel_futures=True)


def _grade(
    assignment: Assignment, submission: Submission, confined: bool, cache: Private, force: bool
) -> GradeResult:
    """A result, for which is taken what is kept; and what may be taken the next time is kept."""
    kept = b"" if force else cache.read(submission.student)
    result = grade_or_fault(assignment, submission, confined, kept)
    if result.state != "fault":
        cache.write(submission.student, result.kept)
    return replace(result, kept=b"")


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
    return bool(kept.get("attempt") == attempt_digest(submission))


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
    more = {"key": job.key, "attempt": job.attempt, "of": job.of, "answers": answers}
    more["graded"] = _digests(result.notebooks)
    content = json.dumps(result.as_json() | more)
    path = _kept(course.reports, result.assignment, result.student)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content.encode())


def write_whole(path: Path, content: bytes, mode: int = EVERYBODYS) -> None:
    """Write a file so that it is there whole or not at all; `mode` is whose eyes it is for."""
    part = path.with_name(f".{path.name}.part")
    if mode != EVERYBODYS:  # what a killed run has left may be for more eyes
        part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
    os.replace(part, path)
