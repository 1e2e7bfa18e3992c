"""What an assertion that did not hold had compared: the expected value, and the one that was got.

Two ways lead to them. A function that asserts, NumPy's, PyTorch's, pandas', unittest's or one of
the instructor's own, has both among its arguments. A plain `assert f(x) == y` has them nowhere when
it is over, so each of its two sides passes through a function that remembers it, in a cell's
compiled code (compiled.py). Nothing is called a second time, and no object of the student's is
asked anything.
"""

from __future__ import annotations

import ast
import types
from dataclasses import dataclass
from typing import Any

from autograder.sessions.handles import HandleError, StudentError

Frame = tuple[types.FrameType, int]  # and the line in which it was
Place = tuple[str, int, int]  # file, first and last line
NOTE = "__note_compared__"
# Functions that are asserted: `assert np.allclose(got, expected)`.
LIKE = ("allclose", "isclose", "array_equal", "array_equiv", "equal")
ALL = ("all", "abs", "fabs", "norm", "max", "sum", "mean", "amax", "item")  # what may lie around it
# Expected and got, as functions that assert call their arguments.
ARGUMENTS = (
    ("expected", "got"),  # the course's own
    ("desired", "actual"),  # NumPy's
    ("expected", "actual"),  # PyTorch's
    ("expected", "result"),
    ("right", "left"),  # pandas'
    ("second", "first"),  # unittest's
)
RTOL, ATOL = 1e-5, 1e-8  # NumPy's, where an assertion does not say its own


@dataclass(frozen=True)
class Compared:
    """Two values, and how far apart they may be: rtol·|expected| + atol."""

    expected: Any
    got: Any
    rtol: float = RTOL
    atol: float = ATOL


class Notes:
    """Remembers both sides of the plain assertion that has been evaluated last."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.sides: dict[str, Any] = {}
        self.place: Place = ("", 0, 0)

    def __call__(self, side: str, place: Place, value: Any) -> Any:
        if place != self.place or side in self.sides:
            self.sides, self.place = {}, place
        self.sides[side] = value
        return value

    def of(self, error: BaseException) -> Compared | None:
        """What the assertion that has raised an error compared, if that is known."""
        if isinstance(error, StudentError | HandleError):
            return None
        frames = _frames(error)
        found = _by_arguments(frames)
        if found is None and len(self.sides) == 2 and self._failed_here(error, frames):
            found = Compared(self.sides["expected"], self.sides["got"])
        return found

    def _failed_here(self, error: BaseException, frames: list[Frame]) -> bool:
        """Whether it is the assertion whose sides are remembered that has failed, by itself or by
        the function that compares them."""
        file, first, last = self.place
        there = [i for i, (f, n) in enumerate(frames) if f.f_code.co_filename == file]
        if not there or not first <= frames[there[-1]][1] <= last:
            return False
        inside = [frame.f_code.co_name for frame, _ in frames[there[-1] + 1 :]]
        return any(name in LIKE for name in inside) or (
            not inside and isinstance(error, AssertionError)
        )


def _frames(error: BaseException) -> list[Frame]:
    frames, step = [], error.__traceback__
    while step is not None:
        frames.append((step.tb_frame, step.tb_lineno))
        step = step.tb_next
    return frames


def _by_arguments(frames: list[Frame]) -> Compared | None:
    """The arguments of the innermost function that asserts."""
    for frame, _ in reversed(frames):
        code, there = frame.f_code, frame.f_locals
        named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        for expected, got in ARGUMENTS if code.co_name.startswith("assert") else ():
            if expected in named and got in named and {expected, got} <= there.keys():
                return Compared(there[expected], there[got], *_tolerance(there))
    return None


def _tolerance(there: dict[str, Any]) -> tuple[float, float]:
    rtol, atol, decimal = (there.get(name) for name in ("rtol", "atol", "decimal"))
    if type(decimal) is int and rtol is None:
        return 0.0, 1.5 * 10.0**-decimal  # numpy.testing.assert_almost_equal
    return (
        float(rtol) if isinstance(rtol, int | float) else RTOL,
        float(atol) if isinstance(atol, int | float) else ATOL,
    )


def noting(tree: ast.Module, file: str) -> ast.Module:
    """The same statements, in which plain assertions remember what they compare."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            _note(node, (file, node.lineno, node.end_lineno or node.lineno))
    return tree


def _note(node: ast.Assert, place: Place) -> None:
    def noted(side: str, value: ast.expr) -> ast.expr:
        where: Any = place
        arguments: list[ast.expr] = [ast.Constant(side), ast.Constant(where)]
        call = ast.Call(ast.Name(NOTE, ast.Load()), [*arguments, value], [])
        return ast.fix_missing_locations(ast.copy_location(call, value))

    def both(left: ast.expr, right: ast.expr) -> list[ast.expr]:
        sides = ("expected", "got") if _is_expected(left, right) else ("got", "expected")
        return [noted(sides[0], left), noted(sides[1], right)]

    match _comparison(node.test):
        case ast.Compare(left=left, comparators=[right]) as pair:
            pair.left, *pair.comparators = both(left, right)
        case ast.Call(args=[left, right, *more]) as call:
            call.args = [*both(left, right), *more]
        case ast.BinOp(left=left, right=right) as difference:
            difference.left, difference.right = both(left, right)


def _is_expected(left: ast.expr, right: ast.expr) -> bool:
    """Whether the left side is what is expected, against the custom: `assert 4 == double(2)`."""

    def is_called(side: ast.expr) -> bool:
        return any(isinstance(node, ast.Call) for node in ast.walk(side))

    def is_named(side: ast.expr) -> bool:
        return any(isinstance(n, ast.Name) and "expect" in n.id.lower() for n in ast.walk(side))

    if is_named(left) != is_named(right):
        return is_named(left)
    has_names = [any(isinstance(n, ast.Name) for n in ast.walk(s)) for s in (left, right)]
    return has_names == [False, True] and not is_called(left)


def _comparison(test: ast.expr) -> ast.expr | None:
    """What compares two values in a test of equality: `a == b`, `allclose(a, b)`, `(a == b).all()`,
    the difference in `abs(a - b).max() < 1e-6`."""
    match test:
        case ast.Compare(ops=[ast.Eq()]):
            return test
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[_, _, *_]) if (
            name in LIKE and not any(isinstance(a, ast.Starred) for a in test.args)
        ):
            return test
        case ast.Compare(left=left, ops=[ast.Lt() | ast.LtE()]):
            return _difference(left)
        case ast.Call() if inner := _inside(test):
            return _comparison(inner)
    return None


def _difference(test: ast.expr) -> ast.expr | None:
    match test:
        case ast.BinOp(op=ast.Sub()):
            return test
        case ast.Call() if inner := _inside(test):
            return _difference(inner)
    return None


def _inside(call: ast.Call) -> ast.expr | None:
    """What `all(…)`, `np.all(…)` or `(…).all()` looks at."""
    match call:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[inner]) if (
            name in ALL
        ):
            return inner
        case ast.Call(func=ast.Attribute(value=inner, attr=name), args=[]) if name in ALL:
            return inner
    return None
