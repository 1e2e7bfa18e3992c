"""By what a verdict can be found again: for each test a digest of everything that the two sessions
execute or read up to and including it.

How far that reaches is a question of what an earlier cell can leave behind. The cells of a notebook
run one after another in one pair of sessions: a student's cell may change what another defined, a
test binds names in the tests' session and, by what it calls, changes objects in the student's. No
reading of the text can exclude that. So what stands *before* a test counts, all of it, in its
order: the student's cells, additional ones among them, the instructor's, and earlier tests with
their hidden lines. What stands *behind* it does not count, but where the engine lets it: what a
test that fails still defines for those behind it (definitions.py), and whether anything is hidden
in the notebook, for then the failing ones are shown from sessions of their own (run.py). Hints,
follow-ups and tests beside the student's code hang on the end of the notebook: they are found by
the `whole` key alone.

Hence a mended test has its own question run again, and those behind it; a resubmission those from
the first cell on that reads otherwise; and in both cases the sessions replay all that stands
before, whose verdicts stay. Text that no session sees (Markdown, titles, points, dates) counts for
nothing here: verdicts are made anew from what was kept.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from typing import Any

from autograder.course.assignment import Assignment
from autograder.course.cells import Cell, Notebook
from autograder.course.definitions import definitions
from autograder.course.submission import Rebuilt
from autograder.grading.run import later
from autograder.grading.warm import words_of

# What no session sees of an assignment and of a cell; a field that is added counts.
UNSEEN = ("name", "title", "duedate", "notebooks", "cancelled")
UNSEEN_OF_A_CELL = ("points", "metadata", "attachments", "cell_id", "newer")


@dataclass(frozen=True)
class Keys:
    """The key of each test by its id, and that of all that runs for a notebook."""

    tests: Mapping[str, str]
    whole: str


def keys_of(
    assignment: Assignment,
    notebook: Notebook,
    rebuilt: Rebuilt,
    files: Mapping[str, bytes],
    around: Mapping[str, Any],
) -> Keys:
    """The keys of one submission's notebook; `files` are the student's own, `around` is what there
    is around the sessions (surroundings.py)."""
    digest = hashlib.sha256(_line([_settings(assignment, notebook), list(files.items()), around]))
    asked, tests = _asked(notebook), {}
    for index, code in enumerate(rebuilt.code):
        if code.cell_type != "code":
            continue
        own = asked[code.cell.grade_id] if code.cell else ""
        digest.update(_line([code.name(index), code.source, own]))
        if code.cell and code.cell.kind == "test":
            tests[code.cell.grade_id] = digest.hexdigest()
    points = [cell.points for cell in notebook.questions] if assignment.stand_in else []
    digest.update(_line(["whole", points]))  # what full marks are, a follow-up is measured by
    return Keys(tests, digest.hexdigest())


def _line(value: Any) -> bytes:
    """A value as a line of its own: whatever text stands in it cannot pass for two."""
    return json.dumps(value, sort_keys=True, default=_plain).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return ["bytes", hashlib.sha256(value).hexdigest()]
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"a key cannot hold {type(value).__name__}")


def _settings(assignment: Assignment, notebook: Notebook) -> dict[str, Any]:
    """What an assignment sets for every cell."""
    hidden = any(cell.kind == "test" and cell.source != cell.visible for cell in notebook.cells)
    return {
        **{f.name: getattr(assignment, f.name) for f in fields(assignment) if f.name not in UNSEEN},
        "words": words_of(assignment),
        "hidden": hidden,
    }


@functools.lru_cache(maxsize=16)
def _asked(notebook: Notebook) -> dict[str, str]:
    """What runs of each of the instructor's cells, by its id: of a solution's the instructor's own,
    which says what its tests may ask for."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = [replace(c, source=c.visible) if c.kind == "test" else c for c in cells]
    asked = {}
    for index, cell in enumerate(cells):
        left = [_left_by(those[index], those[index + 1 :]) for those in (cells, shown)]
        asked[cell.grade_id] = _line([_seen(cell), cell.visible, left]).decode()
    return asked


def _seen(cell: Cell) -> dict[str, Any]:
    return {f.name: getattr(cell, f.name) for f in fields(cell) if f.name not in UNSEEN_OF_A_CELL}


def _left_by(cell: Cell, behind: list[Cell]) -> str:
    """What a test that fails defines for those behind it."""
    if cell.kind != "test" or cell.never_apart:
        return ""
    return definitions(cell.source, cell.student_names, later(behind))
