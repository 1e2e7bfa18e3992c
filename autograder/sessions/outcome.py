"""What became of a cell, as it may cross: an error in words, a number of points."""

from __future__ import annotations

import math
import traceback
from typing import Any

import numpy as np

from autograder.sessions.handles import HandleError, StudentError

MAX_TRACEBACK = 20_000
# In what a test ends: UNKNOWN while the instructor's own version is run.
UNKNOWN, NOTHING, NUMBER, TRUTH = "unknown", "nothing", "a number", "True or False"


def kind_of(value: Any) -> str:
    """In what a test ends, in words; never the value, which may be hidden."""
    if value is None:
        return NOTHING
    if isinstance(value, bool | np.bool_):
        return TRUTH
    if isinstance(value, str):
        return "a text"
    if isinstance(value, int | float | np.number):
        return NUMBER if _finite(value) is not None else "a number that is not finite"
    return f"a value of the kind {type(value).__name__}"


def points(value: Any, instructors: str) -> float | None:
    """The number of points that a test's last expression gives; None where it gives none.

    Where the instructor's version ends in something else than a number, so may the student's: a
    table that is shown gives no points, whatever stands in its place.
    """
    counts = instructors in (UNKNOWN, NOTHING, NUMBER) and kind_of(value) == NUMBER
    return _finite(value) if counts else None


def refused_end(value: Any, instructors: str) -> str:
    """Why a test that has come to its end cannot be judged by what it ends in, or ""."""
    kind = kind_of(value)
    if instructors == UNKNOWN and kind == TRUTH:
        return f"the test ends in {kind}, and nothing looks at it: assert is missing before it"
    strange = kind.startswith("a number") and kind != NUMBER
    if (strange and instructors in (UNKNOWN, NOTHING)) or instructors == NUMBER != kind:
        return f"the test ends in {kind}, where points are a number"
    return ""


def end_of(value: Any, instructors: str) -> dict[str, Any]:
    """How a test that was not stopped by an error has ended: in what, in how many points, and why
    it cannot be judged by that, if so."""
    refused = refused_end(value, instructors)
    told = describe(HandleError(refused)) if refused else None
    return {"end": kind_of(value), "value": points(value, instructors), "error": told}


def _finite(value: Any) -> float | None:
    try:
        return float(value) if math.isfinite(value) else None
    except (OverflowError, TypeError):  # a whole number beyond all floats; a complex number
        return None


def describe(
    error: BaseException, cell: str = "", source: str = "", folder: str = ""
) -> dict[str, Any]:
    """Kind, message and traceback of an error, without the frames of the machinery around it: those
    of cells, and of modules in `folder`."""
    kind = error.kind if isinstance(error, StudentError) else type(error).__name__
    frames = []
    for frame in traceback.extract_tb(error.__traceback__):
        if folder and frame.filename.startswith(f"{folder}/"):
            frame.filename = frame.filename.removeprefix(f"{folder}/")
            frames.append(frame)
        elif frame.filename.startswith("<") and not frame.filename.startswith("<frozen"):
            frames.append(frame)
    lines = [frame.lineno or 0 for frame in frames if frame.filename == f"<{cell}>"]
    line = lines[-1] if lines else 0
    text = source.splitlines()[line - 1].strip() if 0 < line <= len(source.splitlines()) else ""
    shown = "".join(traceback.format_list(frames))
    if isinstance(error, StudentError):
        shown = error.traceback
    else:
        shown += "".join(traceback.format_exception_only(type(error), error))
    try:
        message = str(error)
    except BaseException:  # a __str__ of the student's own
        message = ""
    builtin = next(c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins")
    return {
        "kind": str(kind)[:200],
        "base": builtin,
        "message": message[:MAX_TRACEBACK],
        "traceback": shown[-MAX_TRACEBACK:],
        "lines": lines,
        "text": text[:500],
        "student": isinstance(error, StudentError),
        "handle": isinstance(error, HandleError),
    }
