"""Submissions of a class that are more alike than submissions become by themselves.

Two answers to a question are laid side by side as copydetect does (winnowing: Schleimer, Wilkerson
and Aiken 2003): names, texts and layout do not count, and fragments of K characters of what is left
do, wherever they stand. What was released, what the instructor's solution says, too, and what many
of the class have is taken out; a fragment that n of N have counts log2(N/n), so that what is rarer
weighs more, and so does a wrong answer of the same value. Shown is a pair whose sum is FACTOR times
what 99 of 100 pairs of this class reach, and that has LENGTH characters in common: no less can be
told from work that was done apart.

Nothing of a submission is executed or parsed as Python: it is split into tokens, with limits.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations, pairwise

import numpy as np
from copydetect.utils import filter_code, get_document_fingerprints

from autograder.course.assignment import Assignment
from autograder.course.submission import Unreadable, parse
from autograder.records.recurring import value_told
from autograder.records.result import GradeResult

FILE = "similar.html"  # in the assignment's folder below `reports/`
K = 25  # characters of a fragment: copydetect's own
LENGTH = 120  # characters of rare fragments, without names and spaces: some four lines
USUAL, FACTOR = 99, 2.5  # percent of the pairs, which are taken to have worked apart
LEAST = 1.0  # what a question has to weigh to be named
MANY, SHARE = 4, 1 / 8  # what more than so many have, or such a part of the class, is common
MAX_CELL, MAX_STUDENT = 20_000, 200_000  # characters that are compared of a cell, and of anybody
DEFINED = re.compile(r"^(?:def|class) (\w+)", re.M)


@dataclass(frozen=True)
class Part:
    """A cell of somebody's: its text, what of it is compared, its fragments, and at which
    characters of the text they begin."""

    cell: str
    text: str
    length: int = 0
    places: dict[int, list[int]] = field(default_factory=dict)
    origins: tuple[int, ...] = ()

    def lines(self, fragments: Iterable[int]) -> set[int]:
        """The lines, from 0, in which some of its fragments stand."""
        found = set[int]()
        for fragment in fragments:
            for at in self.places.get(fragment, ()):
                begin = self.origins[at]
                end = self.origins[min(at + K, len(self.origins) - 1)]
                first = self.text.count("\n", 0, begin)
                found |= set(range(first, first + self.text.count("\n", begin, end) + 1))
        return found


@dataclass(frozen=True)
class Alike:
    """A question that two answered alike: in how many characters, how rare these are, and both
    texts with the fragments that they share."""

    question: str
    length: int
    rarity: float
    left: Part
    right: Part
    fragments: frozenset[int]

    @property
    def sides(self) -> list[tuple[Part, set[int]]]:
        return [(part, part.lines(self.fragments)) for part in (self.left, self.right)]


@dataclass(frozen=True)
class Pair:
    """Two students, the questions that they answered alike, and the wrong answers that they share
    with nearly nobody, each with how many have it."""

    students: tuple[str, str]
    alike: tuple[Alike, ...]
    wrong: tuple[tuple[str, str, int], ...]
    weight: float

    @property
    def length(self) -> int:
        return sum(one.length for one in self.alike)

    @property
    def rank(self) -> tuple[int, float]:
        """The same rare wrong answer says more than any text; then what is rarer."""
        return len(self.wrong), self.weight


@dataclass(frozen=True)
class Similar:
    """What was compared, and what is alike; `cut` had more text than is compared."""

    students: int
    pairs: tuple[Pair, ...] = ()
    cut: tuple[str, ...] = ()


def similar(
    assignment: Assignment,
    results: Iterable[GradeResult],
    notebooks: Mapping[str, Mapping[str, bytes]],
) -> Similar:
    """The pairs of a class, the most similar first, of their graded notebooks by student."""
    read = {student: _read(assignment, of) for student, of in sorted(notebooks.items())}
    cut = tuple(student for student, (_, whole) in read.items() if not whole)
    parts = {student: of for student, (of, _) in read.items() if of}
    fragments = {s: {f for part in of for f in part.places} for s, of in parts.items()}
    have = Counter(f for own in fragments.values() for f in own)
    most = max(MANY, int(SHARE * len(parts)))
    given = _given(assignment)
    rare = {f: math.log2(len(parts) / n) for f, n in have.items() if 1 < n <= most}
    for fragment in given & rare.keys():
        del rare[fragment]
    wrong = _shared_answers(results, most)
    pairs = [
        _pair(students, alike, wrong.get(students, ()), len(parts))
        for students, alike in _alike(parts, fragments, rare).items()
    ]
    weights = np.zeros(max(1, math.comb(len(parts), 2)))
    weights[: len(pairs)] = [pair.weight for pair in pairs]
    least = FACTOR * np.percentile(weights, USUAL)
    shown = [pair for pair in pairs if pair.weight >= least and pair.length >= LENGTH]
    shown.sort(key=lambda pair: pair.students)
    shown.sort(key=lambda pair: pair.rank, reverse=True)
    return Similar(len(parts), tuple(shown), cut)


def _pair(
    students: tuple[str, str], alike: list[Alike], wrong: tuple[tuple[str, str, int], ...], of: int
) -> Pair:
    weight = sum(one.rarity for one in alike) + sum(math.log2(of / n) for *_, n in wrong)
    named = sorted((o for o in alike if o.rarity >= LEAST), key=lambda one: -one.rarity)
    return Pair(students, tuple(named), wrong, weight)


def _read(assignment: Assignment, notebooks: Mapping[str, bytes]) -> tuple[list[Part], bool]:
    """A student's own code, cell by cell, and whether that is all of it."""
    known = {c.grade_id for notebook in assignment.notebooks for c in notebook.cells}
    given = {text for notebook in assignment.notebooks for text in notebook.plain}
    homes = _homes(assignment)
    parts, room, whole, behind = [], MAX_STUDENT, True, ""
    for content in notebooks.values():
        try:
            cells = parse(content)
        except Unreadable:  # whoever wrote it since
            continue
        for cell in cells:
            own = cell["grade_id"] not in known
            behind = behind if own else cell["grade_id"]
            if cell["cell_type"] != "code" or cell["source"] in given:
                continue
            if own or cell["settings"].get("solution"):
                text = cell["source"][: min(MAX_CELL, room)]
                whole &= len(text) == len(cell["source"])
                room -= len(text)
                parts += _parts(behind, text, homes)
    return parts, whole


