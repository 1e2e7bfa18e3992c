"""A student's objects, used from the grader session and carried out in the student session.

The grader session holds a `Handle` for what cannot cross by value: a function, a class, an object.
Calling it, reading an attribute, indexing, iterating and arithmetic are requests to the student
session, which carries them out (objects.py) and answers with a value or another handle.

A handle is never compared with a value of the test's, which would tell what is expected. Two of the
student's objects are, and an object has a truth, a text and may be entered by `with`, where the
instructor's objects were asked the same (questions.py).
"""

from __future__ import annotations

import builtins
import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

OPERATORS = (
    *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow"),
    *("lshift", "rshift", "and", "or", "xor", "neg", "pos", "abs", "invert"),
)
REFLECTED = OPERATORS[:13]  # `1 + a`, too: the right-hand operand may be the student's
NUMBERS = {"float": float, "int": int, "hash": int}  # what an object is as a number
_BY_VALUE = {"__name__", "__qualname__", "__doc__"}  # the dunder attributes that a test may read


# Kinds of which an object crosses as a handle only where it has no end.
ENDLESS = ("list", "tuple", "dict", "set", "frozenset", "DataFrame", "Series")
# What a test may ask of an object that the student's session can answer as it likes.
CLAIMS = ("isinstance", "issubclass", "dir", "==", "!=", "<", "<=", ">", ">=", "bool", "in")
COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


class StudentError(Exception):
    """The student's code raised. `.traceback` is the student's own; `.kind` the class's name."""

    kind = "Exception"
    traceback = ""

    def __init__(self, message: str):
        self.args = (message,)

    def __str__(self) -> str:
        return self.args[0]


class HandleError(TypeError):
    """A test did something with a student's object that cannot be trusted.

    It is noted in `REFUSALS`, for a test may catch it (`pytest.raises(TypeError)`, NumPy's own
    `except Exception`) and go on as if the student's code had raised.
    """

    def __init__(self, message: str):
        super().__init__(message)
        REFUSALS.append(self)


REFUSALS: list[BaseException] = []


def not_plain(what: str, endless: bool) -> str:
    """Why nothing can be told of an object, and what was expected."""
    if endless:
        return f"{what} holds itself, or is nested too deeply: no test can look at that"
    return (
        f"{what} is an object of the student's own, where a plain value "
        "(a number, an array, a string, a list …) was expected"
    )


def _library_class(kind: str) -> Any:
    """A class of a module that has been imported; nothing is imported for a student."""
    module, _, name = kind.partition(":")
    there = vars(sys.modules[module]) if module in sys.modules else {}  # `getattr` may import
    found = there.get(name) if name else None
    is_libraries = module.partition(".")[0] not in ("__main__", "autograder")
    return found if is_libraries and getattr(found, "__module__", "") == module else None


_EXCEPTIONS: dict[type, type[StudentError]] = {Exception: StudentError}


def student_error(
    kind: str, message: str, traceback: str, given: Mapping[str, Any] = MappingProxyType({})
) -> StudentError:
    """An exception that `pytest.raises(ValueError)` catches where the student raised ValueError.

    `given` are the instructor's own classes; a library's is called `module:class`.
    """
    base = given.get(kind) or _library_class(kind) or getattr(builtins, kind, None)
    # A StopIteration from student code would end a test's map() early, and pass.
    stops = (StopIteration, StopAsyncIteration)
    if not (isinstance(base, type) and issubclass(base, Exception)) or issubclass(base, stops):
        base = Exception
    if base not in _EXCEPTIONS:
        _EXCEPTIONS[base] = _as_students(base)
    error = _EXCEPTIONS[base](message)
    error.traceback = traceback
    return error


def _as_students(base: type) -> type[StudentError]:
    """The class of a student's exceptions of this class; where that needs more than a message (an
    ExceptionGroup, NumPy's MemoryError), of the built-in one above it."""
    builtin = next(kind for kind in base.__mro__ if kind.__module__ == "builtins")
    for known in (base, builtin):
        with contextlib.suppress(TypeError):
            made = type(base.__name__, (StudentError, known), {"kind": base.__name__})
            made("")
            return made
    return type(base.__name__, (StudentError,), {"kind": base.__name__})


