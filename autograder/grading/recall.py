"""What an earlier run of a notebook left, as bytes: written, and read again where it is still true.

Kept is what the sessions did, never a verdict: that is made anew, from the assignment as it is now.
And of that only what would be the same at any other time: nothing from the first cell on that was
stopped, or has left a thread behind, or whose outcome hung on a clock otherwise; nothing where the
instructor's own cells failed. JSON in a closed form: what has another form, or another key, is not
there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

from autograder.course.submission import Rebuilt
from autograder.grading import comparisons
from autograder.grading.keys import Keys
from autograder.grading.run import NotebookRun
from autograder.grading.shape import Named, look
from autograder.grading.student import CellRun, checked_output
from autograder.sessions.channel import WireError

FORMAT = 2
MAX_BYTES = 16 * 2**20  # of a submission; what is larger is run again
PLAIN = dict.fromkeys(("kind", "base", "message", "traceback"), str)
OF_A_TEST = {"lines": [int], "text": str, "student": bool, "handle": bool}
# Where there may be nothing, it is a list of one or none.
RAN = {
    "outputs": [Named(object)],
    "error": [PLAIN],
    "of_a_test": [OF_A_TEST],
    "compared": [object],
    "missing": [str],
    "value": [float],
    "printed": str,
}
RECORD = {
    "whole": str,
    "tests": Named(str),
    "cells": [RAN],
    "shown": [RAN],
    "alone": [str],
    "hints": Named(str),
    "shared": Named(RAN),
    "follows": Named([str]),
    "seconds": float,
    "memory_mb": float,
}
FILE = {"format": int, "notebooks": Named(RECORD)}


@dataclass
class Kept:
    """What is taken of an earlier run: the outcome of `tests`, by their place in the notebook, or
    of everything."""

    run: NotebookRun = field(default_factory=NotebookRun)
    shown: NotebookRun = field(default_factory=NotebookRun)
    follows: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tests: tuple[int, ...] = ()
    whole: bool = False
    seconds: float = 0.0

    def put_into(self, run: NotebookRun, shown: NotebookRun) -> None:
        """Have the tests come out as they did."""
        for index in self.tests:
            run.cells[index] = self.run.cells[index]
            shown.cells[index] = self.shown.cells[index]
            run.hasty.discard(index)
            if not run.cells[index].error:
                run.hints.pop(index, None)
        run.alone += [index for index in self.run.alone if index in self.tests]


def records_in(content: bytes) -> dict[str, Any]:
    """The records of a submission's notebooks, by name; none where the content has not the form."""
    try:
        if len(content) > MAX_BYTES:
            return {}
        data = json.loads(content)
        look(data, FILE, "it")
        records: dict[str, Any] = data["notebooks"] if data["format"] == FORMAT else {}
        for record in records.values():
            for ran in (*record["cells"], *record["shown"], *record["shared"].values()):
                ran["outputs"] = [checked_output(output) for output in ran["outputs"]]
                ran["compared"] = [comparisons.checked(one) for one in ran["compared"]]
    except (ValueError, RecursionError, WireError):  # ShapeError is a ValueError
        return {}
    return records


def written(records: Mapping[str, Any]) -> bytes:
    """The bytes of a submission's records; none where there is too much of it, or nothing."""
    content = json.dumps({"format": FORMAT, "notebooks": records}).encode()
    return content if records and len(content) <= MAX_BYTES else b""


def record_of(
    keys: Keys,
    rebuilt: Rebuilt,
    run: NotebookRun,
    shown: NotebookRun,
    follows: Mapping[str, tuple[str, ...]],
    seconds: float,
    lost: bool,
) -> dict[str, Any]:
    """What is kept of a run. `lost`: the instructor's own version does not pass its tests."""
    code = [i for i, c in enumerate(rebuilt.code) if c.cell_type == "code"]
    settled = list(takewhile(lambda index: not _hasty(index, run, shown), code))
    tests = _tests(rebuilt)
    own = {name: index for name, index in tests.items() if index in settled}
    whole = len(settled) == len(code) and not (run.cut or run.refused or lost)
    return {
        "whole": keys.whole if whole else "",
        "tests": {n: keys.tests[n] for n, i in own.items() if i not in run.shared},
        "cells": [_plain(run.cells[i]) for i in settled],
        "shown": [] if shown is run else [_plain(shown.cells[i]) for i in settled],
        "alone": [name for name, index in own.items() if index in run.alone],
        "hints": {n: run.hints[i] for n, i in own.items() if i in run.hints} if whole else {},
        "shared": {n: _plain(run.shared[i]) for n, i in own.items() if i in run.shared}
        if whole
        else {},
        "follows": dict(follows) if whole else {},
        "seconds": seconds,
        "memory_mb": run.memory_mb,
    }


