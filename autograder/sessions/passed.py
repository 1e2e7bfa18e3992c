"""The functions that a test has passed to the student's code, which calls them.

They run here, in the grader session. What they raise reaches the student's code by its class alone,
and is kept: it is raised in the test afterwards, whatever that code made of it. A tensor that one
gives stays joined to its arguments: the student's code may ask for its gradients (gradients.py).
"""

from __future__ import annotations

import builtins
import contextlib
import sys
from collections.abc import Callable, Container, Iterator
from typing import Any

import numpy as np

from autograder.sessions.channel import WireError
from autograder.sessions.handles import Handle, HandleError, StudentError
from autograder.sessions.session import GRADIENT, INPUT
from autograder.sessions.table import is_tensor
from autograder.sessions.wire import by_name, pack

MAX_CALLS = 100_000  # of a test's functions by the student's code, within one test
MAX_NESTED = 40  # a test's function that asks the student's code, which calls it, and so on


class Passed:
    """The functions by number; `shared` are the packages that both sessions can import."""

    def __init__(self, shared: Container[str]):
        self.shared = shared
        self.functions: list[Any] = []  # those of earlier tests, too
        self.begin()

    def begin(self) -> None:
        """A cell begins: a function of an earlier test is called by nobody."""
        self.first = len(self.functions)
        self.calls = self.nested = 0
        self.raised: BaseException | None = None
        self.results: list[tuple[Any, list[Any]]] = []  # tensors, and the arguments they come from
        self.wanted: list[Any] | None = None  # while a result is sent: such arguments

    def known_as(self, obj: Any) -> Any:
        """By what the student's session knows a function of the test's: the name in a library that
        is there, too; else a number."""
        if not callable(obj) or type(obj) is Handle:
            return None
        if name := self._name_of(obj):
            return name
        for number in range(self.first, len(self.functions)):
            if self.functions[number] is obj:
                return number
        self.functions.append(obj)
        return len(self.functions) - 1

    def _name_of(self, obj: Any) -> list[str] | None:
        for module, name in _places(obj):
            if type(module) is str and type(name) is str:
                with contextlib.suppress(ImportError, AttributeError):
                    known = module.partition(".")[0] in self.shared
                    if known and by_name(module, name) is obj:
                        return [module, name]
        return None

    def function_of(self, number: Any) -> Any:
        if type(number) is not int or not self.first <= number < len(self.functions):
            raise WireError("a function that this test has not passed")
        return self.functions[number]

    def graph_of(self, tensor: Any) -> int | None:
        """A number, below 0, for a tensor that a function gives; None for any other."""
        if self.wanted is None:
            return None
        self.results.append((tensor, self.wanted))
        return -len(self.results)

    def called(
        self,
        request: bytes,
        read: Callable[[bytes], Any],
        write: Callable[[Any], bytes],
        hear: Callable[[Any], None],
    ) -> bytes:
        """Call a function of the test's for the student's code; what it gives, to be sent back. The
        news that come with the call are given to `hear` first."""
        self.calls += 1
        self.nested += 1
        try:
            if self.calls > MAX_CALLS or self.nested > MAX_NESTED:
                raise HandleError("the student's code calls a function of the test's too often")
            number, args, kwargs, news = _checked(read(request))
            hear(news)
            if number == GRADIENT:
                return write(["gave", self._gradients(*args)])
            function = builtins.input if number == INPUT else self.function_of(number)
            value = function(*args, **kwargs)
            arguments = [*args, *kwargs.values()]
            self.wanted = [a for a in arguments if is_tensor(a) and a.requires_grad]
            return write(["gave", value])
        except WireError as error:
            self.raised = HandleError(f"the student's session broke the protocol: {error}")
        except BaseException as error:  # whatever the test's own function raises
            self.raised = self.raised or error
        finally:
            self.nested -= 1
            self.wanted = None
        return pack(["raised", class_of(self.raised)])

    def _gradients(self, number: Any, gradient: Any) -> list[Any]:
        """Carry a gradient back through a tensor that a function gave; those of its arguments."""
        if type(number) is not int or not 0 < -number <= len(self.results):
            raise WireError("a tensor that no function of this test has given")
        result, arguments = self.results[-number - 1]
        if not arguments:
            return []
        grad = sys.modules["torch"].autograd.grad
        return list(grad(result, arguments, gradient, retain_graph=True, allow_unused=True))


def _places(obj: Any) -> Iterator[tuple[Any, Any]]:
    """Module and name under which a library may have it; what is written in C often gives none."""
    module = "numpy" if isinstance(obj, np.ufunc) else getattr(obj, "__module__", None)
    name = getattr(obj, "__qualname__", getattr(obj, "__name__", None))
    yield module, name
    if module in (None, "builtins") and type(name) is str:
        yield "types", f"{name.title()}Type"  # GeneratorType
        if "torch" in sys.modules:
            yield "torch", getattr(obj, "__name__", None)


def _checked(request: Any) -> list[Any]:
    """A call of the student's code: a number, arguments, and news (news.py)."""
    if type(request) is not list or tuple(map(type, request)) != (int, list, dict, list):
        raise WireError("a call is a number, arguments and news")
    if any(type(name) is not str for name in request[2]):
        raise WireError("an argument's name is a text")
    return request


def class_of(error: BaseException) -> str:
    """The class of an exception, as far as the student's code may know it."""
    if isinstance(error, StudentError):
        return error.kind
    own = type(error)
    is_plain = own.__module__ == "builtins" and issubclass(own, Exception)
    return own.__name__ if is_plain else "Exception"
