"""The proofs that an assignment is sound, for `build`, which insists on them, and `check`.

1. The instructor's version gets every automatic point, and breaks no rule of its own.
2. So it does where students can read the tests: hidden lines define nothing that others need.
3. The version that students get, untouched, gets none.
4. No test passes functions that return nothing.
5. The tests reject every known mistake, and the mistake's own hint is given for it.
6. What may stand in for a student's function does, and answers no test of the functions for whose
   tests it does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from autograder.authoring.afar import why_afar
from autograder.authoring.nothing import passed_by_anything, passed_by_nothing
from autograder.authoring.shared import passed_apart, passed_beside, proposed
from autograder.authoring.versions import about, answers, asks, side_by_side, version
from autograder.course.assignment import Assignment
from autograder.course.cells import Cell
from autograder.course.names import names
from autograder.course.rules import findings
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from autograder.grading.instructors import Stopped, conversation
from autograder.grading.visible import visible
from autograder.records.result import EMPTY, GradeResult, QuestionResult
from autograder.sessions import mistakes
from autograder.sessions.stand_in import MAX_CALLS

KEPT = "proved on {}, nothing has changed since"


@dataclass(frozen=True)
class Flaw:
    """Why an assignment is not sound: of which question ("" for none), and what to do."""

    question: str
    text: str
    advice: str
    beside: bool = False  # whether its test passes beside the student's code

    @property
    def told(self) -> str:
        return f"{self.question} {self.text}: {self.advice}".strip()


@dataclass(frozen=True)
class Proof:
    """What was to be proved, and what speaks against it; `on` is the day of one that was kept
    (proved.py)."""

    promise: str
    flaws: tuple[Flaw, ...]
    on: str = ""

    @property
    def told(self) -> str:
        return f"{self.promise} ({KEPT.format(self.on)})" if self.on else self.promise


def prove(
    assignment: Assignment, source: Path, released: Path, confined: bool = True
) -> Iterator[Proof]:
    """Grade the instructor's version, the released one, empty answers and the known mistakes.

    A question that is cancelled judges nobody: nothing that is wrong with it counts.
    """
    for proof in _prove(replace(assignment, cancelled=()), source, released, confined):
        flaws = (flaw for flaw in proof.flaws if flaw.question not in assignment.cancelled)
        yield replace(proof, flaws=tuple(flaws))


def _prove(assignment: Assignment, source: Path, released: Path, confined: bool) -> Iterator[Proof]:
    points = f"{assignment.automatic_points:g} automatic points"
    own = tuple(_flaws_of_the_instructors(assignment, source, confined))
    yield Proof(f"the instructor's version gets {points}", own)
    if own and own[0].text.startswith(Stopped.TEXT):
        return  # what a test asks of the instructor's answers is not known: nothing can be graded
    yield Proof(
        "the tests that students can read hold, too",
        () if own else tuple(_flaws_of_the_visible(assignment, confined)),
    )
    alone = replace(assignment, stand_in={})  # what is wrong on purpose gets no second try
    yield Proof(
        "the untouched version gets none",
        tuple(_flaws_of_the_untouched(alone, released, confined)),
    )
    yield Proof(
        "no test passes functions that return nothing",
        tuple(_flaws_of_the_lenient(alone, confined)),
    )
    if assignment.mistakes and not own:  # beside a flaw of one's own they would prove nothing
        yield _rejection(alone, confined)
    if assignment.stand_in and not own:
        yield Proof(
            "what may stand in for a student's function does, and no more",
            tuple(_flaws_of_the_stand_ins(assignment, confined)),
        )


def _flaws_of_the_instructors(
    assignment: Assignment, source: Path, confined: bool
) -> Iterator[Flaw]:
    try:
        lost = {q.id: q for q in conversation(assignment, confined).lost}
    except Stopped as stopped:
        yield Flaw(
            stopped.cell,
            f"{Stopped.TEXT} ({stopped.state})",
            "mend it, or raise the limits in assignment.toml",
        )
        return
    result = grade_submission(assignment, _submission(source, assignment), confined)
    beside = passed_beside(assignment, lost, confined)
    yield from _not_clean(result, "the instructor's version")
    for name, content in result.notebooks.items():
        yield from _flaws_of_cells(f"{name}.ipynb", json.loads(content)["cells"])
    tests = {cell.grade_id: cell for cell in _cells(assignment) if cell.kind == "test"}
    for question in result.questions:
        if question.id in tests and question.state != "passed":
            why = lost.get(question.id, question)
            yield Flaw(
                question.id,
                f"the instructor's version loses points: {why.state}: {why.message}",
                "; ".join(
                    [
                        "mend the solution or the test",
                        *why_afar(tests[question.id]),
                        *([proposed(question.id)] if question.id in beside else ()),
                    ]
                ),
                beside=question.id in beside,
            )
    for test in sorted(passed_apart(assignment, confined)):
        yield Flaw(
            test,
            "is shared, though it can be asked from another process, where no answer can read it",
            "take it out of `shared` in assignment.toml",
        )
    students = answers(assignment)
    own: list[tuple[str, str]] = []
    for cell in _cells(assignment):
        own += [("", source) for source in cell.above]
        own.append((cell.grade_id if cell in students else "", cell.source))
    for finding in findings(assignment.rules, own):
        yield Flaw("", f"the instructor's version breaks a rule: {finding}", "mend one of them")


def _flaws_of_cells(file: str, cells: list[dict[str, Any]]) -> Iterator[Flaw]:
    """Cells that stop, though a test may pass without what they would define."""
    for cell in cells:
        settings = cell["metadata"].get("nbgrader", {})
        meant = "raises-exception" in cell["metadata"].get("tags", ())
        is_test = settings.get("grade") and not settings.get("solution")
        if not settings.get("grade_id") or is_test or meant:
            continue
        for output in cell.get("outputs", ()):
            if output["output_type"] == "error":
                what = f"{output['ename']}: {output['evalue']}"
                yield Flaw(
                    "",
                    f"{file}, cell {settings['grade_id']!r} stops: {what}",
                    "mend it; what it imports stands in `packages`, what it opens in `files`",
                )


def _flaws_of_the_visible(assignment: Assignment, confined: bool) -> Iterator[Flaw]:
    """What fails as students read it, though the answer is right; fewer points may be meant."""
    tests = {cell.grade_id for cell in _cells(assignment) if cell.source != cell.visible}
    for question in conversation(visible(assignment), confined).lost:
        if question.id in tests:
            yield Flaw(
                question.id,
                f"fails for a right answer without its hidden lines: {question.message}",
                "put what all of it needs outside of them",
            )


def _flaws_of_the_untouched(
    assignment: Assignment, released: Path, confined: bool
) -> Iterator[Flaw]:
    result = grade_submission(assignment, _submission(released, assignment), confined)
    yield from _not_clean(result, "the untouched version")
    asking = {cell.grade_id for cell in _cells(assignment) if cell.student_names}
    for question in result.questions:
        if question.score:
            why = "" if question.id in asking else ", and cannot tell right from wrong"
            yield Flaw(
                question.id,
                f"the untouched version gets points{why}",
                "let it ask for what a solution cell defines",
            )


def _flaws_of_the_lenient(assignment: Assignment, confined: bool) -> Iterator[Flaw]:
    for question, value in passed_by_nothing(assignment, confined).items():
        yield Flaw(
            question,
            f"passes functions that all return {value}",
            "let it look at the shape, or at one value, first",
        )
    for question in sorted(passed_by_anything(assignment, confined)):
        yield Flaw(question, "passes whatever the answer is", "let it compare with a value")


def _not_clean(result: GradeResult, version: str) -> Iterator[Flaw]:
    if result.state == "attention":
        yield Flaw("", f"{version} needs attention: {result.message}", "mend the notebook")


def _rejection(assignment: Assignment, confined: bool) -> Proof:
    """Whether the tests reject the known mistakes."""
    try:
        known = mistakes.load(assignment.mistakes).mistakes
    except Exception as error:  # whatever the instructor's module raises
        text = f"mistakes.py cannot be loaded: {type(error).__name__}: {error}"
        return Proof("", (Flaw("", text, "mend it, or take it away"),))

    flaws = tuple(filter(None, side_by_side(lambda m: _accepted(assignment, confined, m), known)))
    return Proof(f"the tests reject all {len(known)} known mistakes, each with its hint", flaws)


def _accepted(assignment: Assignment, confined: bool, mistake: mistakes.Mistake) -> Flaw | None:
    """Grade the instructor's version with one answer replaced by the mistake, by its own tests."""
    wrong = f"{mistake.source}\n\n{mistake.function} = {mistake.name}"
    own = about(assignment, {mistake.function})
    submission = _replaced(own, mistake.function, wrong)
    failed = _failed(grade_submission(own, submission, confined, once=True))
    asking = (cell.grade_id for cell in _cells(own) if asks(cell, {mistake.function}))
    first = next(asking, "")
    if first not in [q.id for q in failed]:  # those behind it may fail for what it has left
        failed = _failed(grade_submission(own, submission, confined))
    if not failed:
        return Flaw("", f"the tests accept the mistake {mistake.name}", "add a test that it fails")
    if mistake.hint not in [q.hint for q in failed]:
        told = ", ".join(f"{q.id} {q.state}" for q in failed)
        text = f"the mistake {mistake.name} is not recognised by its probes ({told})"
        return Flaw("", text, "add a probe on which it differs from the others")
    return None


