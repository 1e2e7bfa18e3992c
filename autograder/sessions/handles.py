"""A student's objects, used from the grader session and carried out in the student session.

The grader session holds a `Handle` for what cannot cross by value: a function, a class, an object.
Calling it, reading an attribute, indexing, iterating and arithmetic are requests to the student
session, whose `ObjectTable` carries them out and answers with a value or another handle.

A handle is never compared and has no truth: the answer would be the student's own code's. Both are
errors of the submission.
"""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable, Container, Iterator
from typing import Any

import numpy as np

from autograder.sessions.wire import CannotCross, Named, WireError, is_tensor, pack, unpack

OPERATORS = (
    *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow"),
    *("lshift", "rshift", "and", "or", "xor", "neg", "pos", "abs", "invert"),
)
# How an argument was changed in place: what it holds, or how much (a list emptied, a key added).
CHANGED, RESIZED = "changed", "resized"
Change = tuple[str, int]  # how, and which argument
IMMUTABLE = (type(None), bool, int, float, complex, str, bytes)
_BY_VALUE = {"__name__", "__qualname__", "__doc__"}  # the dunder attributes that a test may read


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


REFUSALS: list[HandleError] = []


_EXCEPTIONS: dict[str, type[StudentError]] = {}


def student_error(kind: str, message: str, traceback: str) -> StudentError:
    """An exception that `pytest.raises(ValueError)` catches where the student raised ValueError."""
    base = getattr(builtins, kind, None)
    # A StopIteration from student code would end a test's map() early, and pass.
    stops = (StopIteration, StopAsyncIteration)
    if not (isinstance(base, type) and issubclass(base, Exception)) or issubclass(base, stops):
        kind, base = "Exception", Exception
    if kind not in _EXCEPTIONS:
        bases = (StudentError,) if base is Exception else (StudentError, base)
        try:
            _EXCEPTIONS[kind] = type(kind, bases, {"kind": kind})
            _EXCEPTIONS[kind](message)
        except TypeError:  # a class that needs more than a message, such as ExceptionGroup
            _EXCEPTIONS[kind] = type(kind, (StudentError,), {"kind": kind})
    error = _EXCEPTIONS[kind](message)
    error.traceback = traceback
    return error


class Handle:
    """A student's object, from afar."""

    __slots__ = ("_ask", "_number", "_type_name")

    def __init__(self, ask: Callable[..., Any], number: int, type_name: str):
        for name, value in zip(self.__slots__, (ask, number, type_name), strict=True):
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return f"<the student's {self._type_name}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("call", self._number, list(args), kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in _BY_VALUE:
            raise AttributeError(name)  # NumPy and others probe for protocols
        return self._ask("attribute", self._number, name)

    def __getitem__(self, key: Any) -> Any:
        return self._ask("item", self._number, key)

    def _refuse_writing(self, *_: Any) -> None:
        raise HandleError(f"{self!r} lives in another process: a test cannot write into it")

    __setitem__ = __delitem__ = __setattr__ = __delattr__ = _refuse_writing

    def __len__(self) -> int:
        length = self._ask("length", self._number)
        if type(length) is not int or length < 0:
            raise HandleError(f"the length of {self!r} is not a number")
        return length

    def __iter__(self) -> Iterator[Any]:
        iterator = self._ask("iterator", self._number)
        if type(iterator) is not Handle:
            raise HandleError(f"{self!r} cannot be iterated over")
        while True:
            items = self._ask("next", iterator._number)
            if not items:
                return
            yield items[0]

    def _refuse(self, *_: Any) -> Any:
        raise HandleError(
            f"{self!r} is an object of the student's own, which cannot be compared: "
            "a number, an array, a string or a container of these was expected"
        )

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __contains__ = _refuse
    __hash__ = _refuse
    __array__ = _refuse


def _delegate(name: str) -> Callable[..., Any]:
    return lambda self, *others: self._ask("operator", name, [self, *others])


for _name in OPERATORS:
    setattr(Handle, f"__{_name}__", _delegate(f"__{_name}__"))


def pack_for_student(value: Any) -> bytes:
    """The bytes of a test's argument: plain values, and the student's own objects given back."""

    def number_of(obj: Any) -> int:
        if type(obj) is Handle:
            return obj._number
        raise CannotCross(
            f"a {type(obj).__name__} of the test cannot cross to the student's session: "
            "only plain values (numbers, strings, containers, arrays, tensors) do"
        )

    return pack(value, number_of)


