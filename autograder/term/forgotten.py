"""A person out of the tables and notes of a course, which others stay in."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from autograder.course import tables
from autograder.course.course import Course
from autograder.grading.engine import write_whole
from autograder.records import appeals
from autograder.term import allowed, arrivals, classlist, sharing


def notes_of(course: Course, names: list[str], student: str) -> Iterator[tuple[Path, bytes | None]]:
    """The files that name a person, with what they are without; None: it can only be removed."""
    kinds: list[tuple[Path, Callable[[bytes, str], bytes | None]]] = [
        (course.root / classlist.FILE, _without_row(classlist.COLUMNS)),
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


def pages_of(course: Course, names: list[str], student: str) -> Iterator[Path]:
    """What markers were given with a person's answers: the folders of their markers."""
    for name in names:
        path = course.reports / name / sharing.FILE
        if path.is_file() and student in path.read_text(encoding="utf-8"):
            folder = course.root / sharing.FOLDER / name
            yield from [folder] if folder.is_dir() else []


def rewrite(course: Course, names: list[str], student: str, yes: bool) -> Iterator[str]:
    """A line for each file; with `yes` the person is no longer in it."""
    for path in list(pages_of(course, names, student)):
        if yes:
            shutil.rmtree(path)
        yield f"{path}: answers for markers"
    for path, new in list(notes_of(course, names, student)):
        if yes:
            assert new is not None
            write_whole(path, new)
        yield f"{path}: the lines of {student}"


def _without_row(columns: tuple[str, ...]) -> Callable[[bytes, str], bytes | None]:
    def without(content: bytes, student: str) -> bytes | None:
        rows = tables.rows_of(tables.decoded(content), columns)
        others = [row for row in rows if row["student"] != student]
        return tables.written(columns, others) if len(others) < len(rows) else None

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
