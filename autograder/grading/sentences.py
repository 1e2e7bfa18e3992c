"""What the instructor wrote beside an assertion, for the student who fails it.

    assert same(dw, expected), "dw, with stride 2"
    np.testing.assert_allclose(dw, expected, err_msg="dw, with stride 2")
    raise AssertionError("a kernel that does not fit should raise a ValueError")

Where `assignment.toml` says `tell_sentences = true`, a hidden test says the sentence of the
assertion that failed; and where a statement above it failed (`dx, dw, db = backward(dy, x, w, 2)`,
in which the student's function raised something), that of the first assertion that looks at what
the statement should have made. It is read from the test's source, by the lines that failed, and
must stand there as it is: a message that is computed may hold what a session computed, and is never
told.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Sequence
from typing import Any

from autograder.course.cells import Cell
from autograder.course.names import as_python
from autograder.sessions.syntax import parse

MESSAGES = ("err_msg", "msg", "name")  # of numpy.testing; torch.testing, unittest; assert_same
APART = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef  # run when they are called


def sentence(cell: Cell, lines: Sequence[int], raised: bool) -> str:
    """The sentence that belongs to an error, or "".

    `lines` of the cell's `code` are where it came up, from the cell itself to the innermost of its
    functions; `raised` says that it is an error, and no assertion that did not hold.
    """
    for line in dict.fromkeys(reversed(lines)):
        if told := _beside(cell.code, line) or (_behind(cell.code, line) if raised else ""):
            return told
    return ""


def hidden_sentences(cell: Cell) -> list[str]:
    """Every sentence that a test may say and its students cannot read, in their order."""
    texts = (text for _, _, text in sorted(_assertions(cell.code)))
    return [text for text in dict.fromkeys(texts) if text and text not in cell.visible]


def _beside(source: str, line: int) -> str:
    """The sentence of the one assertion in this line; "" where it has none, or there are more."""
    found = [text for first, last, text in _assertions(source) if first <= line <= last]
    return found[0] if len(found) == 1 else ""


@functools.lru_cache(maxsize=256)
def _assertions(source: str) -> tuple[tuple[int, int, str], ...]:
    """First line, last line and sentence, or "", of each assertion."""
    nodes: Iterator[Any] = ast.walk(_parsed(source))
    return tuple(
        (node.lineno, node.end_lineno, _plain(messages))
        for node in nodes
        if (messages := _messages(node)) is not None
    )


@functools.lru_cache(maxsize=256)
def _parsed(source: str) -> ast.Module:
    return parse(as_python(source))


def _messages(node: Any) -> Sequence[ast.expr | None] | None:
    """What stands where an assertion has its message; None for what is no assertion."""
    match node:
        case ast.Assert(msg=message):
            return [message]
        case ast.Raise(exc=ast.Call(func=ast.Name(id="AssertionError"), args=messages)):
            return messages
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), keywords=keywords):
            named = [keyword.value for keyword in keywords if keyword.arg in MESSAGES]
            return named if name.startswith("assert") else None
    return None


def _plain(messages: Sequence[ast.expr | None]) -> str:
    """A message that is a text as it stands there, on one line; "" for one that is computed."""
    match messages:
        case [ast.Constant(value=str(text))]:
            return " ".join(text.split())
    return ""


def _behind(source: str, line: int) -> str:
    """The sentence of the first assertion behind the statement in this line that looks at what this
    should have made or changed; "" where none does, or two statements stand in the line."""
    tree = _parsed(source)
    if any(first <= line <= last for first, last, _ in _assertions(source)):
        return ""
    found = _from(tree.body, line)
    if not found:
        return ""
    statement, *behind = found
    made = _bound(statement)
    if not made:  # `layer.backward(dy)`, `step(weights, gradients)`
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        made = _read(statement) & {n.id for n in names if isinstance(n.ctx, ast.Store)}
    return _first([*_blocks(statement), *behind], made)


def _from(body: list[ast.stmt], line: int) -> list[ast.stmt]:
    """The innermost statement in a line, and what runs behind it; nothing where there is none, or
    where there are two."""
    there = [i for i, s in enumerate(body) if s.lineno <= line <= (s.end_lineno or s.lineno)]
    if len(there) != 1:
        return []
    statement, rest = body[there[0]], body[there[0] + 1 :]
    for block in _all_blocks(statement):
        if found := _from(block, line):
            if isinstance(statement, ast.Try) and block is statement.body:
                found = [*found, *statement.orelse]
            return found if isinstance(statement, APART) else [*found, *rest]
    return [statement, *rest]


def _all_blocks(statement: ast.AST) -> list[list[ast.stmt]]:
    """The lists of statements within a statement."""
    inner = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
    parts = [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]
    return [block for block in (*inner, *(part.body for part in parts)) if isinstance(block, list)]


def _blocks(statement: ast.stmt) -> list[ast.stmt]:
    """What a statement runs after its own first line."""
    if isinstance(statement, APART):
        return []
    return [inner for block in _all_blocks(statement) for inner in block]


def _first(statements: list[ast.stmt], made: set[str]) -> str:
    """The first sentence of an assertion that looks at one of the names, or at what is made of
    them; or that is raised where nothing was asked before, as behind what should have failed."""
    todo = [(statement, True) for statement in statements]
    while todo and made:
        statement, always = todo.pop(0)
        looks = bool(_read(statement) & made)
        told = [text for node in _own(statement) if (text := _plain(_messages(node) or []))]
        if told and (looks or (always and isinstance(statement, ast.Raise))):
            return told[0] if len(told) == 1 else ""
        made = made | _bound(statement) if looks else made - _bound(statement)
        todo = [(inner, looks) for inner in _blocks(statement)] + todo
    return ""


def _own(statement: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a statement, without those of the statements within it."""
    yield statement
    for node in ast.iter_child_nodes(statement):
        if not isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from _own(node)


def _read(statement: ast.AST) -> set[str]:
    """The names of the values that a statement uses, without the functions that it calls."""
    nodes = list(_own(statement))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    used = [n for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    return {name.id for name in used if id(name) not in called}


def _bound(statement: ast.AST) -> set[str]:
    """The names that a statement binds, and those into which it writes (`table[0] = 1`)."""
    bound = set()
    for node in _own(statement):
        if not isinstance(getattr(node, "ctx", None), ast.Store):
            continue
        while isinstance(node, ast.Subscript | ast.Attribute | ast.Starred):
            node = node.value
        if isinstance(node, ast.Name):
            bound.add(node.id)
    return bound
