"""A public bundle: an assignment as far as its students know it, in a file that a check reads.

It holds no solution and no hidden line: of each cell what was released, and of each test that
students can read what it asked of the instructor's version (`Known`), which is words and never a
value. JSON in a closed form: whatever is missing, unknown, or of another type than it should be is
said with its place.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autograder.course.assignment import Assignment
from autograder.course.cells import Cell, Notebook
from autograder.course.ids import is_plain
from autograder.course.rules import Rule
from autograder.course.settings import Limits
from autograder.grading.instructors import Conversation
from autograder.grading.pair import Known
from autograder.grading.shape import Named, ShapeError, look
from autograder.sessions.outcome import NOTHING, NUMBER, TRUTH

FORMAT = 1  # raised where an older check could not read it
OTHER = "something else"  # in what a test ends: neither of those that count
ENDS = (NOTHING, NUMBER, TRUTH, OTHER)
KINDS, TYPES = ("solution", "test", "manual", "locked"), ("code", "markdown", "raw")

# A record has these keys; a list in a shape is a list of such, `Named` a table by name.
CELL: dict[str, Any] = {
    **dict.fromkeys(
        ("grade_id", "kind", "cell_type", "source", "released", "cell_id", "made"), str
    ),
    **dict.fromkeys(("shared", "unseen", "task"), bool),
    **{key: [str] for key in ("student_names", "prelude", "rebinds", "follows", "never_apart")},
    "points": float,
}
RULE = {"message": str, **{key: [str] for key in ("forbid", "cells", "fails", "names")}}
LIMITS = {"cell_seconds": float, "total_seconds": float, "memory_mb": int, "disk_mb": int}
BundleError = ShapeError  # a file that is no bundle: says where, and what is wrong
BUNDLE = {
    "format": int,
    **dict.fromkeys(("name", "title"), str),
    "packages": [str],
    "grader_packages": [str],
    "own_modules": bool,
    "limits": LIMITS,
    "files": Named(str),
    "rules": [RULE],
    "notebooks": [{"name": str, "plain": [str], "cells": [CELL]}],
    "known": Named({"asked": [[str]], "end": str}),
}


@dataclass(frozen=True)
class Bundle:
    """An assignment in which nothing is hidden, and what its tests asked of the instructor's
    version."""

    assignment: Assignment
    own: Conversation


def written(bundle: Bundle) -> bytes:
    """The file of a bundle."""
    one = bundle.assignment
    data = {
        "format": FORMAT,
        "name": one.name,
        "title": one.title,
        "packages": one.packages,
        "grader_packages": one.grader_packages,
        "own_modules": one.own_modules,
        "limits": {key: getattr(one.limits, key) for key in LIMITS},
        "files": {name: b64encode(content).decode() for name, content in one.files.items()},
        "rules": [{key: getattr(rule, key) for key in RULE} for rule in one.rules],
        "notebooks": [
            {"name": n.name, "plain": n.plain, "cells": [_told(cell) for cell in n.cells]}
            for n in one.notebooks
        ],
        "known": {
            test: {"asked": known.asked, "end": known.end}
            for test, known in bundle.own.known.items()
        },
    }
    return json.dumps(data, indent=1).encode()


def _told(cell: Cell) -> dict[str, Any]:
    return {key: cell.is_task if key == "task" else getattr(cell, key) for key in CELL}


def read_bundle(content: bytes) -> Bundle:
    """The bundle of a file. BundleError: it is none, or of another version of this program."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"it is no JSON: {str(error)[:120]}") from None
    found = data.get("format") if type(data) is dict else None
    if found != FORMAT:
        raise BundleError(f"its format is {str(found)[:20]}, and {FORMAT} can be read")
    look(data, BUNDLE, "it")
    for fault in _wrong(data):
        raise BundleError(fault)
    notebooks = tuple(
        Notebook(n["name"], tuple(map(_cell, n["cells"])), {}, tuple(n["plain"]))
        for n in data["notebooks"]
    )
    assignment = Assignment(
        name=data["name"],
        title=data["title"],
        notebooks=notebooks,
        packages=tuple(data["packages"]),
        grader_packages=tuple(data["grader_packages"]),
        limits=Limits(**data["limits"]),
        duedate=None,
        files={name: _decoded(name, text) for name, text in data["files"].items()},
        rules=tuple(Rule(**_tuples(rule)) for rule in data["rules"]),
        own_modules=data["own_modules"],
    )
    known = {test: Known(one["asked"], one["end"]) for test, one in data["known"].items()}
    return Bundle(assignment, Conversation(known, ()))


def _cell(data: dict[str, Any]) -> Cell:
    plain = _tuples(data)
    metadata = {"nbgrader": {"task": True}} if plain.pop("task") else {}
    return Cell(**plain, metadata=metadata)


def _tuples(data: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if type(value) is list else value for key, value in data.items()}


def _decoded(name: str, text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise BundleError(f"the file {name} is not in base64") from None


def _wrong(data: dict[str, Any]) -> Iterator[str]:
    """What is wrong with values of the right types."""
    cells = [cell for notebook in data["notebooks"] for cell in notebook["cells"]]
    ids = [cell["grade_id"] for cell in cells]
    for name in [data["name"], *(notebook["name"] for notebook in data["notebooks"])]:
        if not is_plain(name):
            yield f"{name[:80]!r} is no name"
    if len(set(ids)) != len(ids):
        yield "two cells have the same id"
    for cell in cells:
        if cell["kind"] not in KINDS or cell["cell_type"] not in TYPES:
            yield f"{cell['grade_id']} is of no known kind"
        if cell["kind"] == "test" and cell["grade_id"] not in data["known"]:
            yield f"nothing is known of the test {cell['grade_id']}"
    for test, known in data["known"].items():
        if known["end"] not in ENDS:
            yield f"{test} ends in nothing that is known"
        if any(not 1 <= len(key) <= 3 for key in known["asked"]):
            yield f"{test} asked something of one to three words"
    if any(data["limits"][key] <= 0 for key in LIMITS):
        yield "a limit is not above 0"
