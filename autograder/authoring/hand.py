"""One answer in many hands: the same steps as different people write them down.

What is changed keeps what is computed: names of local variables, steps that get a name of their own
or lose it, the order of factors and of lines that do not depend on each other.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterable, Sequence
from typing import Any

from autograder.sessions.syntax import parse

ENDINGS = ("", "_", "1", "2", "_new", "_k", "_all")
NAMES = ("result", "out", "res", "value", "tmp", "answer", "r", "val")
FLIPPED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}
# What is computed later, several times, or perhaps not at all: nothing is taken out of it.
APART = ast.Lambda | ast.GeneratorExp | ast.ListComp | ast.DictComp | ast.SetComp | ast.IfExp
DOCUMENTED = ("", "", "See the text above.", "My solution.", "As in the lecture.")


def in_hand(source: str, rng: random.Random) -> str:
    """A text of Python in somebody's hand."""
    tree = parse(source)
    taken = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    return ast.unparse(ast.fix_missing_locations(_Hand(rng, taken).visit(tree)))


def renamed(source: str) -> str:
    """The text with other names for all that its functions call something."""

    class Rename(_Hand):
        def __init__(self) -> None:
            super().__init__(random.Random(0), set())

        def _free(self, name: str, endings: Sequence[str]) -> str:
            return f"my_{name}"

        def _block(self, body: list[ast.stmt], visited: bool = False) -> list[ast.stmt]:
            return body if visited else [self.visit(statement) for statement in body]

        visit_BinOp = visit_Compare = ast.NodeTransformer.generic_visit  # type: ignore[assignment]

    return ast.unparse(Rename().visit(parse(source)))


def reordered(source: str) -> str:
    """The text with all lines exchanged that can be, and its functions in the opposite order."""
    tree = parse(source)
    for block in [n.body for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.For)]:
        for i in range(len(block) - 1):
            if _independent(block[i], block[i + 1]):
                block[i], block[i + 1] = block[i + 1], block[i]
    if all(isinstance(statement, ast.FunctionDef) for statement in tree.body):
        tree.body.reverse()
    return ast.unparse(tree)


