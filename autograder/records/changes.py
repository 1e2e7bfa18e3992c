"""What is different from the report before: who gained, who lost, in which questions.

Two states of a class are kept in a file, those of the last two reports that differ: a report that
is only written again says the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.records.result import GradeResult

FILE = ".reported.json"
State = dict[str, Any]  # by student: score, state, and by question its state and score


@dataclass(frozen=True)
class Change:
    """A student's score and state before and now (None: not graded then), and the questions that
    differ, in words."""

    student: str
    before: float | None
    now: float
    questions: tuple[str, ...]

    @property
    def gained(self) -> float:
        return self.now - (self.before or 0.0)


def changes(
    path: Path, results: Sequence[GradeResult], renamed: Mapping[str, str]
) -> tuple[list[Change], bytes]:
    """What has changed since the report before, and what is to be kept in the file now; `renamed`
    has the ids that questions had before, each with today's.

    Of a student who is gone, nothing is kept.
    """
    now = {result.student: _state(result) for result in results}
    kept = _kept(path)
    last = {student: of for student, of in kept["now"].items() if student in now}
    before = {student: of for student, of in kept["before"].items() if student in now}
    if last != now:
        before = last
    content = json.dumps({"before": before, "now": now}, indent=1)
    today = {student: _renamed(of, renamed) for student, of in before.items()}
    return list(_compared(today, now)) if before else [], content.encode()


def _renamed(state: State, names: Mapping[str, str]) -> State:
    questions = {names.get(name, name): said for name, said in state["questions"].items()}
    return {**state, "questions": questions}


def _state(result: GradeResult) -> State:
    questions = {question.id: [question.state, question.score] for question in result.questions}
    return {"score": result.score, "state": result.state, "questions": questions}


def _kept(path: Path) -> dict[str, dict[str, State]]:
    """What the file holds; nothing where there is none, or it is damaged."""
    try:
        kept = json.loads(path.read_text())
        return {key: dict(kept[key]) for key in ("before", "now")}
    except (OSError, ValueError, TypeError, KeyError):
        return {"before": {}, "now": {}}


def _compared(before: dict[str, State], now: dict[str, State]) -> Iterable[Change]:
    for student, state in sorted(now.items()):
        old = before.get(student)
        if old == state or state["state"] == "absent" == (old or state)["state"]:
            continue
        questions = tuple(_questions((old or {}).get("questions", {}), state["questions"]))
        was = None if old is None or old["state"] == "absent" else old["score"]
        if old is None or questions or was != state["score"]:
            yield Change(student, was, state["score"], questions if was is not None else ())


def _questions(before: dict[str, list], now: dict[str, list]) -> Iterable[str]:
    for name in dict.fromkeys([*before, *now]):
        old, new = before.get(name), now.get(name)
        if old == new:
            continue
        if old is None or new is None:
            yield f"{name}: {'new' if old is None else 'gone'}"
        elif old[0] != new[0]:
            yield f"{name}: {old[0]} → {new[0]}"
        else:
            yield f"{name}: {old[1]:.4g} → {new[1]:.4g}"
