"""From `solutions/` to `assignments/`, by nbgrader, and the proofs that an assignment is sound.

1. The instructor's version gets every automatic point.
2. The version that students get, untouched, gets none.
3. No hidden test, solution or file of the instructor's is in what students get.
4. No test passes functions that return nothing.
5. The tests reject every known mistake, and the mistake's own hint is given for it.
"""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import v4

from autograder.course.assignment import OWN_FILES, Assignment
from autograder.course.course import BuildError, Course
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from autograder.records.result import GradeResult
from autograder.sessions import mistakes

# What nbgrader takes out of a release; none of it may be left.
MARKS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
# Answers that hold beside many a careless check: `assert_allclose([], 2)` compares nothing.
NOTHING = ("np.array([])", "np.zeros((0, 1, 1))", "[]", "float('nan')")


def build(course: Course, name: str, confined: bool = True) -> Iterator[str]:
    """Release an assignment and prove it sound, step by step; gives a line for each step."""
    assignment = course.assignment(name)
    release(course, assignment)
    yield f"assignments/{name} written by nbgrader"
    released = course.assignments / name
    prove_nothing_leaks(released)
    yield "no solution and no hidden test in it"
    yield from prove_sound(assignment, course.solutions / name, released, confined)


def release(course: Course, assignment: Assignment) -> None:
    """Have nbgrader write the student version, and the assignment into the gradebook."""
    answer = course.api.generate_assignment(assignment.name, force=True, create=True)
    if not answer["success"]:
        raise BuildError(f"nbgrader could not release it:\n{answer.get('log') or answer['error']}")
    with course.gradebook() as gradebook:
        due = assignment.duedate.replace(tzinfo=None) if assignment.duedate else None
        gradebook.update_or_create_assignment(assignment.name, duedate=due)


def prove_nothing_leaks(released: Path) -> None:
    """BuildError if a file below the folder holds what only the instructor may have."""
    for path in sorted(released.rglob("*")):
        if path.name in OWN_FILES:
            raise BuildError(f"{path.name} is the instructor's, and was released")
        if path.suffix == ".ipynb":
            for cell in nbformat.read(path, as_version=4).cells:
                for mark in MARKS:
                    if mark in cell.source:
                        raise BuildError(f"{path.name}: a cell still holds {mark!r}")


def prove_sound(
    assignment: Assignment, source: Path, released: Path, confined: bool = True
) -> Iterator[str]:
    """Grade the instructor's version, the released one and the known mistakes."""
    instructors = grade_submission(assignment, _submission(source, assignment), confined)
    lost = [q for q in instructors.questions if q.state not in ("passed", "manual")]
    if lost or not _is_clean(instructors):
        raise BuildError(f"the instructor's version loses points: {_tell(instructors)}")
    yield f"the instructor's version gets {assignment.automatic_points:g} automatic points"

    untouched = grade_submission(assignment, _submission(released, assignment), confined)
    gained = [q for q in untouched.questions if q.score]
    if gained or not _is_clean(untouched):
        names = ", ".join(question.id for question in gained)
        raise BuildError(f"the untouched version gets points: {names}; {_tell(untouched)}")
    yield "the untouched version gets none"

    for question, value in passed_by_nothing(assignment, confined).items():
        raise BuildError(
            f"{question} passes functions that all return {value}: let it look at the shape, or at "
            "one value, first"
        )
    yield "no test passes functions that return nothing"

    if assignment.mistakes:
        known = mistakes.load(assignment.mistakes).mistakes
        prove = partial(_prove_rejected, assignment, source, confined)
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            list(pool.map(prove, known))
        yield f"the tests reject all {len(known)} known mistakes, each with its hint"


def _is_clean(result: GradeResult) -> bool:
    return result.state in ("graded", "needs_manual") and not result.message


def _tell(result: GradeResult) -> str:
    """A result in one line, without the questions that are as they should be."""
    wrong = [f"{q.id} {q.state} {q.score:g}: {q.message}" for q in result.questions if q.message]
    return "; ".join([result.state, result.message, *wrong])


def _submission(folder: Path, assignment: Assignment) -> Submission:
    names = [f"{notebook.name}.ipynb" for notebook in assignment.notebooks]
    return Submission("build", {name: (folder / name).read_bytes() for name in names})


def _prove_rejected(
    assignment: Assignment, source: Path, confined: bool, mistake: mistakes.Mistake
) -> None:
    """Grade the instructor's version with one answer replaced by the mistake."""
    wrong = f"{assignment.mistakes}\n\n{mistake.function} = {mistake.name}\n"
    files = _submission(source, assignment).files
    for name, content in files.items():
        notebook = json.loads(content)
        for cell in notebook["cells"]:
            settings = cell["metadata"].get("nbgrader", {})
            if settings.get("solution") and f"def {mistake.function}(" in "".join(cell["source"]):
                cell["source"] = wrong
        files[name] = json.dumps(notebook).encode()
    result = grade_submission(assignment, Submission("build", files), confined)
    failed = [q for q in result.questions if q.state not in ("passed", "manual")]
    if not failed:
        raise BuildError(f"the tests accept the mistake {mistake.name}")
    if mistake.hint not in [q.hint for q in failed]:
        raise BuildError(
            f"the mistake {mistake.name} is not recognised by its probes: {_tell(result)}"
        )


def passed_by_nothing(
    assignment: Assignment, confined: bool, values: tuple[str, ...] = NOTHING
) -> dict[str, str]:
    """The tests that hold when every function of the solution returns one of the values."""
    passed: dict[str, str] = {}
    for value in values:
        files = {}
        for notebook in assignment.notebooks:
            cells = []
            for cell in notebook.cells:
                make = v4.new_code_cell if cell.cell_type == "code" else v4.new_markdown_cell
                source = cell.source
                if cell.kind == "solution" and cell.cell_type == "code":
                    source += "".join(f"\n{_returning(value, f)}" for f in _functions(source))
                cells.append(make(source, metadata=cell.metadata))
            files[f"{notebook.name}.ipynb"] = nbformat.writes(v4.new_notebook(cells=cells)).encode()
        result = grade_submission(assignment, Submission("nobody", files), confined)
        tests = {c.grade_id: c for n in assignment.notebooks for c in n.cells if c.student_names}
        for question in result.questions:
            if question.state == "passed" and question.id in tests:
                passed.setdefault(question.id, value)
    return passed


def _returning(value: str, function: str) -> str:
    return f"def {function}(*args, **kwargs):\n    import numpy as np\n    return {value}\n"


def _functions(source: str) -> list[str]:
    """The functions that a cell defines."""
    tree = ast.parse(TransformerManager().transform_cell(source))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