class _Hand(ast.NodeTransformer):
    def __init__(self, rng: random.Random, taken: set[str]):
        self.rng, self.taken, self.renamed = rng, taken, dict[str, str]()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        own = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and _stores(n)}
        given = {a.arg for f in ast.walk(node) if isinstance(f, ast.arguments) for a in _all(f)}
        before = self.renamed
        new = {}
        for name in sorted(own - given):
            self.taken.discard(name)
            new[name] = self._free(name, ENDINGS)
        self.renamed = before | new
        node.body = self._block(node.body)
        if words := self.rng.choice(DOCUMENTED):
            node.body.insert(0, ast.Expr(ast.Constant(words)))
        self.renamed = before
        return node

    def visit_For(self, node: ast.For) -> ast.For:
        self.generic_visit(node)
        node.body = self._block(node.body, visited=True)
        return node

    def visit_If(self, node: ast.If) -> ast.If:
        self.generic_visit(node)
        node.body = self._block(node.body, visited=True)
        return node

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.renamed.get(node.id, node.id)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.BinOp:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mult) and self.rng.random() < 0.4:
            node.left, node.right = node.right, node.left
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.Compare:
        self.generic_visit(node)
        flipped = FLIPPED.get(type(node.ops[0])) if len(node.ops) == 1 else None
        if flipped and self.rng.random() < 0.4:
            node.left, node.comparators, node.ops = node.comparators[0], [node.left], [flipped()]
        return node

    def _block(self, body: list[ast.stmt], visited: bool = False) -> list[ast.stmt]:
        """The lines of a block, some of them taken apart or put in another order."""
        lines: list[ast.stmt] = []
        for statement in body:
            for part in self._parts(statement if visited else self.visit(statement)):
                lines += self._steps(part)
        for i in range(len(lines) - 1):
            if self.rng.random() < 0.5 and _independent(lines[i], lines[i + 1]):
                lines[i], lines[i + 1] = lines[i + 1], lines[i]
        return lines

    def _parts(self, statement: ast.stmt) -> Iterable[ast.stmt]:
        """`a, b = 1, 2` in two lines; `a += 1` written out; a value with a name before its end."""
        match statement:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                if len(names) == len(values) and self._apart(names, values):
                    for name, value in zip(names, values, strict=True):
                        yield ast.Assign([name], value)
                    return
            case ast.AugAssign(target=ast.Name(id=own), op=op, value=value):
                if self.rng.random() < 0.5:
                    left = ast.Name(own, ast.Load())
                    yield ast.Assign([statement.target], ast.BinOp(left, op, value))
                    return
            case ast.Return(value=ast.Call() | ast.BinOp() as value):
                if self.rng.random() < 0.6:
                    short = self._name()
                    yield ast.Assign([ast.Name(short, ast.Store())], value)
                    yield ast.Return(ast.Name(short, ast.Load()))
                    return
        yield statement

    def _apart(self, names: list[ast.expr], values: list[ast.expr]) -> bool:
        bound = {n.id for name in names for n in ast.walk(name) if isinstance(n, ast.Name)}
        plain = all(isinstance(name, ast.Name) for name in names)
        return plain and not bound & _reads(*values[1:]) and self.rng.random() < 0.7

    def _steps(self, statement: ast.stmt) -> Iterable[ast.stmt]:
        """A line, with some of its sums and calls above it under names of their own."""
        if isinstance(statement, ast.Assign | ast.Return) and statement.value is not None:
            for parent, key, place in list(_inner(statement.value)):
                if self.rng.random() < 0.3:
                    name = self._name()
                    value = getattr(parent, key)
                    value = value if place is None else value[place]
                    yield ast.Assign([ast.Name(name, ast.Store())], value)
                    short = ast.Name(name, ast.Load())
                    if place is None:
                        setattr(parent, key, short)
                    else:
                        getattr(parent, key)[place] = short
                    break
        yield statement

    def _name(self) -> str:
        return self._free(self.rng.choice(NAMES), ("", "2", "3", "4", "5", "6"))

    def _free(self, name: str, endings: Sequence[str]) -> str:
        """The name with an ending that gives one that nothing has yet; or as it is."""
        ended = name + self.rng.choice(endings)
        found = next(
            (n for n in (ended, *(name + e for e in endings)) if n not in self.taken), name
        )
        self.taken.add(found)
        return found


def _inner(value: ast.AST) -> Iterable[tuple[Any, str, int | None]]:
    """Where sums and calls stand within an expression that is computed once, and always."""
    if isinstance(value, APART | ast.BoolOp):
        return
    for key, child in ast.iter_fields(value):
        if isinstance(child, ast.Call | ast.BinOp):
            yield value, key, None
        if isinstance(child, ast.AST):
            yield from _inner(child)
        if isinstance(child, list) and key == "args":
            for place, one in enumerate(child):
                if isinstance(one, ast.Call | ast.BinOp):
                    yield value, key, place


def _all(arguments: ast.arguments) -> list[ast.arg]:
    more = [arguments.vararg, arguments.kwarg]
    return [*arguments.args, *arguments.kwonlyargs, *(arg for arg in more if arg)]


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _reads(*nodes: ast.AST) -> set[str]:
    return {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)}


def _independent(first: ast.stmt, second: ast.stmt) -> bool:
    """Whether two lines may change places: each names something new, and calls nothing with a
    state."""
    if not (isinstance(first, ast.Assign) and isinstance(second, ast.Assign)):
        return False
    plain = all(isinstance(line.targets[0], ast.Name) for line in (first, second))
    bound = [{n.id for t in line.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
             for line in (first, second)]  # fmt: skip
    return plain and not (
        bound[0] & _reads(second) or bound[1] & _reads(first) or {"rng"} & _reads(first, second)
    )
