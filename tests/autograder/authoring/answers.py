"""Right and wrong answers to an assignment, kept as tests, and how one of them is handed in.

`aN_right.py` holds right answers in styles that the assignment's author did not choose: functions
`cell__style`, or a table of texts by style under the cell's name in capitals; the style "plain", or
"apart", calls no other answer. `aN_wrong.py` holds slips of them, in a table for each cell: from
what went wrong to the style that it is an edit of, what stands there, what the student wrote
instead, and words of the hint or message that fits. A style that only slips are made from is a
function there.
"""

from __future__ import annotations

import copy
import inspect
import json
from collections import ChainMap
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

from autograder.authoring import demo
from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from autograder.records.result import GradeResult
from tests.autograder.authoring import (
    a1_right,
    a1_wrong,
    a2_right,
    a2_wrong,
    a3_right,
    a3_wrong,
    a4_right,
    a4_right_network,
    a4_wrong,
    a5_right,
    a5_right_network,
    a5_wrong,
    a6_right,
    a6_right_modules,
    a6_wrong,
)
from tests.conftest import ROOT

TRAIN = ("a4-lenet", "a5-training", "a6-architectures")  # networks, for seconds each
Texts = dict[str, dict[str, str]]  # cell → style → the answer's text


class Answers:
    """The right answers to an assignment and slips of them, by cell."""

    def __init__(self, name: str, wrong: ModuleType, *right: ModuleType) -> None:
        self.name = name
        self.slips = {cell.lower(): table for cell, table in vars(wrong).items() if cell.isupper()}
        texts = dict(ChainMap(*map(vars, right)))
        self.right = _written(texts, self.slips) | {
            cell: texts[cell.upper()] for cell in self.slips if cell.upper() in texts
        }
        bases = _written(vars(wrong), self.slips)
        self._bases = {cell: self.right[cell] | bases[cell] for cell in self.slips}

    @property
    def plain(self) -> dict[str, str]:
        """A right answer for each cell, of which none calls another."""
        return {cell: styles.get("plain") or styles["apart"] for cell, styles in self.right.items()}

    def with_slip(self, cell: str, slip: str) -> str:
        """The text of a wrong answer."""
        base, there, instead, _ = self.slips[cell][slip]
        text = self._bases[cell][base]
        assert there in text, (cell, slip)
        return text.replace(there, instead)

    def words(self, cell: str, slip: str) -> str:
        """What a student who made this slip must hear of it."""
        return self.slips[cell][slip][3]


def _written(module: dict[str, Any], cells: dict[str, object]) -> Texts:
    """By cell and style, the answers of a module as they would stand in the notebook."""
    answers: Texts = {cell: {} for cell in cells}
    for name, function in module.items():
        cell, _, style = name.partition("__")
        if style and cell in answers:
            answers[cell][style] = inspect.getsource(function).replace(name, cell)
    return answers


ALL = {
    answers.name: answers
    for answers in (
        Answers("a1-perceptron", a1_wrong, a1_right),
        Answers("a2-backpropagation", a2_wrong, a2_right),
        Answers("a3-convolution", a3_wrong, a3_right),
        Answers("a4-lenet", a4_wrong, a4_right, a4_right_network),
        Answers("a5-training", a5_wrong, a5_right, a5_right_network),
        Answers("a6-architectures", a6_wrong, a6_right, a6_right_modules),
    )
}


def grader(name: str, **changed: Any) -> Callable[..., GradeResult]:
    """Grades a notebook that is the instructor's but for the answers of some cells, and a cell; by
    the assignment with some of its settings changed."""
    course = Course(ROOT)
    assignment: Assignment = course.assignment(name)
    # Nothing of what is right is stopped where the machine does other things as well.
    known = assignment.limits
    limits = replace(known, **{s: 4 * getattr(known, s) for s in ("cell_seconds", "total_seconds")})
    assignment = replace(assignment, **{"limits": limits, **changed})
    perfect = demo.perfect_notebook(course, assignment)

    def grade(answers: dict[str, str], extra: str = "pass") -> GradeResult:
        notebook = copy.deepcopy(perfect)
        for cell in notebook["cells"]:
            cell["source"] = answers.get(demo.grade_id(cell), cell["source"])
        notebook["cells"] += demo.add(extra)([])
        files = {f"{name}.ipynb": json.dumps(notebook).encode()}
        return grade_submission(assignment, Submission("someone", files))

    return grade
