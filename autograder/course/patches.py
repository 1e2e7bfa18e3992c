"""Tests that replace a part of a library, so that an answer cannot use it.

The student's code runs in another process, with a library of its own: it would not notice, and
whoever uses what is forbidden would pass. A rule (rules.py) reads the answer instead.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.course.names import as_python
from autograder.course.rules import dotted, note_imports
from autograder.sessions.syntax import parse

SETTINGS = (bool, int, float, str)  # what is set is no function that is taken away
PATCHING = ("setattr", "delattr", "object", "patch")
# By what a test looks at what is printed or shown, or answers what is asked.
CONSOLE = ("input", "print", "show", "stdin", "stdout", "stderr", "argv")


class Aliases(dict[str, str]):
    """What names stand for that were imported: the module, or the thing in it."""

    def note(self, source: str) -> None:
        for node in ast.walk(parse(as_python(source))):
            note_imports(node, self)


def patches(source: str, grade_id: str, aliases: Aliases) -> Iterator[str]:
    """What is wrong with a test that patches, as the rest of a sentence that begins with it."""
    tree = parse(as_python(source))
    known = Aliases({**aliases, "__builtins__": "builtins"})
    known.note(source)
    for node in ast.walk(tree):
        for name in _replaced(node, known):
            if name.rpartition(".")[2] not in CONSOLE:
                plain = name.removeprefix("builtins.")
                yield (
                    f"replaces {name} in line {getattr(node, 'lineno', 1)}, which the student's "
                    "code, in a process of its own, does not notice: take that out, and forbid it "
                    "by a rule, three lines at the end of assignment.toml: `[[rules]]`, "
                    f'`forbid = ["{plain}"]`, `fails = ["{grade_id}"]`'
                )


def _replaced(node: ast.AST, aliases: Aliases) -> Iterator[str]:
    """The full names of what a node takes away from a library, or puts something else for."""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        if not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, SETTINGS)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (name for t in targets if (name := _of_library(t, aliases)))
    elif isinstance(node, ast.Delete):
        yield from (name for t in node.targets if (name := _of_library(t, aliases)))
    elif isinstance(node, ast.Call) and node.args:
        name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
        if name in PATCHING:
            yield from _patched(name, node.args, aliases)


def _of_library(target: ast.expr, aliases: Aliases) -> str:
    """`np.linalg.solve` and `sys.modules["scipy"]` by their full names; "" for anything else."""
    if isinstance(target, ast.Tuple | ast.List):
        return next(filter(None, (_of_library(t, aliases) for t in target.elts)), "")
    if isinstance(target, ast.Subscript):
        key = _text(target.slice)
        whole = _imported(target.value, aliases)
        if whole == "sys.modules":
            return key
        return f"{whole.removesuffix('.__dict__')}.{key}" if whole.endswith(".__dict__") else ""
    return _imported(target, aliases) if isinstance(target, ast.Attribute) else ""


def _imported(node: ast.expr, aliases: Aliases) -> str:
    """The full name of what begins with an imported name, else ""."""
    root = node
    while isinstance(root, ast.Attribute):
        root = root.value
    return dotted(node, aliases) if isinstance(root, ast.Name) and root.id in aliases else ""


def _patched(function: str, arguments: list[ast.expr], aliases: Aliases) -> Iterator[str]:
    """What `setattr(np.linalg, "solve", f)`, `patch("numpy.linalg.solve")` and others replace."""
    first, *others = arguments
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        if function in ("patch", "setattr") and not first.value.startswith("__main__"):
            yield first.value
    elif (whole := _imported(first, aliases)) and others and function != "patch":
        value = others[1] if len(others) > 1 else None
        is_setting = isinstance(value, ast.Constant) and isinstance(value.value, SETTINGS)
        if not is_setting:
            yield f"{whole}.{_text(others[0])}"


def _text(node: ast.expr) -> str:
    """The text that an expression is, or "…"."""
    return str(node.value) if isinstance(node, ast.Constant) else "…"
