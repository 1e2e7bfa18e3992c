"""A person out of the tables and notes of a course, which others stay in."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from autograder.course import classlist, tables
from autograder.course.course import BuildError, Course, CourseError
from autograder.grading.engine import write_whole
from autograder.records import appeals
from autograder.term import allowed, arrivals, sharing


def notes_of(course: Course, names: list[str], student: str) -> Iterator[tuple[Path, bytes | None]]:
    """The files that name a person, with what they are without; None: it can only be removed."""
    kinds: list[tuple[Path, Callable[[bytes, str], bytes | None]]] = [
        (classlist.path(course), _without_row(classlist.COLUMNS)),
        (course.root / allowed.FILE, _without_grants),
    ]
    for name in names:
        folder = course.reports / name
        kinds.append((folder / arrivals.TABLE, _without_row(arrivals.COLUMNS)))
        kinds.append((folder / appeals.FILE, _without_appeals))
        kinds.append((folder / sharing.FILE, _without_code))
    for path, without in kinds:
        if path.is_file() and (new := without(path.read_bytes(), student)) is not None:
            yield path, new


def marking_of(course: Course, name: str, student: str) -> Iterator[tuple[Path, bytes | None]]:
    """What markers were given with a person's answers, without them; None: it is removed, since it
    holds nobody else's, or nobody knows whose it holds."""
    folder = course.root / sharing.FOLDER / name
    if not (course.reports / name / sharing.FILE).is_file():
        yield from [(folder, None)] if folder.is_dir() else []
        return
    share = sharing.Share.of(course, name)
    mine = {code for code, of in share.students.items() if of == student}
    for marker in sorted({marker for code in mine for marker in share.markers[code]}):
        there = {code: s for code, s in share.students.items() if marker in share.markers[code]}
        others = {code: s for code, s in there.items() if code not in mine}
        table, answers = folder / marker / sharing.TABLE, folder / marker / sharing.PAGE
        if not others:
            yield from [(folder / marker, None)] if (folder / marker).is_dir() else []
            continue
        if answers.is_file():
            yield answers, _page(course, name, others)
        if table.is_file():
            rows = tables.read(table, sharing.COLUMNS)
            theirs = [row for row in rows if row["answer"] not in mine]
            yield table, tables.written(sharing.COLUMNS, theirs)


def _page(course: Course, name: str, students: Mapping[str, str]) -> bytes | None:
    """A marker's page anew; None where the assignment can no longer be read."""
    try:
        assignment = course.assignment(name)
    except (CourseError, BuildError, LookupError, OSError):
        return None
    shown = sharing.answers(course, assignment, students)
    return sharing.marker_page(course, assignment, shown)


def rewrite(course: Course, names: list[str], student: str, yes: bool) -> Iterator[str]:
    """A line for each file; with `yes` the person is no longer in it."""
    marking = [one for name in names for one in marking_of(course, name, student)]
    for path, new in [*marking, *notes_of(course, names, student)]:
        if yes and new is not None:
            write_whole(path, new)
        elif yes:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        yield f"{path}: the lines of {student}" if new is not None else f"{path}: answers to mark"


def _without_row(columns: tuple[str, ...]) -> Callable[[bytes, str], bytes | None]:
    def without(content: bytes, student: str) -> bytes | None:
        rows = tables.rows_of(tables.decoded(content), columns)
        others = [
            row | {"found": ""} if row.get("found") == student else row
            for row in rows
            if row["student"] != student
        ]
        return tables.written(columns, others) if others != rows else None

    return without


def _changed(data: Any, new: Any) -> bytes | None:
    return None if new == data else json.dumps(new, indent=1, ensure_ascii=False).encode()


def _without_grants(content: bytes, student: str) -> bytes | None:
    data = json.loads(content)
    grants = [grant for grant in data["grants"] if grant["student"] != student]
    written = {
        key: {name: {s: n for s, n in there.items() if s != student} for name, there in of.items()}
        for key, of in data.items()
        if key in ("given", "elsewhere")
    }
    return _changed(data, {**data, "grants": grants, **written})


def _without_appeals(content: bytes, student: str) -> bytes | None:
    data = json.loads(content)
    return _changed(data, [one for one in data if one["student"] != student])


def _without_code(content: bytes, student: str) -> bytes | None:
    data = json.loads(content)
    mine = {code for code, s in data["students"].items() if s == student}
    new = {
        key: {code: value for code, value in data[key].items() if code not in mine}
        for key in ("students", "markers", "marks")
    }
    return _changed(data, new)
