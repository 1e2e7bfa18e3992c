"""The proofs that an assignment is sound, for `build`, which insists on them, and `check`.

1. The instructor's version gets every automatic point, and breaks no rule of its own.
2. So it does where students can read the tests: hidden lines define nothing that others need.
3. The version that students get, untouched, gets none.
4. No test passes functions that return nothing.
5. The tests reject every known mistake, and the mistake's own hint is given for it.
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4

from autograder.course.assignment import Assignment
from autograder.course.cells import Cell
from autograder.course.names import as_python, names
from autograder.course.rules import findings
from autograder.course.submission import Submission
from autograder.grading.grading import Stopped, conversation, grade_submission
from autograder.grading.visible import visible
from autograder.records.result import GradeResult
from autograder.sessions import mistakes

# Answers that hold beside many a careless check: `assert_allclose([], 2)` compares nothing.
NOTHING = ("np.array([])", "np.zeros((0, 1, 1))", "[]", "float('nan')")


POINTS = re.compile(r"\S+ of \S+ points")  # the message of a test that computed a number


@dataclass(frozen=True)
class Flaw:
    """Why an assignment is not sound: of which question ("" for none), and what to do."""

    question: str
    text: str
    advice: str

    @property
    def told(self) -> str:
        return f"{self.question} {self.text}: {self.advice}".strip()


@dataclass(frozen=True)
class Proof:
    """What was to be proved, and what speaks against it."""

    promise: str
    flaws: tuple[Flaw, ...]


def prove(
    assignment: Assignment, source: Path, released: Path, confined: bool = True
) -> Iterator[Proof]:
    """Grade the instructor's version, the released one, empty answers and the known mistakes."""
    points = f"{assignment.automatic_points:g} automatic points"
    own = tuple(_flaws_of_the_instructors(assignment, source, confined))
    yield Proof(f"the instructor's version gets {points}", own)
    if own and own[0].text.startswith(Stopped.TEXT):
        return  # what a test asks of the instructor's answers is not known: nothing can be graded
    yield Proof(
        "the tests that students can read hold, too",
        () if own else tuple(_flaws_of_the_visible(assignment, source, confined)),
    )
    yield Proof(
        "the untouched version gets none",
        tuple(_flaws_of_the_untouched(assignment, released, confined)),
    )
    yield Proof(
        "no test passes functions that return nothing",
        tuple(
            Flaw(
                question,
                f"passes functions that all return {value}",
                "let it look at the shape, or at one value, first",
            )
            for question, value in passed_by_nothing(assignment, confined).items()
        ),
    )
    if assignment.mistakes and not own:  # beside a flaw of one's own they would prove nothing
        yield _rejection(assignment, source, confined)


def _flaws_of_the_instructors(
    assignment: Assignment, source: Path, confined: bool
) -> Iterator[Flaw]:
    try:
        conversation(assignment, confined)
    except Stopped as stopped:
        yield Flaw(
            stopped.cell,
            f"{Stopped.TEXT} ({stopped.state})",
            "mend it, or raise the limits in assignment.toml",
        )
        return
    result = grade_submission(assignment, _submission(source, assignment), confined)
    yield from _not_clean(result, "the instructor's version")
    for name, content in result.notebooks.items():
        yield from _flaws_of_cells(f"{name}.ipynb", json.loads(content)["cells"])
    tests = {cell.grade_id for cell in _cells(assignment) if cell.kind == "test"}
    for question in result.questions:
        if question.id in tests and question.state != "passed":
            yield Flaw(
                question.id,
                f"the instructor's version loses points: {question.state}: {question.message}",
                "mend the solution or the test",
            )
    own = [(c.grade_id if _is_solution(c) else "", c.source) for c in _cells(assignment)]
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


def _flaws_of_the_visible(assignment: Assignment, source: Path, confined: bool) -> Iterator[Flaw]:
    """What fails as students read it, though the answer is right; fewer points may be meant."""
    tests = {cell.grade_id for cell in _cells(assignment) if cell.source != cell.visible}
    submission = _submission(source, assignment)
    for question in grade_submission(visible(assignment), submission, confined).questions:
        fails = question.state in ("failed", "error") and not POINTS.fullmatch(question.message)
        if question.id in tests and fails:
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