def recall(record: Mapping[str, Any] | None, keys: Keys, rebuilt: Rebuilt) -> Kept:
    """What is still true of a record."""
    kept = Kept()
    if not record:
        return kept
    code = [i for i, c in enumerate(rebuilt.code) if c.cell_type == "code"]
    tests = _tests(rebuilt)
    by_place = dict(zip(code, map(_ran, record["cells"]), strict=False))
    shown = dict(zip(code, map(_ran, record["shown"]), strict=False)) or by_place
    kept.tests = tuple(
        index
        for name, index in tests.items()
        if record["tests"].get(name) == keys.tests[name] and index in by_place and index in shown
    )
    kept.run.cells, kept.shown.cells = by_place, shown
    kept.run.alone = [tests[name] for name in record["alone"] if name in tests]
    shared = {tests[name]: _ran(ran) for name, ran in record["shared"].items() if name in tests}
    asked = {i for name, i in tests.items() if rebuilt.code[i].cell.shared}  # type: ignore[union-attr]
    there = len(by_place) == len(shown) == len(code) and shared.keys() == asked
    if record["whole"] == keys.whole and there:
        kept.whole, kept.run.shared, kept.seconds = True, shared, record["seconds"]
        kept.run.memory_mb = record["memory_mb"]
        kept.run.hints = {tests[n]: hint for n, hint in record["hints"].items() if n in tests}
        kept.follows = {name: tuple(names) for name, names in record["follows"].items()}
        if not record["shown"]:
            kept.shown = kept.run
    return kept


def _tests(rebuilt: Rebuilt) -> dict[str, int]:
    """The tests by their ids, and where they stand."""
    there = [(code.cell, index) for index, code in enumerate(rebuilt.code)]
    return {cell.grade_id: index for cell, index in there if cell and cell.kind == "test"}


def _hasty(index: int, run: NotebookRun, shown: NotebookRun) -> bool:
    """Whether what became of a cell may be otherwise another time."""
    for one in (run, shown):
        if index in one.hasty or index in one.broken or index not in one.cells:
            return True
        ran = one.cells[index]
        if ran.state or ran.left or not _can_be_kept(ran):
            return True  # stopped, still at it, or more than this form holds
    return False


def _can_be_kept(ran: CellRun) -> bool:
    """Whether it is found in its form as it was."""
    plain = _plain(ran)
    plain["compared"] = [comparisons.checked(one) for one in plain["compared"]]
    if ran.error and "lines" in ran.error:
        ran = replace(ran, error={"compared": None} | ran.error)
    return _ran(plain) == replace(ran, asked=[], end="")


def _plain(ran: CellRun) -> dict[str, Any]:
    """A cell's run, in its form."""
    error = ran.error or {}
    return {
        "outputs": ran.outputs,
        "error": [{key: error[key] for key in PLAIN}] if error else [],
        "of_a_test": [{key: error[key] for key in OF_A_TEST}] if "lines" in error else [],
        "compared": [comparisons.plain(error["compared"])] if error.get("compared") else [],
        "missing": ran.missing,
        "value": [] if ran.value is None else [ran.value],
        "printed": ran.printed,
    }


def _ran(plain: Mapping[str, Any]) -> CellRun:
    error: dict[str, Any] = {}
    for part in (*plain["error"], *plain["of_a_test"]):
        error |= part
    if plain["of_a_test"]:  # what was compared, or that it is not known
        error["compared"] = plain["compared"][0] if plain["compared"] else None
    value = plain["value"][0] if plain["value"] else None
    told = {"missing": plain["missing"], "value": value, "printed": plain["printed"]}
    return CellRun(plain["outputs"], error or None, **told)