def _failed(result: GradeResult) -> list[QuestionResult]:
    return [q for q in result.questions if q.state not in ("passed", "manual", *EMPTY)]


def _flaws_of_the_stand_ins(assignment: Assignment, confined: bool) -> Iterator[Flaw]:
    """Which of them would answer a test themselves, and which are no help where they are needed."""
    alone = replace(assignment, stand_in={})  # what answers by itself needs no second try

    def grade(
        change: tuple[str, str, set[str]], by: Assignment = assignment
    ) -> tuple[QuestionResult, ...]:
        name, code, asked = change
        part = about(by, {name, *asked})
        return grade_submission(part, _replaced(part, name, code), confined).questions

    pairs = [(asked, other) for asked, others in assignment.stand_in.items() for other in others]
    same = [(f, f"{f} = lambda *args, **options: {g}(*args, **options)", {f}) for f, g in pairs]
    needed_by = {g: {f for f, other in pairs if other == g} for _, g in pairs}
    raising = "def {}(*args, **options):\n    raise RuntimeError"
    wrong = [(g, raising.format(g), asked) for g, asked in sorted(needed_by.items())]
    answering = side_by_side(partial(grade, by=alone), same)
    for (asked, other), questions in zip(pairs, answering, strict=True):
        yield from _answered(asked, other, _asking(assignment, {asked}), questions)
    for (other, _, needing), questions in zip(wrong, side_by_side(grade, wrong), strict=True):
        yield from _not_helped(other, _asking(assignment, needing), questions)


