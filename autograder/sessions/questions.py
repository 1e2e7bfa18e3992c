"""What a test asks of the student's objects, and what the student's code asks back.

An object of the student's own can say what it likes of itself: that its sum is 1, that it differs
from the expected value by 0. So a test may ask of it only what the same test asked of the
instructor's objects (`allowed`); where the instructor's answer is a plain value, nothing.

A function that changes its arguments can change what the test will compare with. Where it changes
one that the instructor's does not, a test must hold twice: with that argument left alone, and with
it as the student's function left it.

A test may pass functions of its own to the student's. They run here, when the student's code calls
them; what they raise reaches that code by its class alone, and is raised in the test afterwards,
whatever the student's code made of it.
"""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Container
from typing import Any

import numpy as np

from autograder.sessions.changes import CHANGED, RESIZED, read_answer, restore
from autograder.sessions.channel import CannotCross, Channel, WireError
from autograder.sessions.gradients import linked
from autograder.sessions.handles import REFUSALS, Handle, HandleError, StudentError
from autograder.sessions.instances import is_module, is_net, make, outline, refuse_methods, state_of
from autograder.sessions.session import ASK, BACK, CALL, GONE, INPUT, LARGE, MEMORY, VALUE
from autograder.sessions.table import is_tensor
from autograder.sessions.wire import by_name, pack, unpack

MAX_CALLS = 100_000  # of a test's functions by the student's code, within one test
MAX_NESTED = 40  # a test's function that asks the student's code, which calls it, and so on
NET = ["net"]  # in `asked`: a net came back with other layers than the test's
CAUGHT = ["caught"]  # in `asked`: what a test's function raised did not come back as it was