class ObjectTable:
    """The student session's end: carries out requests on the objects that have crossed."""

    def __init__(self, namespace: dict[str, Any]):
        self.namespace = namespace
        self.objects: list[Any] = []

    def pack(self, value: Any) -> bytes:
        return pack(value, self._remember, with_names=True)

    def unpack(self, data: bytes) -> Any:
        return unpack(data, lambda number, _: self.objects[number])

    def _remember(self, obj: Any) -> int:
        self.objects.append(obj)
        return len(self.objects) - 1

    def carry_out(self, request: bytes) -> bytes:
        """Answer a request: ["value", value, changed arguments]. The student's exceptions pass."""
        operation, *operands = self.unpack(request)
        if operation == "call":
            return self._call(*operands)
        return self.pack(["value", getattr(self, f"_{operation}")(*operands), []])

    def _call(self, number: int, args: list, kwargs: dict) -> bytes:
        """Arguments that the callee changed in place are sent back with the result."""
        arguments = [*args, *kwargs.values()]
        before = {i: _content(a) for i, a in enumerate(arguments) if type(a) not in IMMUTABLE}
        value = self.objects[number](*args, **kwargs)
        changed = [[i, arguments[i]] for i, was in before.items() if _content(arguments[i]) != was]
        return self.pack(["value", value, changed])

    def _names(self, names: list[str]) -> dict[str, Any]:
        return {name: self.namespace[name] for name in names if name in self.namespace}

    def _attribute(self, number: int, name: str) -> Any:
        return getattr(self.objects[number], name)

    def _item(self, number: int, key: Any) -> Any:
        return self.objects[number][key]

    def _length(self, number: int) -> int:
        return len(self.objects[number])

    def _iterator(self, number: int) -> Any:
        return iter(self.objects[number])

    def _next(self, number: int) -> list[Any]:
        for item in self.objects[number]:
            return [item]
        return []

    def _operator(self, name: str, operands: list[Any]) -> Any:
        return getattr(operator, name)(*operands)


def _content(argument: Any) -> bytes:
    """What changes when an argument does; the objects that it holds are the same or others."""
    if type(argument) is np.ndarray:  # its shape, too, can be set in place
        return f"{argument.shape} {argument.dtype} ".encode() + argument.tobytes()
    return pack(argument, id)


def read_answer(
    data: bytes,
    ask: Callable[..., Any],
    arguments: list[Any],
    copy_back: Container[Change] | None = None,
) -> tuple[Any, list[Change]]:
    """The value of an answer, and how the callee changed which arguments in place.

    The changes in `copy_back` (None: all) are copied into the test's own objects.

    Raises StudentError where the student's code raised, HandleError where it put something else in
    an argument's place, WireError where the answer is malformed.
    """
    answer = unpack(data, lambda number, name: Handle(ask, number, name))
    if type(answer) is not list or len(answer) < 2:
        raise WireError("an answer is a list")
    if answer[0] == "error":
        texts = [str(part) if type(part) is str else "" for part in (answer + [""] * 3)[1:4]]
        raise student_error(*texts)
    if answer[0] != "value" or len(answer) != 3 or type(answer[2]) is not list:
        raise WireError("an answer is a value or an error")
    try:
        changes = [(_how(arguments[index], new), index) for index, new in answer[2]]
        for change, (index, new) in zip(changes, answer[2], strict=True):
            _copy_back(arguments[index], new, copy_back is None or change in copy_back)
    except HandleError:
        raise
    except (TypeError, ValueError, IndexError) as error:
        raise WireError(f"not a list of changed arguments: {error}") from None
    return answer[1], changes


def restore(argument: Any, content: bytes, ask: Callable[..., Any]) -> None:
    """Put into a test's object what `pack_for_student` found in it."""
    if type(argument) not in IMMUTABLE:
        _update(argument, unpack(content, lambda number, name: Handle(ask, number, name)))


def _how(argument: Any, changed: Any) -> str:
    resized = type(argument) in (list, dict) and len(argument) != len(changed)
    return RESIZED if resized else CHANGED


def _copy_back(argument: Any, changed: Any, copy_back: bool) -> None:
    if type(argument) is Handle:
        return  # the student's own object: it has changed where it is
    if type(argument) is not type(changed) or type(argument) in IMMUTABLE:
        raise WireError("a changed argument keeps its type")
    if type(argument) is Named:  # the object, too, has changed where it is; what it holds is here
        if copy_back:
            _update(list(argument), list(changed))
        return
    if copy_back and _update(argument, changed) is not argument:
        raise HandleError(
            "it changed the shape of an array that it was given, or put something else in its "
            "place: let it change a copy"
        )


def _update(old: Any, new: Any) -> Any:
    """Put the content of `new` into `old` where that can be; gives what stands there afterwards.

    An array in a list is changed itself, for the test may hold it under another name.
    """
    if type(old) is not type(new):
        return new
    if type(old) is list:
        old[:] = [*map(_update, old, new), *new[len(old) :]]
    elif type(old) is dict:
        merged = {k: _update(old[k], v) if k in old else v for k, v in new.items()}
        old.clear()
        old.update(merged)
    elif type(old) is tuple and len(old) == len(new):
        items = tuple(map(_update, old, new))
        return old if all(map(operator.is_, old, items)) else items
    elif type(old) is np.ndarray and (old.shape, old.dtype) == (new.shape, new.dtype):
        np.copyto(old, new)
    elif is_tensor(old) and (old.shape, old.dtype) == (new.shape, new.dtype):
        old.detach().copy_(new)
    else:
        return new
    return old
