"""`mistakes.py`, and `mistakes_….py` beside it, read without being run: what would keep their
hints from students.

The mistakes themselves are loaded where they are used (`sessions/mistakes.py`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from autograder.sessions.syntax import parse

FILES = re.compile(r"mistakes(_\w+)?\.py")


def read_mistakes(folder: Path, functions: set[str] | None, faults: list[str]) -> tuple[str, ...]:
    """The sources of the modules. `functions` are the names that solution cells define, where they
    can be read."""
    there = sorted(path for path in folder.iterdir() if FILES.fullmatch(path.name))
    return tuple(source for path in there if (source := _read(path, functions, faults)))


def _read(path: Path, functions: set[str] | None, faults: list[str]) -> str:
    where = f"{path.parent.name}/{path.name}"
    try:
        source = path.read_text(encoding="utf-8-sig")
        tree = parse(source)
    except UnicodeDecodeError:
        faults.append(f"{where} is not text in UTF-8: save it again with that encoding")
        return ""
    except (SyntaxError, ValueError) as error:
        line = f" in line {error.lineno}" if isinstance(error, SyntaxError) else ""
        faults.append(f"{where} is no Python: {getattr(error, 'msg', error)}{line}")
        return ""
    faults += [f"{where}: {fault}" for fault in _wrong(tree, functions)]
    return source


def _wrong(tree: ast.Module, functions: set[str] | None) -> Iterator[str]:
    probes, known = _probes(tree)
    mistakes = {name: node for name, node in _defined(tree) if name.partition("__")[1]}
    for name, node in mistakes.items():
        function = name.partition("__")[0]
        if not function:
            continue  # a private helper
        if functions is not None and function not in functions:
            yield f"{name} is a mistake of {function}, which no solution cell defines: correct it"
        elif known and function not in probes:
            yield (
                f'{name} has no probe: write PROBES = {{"{function}": [lambda f: f(…)]}}, calls by '
                "which the mistake is recognised"
            )
        if isinstance(node, ast.FunctionDef) and not (ast.get_docstring(node) or "").strip():
            yield f"{name} has no hint: write a docstring, which its student reads"


def _defined(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            yield from ((t.id, node) for t in node.targets if isinstance(t, ast.Name))


def _probes(tree: ast.Module) -> tuple[set[str], bool]:
    """The functions that have probes; and whether that can be read (they may be computed)."""
    uses = [node for node in ast.walk(tree) if getattr(node, "id", "") == "PROBES"]
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Dict):
            continue
        if len(uses) == 1 and uses[0] in node.targets:
            pairs = zip(node.value.keys, node.value.values, strict=True)
            keys = [getattr(key, "value", None) for key, value in pairs if not _is_empty(value)]
            return {key for key in keys if isinstance(key, str)}, None not in keys
    return set(), not uses


def _is_empty(value: ast.expr) -> bool:
    return isinstance(value, ast.List) and not value.elts
