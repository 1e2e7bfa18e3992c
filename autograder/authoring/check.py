"""`autograder check`: of each test cell, what it asks of the student's session, and whether it can.

The instructor's own notebook is run in two sessions. A test that works beside the student's code
may not work from afar: it compares an object that does not cross, passes a function of its own to
the student's, or writes into an array that it holds a copy of. What `build` would refuse is refused
here, by the same proofs; nothing is released.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograder.authoring.autotests import make_tests
from autograder.authoring.build import drafted
from autograder.authoring.nothing import passed_by_nothing
from autograder.authoring.proofs import KEPT, Flaw
from autograder.authoring.proved import prove_once
from autograder.course.assignment import Assignment
from autograder.course.cells import Cell
from autograder.course.course import Course
from autograder.grading.instructors import conversation
from autograder.grading.sentences import hidden_sentences
from autograder.sessions.figures import OF_FIGURE
from autograder.sessions.handles import CLAIMS

CURRENT = re.compile(rf"\bplt\.({'|'.join(OF_FIGURE)})\(\)|\bgc[af]\(\)")


def check(course: Course, name: str, confined: bool = True) -> Iterator[tuple[str, bool]]:
    """A line for each question, and for what is wrong besides; and whether all is well with it."""
    # CourseError with all that can be read to be wrong
    assignment = course.assignment(name, make_tests(course, name))
    flaws: dict[str, list[Flaw]] = {}
    days = set()
    with drafted(course, assignment) as draft:
        for proof in prove_once(course, assignment, draft.source, draft.released, confined):
            days.add(proof.on)
            for flaw in proof.flaws:
                flaws.setdefault(flaw.question, []).append(flaw)
    lenient = {} if flaws else passed_by_nothing(assignment, confined, ("True",))
    claims = {} if flaws else _claims(assignment, confined)
    for notebook in assignment.notebooks:
        for cell in notebook.questions:
            wrong = flaws.get(cell.grade_id, [])
            texts = list(_remarks(cell, assignment, claims.get(cell.grade_id, "")))
            if cell.grade_id in lenient:
                texts.append("functions that all return True would pass it")
            yield _line(cell, wrong, texts)
    shown = {cell.grade_id for notebook in assignment.notebooks for cell in notebook.questions}
    for question in flaws.keys() - shown:
        for flaw in flaws[question]:
            yield flaw.told, False
    for day in filter(None, days):
        yield KEPT.format(day), True


def _claims(assignment: Assignment, confined: bool) -> dict[str, str]:
    """By test, the questions that the student's session answers as it likes: of what kind an object
    is, and what it has."""
    known = conversation(assignment, confined).known
    asked = {test: [key[0] for key in of.asked if key[0] in CLAIMS] for test, of in known.items()}
    return {test: ", ".join(dict.fromkeys(keys)) for test, keys in asked.items() if keys}


def _remarks(cell: Cell, assignment: Assignment, claimed: str) -> Iterator[str]:
    """What the instructor should know of a test that can be asked."""
    if claimed:
        yield f"takes the student's word for {claimed}: let it look at a value, too"
    if cell.kind != "test":
        return
    if cell.shared:
        yield "runs beside the student's code, which can read it and answer in its place (`shared`)"
    elif assignment.tell_sentences and (sentences := hidden_sentences(cell)):
        yield f"who fails it may be told {', '.join(map(repr, sentences))}"


def _line(cell: Cell, flaws: list[Flaw], remarks: list[str]) -> tuple[str, bool]:
    if cell.kind == "manual":
        return f"{cell.grade_id}: graded by a person", True
    texts = [f"{flaw.text}: {flaw.advice}" for flaw in flaws]
    if not any(text.startswith("passes") for text in texts):
        texts.insert(0, _asks(cell))
    texts += remarks
    return f"{cell.grade_id}: {'; '.join(texts)}", not flaws


def _asks(cell: Cell) -> str:
    asked = [*cell.student_names, *["the current figure"] * bool(CURRENT.search(cell.source))]
    if not asked:
        return "asks nothing of the student's code: it cannot tell right from wrong"
    hidden = " (hidden tests too)" if cell.source != cell.released else " (visible tests only)"
    return f"asks for {', '.join(asked)}{hidden}"