class Questions:
    """Asked of the student session over `student`; `controller` hears when that has gone. `shared`
    are the packages that both sessions can import."""

    with_names = False

    def __init__(self, student: Channel, controller: Channel, shared: Container[str]):
        self.student, self.controller, self.shared = student, controller, shared
        self.named: dict[int, str] = {}  # the names of the handles that have one
        self.naming = False  # while the student's names are asked for
        self.given: dict[str, type] = {}  # the instructor's own classes, which are there, too
        self.passed: list[Any] = []  # the test's functions, by number; those of earlier tests too
        self.begin(None)

    def begin(self, allowed: list[list[str]] | None) -> None:
        """A cell begins; `allowed` is None while the instructor's own answers are asked."""
        self.allowed, self.asked = allowed, list[list[str]]()
        # Which changes are taken, of which function's which argument; None: all.
        self.copy_back: set[tuple[str, str, int]] | None = None
        if allowed is not None:
            own = [key for key in allowed if key[0] in (CHANGED, RESIZED)]
            self.copy_back = {(how, f, int(i)) for kind, f, i in own for how in (kind, CHANGED)}
        self.changed_more = False
        self.kept: list[tuple[Any, bytes]] = []  # arguments, and what was in them
        self.first = len(self.passed)  # a function of an earlier test is called by nobody
        self.calls = self.nested = 0
        self.raised: BaseException | None = None
        # By class of which the test has sent an instance: what the instances had; of nets, their
        # outlines.
        self.sent: dict[tuple[str, str], set[str]] = {}
        self.nets: set[str] = set()
        self.wanted: list[Any] = []  # arguments of the call that is answered that want gradients
        REFUSALS.clear()

    def take_all_changes(self) -> None:
        self.copy_back = None

    def restore(self) -> None:
        """Put the arguments back as they were: the next test, too, has its own."""
        for argument, content in reversed(self.kept):
            restore(argument, content, self._unpack)

    def names(self, names: list[str]) -> dict[str, Any]:
        """What the student has defined of these."""
        self.naming = True
        try:
            found = self.ask("names", names) if names else {}
        finally:
            self.naming = False
        if type(found) is not dict:
            raise HandleError("the student's session did not answer with its names")
        for name, value in found.items():
            if type(value) is Handle:
                # Two names for one number: no honest session's answer, and none is believed.
                known = self.named.get(value._number, name)
                self.named[value._number] = name if known == name else ""
        return found

    def ask(self, *request: Any) -> Any:
        """Have the student session carry out a request.

        HandleError: the test asks this of none of the instructor's objects.
        """
        # What the student has given a name is there to be called; what that gives, only where the
        # instructor's answer was called, too.
        if request[0] != "names" and not (request[0] == "call" and request[1] in self.named):
            named = request[0] in ("attribute", "operator")
            self._note([request[0], *([request[2 if request[0] == "attribute" else 1]] * named)])
        outer, self.raised = self.raised, None
        try:
            answer = self._answer(self.pack(list(request)))
            return self._read(request, answer)
        finally:
            self.raised = outer

    def _note(self, key: list[str]) -> None:
        if self.allowed is not None and key not in self.allowed:
            raise HandleError(
                "the answer is an object of the student's own, where a plain value "
                "(a number, an array, a string, a list …) was expected"
            )
        if key not in self.asked:
            self.asked.append(key)

    def _read(self, request: tuple[Any, ...], answer: bytes) -> Any:
        """The value of an answer, once the changes that may be taken have been."""
        arguments, function, taken = [], "", None
        if request[0] == "call":
            arguments = [*request[2], *request[3].values()]
            function = self.named.get(request[1], "")
        if self.copy_back is not None:
            taken = {(how, i) for how, f, i in self.copy_back if f == function}
        elif self.allowed is not None:
            self.kept += [(a, self.pack(a)) for a in arguments]
        self.wanted = [a for a in arguments if is_tensor(a) and a.requires_grad]
        try:
            value, changes = read_answer(answer, self._unpack, arguments, taken, self.given)
        except WireError as error:
            raise HandleError(f"the student's session broke the protocol: {error}") from None
        except StudentError as error:
            self._raise_remembered(error)
            raise
        self._raise_remembered(None)
        for how, i in changes:
            self.changed_more |= taken is not None and (how, i) not in taken
            if (key := [how, function, str(i)]) not in self.asked:
                self.asked.append(key)
        return value

    def _raise_remembered(self, came_back: StudentError | None) -> None:
        """Raise what a function of the test's raised meanwhile, unless the instructor's version
        made something else of it, too."""
        if self.raised is None:
            return
        same = came_back is not None and came_back.kind == _class_of(self.raised)
        if self.allowed is None and not same:
            self._note(CAUGHT)
        elif same:
            raise self.raised from None
        elif CAUGHT not in (self.allowed or ()):
            REFUSALS.append(self.raised)  # the test may expect it, and find that it was let through
            raise self.raised from None

    def pack(self, value: Any) -> bytes:
        """The bytes of a test's argument: plain values, the student's own objects given back, and
        functions of the test's by number."""
        return pack(value, self)

    def number_of(self, obj: Any) -> int:
        if type(obj) is Handle:
            return obj._number
        raise CannotCross(
            f"a {type(obj).__name__} of the test cannot cross to the student's session: "
            "only plain values (numbers, strings, containers, arrays, tensors, frames) and "
            "functions do"
        )

    def known_as(self, obj: Any) -> Any:
        """By what the student's session knows a function of the test's: the name in a library that
        is there, too; else a number."""
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

    def _unpack(self, data: bytes) -> Any:
        return unpack(data, self)

    def object_of(self, number: int, type_name: str) -> Handle:
        if number in self.named and not self.naming:  # an honest session numbers each anew
            raise WireError("an answer under the number of a name")
        return Handle(self.ask, number, type_name)

    def state_of(self, obj: Any) -> list[Any] | None:
        """Of the instructor's own classes, and of PyTorch's modules: what a test may send whole."""
        kind = type(obj)
        name = (kind.__module__, kind.__qualname__)
        if self.given.get(kind.__name__) is not kind and not is_module(kind):
            return None
        if (state := state_of(obj, self)) is None:
            return None
        self.sent.setdefault(name, set()).update(state)
        if is_net(kind):
            self.nets.add(outline(obj))
        return [*name, state]

    def instance_of(self, module: str, name: str, state: dict[str, Any]) -> Any:
        """An instance from the student's session: of a class that the test has sent, or of one of
        the instructor's, with the attributes that the sent one or the instructor's answer had."""
        own = self.sent.get((module, name))
        if own is None:
            if module != "__main__" or name not in self.given:
                raise WireError("an instance of a class that the test does not know")
            self._note(["instance", name])
        keys = {key: ["state", f"{name}.{key}"] for key in state if key not in (own or ())}
        if self.allowed is None:
            self.asked += [key for key in keys.values() if key not in self.asked]
        known = self.asked if self.allowed is None else self.allowed
        kind = self.given[name] if module == "__main__" else by_name(module, name)
        if own is not None:
            refuse_methods(kind, state)
        made = make(kind, {k: v for k, v in state.items() if k not in keys or keys[k] in known})
        if is_net(kind) and outline(made) not in self.nets:
            if self.allowed is not None and NET not in self.allowed:
                raise WireError("a net keeps its layers, their shapes and its settings")
            self._note(NET)
        return made

    def graph_of(self, tensor: Any) -> int | None:
        return getattr(tensor, "_students", None)

    def tensor_of(self, tensor: Any, graph: int) -> Any:
        return linked(tensor, graph, self.ask, self.wanted)

    def function_of(self, number: Any) -> Any:
        if type(number) is not int or not self.first <= number < len(self.passed):
            raise WireError("a function that this test has not passed")
        return self.passed[number]

    def _answer(self, request: bytes) -> bytes:
        """The student session's answer; without one this session, too, has come to its end."""
        try:
            self.student.send(ASK, request)
            kind, answer = self.student.receive()
            while kind == CALL:
                self.student.send(BACK, self._called(answer))
                kind, answer = self.student.receive()
        except (EOFError, OSError):
            state = "crashed"
        except (WireError, MemoryError):
            state = "output"
        else:
            if kind == VALUE:
                return answer
            if kind == LARGE:
                size = self.student.max_frame // 2**20
                raise HandleError(f"the answer is larger than {size} MB: no test can be given that")
            state = "memory" if kind == MEMORY else "crashed"
        self.controller.send(GONE, state.encode())
        os._exit(0)  # not an exception, which a test might catch

    def _called(self, request: bytes) -> bytes:
        """Call a function of the test's for the student's code; what it gives, to be sent back."""
        self.calls += 1
        self.nested += 1
        try:
            if self.calls > MAX_CALLS or self.nested > MAX_NESTED:
                raise HandleError("the student's code calls a function of the test's too often")
            number, args, kwargs, printed = _checked(self._unpack(request))
            sys.stdout.write(printed)
            function = builtins.input if number == INPUT else self.function_of(number)
            return self.pack(["gave", function(*args, **kwargs)])
        except WireError as error:
            self.raised = HandleError(f"the student's session broke the protocol: {error}")
        except BaseException as error:  # whatever the test's own function raises
            self.raised = self.raised or error
        finally:
            self.nested -= 1
        return pack(["raised", _class_of(self.raised)])


def _checked(request: Any) -> list[Any]:
    kinds = (int, list, dict, str)
    if type(request) is not list or tuple(map(type, request)) != kinds:
        raise WireError("a call is a number, arguments and what was printed")
    if any(type(name) is not str for name in request[2]):
        raise WireError("an argument's name is a text")
    return request


def _class_of(error: BaseException) -> str:
    """The class of an exception, as far as the student's code may know it."""
    if isinstance(error, StudentError):
        return error.kind
    own = type(error)
    is_plain = own.__module__ == "builtins" and issubclass(own, Exception)
    return own.__name__ if is_plain else "Exception"
