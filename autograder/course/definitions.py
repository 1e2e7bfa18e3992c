"""What of an instructor's cell runs without the student's names, and what it makes.

A test that could not run, or stopped on the way, has not defined its helpers and expected values.
The tests behind it must not pay for that: each of its statements that uses nothing of the student's
is run for itself, whatever becomes of the others.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

from autograder.course.names import as_python, names, read_at_once, read_when_called
from autograder.sessions.syntax import parse


@functools.lru_cache(maxsize=1024)
def definitions(source: str, theirs: tuple[str, ...], later: tuple[str, ...]) -> str:
    """The source of a test cell's own statements; "" where no `later` cell uses what they make.

    `theirs` are the student's names that the cell uses.
    """
    own = [s for s, is_own in _statements(source, set(theirs)) if is_own]
    made = {name for statement in own for name in _makes(statement)}
    if not any(made & names(cell)[1] for cell in later):
        return ""
    return _source_of([_for_itself(statement) for statement in own])


def apart(source: str, theirs: set[str]) -> tuple[str, str]:
    """A cell in two: what runs without the student's names, and what is made with them."""
    statements = list(_statements(source, set(theirs)))
    own = [statement for statement, is_own in statements if is_own]
    return _source_of(own), _source_of([s for s, is_own in statements if not is_own])


def makes(source: str) -> set[str]:
    """The names that a cell binds, and those into which it writes (`table[0] = 1`)."""
    return {name for s in parse(as_python(source)).body for name in _makes(s)}


def functions(source: str) -> set[str]:
    """The functions that a cell defines, those that are written as `name = lambda …` among them."""
    named: set[str] = set()
    for statement in parse(as_python(source)).body:
        if isinstance(statement, ast.FunctionDef):
            named.add(statement.name)
        elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Lambda):
            named |= {target.id for target in statement.targets if isinstance(target, ast.Name)}
    return named


def import_statements(source: str) -> str:
    """The statements of a cell that import and do nothing else, in `try` and `if`, too."""
    return _source_of([s for s in parse(as_python(source)).body if _imports(s)])


def _imports(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Try | ast.If):
        inner = [s for s in ast.iter_child_nodes(statement) if isinstance(s, ast.stmt)]
        handled = [s for h in getattr(statement, "handlers", ()) for s in h.body]
        return all(_imports(s) or isinstance(s, ast.Pass) for s in (*inner, *handled))
    return isinstance(statement, ast.Import | ast.ImportFrom) and not _is_future(statement)


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _source_of(statements: list[ast.stmt]) -> str:
    return ast.unparse(ast.fix_missing_locations(ast.Module(statements, [])))


def _statements(source: str, theirs: set[str]) -> Iterator[tuple[ast.stmt, bool]]:
    """Each statement, and whether it runs without the student's names, and without what has been
    made with these.

    A function may be defined that uses them: only what calls it does. A name that in the end is
    made with them is not left as it was before.
    """
    made: set[str] = set()
    for statement in parse(as_python(source)).body:
        text = ast.unparse(statement)
        bound = names(text)[0]
        if read_at_once(text) & theirs:
            theirs |= bound
            if undone := sorted(bound & made):
                yield ast.Delete([ast.Name(name, ast.Del()) for name in undone]), True
            yield statement, False
            continue
        made |= bound
        calls = {name for name, read in read_when_called(text).items() if read & theirs}
        theirs = (theirs - bound) | calls
        if not _is_future(statement):
            yield statement, True


def _makes(statement: ast.stmt) -> set[str]:
    """The names that a statement binds, and those into which it writes: what a function writes into
    when it is called is not among them."""
    defines = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    written = () if defines else filter(None, map(_written, ast.walk(statement)))
    return names(ast.unparse(statement))[0].union(written)


def _written(node: ast.AST) -> str:
    """The name into which a node writes, or whose method is called for what that does
    (`values.append(1)`); or ""."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        inner: ast.expr = node.value.func
    elif isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
        inner = node
    else:
        return ""
    root = inner
    while isinstance(root, ast.Subscript | ast.Attribute):
        root = root.value
    return root.id if root is not inner and isinstance(root, ast.Name) else ""


def _for_itself(statement: ast.stmt) -> ast.stmt:
    """The statement, whose error stops none of those behind it."""
    ignore = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
    return ast.Try([statement], [ignore], [], [])