def _asking(assignment: Assignment, names: set[str]) -> set[str]:
    """The tests that ask for one of the names."""
    return {cell.grade_id for cell in _cells(assignment) if asks(cell, names)}


def _answered(
    asked: str, other: str, tests: set[str], questions: Iterable[QuestionResult]
) -> Iterator[Flaw]:
    """The tests that hold with another function in the place of what they ask for."""
    for question in questions:
        if question.id in tests and question.state == "passed":
            yield Flaw(
                question.id,
                f"is passed by {other} in the place of {asked}: they answer one question",
                f"take {other} out of what may stand in for it",
            )


def _not_helped(other: str, tests: set[str], questions: Iterable[QuestionResult]) -> Iterator[Flaw]:
    """The tests that a wrong function fails though the instructor's may stand in for it."""
    for question in questions:
        lost = question.id in tests and question.state != "passed"
        if lost and other not in question.follows_from:
            yield Flaw(
                question.id,
                f"does not pass with the instructor's {other} in the place of a wrong one",
                f"only plain values may go into {other} and come out of it, and in at most "
                f"{MAX_CALLS:,} calls; else take it out of `stand_in`",
            )


def _replaced(assignment: Assignment, name: str, code: str) -> Submission:
    """The instructor's version, in which a name is another where it has been defined."""
    return version(assignment, lambda cell: code if name in names(cell.source)[0] else "")


def _submission(folder: Path, assignment: Assignment) -> Submission:
    names = [f"{notebook.name}.ipynb" for notebook in assignment.notebooks]
    return Submission("build", {name: (folder / name).read_bytes() for name in names})


def _cells(assignment: Assignment) -> Iterable[Cell]:
    return [cell for notebook in assignment.notebooks for cell in notebook.cells]
