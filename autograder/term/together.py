"""`autograder groups`: one work, several grades.

Of a group's members the last hand-in counts for all: it is kept for each, and graded for each, with
that student's own date. What a person has given one of them, points and comments, is given the
others for the same text. Who is in which group stands in `people.csv`.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

from autograder.course.attempts import (
    KEPT,
    attempts,
    digest_of,
    name_of,
    packed,
    put,
    time_of,
    unpacked,
    untimed,
)
from autograder.course.classlist import FILE, groups
from autograder.course.course import Course, CourseError
from autograder.course.submission import Submission, read_submission
from autograder.grading.engine import kept_data, write_whole
from autograder.term.people import Roll

FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def share_work(course: Course, name: str, yes: bool) -> Iterator[tuple[str, bool]]:
    """A line for each group, and whether nobody has to look; with `yes` it is done.

    CourseError: there are no groups.
    """
    found = groups(course)
    if not found:
        raise CourseError(f"there are no groups: write them into {FILE}, as student,section,group")
    roll = Roll.of(course)
    yield from _leave(course, name, {s for students in found.values() for s in students}, yes)
    for group, students in sorted(found.items()):
        # Whoever was given a work is graded: a slip in a table would make a student of itself.
        if strangers := [roll.missing(s) for s in students if roll.people and s not in roll.people]:
            yield f"{group}: {'; '.join(strangers)}: correct {FILE}", False
            continue
        if len(students) == 1:
            yield f"{group}: {students[0]} is alone in it", True
            continue
        works = {s: work for s in students if (work := _own(course, name, s)).files}
        if not works:
            yield f"{group}: nobody has handed in", True
            continue
        times = {work.timestamp for work in works.values()}
        different = len({tuple(sorted(work.files.items())) for work in works.values()}) > 1
        if different and len(times) < len(works):
            who = ", ".join(works)
            yield f"{group}: {who} have handed in different work, nobody knows which is last", False
            continue
        last = max(works, key=lambda student: works[student].timestamp or FIRST)
        told = f"{group}: {last}'s work counts for {', '.join(s for s in students if s != last)}"
        if yes:
            _take_back(course, name, last, works[last])
            for student in students:
                if student != last and _work(course, name, student) != works[last]:
                    _give(course, name, student, works[last])
            given = sum(_share_points(course, name, students))
            told += f"; {given} points and comments by hand shared" if given else ""
        yield told + (", the last of several" if different else ""), True
        yield from ((f"{group}: {line}", False) for line in _points_differ(course, name, students))


def _leave(
    course: Course, name: str, grouped: Container[str], yes: bool
) -> Iterator[tuple[str, bool]]:
    """Who is in a group no longer has their own work again, and of a group's nothing counts."""
    for folder in sorted((course.root / KEPT / name).glob("*/")):
        student, given = folder.name, _given(folder)
        if student in grouped or not given:
            continue
        own = _own(course, name, student)
        if not own.files:
            told = f"has the work of a group, is in none, and has handed in nothing: put {student}"
            yield f"{student} {told} into {FILE}, or remove submitted/{student}/{name}", False
            continue
        if yes:
            _take_back(course, name, student, own)
        yield f"{student} is in no group any more: {student}'s own work counts", True


def _work(course: Course, name: str, student: str) -> Submission:
    work = read_submission(course.submitted / student / name, "")
    work.files.pop("submission_secret.txt", None)  # by which feedback goes back to one of them
    return Submission("", work.files, work.timestamp)


def _own(course: Course, name: str, student: str) -> Submission:
    """What a student has handed in, who may have been given another's work since."""
    folder, there = course.root / KEPT / name / student, _work(course, name, student)
    given = _given(folder)
    if not any((time_of(path), unpacked(path)) == (there.timestamp, there.files) for path in given):
        return there
    mine = [path for path in (*untimed(folder), *attempts(folder).values()) if path not in given]
    if not mine:
        return Submission("", {}, None)
    files = unpacked(mine[-1])
    files.pop("submission_secret.txt", None)
    return Submission("", files, time_of(mine[-1]))


