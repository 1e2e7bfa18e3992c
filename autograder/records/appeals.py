"""Points that a person gave on appeal, and why: kept in `reports/<assignment>/appeals.json`.

The points are the gradebook's, as those that the form-grader writes; the reason stands in feedback,
report and exports in the place of "graded by a person". Nothing is overwritten: a later decision of
the same question is another entry, and counts.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "appeals.json"


@dataclass(frozen=True)
class Appeal:
    """A decision: `points` None takes what was given back."""

    student: str
    question: str
    points: float | None
    before: float | None
    why: str
    when: str  # UTC, ISO 8601
    by_hand: float | None = None  # the points of the form-grader's that this took the place of
    waited: bool = False  # whether a person was still to look at these


def path(reports: Path, assignment: str) -> Path:
    return reports / assignment / FILE


def appeals(reports: Path, assignment: str) -> list[Appeal]:
    """In the order in which they were decided."""
    with suppress(OSError, ValueError, TypeError):
        return [Appeal(**one) for one in json.loads(path(reports, assignment).read_text("utf-8"))]
    return []


Reasons = dict[tuple[str, str, float | None], str]


def reasons(reports: Path, assignment: str) -> Reasons:
    """Why, by student, question and the points that were given: with others it is no reason."""
    last = {(one.student, one.question): one for one in appeals(reports, assignment)}
    return {(*key, one.points): one.why for key, one in last.items() if one.points is not None}


def standing(
    reports: Path, assignment: str, student: str, question: str
) -> tuple[Appeal, Appeal] | None:
    """The last decision, and the one before which there stood what a person had given in the
    form-grader; None where it was taken back, or there is none."""
    last = first = None
    for one in appeals(reports, assignment):
        if (one.student, one.question) == (student, question):
            if last is None or one.by_hand != last.points:  # else it took that one's place
                first = one
            last = one if one.points is not None else None
    return (last, first) if last and first else None


def written(entries: list[Appeal]) -> bytes:
    return json.dumps([asdict(one) for one in entries], indent=1, ensure_ascii=False).encode(
        errors="replace"
    )
