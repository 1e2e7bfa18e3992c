"""What travels between home and the machines that grade: a submission there, a result back.

MessagePack in a closed form, which cannot carry code. A machine learns nobody's name, and its word
is taken for no more than a verdict on the questions that were asked: whatever is missing, unknown,
of another type, or another assignment's is refused with its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import msgpack

from autograder.course.assignment import Assignment
from autograder.course.beside import EXCHANGE
from autograder.course.cells import Notebook
from autograder.course.submission import Submission
from autograder.grading.comparisons import checked
from autograder.grading.shape import Named, ShapeError, look
from autograder.records.result import HOWS, QUESTION_STATES, STATES, GradeResult, QuestionResult

MAX_MEMORY = 2**20  # MB
MAX_RESULT = 128 * 2**20  # bytes
SUBMISSION = {"files": Named(bytes), "left_out": [str], "untimed": bool}
QUESTION: dict[str, Any] = {
    **dict.fromkeys(("id", "state", "message", "hint", "how"), str),
    **dict.fromkeys(("score", "max_score"), float),
    "follows_from": [str],
    "compared": object,  # looked at by `_wrong`
}
RESULT: dict[str, Any] = {
    **dict.fromkeys(("state", "tier", "message"), str),
    **dict.fromkeys(("seconds", "memory_mb"), float),
    "questions": [QUESTION],
    "notebooks": Named(bytes),
}
CELL = {"cell_type": str, "id": str, "metadata": dict, "source": str}
CELLS: dict[Any, dict[str, Any]] = {
    "code": CELL | {"execution_count": type(None), "outputs": [dict]},
    "markdown": CELL,
    "raw": CELL,
}
GRADED = {"cells": [dict], "metadata": dict, "nbformat": int, "nbformat_minor": int}


class ParcelError(ValueError):
    """Bytes that are no such thing: says what is wrong, and where."""


def pack_submission(submission: Submission) -> bytes:
    """A submission without what says whose it is: its student, its times, nbgrader's secret."""
    files = {name: b"" if name in EXCHANGE else text for name, text in submission.files.items()}
    left_out = list(submission.left_out)
    return _packed({"files": files, "left_out": left_out, "untimed": submission.untimed})


def read_submission(content: bytes) -> Submission:
    """The submission in a parcel. ParcelError: there is none."""
    data = _unpacked(content, SUBMISSION, "the submission")
    left_out = tuple(data["left_out"])
    return Submission("", data["files"], left_out=left_out, untimed=data["untimed"])


def pack_result(result: GradeResult) -> bytes:
    """A result without what home knows: whose it is, and of which assignment."""
    data = {key: getattr(result, key) for key in RESULT}
    return _packed(data | {"questions": [asdict(question) for question in result.questions]})


def read_result(content: Any, assignment: Assignment, student: str) -> GradeResult:
    """The result in a parcel, of this student. ParcelError: there is none of this assignment."""
    if type(content) is not bytes or len(content) > MAX_RESULT:
        raise ParcelError(f"it is not at most {MAX_RESULT // 2**20} MB")
    data = _unpacked(content, RESULT, "the result")
    for fault in (*_wrong(data, assignment), *_wrong_notebooks(data, assignment)):
        raise ParcelError(fault)
    questions = [
        QuestionResult(**question | {"follows_from": tuple(question["follows_from"])})
        for question in data.pop("questions")
    ]
    return GradeResult(
        student, assignment.name, questions=tuple(questions), max_score=assignment.max_score, **data
    )


def _packed(data: dict[str, Any]) -> bytes:
    # Half of a character, as a student's text may have it, crosses as it is.
    packed: bytes = msgpack.packb(data, unicode_errors="surrogatepass")
    return packed


def _unpacked(content: bytes, shape: dict[str, Any], place: str) -> dict[str, Any]:
    try:
        data = msgpack.unpackb(content, unicode_errors="surrogatepass")
        look(data, shape, place)
    except ShapeError as error:
        raise ParcelError(str(error)[:400]) from None
    except Exception as error:  # msgpack raises many kinds for what is not its own
        raise ParcelError(f"{place} cannot be read ({type(error).__name__})") from None
    return dict(data)


def _wrong(data: dict[str, Any], assignment: Assignment) -> Iterator[str]:
    """What is wrong with values of the right types."""
    asked = [(c.grade_id, c.points) for n in assignment.notebooks for c in n.questions]
    if [(q["id"], q["max_score"]) for q in data["questions"]] != asked:
        yield "it answers other questions than the assignment asks"
    for question in data["questions"]:
        if not 0 <= question["score"] <= question["max_score"]:
            yield f"the points of {question['id'][:80]!r} are none that it can give"
        if question["state"] not in QUESTION_STATES or question["how"] not in HOWS:
            yield f"the state of {question['id'][:80]!r} is none that is known"
        if question["compared"] is not None:
            yield from _wrong_comparison(question["compared"])
    in_range = data["seconds"] >= 0 and 0 <= data["memory_mb"] <= MAX_MEMORY
    if data["state"] not in STATES or not in_range:
        yield "its state is none that is known"


def _wrong_comparison(compared: Any) -> Iterator[str]:
    try:
        if "pictures" in checked(compared):
            yield "what was compared has pictures, which stand in the notebook"
    except (ValueError, TypeError) as error:
        yield str(error)[:400]


def _wrong_notebooks(data: dict[str, Any], assignment: Assignment) -> Iterator[str]:
    own = {notebook.name: notebook for notebook in assignment.notebooks}
    for name, content in data["notebooks"].items():
        if name not in own:
            yield f"{name[:80]!r} is no notebook of the assignment"
        else:
            yield from _wrong_notebook(content, own[name])


def _wrong_notebook(content: bytes, own: Notebook) -> Iterator[str]:
    """Why a graded notebook is none of this one, as graded.py writes it."""
    try:
        graded = json.loads(content)
        look(graded, GRADED, f"the graded {own.name}")
        for number, cell in enumerate(graded["cells"], 1):
            shape = CELLS.get(str(cell.get("cell_type")), CELL)
            pictures = {"attachments": dict} if "attachments" in cell else {}
            look(cell, shape | pictures, f"the graded {own.name}, cell {number}")
    except (ValueError, RecursionError) as error:
        yield f"its notebook cannot be read: {str(error)[:400]}"
        return
    settings = [{}, *(cell.metadata for cell in own.cells)]
    if any(cell["metadata"] not in settings for cell in graded["cells"]):
        yield f"the graded {own.name} has cells of another notebook"
    if any(type(b) is not dict for c in graded["cells"] for b in c.get("attachments", {}).values()):
        yield f"the graded {own.name} has attachments that are none"
