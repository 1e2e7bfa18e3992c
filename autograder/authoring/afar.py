"""Why a test that would hold beside the student's code does not hold from afar, and what to do.

Such a test does not stop: the optimiser moves a copy, the seed is set in another process, and in
the end an assertion fails in which nothing is wrong. Where the instructor's own version fails a
test, its text is looked through for what cannot reach the student's process.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from autograder.course.cells import Cell
from autograder.course.names import as_python
from autograder.sessions.syntax import parse

OPTIMISERS = ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "LBFGS")
SEEDS = ("seed", "manual_seed", "set_seed", "seed_everything")
DATACLASSES = ("fields", "asdict", "astuple", "is_dataclass")
IN_PLACE = re.compile(r"[a-z]\w*_|fill")
# Of what a test writes into, that which it has of another object: `net.weight[0] = 1`.
WITHIN = (ast.Attribute, ast.Call, ast.Subscript)


def why_afar(cell: Cell) -> Iterator[str]:
    """A sentence for each kind of thing that a test does beside the student's code in vain."""
    nodes = list(ast.walk(parse(as_python(cell.source))))
    for is_kind, sentence in KINDS:
        if any(map(is_kind, nodes)):
            yield sentence


def _called(node: ast.AST) -> str:
    """The last part of the name of what a node calls, or ""."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", "") or getattr(node.func, "id", "")


def _is_optimiser(node: ast.AST) -> bool:
    return _called(node) in OPTIMISERS


def _writes(node: ast.AST) -> bool:
    """Whether it writes into what another object holds: by an index, or a method like `fill_`."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.ctx, ast.Store) and isinstance(node.value, WITHIN)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return bool(IN_PLACE.fullmatch(node.func.attr)) and isinstance(node.func.value, WITHIN)
    return False


def _sets_seed(node: ast.AST) -> bool:
    return _called(node) in SEEDS


def _asks_for_fields(node: ast.AST) -> bool:
    return _called(node) in DATACLASSES


def _asks_for_type(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _called(node) == "type" and len(node.args) == 1


def _asks_whether_same(node: ast.AST) -> bool:
    """`a is b`, where neither is None, True or False."""
    if not isinstance(node, ast.Compare):
        return False
    parts = [node.left, *node.comparators]
    identity = any(isinstance(sign, ast.Is | ast.IsNot) for sign in node.ops)
    return identity and not any(isinstance(part, ast.Constant) for part in parts)


def _defines_class(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef)


KINDS: tuple[tuple[Callable[[ast.AST], bool], str], ...] = (
    (
        _is_optimiser,
        "an optimiser of the test's moves copies of a student's parameters: hand it to a function "
        "of the answer, beside a net of the test's own, or let the answer make it and step",
    ),
    (
        _writes,
        "what the student's objects hold comes to the test as a copy, and what it writes there "
        "stays there: let a function of the answer write, or hand the array over as an argument",
    ),
    (
        _sets_seed,
        "a seed that a test sets is not set where the student's code runs: hand over a generator "
        "(np.random.default_rng(4)), or let a function of the answer take the seed",
    ),
    (
        _asks_for_fields,
        "the fields of a student's object are not known from afar: ask for each by its name "
        "(point.x), or define the class in a locked cell",
    ),
    (
        _asks_for_type,
        "type(x) of a student's object is that of its stand-in: ask isinstance(x, Net)",
    ),
    (
        _asks_whether_same,
        "what comes by value is another copy each time, so `is` says nothing: compare the values, "
        "or let a function of the answer say whether two are one",
    ),
    (
        _defines_class,
        "an object of a class that the test defines does not go to the student's code: define the "
        "class in a locked cell, which both have",
    ),
)
