"""The student session's end of handles: its objects, and what a test asks of them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from autograder.sessions.changes import IMMUTABLE, content_of
from autograder.sessions.wire import by_name, pack, unpack

CallBack = Callable[[int, list[Any], dict[str, Any]], Any]


class TestFunction:
    """A function of the test's, which runs in the grader session."""

    __test__ = False  # no test of pytest's

    def __init__(self, number: int, call_back: CallBack):
        self._number, self._call_back = number, call_back

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call_back(self._number, list(args), kwargs)


def _number_of(obj: Any) -> int | None:
    return obj._number if type(obj) is TestFunction else None


class ObjectTable:
    """The student session's end: carries out requests on the objects that have crossed."""

    def __init__(self, namespace: dict[str, Any], call_back: CallBack):
        self.namespace, self.call_back = namespace, call_back
        self.objects: list[Any] = []
        self.functions: dict[int, TestFunction] = {}

    def pack(self, value: Any) -> bytes:
        return pack(value, self._remember, _number_of)

    def unpack(self, data: bytes) -> Any:
        return unpack(data, lambda number, _: self.objects[number], self._function)

    def _function(self, named: Any) -> Any:
        """A function of the test's: by its number there, or a library's, which is here, too."""
        if type(named) is list:
            return by_name(*named)
        if named not in self.functions:
            self.functions[named] = TestFunction(named, self.call_back)
        return self.functions[named]

    def _remember(self, obj: Any) -> int:
        self.objects.append(obj)
        return len(self.objects) - 1

    def carry_out(self, request: bytes, printed: Callable[[], str]) -> bytes:
        """Answer a request: ["value", value, changed arguments, what was printed]. The student's
        exceptions pass."""
        operation, *operands = self.unpack(request)
        changed: list[Any] = []
        if operation == "call":
            value, changed = self._call(*operands)
        else:
            value = getattr(self, f"_{operation}")(*operands)
        return self.pack(["value", value, changed, printed()])

    def _call(self, number: int, args: list, kwargs: dict) -> tuple[Any, list[Any]]:
        """Arguments that the callee changed in place are sent back with the result."""
        arguments = [*args, *kwargs.values()]
        before = {i: content_of(a) for i, a in enumerate(arguments) if type(a) not in IMMUTABLE}
        value = self.objects[number](*args, **kwargs)
        changed = [
            [i, arguments[i]] for i, was in before.items() if content_of(arguments[i]) != was
        ]
        return value, changed

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

    def _isinstance(self, obj: Any, kind: Any) -> bool:
        return isinstance(obj, kind)

    def _issubclass(self, obj: Any, kind: Any) -> bool:
        return issubclass(obj, kind)

    def _dir(self, obj: Any) -> list[str]:
        return dir(obj)

    def _operator(self, name: str, operands: list[Any]) -> Any:
        return getattr(operator, name)(*operands)
