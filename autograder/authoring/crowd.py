"""A whole class, drawn: as many students as a lecture has, who differ in what they can do.

What they may write is said by the assignment's `demo.py`: for each cell the right answers and the
slips of them, as edits. Whoever can do more gets more right; who cannot slips, or leaves the cell
as it was. Each writes in a hand of their own (hand.py), so that no two hand in the same text but
those who are planted: `PLANTED` of them have somebody else's answers, renamed, put in another
order, or all in one cell.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from autograder.authoring.demo import Cells, Edit, Student, grade_id, write
from autograder.authoring.hand import in_hand, renamed, reordered

EMPTY = "# YOUR CODE HERE\nraise NotImplementedError()"
STEEP = 2.2  # how much more surely who can do more gets a question right
TEXT = """
abel alan albert alonzo amalie andrey anna arthur augusta barbara benoit bernhard charles claude
daniel david donald edsger elias emil ernst euclid evelyn fatima felicia frances gaspard georg
gottlob hedwig hermann hypatia ingrid isaac jacob james jean joan johann john julia karl katherine
kathleen leon lise ludwig marie mary max mileva niels noam oliver omar peter pierre ronald rosa
rozsa ruth shafi sonya srinivasa stefan tim vera wang wolfgang
"""
NAMES = TEXT.split()


@dataclass(frozen=True)
class Question:
    """What is written into a cell: `right` answers, and `slips` of those in which they are found,
    (what stands there, what the student wrote instead); the likeliest first. Half of those whose
    ability is `hard` (0 is the middle of the class, 1 a good student) get it right."""

    right: tuple[str, ...]
    slips: tuple[tuple[str, str], ...] = ()
    hard: float = 0.0


@dataclass(frozen=True)
class Crowd:
    """How a class is drawn; `words` are answers in words, by cell."""

    questions: Mapping[str, Question]
    words: Mapping[str, tuple[str, ...]]
    size: int = 48
    seed: int = 1
    planted: bool = True

    def students(self) -> list[Student]:
        """The class, the same for the same seed."""
        rng = random.Random(self.seed)
        students = [_student(self, name, rng) for name in NAMES[: self.size]]
        if self.planted:
            _plant(self, students, rng)
        return students


def _student(crowd: Crowd, name: str, rng: random.Random) -> Student:
    answers = _answers(crowd, rng.gauss(0, 1), rng)
    fate = rng.random()
    if fate < 0.04:
        return Student(name, file=None)
    late = fate < 0.12
    days = rng.choice((0.1, 0.4, 1.3, 2.6)) if late else -abs(rng.gauss(0, 1)) - 0.05
    edits = tuple(write(cell, text) for cell, text in answers.items())
    earlier = edits[: len(edits) // 2] if fate > 0.92 else None  # handed in again since
    return Student(name, edits, days_late=days, earlier=earlier)


def _answers(crowd: Crowd, ability: float, rng: random.Random) -> dict[str, str]:
    """What somebody writes into the cells; what is not there is left as it was."""
    answers = {}
    for cell, question in crowd.questions.items():
        text = question.right[_early(rng, len(question.right))]
        chance = 1 / (1 + math.exp(STEEP * (question.hard - ability)))
        if rng.random() > chance:
            if ability < question.hard and rng.random() < 0.25:
                answers[cell] = EMPTY
                continue
            old, new = question.slips[_early(rng, len(question.slips))]
            text = next(right for right in question.right if old in right).replace(old, new)
        answers[cell] = in_hand(text, rng)
    for cell, texts in crowd.words.items():
        answers[cell] = rng.choice(texts) if rng.random() < 0.93 else "YOUR ANSWER HERE"
    return answers


def _early(rng: random.Random, count: int) -> int:
    """An index, the first the likeliest: of n, the i-th is 1/i as likely."""
    return rng.choices(range(count), [1 / (i + 1) for i in range(count)])[0]


def _plant(crowd: Crowd, students: list[Student], rng: random.Random) -> None:
    """Give some the answers of others, disguised."""
    there = [i for i, student in enumerate(students) if student.file is not None]
    chosen = rng.sample(there, 2 * len(DISGUISES))
    for disguise, source, other in zip(DISGUISES, chosen[::2], chosen[1::2], strict=True):
        # Not the best: who has all right looks like others who have.
        answers = _answers(crowd, 0.2, rng)
        edits = tuple(write(cell, text) for cell, text in answers.items())
        students[source] = replace(students[source], edits=edits, earlier=None)
        students[other] = replace(students[other], edits=(*edits, disguise), earlier=None)


def _code(change: Callable[[str], str]) -> Edit:
    """Change the text of every cell of the student's."""

    def edit(cells: Cells) -> Cells:
        return [
            {**cell, "source": change("".join(cell["source"]))} if _is_answer(cell) else cell
            for cell in cells
        ]

    return edit


def _merged(cells: Cells) -> Cells:
    """All answers in the first cell for one, from the last to the first."""
    own = [cell for cell in cells if _is_answer(cell)]
    texts = [text for cell in own if (text := "".join(cell["source"])) != EMPTY]
    for cell in own:
        cells = write(grade_id(cell), "# all in the first cell")(cells)
    return write(grade_id(own[0]), "\n\n\n".join(texts))(cells)


def _is_answer(cell: dict[str, Any]) -> bool:
    settings = cell["metadata"].get("nbgrader", {})
    return cell["cell_type"] == "code" and bool(settings.get("solution"))


DISGUISES: tuple[Edit, ...] = (_code(renamed), _code(reordered), _merged)
