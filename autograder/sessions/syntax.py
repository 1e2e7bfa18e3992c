"""Python's texts as trees."""

from __future__ import annotations

import ast
import threading

_ONE = threading.Lock()


def parse(source: str) -> ast.Module:
    """`ast.parse`, for one thread at a time.

    CPython 3.11 counts how deep it is in a tree for all threads together: of two that parse beside
    each other, one may end with "SystemError: AST constructor recursion depth mismatch", and with
    it a grading whose text is right.
    """
    with _ONE:
        return ast.parse(source)