def _homes(assignment: Assignment) -> dict[str, str]:
    """By the name of a function or a class, the cell that was to define it."""
    return {
        name: cell.grade_id
        for notebook in assignment.notebooks
        for cell in notebook.cells
        if cell.kind == "solution"
        for name in DEFINED.findall(cell.source)
    }


def _parts(cell: str, text: str, homes: Mapping[str, str]) -> list[Part]:
    """A cell's text, cut where a definition begins, each part with the question that it answers:
    whoever has all in one cell, answers as many."""
    starts = [found.start() for found in DEFINED.finditer(text)]
    cuts = [0, *(at for at in starts if at), len(text)]
    parts: dict[str, str] = {}
    for begin, end in pairwise(cuts):
        found = DEFINED.match(text, begin)
        cell = homes.get(found[1], cell) if found else cell
        parts[cell] = parts.get(cell, "") + text[begin:end]
    return [_part(name, piece) for name, piece in parts.items()]


def _part(cell: str, text: str) -> Part:
    left, offsets = filter_code(text, "", "python")
    _, places = get_document_fingerprints(left, K, 1)  # every fragment: answers are short
    removed = np.zeros(len(left) + 1, dtype=int)
    for at, before in offsets.reshape(-1, 2):
        removed[min(int(at) + 1, len(left)) :] = before
    origins = tuple(int(n) for n in np.minimum(np.arange(len(left) + 1) + removed, len(text)))
    return Part(cell, text, len(left), places, origins)


def _given(assignment: Assignment) -> set[int]:
    """The fragments of what everybody got, and of the instructor's own answers."""
    texts = [text for notebook in assignment.notebooks for text in notebook.plain]
    for notebook in assignment.notebooks:
        for cell in notebook.cells:
            texts += [cell.released, cell.source if cell.kind != "test" else ""]
    return {fragment for text in texts for fragment in _part("", text).places}


def _alike(
    parts: Mapping[str, list[Part]], fragments: Mapping[str, set[int]], rare: Mapping[int, float]
) -> dict[tuple[str, str], list[Alike]]:
    """By pair, what is alike: somebody's answer to a question, and whatever the other has of it,
    wherever that stands."""
    found: dict[tuple[str, str], list[Alike]] = {}
    for pair in combinations(parts, 2):
        both = fragments[pair[0]] & fragments[pair[1]] & rare.keys()
        best: dict[str, Alike] = {}
        for one, other in (pair, pair[::-1]) if both else ():
            for part in parts[one]:
                here = both & part.places.keys()
                if not here:
                    continue
                length = _covered(part, here)
                if part.cell not in best or length > best[part.cell].length:
                    theirs = max(parts[other], key=lambda p: len(here & p.places.keys()))
                    sides = (part, theirs) if one == pair[0] else (theirs, part)
                    rarity = sum(rare[f] for f in here) / K
                    best[part.cell] = Alike(part.cell, length, rarity, *sides, frozenset(here))
        if best:
            found[pair] = list(best.values())
    return found


def _covered(part: Part, fragments: Iterable[int]) -> int:
    """How many characters of what is compared lie in some fragments."""
    covered = np.zeros(part.length + K, dtype=bool)
    for fragment in fragments:
        for at in part.places[fragment]:
            covered[at : at + K] = True
    return int(covered.sum())


def _shared_answers(
    results: Iterable[GradeResult], most: int
) -> dict[tuple[str, str], tuple[tuple[str, str, int], ...]]:
    """By pair, the wrong answers of the same value that no known mistake explains and that few
    have: the test, what it tells, and how many."""
    by: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for question in result.questions:
            if told := value_told(question):
                by.setdefault((question.id, told), []).append(result.student)
    found: dict[tuple[str, str], tuple[tuple[str, str, int], ...]] = {}
    for answer, students in by.items():
        if len(students) <= most:
            for pair in combinations(sorted(students), 2):
                found[pair] = (*found.get(pair, ()), (*answer, len(students)))
    return found
