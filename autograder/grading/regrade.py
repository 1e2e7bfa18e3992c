"""What a changed assignment would change for a class that is graded: shown first, and recorded when
somebody has looked at it.

`show` grades every submission that has a kept result by the assignment as it is now, and records
nothing. What comes of it lies in `reports/NAME/.regrade`, a file for each student, in a closed
form; `apply` records exactly that, and only where everything is still as it was when it was shown:
the assignment, the submission, the kept result, and what a person has given.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from autograder.course.assignment import Assignment
from autograder.course.course import Course, CourseError
from autograder.course.ids import is_plain
from autograder.course.submission import read_submission
from autograder.grading.asked import Asked, history, told, with_history
from autograder.grading.cache import Private
from autograder.grading.engine import grade_here, kept_data, record_results
from autograder.grading.jobs import Job, attempt_digest, fingerprint
from autograder.grading.shape import Named, look
from autograder.records.expected import Expected, expected
from autograder.records.gradebook import Recorder
from autograder.records.result import WRITTEN, GradeResult, QuestionResult

SHOWN = ".regrade"
# By the types of its fields: one that is added is of a form that is not looked at.
TYPES = {"str": str, "float": float, "tuple[str, ...]": [str], "dict[str, str]": Named(str)}
QUESTION = {one.name: TYPES.get(str(one.type), object) for one in fields(QuestionResult)}
RESULT = {
    **{f.name: TYPES.get(str(f.type), object) for f in fields(GradeResult) if f.name in WRITTEN},
    "score": float,
    "raw_score": float,
    "questions": [QUESTION],
    "notebooks": Named(str),
}
FILE = {"key": str, "base": str, "before": float, "after": float, "result": RESULT}
BATCH = 32  # results that are recorded together


@dataclass
class Comparison:
    """A class by the assignment as it was and as it is, `number` students: `changed` says in lines
    what is different in it, for each version that somebody was graded by; `anew` are those who have
    handed in again since they were graded, or were never graded."""

    students: list[Expected] = field(default_factory=list)
    changed: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    renamed: dict[str, dict[str, str]] = field(default_factory=dict)  # by student: new id, old id
    anew: list[str] = field(default_factory=list)
    number: int = 0

    @property
    def graded(self) -> list[Expected]:
        """Those of whom there is something to compare: a fault is nobody's loss."""
        return [one for one in self.students if one.after.state != "fault"]

    @property
    def differs(self) -> list[Expected]:
        """Those who would have another score, or another one to reach."""
        return [one for one in self.graded if one.gained or one.is_of_other_points]

    @property
    def faults(self) -> list[GradeResult]:
        """Those whom the grader could not grade: of them nothing will be recorded."""
        return [one.after for one in self.students if one.after.state == "fault"]


def show(course: Course, assignment: Assignment, confined: bool = True) -> Iterator[Comparison]:
    """Compare; gives the comparison again and again as it grows, and last whole.

    CourseError: nobody is graded yet, or another grading of the assignment is running.
    """
    assignment = with_history(course.reports, assignment)
    found, of = Comparison(), fingerprint(assignment)
    shown = _shown(course, assignment)
    with course.alone(assignment.name), Recorder(course, assignment.name) as recorder:
        jobs = list(_jobs(course, assignment, of, found))
        if not jobs:
            raise CourseError(
                f"nobody's kept result is of what lies there now: run `autograder grade "
                f"{assignment.name}`"
            )
        for name in shown.names():  # of an earlier time
            shown.write(name, b"")
        found.number = len(jobs)
        names = _what_changed(course, assignment, jobs, found)
        done: list[tuple[Job, GradeResult]] = []
        for ready in grade_here(course, assignment, jobs, confined):
            done += ready
            pairs = [(GradeResult.from_json(job.before), result) for job, result in ready]
            found.students += expected(recorder, assignment, pairs, names)
            yield found
        found.students.sort(key=lambda one: one.after.student)
        by_student = {one.after.student: one for one in found.students}
        for job, result in done:
            if result.state != "fault":
                _keep(shown, job, result, by_student[result.student])
        yield found


