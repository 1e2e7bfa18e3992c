"""Python's texts as trees, and the texts of cells as Python's."""

from __future__ import annotations

import ast
import re
import threading

# For whatever makes Python's trees, libraries too: one thread at a time. CPython 3.11 counts how
# deep it is in a tree for all threads together: of two that parse beside each other, one may end
# with "SystemError: AST constructor recursion depth mismatch", and with it a grading whose text is
# right. An RLock: a warning may run code of its own, which may parse.
PARSING = threading.RLock()
# What IPython changes in Python, or cannot read: white space before all, or alone in a line; what
# looks like a prompt; a backslash alone. And ends of lines that are none for Python.
ODD = re.compile(
    r"\A\s|^[^\S\n]*(?:>>>|\.\.\.)|^[^\S\n]+$|^[ \t]*\\$|In \["
    r"|[\r\v\f\x1c-\x1e\x85\u2028\u2029]",
    re.MULTILINE,
)


def parse(source: str) -> ast.Module:
    """`ast.parse`, for one thread at a time."""
    with PARSING:
        return ast.parse(source)


def as_it_is(cell: str) -> str:
    """A cell's text, with an end of its last line, where that is all that IPython makes of it; ""
    where that may be something else. To look through a cell's tokens for what is no Python takes
    IPython longer than it takes Python to read it."""
    if ODD.search(cell):
        return ""
    try:
        parse(cell)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return ""
    return cell if cell.endswith("\n") else cell + "\n"


def python_of(cell: str) -> str:
    """A cell's text with calls in the place of IPython's magics."""
    if plain := as_it_is(cell):
        return plain
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(cell)
