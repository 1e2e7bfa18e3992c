"""What is wrong with a cell of an instructor's notebook, as far as that can be read.

Each fault is the rest of a sentence that begins with the cell's name.
"""

from __future__ import annotations

import ast
import functools
import warnings
from collections.abc import Iterator

from nbformat import NotebookNode

from autograder.course.autotests import asks_in, wrong_lines
from autograder.course.marks import Marks
from autograder.course.names import as_python
from autograder.sessions.syntax import parse

FLAGS = ("grade", "solution", "locked", "task")
PANEL = "in JupyterLab's Create Assignment panel"
SCHEMA = 3
KEYS = {*FLAGS, "grade_id", "points", "schema_version", "checksum", "cell_type"}
RUNNING = ("capture", "debug", "prun", "time", "timeit")  # magics that run Python themselves
MANY = 1e6  # points: more are a slip of the key, or no number at all


def is_known(node: NotebookNode) -> bool:
    """Whether nbgrader knows a cell: the panel leaves settings behind that say nothing."""
    settings = node.metadata.get("nbgrader", {})
    return not isinstance(settings, dict) or any(settings.get(flag) for flag in FLAGS)


def kind_of(node: NotebookNode) -> str:
    """ "solution", "test", "manual" or "locked" as in `Cell`; "task", and "" for a plain cell."""
    settings = node.metadata["nbgrader"] if is_known(node) else {}
    if not isinstance(settings, dict):
        return ""
    if settings.get("task"):
        return "task"
    if settings.get("grade"):
        return "manual" if settings.get("solution") else "test"
    return "solution" if settings.get("solution") else "locked" if settings.get("locked") else ""


def wrong_settings(node: NotebookNode) -> Iterator[str]:
    """What is wrong with what nbgrader is told about a cell that it knows."""
    settings = node.metadata["nbgrader"]
    if not isinstance(settings, dict):
        yield f"has nbgrader settings that are no table: choose its kind again {PANEL}"
        return
    if settings.get("schema_version") != SCHEMA:
        yield (
            "has the settings of another nbgrader: `autograder adopt` brings them up to date; "
            f"where it did not, choose its kind again {PANEL}"
        )
    grade_id = settings.get("grade_id")
    if not isinstance(grade_id, str) or not grade_id:
        yield f"has no id: give it one {PANEL}"
    elif not all(c.isascii() and (c.isalnum() or c in "_-") for c in grade_id):
        yield "has an id of other characters than letters, digits, - and _: change it"
    if unknown := settings.keys() - KEYS:
        told = ", ".join(sorted(unknown))
        yield f"has settings that nbgrader does not know ({told}): correct them, or take them out"
    if missing := [flag for flag in FLAGS[:3] if not isinstance(settings.get(flag), bool)]:
        yield f"does not say whether it is {' or '.join(missing)}: choose its kind again {PANEL}"
    yield from _wrong_type(kind_of(node), node.cell_type)
    yield from _wrong_points(kind_of(node), settings)


def _wrong_type(kind: str, cell_type: str) -> Iterator[str]:
    if cell_type == "raw":
        yield "is a raw cell, which nbgrader cannot keep: make it code or Markdown"
    elif kind in ("test", "solution") and cell_type != "code":
        what = "holds tests" if kind == "test" else "is for a solution in code"
        yield f"{what} and is a Markdown cell: make it code, or choose its kind again {PANEL}"
    elif kind == "task" and cell_type != "markdown":
        yield "is a task and holds code: make it a Markdown cell"


def _wrong_points(kind: str, settings: dict) -> Iterator[str]:
    points = settings.get("points")
    if kind not in ("test", "manual", "task"):
        if points:
            yield (
                f"has {points} points and is a {kind} cell, which gives none: "
                "give the points to the test below it"
            )
    elif points is None:
        yield f"has no points: say how many it gives {PANEL}"
    elif isinstance(points, bool) or not isinstance(points, int | float):
        yield f"has the points {points!r}: write a number"
    elif not 0 <= points < MANY:
        yield f"has {points} points: write a number that is not below 0"
    elif kind == "test" and points == 0:
        yield f"is a test of 0 points: say how many it gives {PANEL}, or make it read-only"


def wrong_text(node: NotebookNode, marks: Marks) -> Iterator[str]:
    """What is wrong with a cell's marks, and with its code as the instructor runs it."""
    kind = kind_of(node)
    yield from marks.wrong(node.source, kind, node.cell_type == "code")
    if node.cell_type == "code":
        yield from wrong_lines(node.source, kind)
    if node.cell_type != "code" or not kind:
        return
    if error := not_python(node.source):
        yield f"is no Python: {error}"
        return
    tree = parse(as_python(node.source))
    for magic, is_line in _magics(tree):
        if magic in RUNNING or (kind == "test" and not is_line):
            what = "its names cannot be read"
            if kind == "test":
                what = "an error may end there, and every answer would pass"
            name = f"{'%' if is_line else '%%'}{magic}"
            yield f"runs code inside of {name}, where {what}: take it out"
            return
    if kind == "test" and not asks_in(node.source):
        yield from _wrong_test(tree)


def wrong_release(source: str, released: str) -> Iterator[str]:
    """What is wrong with a cell's code once the marked lines are taken out."""
    if not not_python(source) and (error := not_python(released)):
        yield (
            f"is no Python as students get it ({error}): indent the marks as the lines between "
            "them, and leave a statement outside where Python needs one"
        )


@functools.lru_cache(maxsize=1024)
def not_python(source: str) -> str:
    """Why an instructor's cell cannot be run, or ""."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(as_python(source), "<cell>", "exec", flags)
    except SyntaxError as error:
        return f"{error.msg} in line {error.lineno}"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return ""


def _magics(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """The magics that a cell begins with or uses, each with whether it is one of a line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            name = node.args[0]
            if node.func.attr in ("run_cell_magic", "run_line_magic"):
                is_line = node.func.attr == "run_line_magic"
                yield (str(name.value) if isinstance(name, ast.Constant) else "", is_line)


def _wrong_test(tree: ast.Module) -> Iterator[str]:
    """Tests that do not test: empty ones, and comparisons that nothing looks at."""
    idle = (ast.Import, ast.ImportFrom, ast.Pass, ast.FunctionDef, ast.ClassDef)
    if all(isinstance(node, idle) or _is_constant(node) for node in tree.body):
        yield "tests nothing, and would give its points to everybody: write an assertion"
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and _is_comparison(node.value):
            yield f"compares in line {node.lineno}, and nothing looks at it: write assert before it"
        elif isinstance(node, ast.Assert) and isinstance(node.test, ast.Tuple) and node.test.elts:
            yield (
                f"asserts a tuple in line {node.lineno}, which always holds: "
                "take the parentheses away"
            )
    if _is_number(tree.body[-1]):
        yield (
            f"ends in a plain number in line {tree.body[-1].lineno}: end it in an assertion, or in "
            "a number of points that it computes"
        )


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_number(node: ast.stmt) -> bool:
    """True and False, too."""
    constant = node.value if isinstance(node, ast.Expr) else None
    return isinstance(constant, ast.Constant) and isinstance(constant.value, int | float)


def _is_comparison(node: ast.expr) -> bool:
    if isinstance(node, ast.BoolOp):
        return any(map(_is_comparison, node.values))
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not)
    return isinstance(node, ast.Compare)
