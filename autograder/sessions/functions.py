"""A test's own functions in the student's hands: by what they are known there, and what became of
a call.

They run in the grader session, when the student's code calls them; what they raise reaches that
code by its class alone, and is raised in the test afterwards, whatever the student's code made of
it.
"""

from __future__ import annotations

import builtins
from collections.abc import Container
from typing import Any

import numpy as np

from autograder.sessions.channel import WireError
from autograder.sessions.handles import Handle, HandleError, StudentError
from autograder.sessions.session import INPUT
from autograder.sessions.wire import by_name

MAX_CALLS = 100_000  # of a test's functions by the student's code, within one test
MAX_NESTED = 40  # a test's function that asks the student's code, which calls it, and so on


class Functions:
    """The functions that tests have passed; `shared` are the packages that both sessions have."""

    def __init__(self, shared: Container[str]):
        self.shared = shared
        self.passed: list[Any] = []  # by number; those of earlier tests too
        self.begin()

    def begin(self) -> None:
        """A test begins: a function of an earlier one is called by nobody."""
        self.first = len(self.passed)
        self.calls = self.nested = 0
        self.raised: BaseException | None = None

    def known_as(self, obj: Any) -> Any:
        """By what the student's session knows a function: the name in a library that is there, too;
        else a number."""
        if not callable(obj) or type(obj) is Handle:
            return None
        if name := self._name_of(obj):
            return name
        for number in range(self.first, len(self.passed)):
            if self.passed[number] is obj:
                return number
        self.passed.append(obj)
        return len(self.passed) - 1

    def _name_of(self, obj: Any) -> list[str] | None:
        module = "numpy" if isinstance(obj, np.ufunc) else getattr(obj, "__module__", None)
        name = getattr(obj, "__qualname__", getattr(obj, "__name__", None))
        if type(module) is not str or type(name) is not str:
            return None
        if module.partition(".")[0] not in self.shared:
            return None
        try:
            return [module, name] if by_name(module, name) is obj else None
        except (ImportError, AttributeError):
            return None

    def function_of(self, number: Any) -> Any:
        if type(number) is not int or not self.first <= number < len(self.passed):
            raise WireError("a function that this test has not passed")
        return self.passed[number]

    def enter(self) -> None:
        """The student's code calls one. HandleError: it does so too often."""
        self.calls += 1
        self.nested += 1
        if self.calls > MAX_CALLS or self.nested > MAX_NESTED:
            raise HandleError("the student's code calls a function of the test's too often")

    def call(self, number: Any, args: list[Any], options: dict[str, Any]) -> Any:
        function = builtins.input if number == INPUT else self.function_of(number)
        return function(*args, **options)

    def leave(self, raised: BaseException | None = None) -> None:
        """A call has ended; what its function raised is remembered."""
        self.nested -= 1
        self.raised = self.raised or raised


def class_of(error: BaseException | None) -> str:
    """The class of an exception, as far as the student's code may know it."""
    if isinstance(error, StudentError):
        return error.kind
    own = type(error)
    is_plain = own.__module__ == "builtins" and issubclass(own, Exception)
    return own.__name__ if is_plain else "Exception"


def checked_call(request: Any) -> list[Any]:
    """A call of the student's code: a number, arguments, and news (news.py)."""
    if type(request) is not list or tuple(map(type, request)) != (int, list, dict, list):
        raise WireError("a call is a number, arguments and news")
    if any(type(name) is not str for name in request[2]):
        raise WireError("an argument's name is a text")
    return request
