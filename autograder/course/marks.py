"""The marks around what students do not get, and what is nearly one.

nbgrader takes out what stands between `### BEGIN HIDDEN TESTS` and `### END HIDDEN TESTS`, and
leaves a region alone whose mark is spelled in another way: it would be released.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from difflib import SequenceMatcher

import nbformat
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions

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


def cleared(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A notebook as nbgrader releases it: what is marked is taken out."""
    for clear in (ClearSolutions(), ClearHiddenTests(), ClearMarkScheme()):
        notebook, _ = clear.preprocess(notebook, {"language": "python"})
    return notebook


def wrong_marks(source: str, kind: str, is_code: bool) -> Iterator[str]:
    """What is wrong with a cell's marks: each with its line, and what to do."""
    open_at: dict[str, int] = {}
    for number, line in enumerate(source.splitlines(), 1):
        mark = next((mark for mark in MARKS if mark in line), "")
        if is_code and re.search(r"#.*\bAUTOTEST\b", line):
            yield f"asks in line {number} for tests that nbgrader makes: write the assertion itself"
        if not mark:
            if near := _nearly(line, is_code):
                yield (
                    f"holds {line.strip()!r} in line {number}, which takes nothing out of the "
                    f"release: write '### {near}', or word it otherwise"
                )
            continue
        word, region = mark.split(" ", 1)
        place, kinds = REGIONS[region]
        if kind not in kinds:
            yield f"holds {line.strip()!r} in line {number}, which stands only in {place}: move it"
        elif word == "BEGIN" and region in open_at:
            yield (
                f"begins in line {number} what line {open_at[region]} began: write "
                f"### END {region} between them"
            )
        elif word == "BEGIN":
            open_at[region] = number
        elif open_at.pop(region, 0) == 0:
            yield f"ends in line {number} what never began: write ### BEGIN {region} above it"
    for region, number in open_at.items():
        yield f"begins in line {number} what never ends: write ### END {region} below it"


def _nearly(line: str, is_code: bool) -> str:
    """The mark that a line seems to mean, or ""."""
    if is_code:
        line = line[line.find("#") :] if "#" in line else ""
    letters = "".join(re.findall(r"[A-Z]", line.upper()))
    if not LEAST <= len(letters) <= MOST:
        return ""
    for word, region in itertools.product(WORDS, REGIONS):
        for said, thing in itertools.product(WORDS[word], THINGS[region]):
            n = len(said)
            first = _alike(letters[:n], said, 0.6) and _alike(letters[n:], thing, 0.8)
            last = _alike(letters[-n:], said, 0.6) and _alike(letters[:-n], thing, 0.8)
            if first or last:
                return f"{word} {region}"
    return ""


def _alike(one: str, other: str, least: float) -> bool:
    return SequenceMatcher(None, one, other).ratio() >= least