def apply(course: Course, assignment: Assignment) -> Iterator[tuple[str, GradeResult | None]]:
    """Record what was shown; each student, with the recorded result, or None where something is no
    longer as it was shown.

    CourseError: nothing was shown, or the assignment has changed since. LookupError: it has to be
    built first.
    """
    assignment = with_history(course.reports, assignment)
    shown, of = _shown(course, assignment), fingerprint(assignment)
    names = shown.names()
    if not names:
        raise CourseError(
            "nothing has been shown that could be recorded: run `autograder regrade "
            f"{assignment.name} --diff` first"
        )
    with course.alone(assignment.name), Recorder(course, assignment.name) as recorder:
        recorder.take_date(assignment)
        found = Comparison()
        jobs = {job.submission.student: job for job in _jobs(course, assignment, of, found)}
        if not any(_read(shown, jobs.get(name)) for name in names):
            raise CourseError(
                f"{assignment.name} or what was handed in has changed since that was shown: run "
                f"`autograder regrade {assignment.name} --diff` again"
            )
        renamed = _what_changed(course, assignment, list(jobs.values()), found)
        Asked.of(assignment).keep(course.reports, assignment.name, of)
        for start in range(0, len(names), BATCH):
            batch = names[start : start + BATCH]
            yield from _apply(course, recorder, assignment, shown, batch, jobs, renamed)


def _apply(
    course: Course,
    recorder: Recorder,
    assignment: Assignment,
    shown: Private,
    names: list[str],
    jobs: Mapping[str, Job],
    renamed: Mapping[str, Mapping[str, str]],
) -> Iterator[tuple[str, GradeResult | None]]:
    """Record some students; what is recorded is shown no more."""
    done: list[tuple[Job, GradeResult]] = []
    for name in names:
        job = jobs.get(name)
        read = _read(shown, job)
        if job and read:
            result, scores = read
            [now] = expected(
                recorder, assignment, [(GradeResult.from_json(job.before), result)], renamed
            )
            if scores == (now.before.score, now.after.score):
                done.append((job, result))
                continue
        yield name, None
    for result in record_results(course, recorder, done):
        if result.state != "fault":
            shown.write(result.student, b"")
        yield result.student, recorder.with_hand(result)


def _jobs(course: Course, assignment: Assignment, of: str, found: Comparison) -> Iterator[Job]:
    """Those whose kept result is of what lies there now."""
    for name in course.students(assignment.name):
        if not is_plain(name):
            continue
        data = kept_data(course.reports, assignment.name, name)
        try:
            submission = read_submission(course.submitted / name / assignment.name, name)
        except OSError:  # `autograder grade` says why
            found.anew.append(name)
            continue
        attempt = attempt_digest(submission)
        if data and data.get("attempt") == attempt:
            yield Job(submission, attempt, of, data)
        elif data or submission.files:
            found.anew.append(name)


def _what_changed(
    course: Course, assignment: Assignment, jobs: list[Job], found: Comparison
) -> dict[str, dict[str, str]]:
    """By student, the ids that are new with those that they had; what has changed is noted."""
    folder, now = history(course.reports, assignment.name), Asked.of(assignment)
    versions: dict[str, list[str]] = {}
    for job in jobs:
        versions.setdefault(str(job.before.get("of", "")), []).append(job.submission.student)
    for version, students in versions.items():
        before = Asked.read(folder, version) if version.isalnum() else None
        lines = ["what it asked then is not kept: its cells cannot be compared"]
        if before is not None:
            lines = list(told(before, now))
            found.renamed |= dict.fromkeys(students, before.renamed(now))
        if lines:
            found.changed.setdefault(tuple(lines), []).extend(students)
    return found.renamed


def _shown(course: Course, assignment: Assignment) -> Private:
    return Private(course.reports / assignment.name / SHOWN)


def _keep(shown: Private, job: Job, result: GradeResult, told: Expected) -> None:
    data: dict[str, Any] = {
        "key": job.key,
        "base": job.before["key"],
        "before": told.before.score,
        "after": told.after.score,
        "result": result.whole_json(),
    }
    shown.write(result.student, json.dumps(data).encode())


def _read(shown: Private, job: Job | None) -> tuple[GradeResult, tuple[float, float]] | None:
    """What was shown of a student, and the scores before and after; None where it is damaged, or
    was shown of something else."""
    if job is None:
        return None
    try:
        data = json.loads(shown.read(job.submission.student))
        look(data, FILE, "it")
        result = GradeResult.from_whole_json(data["result"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    same = (data["key"], data["base"]) == (job.key, job.before.get("key"))
    same = same and result.student == job.submission.student
    return (result, (data["before"], data["after"])) if same else None
