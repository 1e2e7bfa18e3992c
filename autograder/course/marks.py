"""The marks around what students do not get, and what is nearly one.

nbgrader takes out what stands between `### BEGIN HIDDEN TESTS` and `### END HIDDEN TESTS`, or
between what a course's configuration has instead (`ClearHiddenTests.begin_test_delimeter`, …), and
leaves a region alone whose mark is spelled in another way: it would be released.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from difflib import SequenceMatcher

import nbformat
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions
from traitlets import TraitError
from traitlets.config import Config

# What may be marked, and in which cells.
REGIONS = {
    "SOLUTION": ("a solution cell", ("solution", "manual")),
    "HIDDEN TESTS": ("a test cell", ("test",)),
    "MARK SCHEME": ("a task cell", ("task",)),
}
MARKS = tuple(f"{word} {region}" for region in REGIONS for word in ("BEGIN", "END"))
# How people spell them, in letters alone.
WORDS = {"BEGIN": ("BEGIN", "START"), "END": ("END", "STOP")}
THINGS = {
    "SOLUTION": ("SOLUTION",),
    "HIDDEN TESTS": ("HIDDENTESTS", "HIDDEN"),
    "MARK SCHEME": ("MARKSCHEME", "MARKINGSCHEME"),
}
LEAST, MOST = 6, 30  # letters: a longer comment is a sentence


class Marks:
    """How a course marks what students do not get, and what takes it out, by its configuration."""

    def __init__(self, config: Config | None = None):
        """ValueError: by these marks nothing could be taken out."""
        try:
            solutions = ClearSolutions(config=config)
            tests, scheme = ClearHiddenTests(config=config), ClearMarkScheme(config=config)
        except TraitError as error:
            raise ValueError(str(error)) from error
        self._steps = (solutions, tests, scheme)
        self.texts = {  # the mark for each of MARKS
            "BEGIN SOLUTION": solutions.begin_solution_delimeter,
            "END SOLUTION": solutions.end_solution_delimeter,
            "BEGIN HIDDEN TESTS": tests.begin_test_delimeter,
            "END HIDDEN TESTS": tests.end_test_delimeter,
            "BEGIN MARK SCHEME": scheme.begin_mark_scheme_delimeter,
            "END MARK SCHEME": scheme.end_mark_scheme_delimeter,
        }
        for one, other in itertools.permutations(self.texts.values(), 2):
            if one.strip() in other:
                raise ValueError(
                    f"the mark {one!r} stands in the mark {other!r}, too: choose marks of which "
                    "none is a part of another (ClearSolutions, ClearHiddenTests, ClearMarkScheme)"
                )
        if "python" not in solutions.code_stub:
            raise ValueError("ClearSolutions.code_stub says nothing for python: add it")

    def cleared(self, notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
        """A notebook as nbgrader releases it: what is marked is taken out."""
        for clear in self._steps:
            notebook, _ = clear.preprocess(notebook, {"language": "python"})
        return notebook

    def without_marks(self, answer: str) -> str:
        """An answer as one would write it oneself."""
        marks = [self.texts[f"{word} SOLUTION"] for word in ("BEGIN", "END")]
        lines = answer.splitlines()
        return "\n".join(line for line in lines if not any(mark in line for mark in marks))

    def wrong(self, source: str, kind: str, is_code: bool) -> Iterator[str]:
        """What is wrong with a cell's marks: each with its line, and what to do."""
        open_at: dict[str, int] = {}
        for number, line in enumerate(source.splitlines(), 1):
            mark = next((mark for mark, text in self.texts.items() if text in line), "")
            if not mark:
                if near := self._nearly(line, is_code):
                    yield (
                        f"holds {line.strip()!r} in line {number}, which takes nothing out of the "
                        f"release: write {self._written(near)!r}, or word it otherwise"
                    )
                continue
            word, region = mark.split(" ", 1)
            begin, end = (self._written(f"{word} {region}") for word in ("BEGIN", "END"))
            place, kinds = REGIONS[region]
            if kind not in kinds:
                yield (
                    f"holds {line.strip()!r} in line {number}, which stands only in {place}: "
                    "move it"
                )
            elif word == "BEGIN" and region in open_at:
                yield (
                    f"begins in line {number} what line {open_at[region]} began: write "
                    f"{end} between them"
                )
            elif word == "BEGIN":
                open_at[region] = number
            elif open_at.pop(region, 0) == 0:
                yield f"ends in line {number} what never began: write {begin} above it"
        for region, number in open_at.items():
            end = self._written(f"END {region}")
            yield f"begins in line {number} what never ends: write {end} below it"

    def _nearly(self, line: str, is_code: bool) -> str:
        """The mark that a line seems to mean, or ""."""
        if is_code:
            line = line[line.find("#") :] if "#" in line else ""
        letters = _letters(line)
        if not LEAST <= len(letters) <= MOST:
            return ""
        own = {m: _alike(letters, _letters(text)) for m, text in self.texts.items() if text != m}
        nearest = max(own, key=own.__getitem__, default="")
        return nearest if nearest and own[nearest] >= 0.8 else _nearly_usual(letters)

    def _written(self, mark: str) -> str:
        """A mark as it is written into a line: nbgrader's own are without their signs."""
        text = self.texts[mark]
        return f"### {text}" if text == mark else text


def _letters(line: str) -> str:
    return "".join(re.findall(r"[^\W\d_]", line.upper()))


def _nearly_usual(letters: str) -> str:
    """The mark of nbgrader's that letters seem to mean, or ""."""
    for word, region in itertools.product(WORDS, REGIONS):
        for said, thing in itertools.product(WORDS[word], THINGS[region]):
            n = len(said)
            first = _alike(letters[:n], said) >= 0.6 and _alike(letters[n:], thing) >= 0.8
            last = _alike(letters[-n:], said) >= 0.6 and _alike(letters[:-n], thing) >= 0.8
            if first or last:
                return f"{word} {region}"
    return ""


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
