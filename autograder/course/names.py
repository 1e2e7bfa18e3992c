"""The global names of a cell: which it binds, which it reads, at once or when it is called."""

from __future__ import annotations

import ast
import functools
import re
import symtable
from collections.abc import Iterator

from autograder.sessions.syntax import parse, python_of

# Scopes that run where they stand (a lambda may: where it is called has no name to go by).
_AT_ONCE = {"listcomp", "setcomp", "dictcomp", "genexpr", "lambda"}
_MAGIC = re.compile(r"^([ \t]*)[%!?].*$", re.MULTILINE)
# Magics that run what stands behind them, or below them, as if they were not there.
_WRAPPER = re.compile(
    r"^([ \t]*)%%?(?:time|timeit|capture|prun)\b(?:[ \t]+-\w+(?:[ \t]+\d+)?)*[ \t]*", re.MULTILINE
)
MAX_LOOKED_AT = 100_000  # characters of a student's text


@functools.lru_cache(maxsize=1024)
def as_python(source: str) -> str:
    """An instructor's cell without IPython's magics; remembered, for it is asked for often."""
    return python_of(source)


def names(source: str) -> tuple[set[str], set[str]]:
    """Global names that a cell binds, and global names that it or its functions read."""
    bound: set[str] = set()
    read: set[str] = set()
    for scope in _scopes(_table(source)):
        for symbol in _globals(scope):
            if symbol.is_assigned() or symbol.is_imported():
                bound.add(symbol.get_name())
            if symbol.is_referenced():
                read.add(symbol.get_name())
    return bound, read


def bound_by(source: str) -> set[str] | None:
    """The global names that a student's text binds; None where it is no Python, or endless.

    Magics and shell lines count as nothing: IPython's own reading of them can be made to take long.
    """
    try:
        if len(source) > MAX_LOOKED_AT:
            return None
        text = _MAGIC.sub(r"\1pass", unwrapped(source))
        compile(text, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        table = symtable.symtable(text, "<cell>", "exec")
        scopes = [*_scopes(table)] if "global" in text else [table]  # no other scope could bind one
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    symbols = (symbol for scope in scopes for symbol in _globals(scope))
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}


def unwrapped(source: str) -> str:
    """A cell without the magics that time or catch what it does: its code is the same."""
    return _WRAPPER.sub(r"\1", source)


def imports(source: str) -> set[str]:
    """The global names that a cell's import statements bind."""
    return {symbol.get_name() for symbol in _table(source).get_symbols() if symbol.is_imported()}


def starred(source: str) -> list[str]:
    """The modules of which a cell imports all names (`from math import *`)."""
    return [
        "." * node.level + (node.module or "")
        for node in ast.walk(parse(as_python(source)))
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]


def needed(source: str) -> set[str]:
    """The global names that a cell reads before it has bound them itself, also in functions of its
    own that it calls."""
    bound: set[str] = set()
    read: set[str] = set()
    functions: dict[str, set[str]] = {}
    for statement in parse(as_python(source)).body:
        text = ast.unparse(statement)
        binds, now = names(text)[0], read_at_once(text)
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            now.add(statement.target.id)
        for _ in functions:  # as often as one of them may stand behind another
            now = now.union(*(functions.get(name, ()) for name in now))
        if isinstance(statement, ast.Delete):
            now |= binds
        reads_first = isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete)
        read |= now - bound - (set() if reads_first else binds)
        bound |= binds
        functions |= read_when_called(text)
    return read


def read_at_once(source: str) -> set[str]:
    """The global names that are read while the cell runs, not only where a function is called."""
    return _read(_scopes(_table(source), only_at_once=True))


def read_when_called(source: str) -> dict[str, set[str]]:
    """By function (or class) of the cell, the global names that it reads when it is called."""
    children = _table(source).get_children()
    return {
        child.get_name(): _read(_scopes(child))
        for child in children
        if child.get_name() not in _AT_ONCE
    }


def _table(source: str) -> symtable.SymbolTable:
    return symtable.symtable(as_python(source), "<cell>", "exec")


def _scopes(
    table: symtable.SymbolTable, only_at_once: bool = False
) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        if not only_at_once or child.get_type() == "class" or child.get_name() in _AT_ONCE:
            yield from _scopes(child, only_at_once)


def _globals(scope: symtable.SymbolTable) -> Iterator[symtable.Symbol]:
    top = scope.get_type() == "module"
    return (symbol for symbol in scope.get_symbols() if top or symbol.is_global())


def _read(scopes: Iterator[symtable.SymbolTable]) -> set[str]:
    return {s.get_name() for scope in scopes for s in _globals(scope) if s.is_referenced()}
