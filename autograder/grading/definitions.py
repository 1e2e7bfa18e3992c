"""What a test cell defines for the tests behind it, apart from the student's names.

A test that could not run, or stopped on the way, has not defined its helpers and expected values.
The tests behind it must not pay for that: each of its statements that uses nothing of the student's
is run for itself, whatever becomes of the others.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

from autograder.course.names import as_python, names, read_at_once, read_when_called


@functools.lru_cache(maxsize=1024)
def definitions(source: str, theirs: tuple[str, ...], later: tuple[str, ...]) -> str:
    """The source of a test cell's own statements; "" where no `later` cell uses what they make.

    `theirs` are the student's names that the cell uses.
    """
    tree = ast.parse(as_python(source))
    made: set[str] = set()
    kept: list[ast.stmt] = []
    for statement in _own_statements(tree.body, set(theirs)):
        made |= _makes(statement)
        kept.append(_for_itself(statement))
    if not any(made & names(cell)[1] for cell in later):
        return ""
    return ast.unparse(ast.fix_missing_locations(ast.Module(kept, [])))


def _own_statements(body: list[ast.stmt], theirs: set[str]) -> Iterator[ast.stmt]:
    """Those that run without the student's names, and without what has been made with these.

    A function may be defined that uses them: only what calls it does. A name that in the end is
    made with them is not left as it was before.
    """
    made: set[str] = set()
    for statement in body:
        text = ast.unparse(statement)
        bound = names(text)[0]
        if read_at_once(text) & theirs:
            theirs |= bound
            if undone := sorted(bound & made):
                yield ast.Delete([ast.Name(name, ast.Del()) for name in undone])
            continue
        made |= bound
        calls = {name for name, read in read_when_called(text).items() if read & theirs}
        theirs = (theirs - bound) | calls
        if not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            yield statement


def _makes(statement: ast.stmt) -> set[str]:
    """The names that a statement binds, and those into which it writes (`table[0] = 1`)."""
    written = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Subscript | ast.Attribute) and _is_changed(node, statement):
            inner: ast.expr = node
            while isinstance(inner, ast.Subscript | ast.Attribute):
                inner = inner.value
            written |= {inner.id} if isinstance(inner, ast.Name) else set()
    return names(ast.unparse(statement))[0] | written


def _is_changed(node: ast.Subscript | ast.Attribute, statement: ast.stmt) -> bool:
    """Whether it is written to, or its method called for what that does (`values.append(1)`)."""
    if isinstance(node.ctx, ast.Store | ast.Del):
        return True
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and call.func is node


def _for_itself(statement: ast.stmt) -> ast.stmt:
    """The statement, whose error stops none of those behind it."""
    ignore = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
    return ast.Try([statement], [ignore], [], [])
