"""The instructor's cells, compiled once for all submissions and run without IPython's machinery.

A session that has just been forked pays for every page that it touches first: IPython's way through
a cell touches hundreds, and takes longer than most tests.
"""

from __future__ import annotations

import ast
import functools
import marshal
from typing import Any

from autograder.sessions.compared import noting
from autograder.sessions.syntax import parse, python_of


@functools.lru_cache(maxsize=1024)
def compiled(source: str, name: str) -> bytes:
    """A cell's statements and its last expression, marshalled; its assertions remember what they
    compare (compared.py).

    Nothing where the cell needs IPython: for a magic, `await`, or a `;` that hides its value.
    """
    text = python_of(source)
    try:
        body = noting(parse(text), f"<{name}>").body
        value: ast.expr = ast.Constant(None, lineno=1, col_offset=0)
        if body and isinstance(body[-1], ast.Expr):
            value = body.pop().value  # type: ignore[attr-defined]
        statements = compile(ast.Module(body, []), f"<{name}>", "exec")
        last = compile(ast.Expression(value), f"<{name}>", "eval")
    except SyntaxError:  # of Python's grammar alone
        return b""
    if "get_ipython" in text or text.rstrip().endswith(";"):
        return b""
    return marshal.dumps((statements, last))


def execute(code: bytes, namespace: dict[str, Any]) -> Any:
    """Run a compiled cell; the value of its last expression, None where that is no expression."""
    statements, last = marshal.loads(code)
    exec(statements, namespace)
    return eval(last, namespace)
