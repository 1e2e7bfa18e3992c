"""Tests that give a student's name another value, or take it away, to see what the others do.

`helper = fake` and `del helper` in a test are carried on to the student's session, where the
student's functions look the name up. Such a test runs in sessions of its own, thrown away
afterwards: nobody has to undo it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from autograder.course.names import as_python
from autograder.sessions.session import BIND, UNBIND
from autograder.sessions.syntax import parse


def deleted(source: str) -> set[str]:
    """The names that a cell deletes, outside of its functions."""
    found: set[str] = set()

    class Visitor(ast.NodeVisitor):
        def visit_Delete(self, node: ast.Delete) -> None:
            found.update(target.id for target in node.targets if isinstance(target, ast.Name))

        def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
            pass

        visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef  # type: ignore[assignment]

    Visitor().visit(parse(as_python(source)))
    return found


def carried_on(source: str, names: Iterable[str]) -> str:
    """A test's source in which each statement that binds or deletes one of the names says so to the
    student's session."""
    tree = _Forwarder(set(names)).visit(parse(as_python(source)))
    return ast.unparse(ast.fix_missing_locations(tree))


class _Forwarder(ast.NodeTransformer):
    def __init__(self, names: set[str]):
        self.names = names

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        return [node, *self._bound({node.name})]  # what stands in it is bound elsewhere

    visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef  # type: ignore[assignment]

    def visit_Delete(self, node: ast.Delete) -> Any:
        gone = {target.id for target in node.targets if isinstance(target, ast.Name)} & self.names
        return [node, *(_call(UNBIND, ast.Constant(name)) for name in sorted(gone))]

    def generic_visit(self, node: ast.AST) -> Any:
        super().generic_visit(node)
        if not isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Import):
            return node
        bound = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and _is_store(n)}
        return [node, *self._bound(bound)]

    def _bound(self, bound: set[str]) -> list[ast.stmt]:
        return [
            _call(BIND, ast.Constant(name), ast.Name(name, ast.Load()))
            for name in sorted(bound & self.names)
        ]


def _is_store(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _call(function: str, *arguments: ast.expr) -> ast.stmt:
    return ast.Expr(ast.Call(ast.Name(function, ast.Load()), list(arguments), []))