def _not_clean(result: GradeResult, version: str) -> Iterator[Flaw]:
    if result.state == "attention":
        yield Flaw("", f"{version} needs attention: {result.message}", "mend the notebook")


def _rejection(assignment: Assignment, source: Path, confined: bool) -> Proof:
    """Whether the tests reject the known mistakes."""
    try:
        known = mistakes.load(assignment.mistakes).mistakes
    except Exception as error:  # whatever the instructor's module raises
        text = f"mistakes.py cannot be loaded: {type(error).__name__}: {error}"
        return Proof("", (Flaw("", text, "mend it, or take it away"),))

    def flaw(mistake: mistakes.Mistake) -> Flaw | None:
        return _accepted(assignment, source, confined, mistake)

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        flaws = tuple(filter(None, pool.map(flaw, known)))
    return Proof(f"the tests reject all {len(known)} known mistakes, each with its hint", flaws)


def _accepted(
    assignment: Assignment, source: Path, confined: bool, mistake: mistakes.Mistake
) -> Flaw | None:
    """Grade the instructor's version with one answer replaced by the mistake."""
    wrong = f"\n\n{assignment.mistakes}\n\n{mistake.function} = {mistake.name}\n"
    defining = {
        cell.grade_id
        for cell in _cells(assignment)
        if _is_solution(cell) and mistake.function in names(cell.source)[0]
    }
    files = _submission(source, assignment).files
    for name, content in files.items():
        notebook = json.loads(content)
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") in defining:
                cell["source"] = "".join(cell["source"]) + wrong
        files[name] = json.dumps(notebook).encode()
    result = grade_submission(assignment, Submission("build", files), confined)
    failed = [q for q in result.questions if q.state not in ("passed", "manual", "missing")]
    if not failed:
        return Flaw("", f"the tests accept the mistake {mistake.name}", "add a test that it fails")
    if mistake.hint not in [q.hint for q in failed]:
        told = ", ".join(f"{q.id} {q.state}" for q in failed)
        text = f"the mistake {mistake.name} is not recognised by its probes ({told})"
        return Flaw("", text, "add a probe on which it differs from the others")
    return None


def _submission(folder: Path, assignment: Assignment) -> Submission:
    names = [f"{notebook.name}.ipynb" for notebook in assignment.notebooks]
    return Submission("build", {name: (folder / name).read_bytes() for name in names})


def _cells(assignment: Assignment) -> Iterable[Cell]:
    return [cell for notebook in assignment.notebooks for cell in notebook.cells]


def _is_solution(cell: Cell) -> bool:
    return cell.kind in ("solution", "manual") and cell.cell_type == "code"


def passed_by_nothing(
    assignment: Assignment, confined: bool, values: tuple[str, ...] = NOTHING
) -> dict[str, str]:
    """The tests that hold when every function of the solution returns one of the values.

    Of tests that ask for anything else (a class, a number, a lambda) this says nothing.
    """
    replaced = {f for cell in _cells(assignment) if _is_solution(cell) for f in _functions(cell)}
    tests = {
        cell.grade_id
        for cell in _cells(assignment)
        if cell.student_names and replaced.issuperset(cell.student_names)
    }
    passed: dict[str, str] = {}
    for value in values if tests else ():
        files = {}
        for notebook in assignment.notebooks:
            cells = []
            for cell in notebook.cells:
                make = v4.new_code_cell if cell.cell_type == "code" else v4.new_markdown_cell
                source = cell.source
                if _is_solution(cell):
                    source += "".join(f"\n{_returning(value, f)}" for f in _functions(cell))
                cells.append(make(source, metadata=cell.metadata))
            files[f"{notebook.name}.ipynb"] = nbformat.writes(v4.new_notebook(cells=cells)).encode()
        result = grade_submission(assignment, Submission("nobody", files), confined)
        for question in result.questions:
            if question.state == "passed" and question.id in tests:
                passed.setdefault(question.id, value)
    return passed


def _returning(value: str, function: str) -> str:
    return f"def {function}(*args, **kwargs):\n    import numpy as np\n    return {value}\n"


def _functions(cell: Cell) -> list[str]:
    """The functions that a cell defines."""
    tree = ast.parse(as_python(cell.source))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
