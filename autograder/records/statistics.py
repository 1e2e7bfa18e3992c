"""What a class's points say of the questions: difficulty, discrimination, reliability.

Counted are those who handed in and were judged. A question that waits for a person in more than
half of the submissions is left out; then a submission is, in which another still waits.
"""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograder.records.result import GradeResult
from autograder.records.standing import BY_HAND

ENOUGH = 30  # students from which on a correlation is worth a word
NORMAL = 1.959964  # 95 % of a normal distribution lie within so many standard deviations
NOTHING = 1e-12  # variation that is rounding: points have a few digits
EASY, HARD, WEAK = 0.95, 0.25, 0.15
NO_NUMBER = "a score is no number: give it again in the form-grader"


@dataclass(frozen=True)
class Item:
    """A question: the `share` of its points that `students` got on the mean, and its correlation
    with the points in all others (`None` where either never varies), from `low` to `high`."""

    id: str
    max_score: float
    students: int
    share: float
    correlation: float | None = None
    low: float = -1.0
    high: float = 1.0
    marked: bool = False  # by a person, not by a test

    @property
    def says_enough(self) -> bool:
        return self.students >= ENOUGH

    @property
    def remarks(self) -> list[str]:
        """What an instructor should look at, in words."""
        if not self.says_enough:
            return []
        found = []
        look = "look at how it was marked" if self.marked else "look at the test"
        if self.share in (0.0, 1.0):
            found.append("everybody gets it" if self.share else f"nobody gets it: {look}")
        elif self.share < HARD:
            judge = "was it marked by" if self.marked else "does the test ask"
            found.append(f"few get it: was it taught, and {judge} what the text says?")
        elif self.share > EASY:
            found.append("nearly everybody gets it")
        if self.correlation is None:
            return found
        if self.high < 0:
            found.append(f"the better students miss it: {look}")
        elif self.correlation < 0:
            found.append(f"the better students may miss it: {look}")
        elif self.correlation < WEAK and HARD <= self.share <= EASY:
            found.append("it hardly tells who can do the rest")
        return found


@dataclass(frozen=True)
class Statistics:
    """Of a class: its questions, and Cronbach's alpha (None where it is not defined)."""

    items: tuple[Item, ...] = ()
    students: int = 0
    alpha: float | None = None
    waiting: tuple[str, ...] = ()  # questions that a person has yet to grade

    @property
    def says_enough(self) -> bool:
        return self.students >= ENOUGH


def counted(result: GradeResult) -> GradeResult:
    """A result whose numbers are numbers: one that is none counts 0 and waits for a person."""
    questions = tuple(
        q if math.isfinite(q.score) else replace(q, score=0.0, state="fault", message=NO_NUMBER)
        for q in result.questions
    )
    late = result.late_penalty if math.isfinite(result.late_penalty) else 0.0
    seconds = result.seconds if math.isfinite(result.seconds) else 0.0
    memory = result.memory_mb if math.isfinite(result.memory_mb) else 0.0
    result = replace(result, seconds=seconds, memory_mb=memory)
    if questions == result.questions and late == result.late_penalty:
        return result
    message = "; ".join(filter(None, [result.message, NO_NUMBER]))
    return replace(
        result, questions=questions, late_penalty=late, state="attention", message=message
    )


def statistics(results: Sequence[GradeResult], marked: Container[str] = ()) -> Statistics:
    """The figures of a class, of which a result may be of an earlier version of the assignment;
    `marked` are the questions that a person marks."""
    judged = [r for r in results if r.state not in ("absent", "fault")]
    found = [{q.id: q for q in result.questions} for result in judged]
    names = list(dict.fromkeys(name for questions in found for name in questions))
    waits = {
        name: sum(name not in of or of[name].state in BY_HAND for of in found) for name in names
    }
    asked = [name for name in names if 2 * waits[name] <= len(found)]
    whole = [
        of for of in found if all(name in of and of[name].state not in BY_HAND for name in asked)
    ]
    waiting = tuple(name for name in names if name not in asked)
    if not asked or not whole:
        return Statistics(waiting=waiting)
    scores = np.array([[of[name].score for name in asked] for of in whole], dtype=float)
    items = tuple(
        replace(
            _item(name, max(of[name].max_score for of in whole), scores[:, i], scores),
            marked=name in marked,
        )
        for i, name in enumerate(asked)
    )
    return Statistics(items, len(whole), alpha(scores), waiting)


def _item(name: str, points: float, own: np.ndarray, scores: np.ndarray) -> Item:
    share = float(own.mean() / points) if points else 0.0
    r = correlation(own, scores.sum(axis=1) - own)
    low, high = (-1.0, 1.0) if r is None else interval(r, len(own))
    return Item(name, points, len(own), share, r, low, high)


def correlation(a: np.ndarray, b: np.ndarray) -> float | None:
    """Pearson's, or None where one of them never varies."""
    if len(a) < 2:
        return None
    a, b = a - a.mean(), b - b.mean()
    if min(a @ a, b @ b) < NOTHING:
        return None
    return float(np.clip(a @ b / np.sqrt((a @ a) * (b @ b)), -1, 1))


def interval(r: float, students: int) -> tuple[float, float]:
    """The 95 % interval of a correlation, by Fisher's z: tanh(artanh r ± 1.96 / √(n − 3))."""
    if students < 4:
        return -1.0, 1.0
    if abs(r) > 1 - 1e-9:
        return r, r
    z, reach = math.atanh(r), NORMAL / math.sqrt(students - 3)
    return math.tanh(z - reach), math.tanh(z + reach)


def alpha(scores: np.ndarray) -> float | None:
    """Cronbach's: k/(k − 1) · (1 − Σ variances of the questions / variance of their sum)."""
    students, questions = scores.shape
    if students < 2 or questions < 2:
        return None
    total = float(scores.sum(axis=1).var(ddof=1))
    if total < NOTHING:
        return None
    return questions / (questions - 1) * (1 - float(scores.var(axis=0, ddof=1).sum()) / total)