class Handle:
    """A student's object, from afar."""

    __slots__ = ("_ask", "_number", "_type_name")

    def __init__(self, ask: Callable[..., Any], number: int, type_name: str):
        for name, value in zip(self.__slots__, (ask, number, type_name), strict=True):
            object.__setattr__(self, name, value)

    def _told(self) -> str:
        return f"<the student's {self._type_name}>"

    def _text(self, how: str, *spec: str) -> str:
        text = self._ask("text", how, self, *spec)  # None: no text of the instructor's was asked
        if type(text) not in (str, type(None)):
            raise HandleError(f"{how} of {self._told()} is no text")
        return self._told() if text is None else text

    def __repr__(self) -> str:
        return self._text("repr")

    def __str__(self) -> str:
        return self._text("str")

    def __format__(self, spec: str) -> str:
        return self._text("format", spec)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("call", self._number, list(args), kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in _BY_VALUE:
            raise AttributeError(name)  # NumPy and others probe for protocols
        return self._ask("attribute", self._number, name)

    def __getitem__(self, key: Any) -> Any:
        return self._ask("item", self._number, key)

    def _refuse_writing(self, *_: Any) -> None:
        raise HandleError(f"{self._told()} lives in another process: a test cannot write into it")

    __setitem__ = __delitem__ = __setattr__ = __delattr__ = _refuse_writing

    def __dir__(self) -> list[str]:
        names = self._ask("dir", self)
        if type(names) is not list or any(type(name) is not str for name in names):
            raise HandleError(f"what {self._told()} has is no list of names")
        return names

    def __instancecheck__(self, instance: Any) -> bool:
        return self._ask_whether("isinstance", instance, self)

    def __subclasscheck__(self, subclass: Any) -> bool:
        return self._ask_whether("issubclass", subclass, self)

    def _ask_whether(self, what: str, *operands: Any) -> bool:
        answer = self._ask(what, *operands)
        if type(answer) not in (bool, np.bool_):
            raise HandleError(f"{what} of {self._told()} is neither True nor False")
        return bool(answer)

    def __len__(self) -> int:
        length = self._ask("length", self._number)
        if type(length) is not int or length < 0:
            raise HandleError(f"the length of {self._told()} is not a number")
        return length

    def __iter__(self) -> Iterator[Any]:
        iterator = self._ask("iterator", self._number)
        if type(iterator) is not Handle:
            raise HandleError(f"{self._told()} cannot be iterated over")
        while True:
            items = self._ask("next", iterator._number)
            if not items:
                return
            yield items[0]

    def __next__(self) -> Any:
        items = self._ask("advance", self._number)
        if not items:
            raise StopIteration
        return items[0]

    def __enter__(self) -> Any:
        return self._ask("enter", self._number)

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> bool:
        if error is None:
            self._ask("exit", self._number, None, 0)
            return False
        name = error.kind if isinstance(error, StudentError) else kind.__name__
        return self._ask("exit", self._number, name, traceback.tb_lineno) is True

    def __bool__(self) -> bool:
        return self._ask_whether("bool", self)

    def __contains__(self, item: Any) -> bool:
        return self._ask_whether("in", item, self)

    def _refuse(self, *_: Any) -> Any:
        if self._type_name in ENDLESS:
            raise HandleError(not_plain(self._told(), endless=True))
        raise HandleError(
            f"{self._told()} is an object of the student's own, which cannot be compared: "
            "a number, an array, a string or a container of these was expected"
        )

    __array__ = _refuse


def asks_of_handles(name: str) -> Callable[[Any, Any], bool]:
    """`isinstance` or `issubclass` for a test, which asks the student's session of its objects."""
    plain: Callable[[Any, Any], bool] = getattr(builtins, name)

    def ask(obj: Any, kind: Any) -> bool:
        return obj._ask_whether(name, obj, kind) if type(obj) is Handle else plain(obj, kind)

    return ask


def _compare(sign: str) -> Callable[[Any, Any], bool]:
    """Two of the student's objects are compared in the student's session; nothing else is."""
    return lambda self, other: (
        self._ask_whether(sign, self, other) if type(other) is Handle else self._refuse()
    )


def _delegate(name: str) -> Callable[..., Any]:
    return lambda self, *others: self._ask("operator", name, [self, *others])


def _reflect(name: str) -> Callable[[Any, Any], Any]:
    return lambda self, other: self._ask("operator", name, [other, self])


def _as_number(name: str, kind: type) -> Callable[[Any], Any]:
    def number(self: Any) -> Any:
        answer = self._ask("number", name, self)
        if type(answer) is not kind:
            raise HandleError(f"{name} of {self._told()} is no {kind.__name__}")
        return answer

    return number


for _name in OPERATORS:
    setattr(Handle, f"__{_name}__", _delegate(f"__{_name}__"))
for _name in REFLECTED:
    setattr(Handle, f"__r{_name}__", _reflect(f"__{_name}__"))
for _name, _kind in NUMBERS.items():
    setattr(Handle, f"__{_name}__", _as_number(_name, _kind))
for _name, _sign in COMPARISONS.items():
    setattr(Handle, f"__{_name}__", _compare(_sign))
