"""`autograder reset`: a cell of a hand-in as it was released, and the rest as it is.

For a cell that a student or a helper broke. What was handed in is kept as it was.
"""

from __future__ import annotations

import json
from typing import Any

from autograder.course.assignment import Assignment
from autograder.course.attempts import KEPT, digest_of, name_of, packed
from autograder.course.course import Course, CourseError
from autograder.course.find import find_notebook
from autograder.course.submission import Submission, read_submission
from autograder.grading.engine import write_whole


def reset(course: Course, assignment: Assignment, student: str, cell_id: str, yes: bool) -> str:
    """What is there, for which the cell comes as it was released; with `yes` it is put there.

    CourseError: there is no such cell or hand-in.
    """
    name, released = _released(course, assignment, cell_id)
    submission = read_submission(course.submitted / student / assignment.name, student)
    file, notebook = _handed_in(assignment, name, submission)
    cells = notebook["cells"]
    at = [i for i, cell in enumerate(cells) if _id(cell) == cell_id]
    before = "\n".join("".join(cells[i].get("source", "")) for i in at)
    if yes:
        folder = course.root / KEPT / assignment.name / student
        folder.mkdir(parents=True, exist_ok=True)
        kept = packed(submission.files)
        whole = folder / name_of(submission.timestamp, f"before {digest_of(kept)}")
        write_whole(whole, kept)
        for i in reversed(at[1:]):
            del cells[i]
        if at:
            cells[at[0]] = released
        else:
            cells.insert(_place(course, assignment, name, cell_id, cells), released)
        path = course.submitted / student / assignment.name / file
        write_whole(path, json.dumps(notebook, indent=1, ensure_ascii=False).encode())
    lines = [f"{file}, {cell_id}: put back as it was released, where it is gone"]
    if at:
        lines = [f"{file}, {cell_id}: as it was released, instead of"]
        lines += [f"    {line}" for line in before.splitlines()]
    if yes:
        lines.append(f"what was handed in is kept: {whole.relative_to(course.root)}")
    return "\n".join(lines)


def _id(cell: Any) -> str:
    settings = cell.get("metadata") if isinstance(cell, dict) else None
    settings = settings.get("nbgrader") if isinstance(settings, dict) else None
    return str(settings.get("grade_id", "")) if isinstance(settings, dict) else ""


def _release(course: Course, assignment: Assignment, name: str) -> list[dict[str, Any]]:
    path = course.assignments / assignment.name / f"{name}.ipynb"
    try:
        cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError) as error:
        raise CourseError(f"{path} cannot be read: `autograder build {assignment.name}`") from error
    return cells


def _released(course: Course, assignment: Assignment, cell_id: str) -> tuple[str, dict[str, Any]]:
    """The notebook that has a cell, and the cell as students got it."""
    known = []
    for notebook in assignment.notebooks:
        for cell in _release(course, assignment, notebook.name):
            known.append(_id(cell))
            if known[-1] == cell_id:
                return notebook.name, cell
    raise CourseError(f"no cell is called {cell_id!r}; there are {', '.join(filter(None, known))}")


def _handed_in(
    assignment: Assignment, name: str, submission: Submission
) -> tuple[str, dict[str, Any]]:
    """The student's notebook, as JSON. CourseError: there is none that can be read."""
    notebook = next(one for one in assignment.notebooks if one.name == name)
    others = [f"{one.name}.ipynb" for one in assignment.notebooks if one.name != name]
    found = find_notebook(notebook, others, submission)
    if found.cells is None or len(found.files) != 1:
        what = "; ".join(found.notes) if found.cells is None else f"several: {found.files}"
        raise CourseError(f"{submission.student}'s notebook cannot be told: {what}")
    [file] = found.files
    content: dict[str, Any] = json.loads(submission.files[file].decode("utf-8-sig"))
    if isinstance(content.get("cells"), list):
        return file, content
    raise CourseError(
        f"{submission.student}'s {file} is of an old format: convert it in JupyterLab"
    )


def _place(
    course: Course, assignment: Assignment, name: str, cell_id: str, cells: list[Any]
) -> int:
    """Behind the nearest cell that stands before it in the release."""
    order = [_id(cell) for cell in _release(course, assignment, name)]
    there = [_id(cell) for cell in cells]
    before = [one for one in order[: order.index(cell_id)] if one and one in there]
    return there.index(before[-1]) + 1 if before else 0