def _given(folder: Path) -> list[Path]:
    """The archives in a student's folder that are a group's."""
    return [
        path
        for path in folder.glob("*.zip")
        if path.name == name_of(time_of(path), f"group {digest_of(path.read_bytes())}")
    ]


def _take_back(course: Course, name: str, student: str, own: Submission) -> None:
    """Put a student's own work where another's may stand, which is kept, and no attempt of theirs
    any more."""
    folder = course.root / KEPT / name / student
    if _work(course, name, student) != own:
        put(course.submitted / student / name, _keep(folder, "own", own), own.timestamp)
    for path in _given(folder):
        path.rename(path.with_suffix(".group"))


def _give(course: Course, name: str, student: str, work: Submission) -> None:
    """Keep a member's own, if there is one, and put the group's there."""
    folder, target = course.root / KEPT / name / student, course.submitted / student / name
    folder.mkdir(parents=True, exist_ok=True)
    own = _own(course, name, student)
    if own.files:
        _keep(folder, "own", own)
    for path in _given(folder):  # of another group, or an earlier one of this
        path.rename(path.with_suffix(".group"))
    put(target, _keep(folder, "group", work), work.timestamp)


def _keep(folder: Path, whose: str, work: Submission) -> Path:
    content = packed(work.files)
    path = folder / name_of(work.timestamp, f"{whose} {digest_of(content)}")
    write_whole(path, content)
    return path


def _texts(course: Course, name: str, students: list[str]) -> dict[str, dict[str, str]]:
    """By student and question, the digest of the text that was graded."""
    return {s: kept_data(course.reports, name, s).get("answers", {}) for s in students}


def _points_differ(course: Course, name: str, students: list[str]) -> Iterator[str]:
    """Where a person gave several members other points for the same text."""
    answers = _texts(course, name, students)
    said: dict[tuple[str, str], dict[str, float]] = {}
    with course.gradebook() as gradebook:
        for student in students:
            with suppress(MissingEntry):
                for notebook in gradebook.find_submission(name, student).notebooks:
                    for grade in notebook.grades:
                        text = answers[student].get(grade.name)
                        if text and grade.manual_score is not None:
                            same = said.setdefault((grade.name, text), {})
                            same[student] = grade.manual_score
    for (question, _), points in said.items():
        if len({*points.values()}) > 1:
            told = " and ".join(f"{student} {score:g}" for student, score in points.items())
            yield f"{question}: {told} for the same text: decide in the form-grader"


def _share_points(course: Course, name: str, students: list[str]) -> Iterator[bool]:
    """What a person gave one member, for those who have the same text and nothing yet."""
    answers = _texts(course, name, students)
    with course.gradebook() as gradebook:
        for source in students:
            for target in students:
                same = [q for q, text in answers[source].items() if answers[target].get(q) == text]
                if source != target and same:
                    yield from _copy(gradebook, name, source, target, set(same))
        gradebook.db.commit()


def _copy(
    gradebook: Gradebook, name: str, source: str, target: str, same: set[str]
) -> Iterator[bool]:
    try:
        both = [gradebook.find_submission(name, student) for student in (source, target)]
    except MissingEntry:
        return
    theirs = {(n.name, g.name): g for n in both[1].notebooks for g in n.grades}
    words = {(n.name, c.name): c for n in both[1].notebooks for c in n.comments}
    for notebook in both[0].notebooks:
        given = [grade for grade in notebook.grades if grade.manual_score is not None]
        # What was given for an earlier text waits for a person, and so does its comment.
        final = same - {grade.name for grade in given if grade.needs_manual_grade}
        for grade in given:
            other = theirs[notebook.name, grade.name]
            if grade.name in final and other.manual_score is None:
                other.manual_score, other.extra_credit = grade.manual_score, grade.extra_credit
                other.needs_manual_grade = False
                yield True
        for comment in notebook.comments:
            said = words[notebook.name, comment.name]
            if comment.name in final and comment.manual_comment and not said.manual_comment:
                said.manual_comment = comment.manual_comment
                yield True
