"""What the instructor wrote beside an assertion, for the student who fails it.

    assert same(dw, expected), "dw, with stride 2"
    np.testing.assert_allclose(dw, expected, err_msg="dw, with stride 2")
    raise AssertionError("a kernel that does not fit should raise a ValueError")

Where `assignment.toml` says `tell_sentences = true`, a hidden test says the sentence of the
assertion that failed. It is read from the test's source, by the line that failed, and must stand
there as it is: a message that is computed may hold what a session computed, and is never told.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Sequence
from typing import Any

from autograder.course.cells import Cell
from autograder.course.names import as_python

MESSAGES = ("err_msg", "msg", "name")  # of numpy.testing; torch.testing, unittest; assert_same


def sentence(cell: Cell, line: int) -> str:
    """The sentence of the one assertion in this line of the cell's `code`; "" where it has none, or
    where there is more than one."""
    found = [text for first, last, text in _assertions(cell.code) if first <= line <= last]
    return found[0] if len(found) == 1 else ""


def hidden_sentences(cell: Cell) -> list[str]:
    """Every sentence that a test may say and its students cannot read, in their order."""
    texts = (text for _, _, text in sorted(_assertions(cell.code)))
    return [text for text in dict.fromkeys(texts) if text and text not in cell.visible]


@functools.lru_cache(maxsize=256)
def _assertions(source: str) -> tuple[tuple[int, int, str], ...]:
    """First line, last line and sentence, or "", of each assertion."""
    nodes: Iterator[Any] = ast.walk(ast.parse(as_python(source)))
    return tuple(
        (node.lineno, node.end_lineno, _plain(messages))
        for node in nodes
        if (messages := _messages(node)) is not None
    )


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
