"""What a test asks of the student's objects, and what the student's code asks back.

An object of the student's own can say what it likes of itself: that its sum is 1, that it differs
from the expected value by 0. So a test may ask of it only what the same test asked of the
instructor's objects (`allowed`); where the instructor's answer is a plain value, nothing.

A function that changes its arguments can change what the test will compare with. Where it changes
one that the instructor's does not, a test must hold twice: with that argument left alone, and with
it as the student's function left it.

A test may pass functions of its own to the student's. They run here, when the student's code calls
them (passed.py).
"""

from __future__ import annotations

import os
from collections.abc import Container
from typing import Any

from autograder.sessions import companions
from autograder.sessions.changes import CHANGED, RESIZED, read_answer, restore
from autograder.sessions.channel import CannotCross, Channel, WireError
from autograder.sessions.gradients import linked
from autograder.sessions.handles import REFUSALS, Handle, HandleError, StudentError
from autograder.sessions.instances import is_module, is_net, make, outline, refuse_methods, state_of
from autograder.sessions.passed import Passed, class_of
from autograder.sessions.session import ASK, BACK, CALL, GONE, LARGE, MEMORY, VALUE
from autograder.sessions.table import is_tensor
from autograder.sessions.wire import by_name, pack, unpack

NET = ["net"]  # in `asked`: a net came back with other layers than the test's
CAUGHT = ["caught"]  # in `asked`: what a test's function raised did not come back as it was


class Questions:
    """Asked of the student session over `student`; `controller` hears when that has gone. `shared`
    are the packages that both sessions can import."""

    with_names = False

    def __init__(self, student: Channel, controller: Channel, shared: Container[str]):
        self.student, self.controller = student, controller
        self.named: dict[int, str] = {}  # the names of the handles that have one
        self.naming = False  # while the student's names are asked for
        self.given: dict[str, type] = {}  # the instructor's own classes, which are there, too
        self.passed = Passed(shared)
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
        self.passed.begin()
        self.arguments: list[Any] = []  # of the call that is asked
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

        HandleError: the test asks this of none of the instructor's objects. What a text is for, a
        message perhaps, nobody knows: where none of theirs was asked, the answer is None.
        """
        if request[0] == "text" and not self._agreed(["text"]):
            return None
        # What the student has given a name is there to be called; what that gives, only where the
        # instructor's answer was called, too.
        if request[0] != "names" and not (request[0] == "call" and request[1] in self.named):
            named = request[0] in ("attribute", "operator", "number")
            self._note([request[0], *([request[2 if request[0] == "attribute" else 1]] * named)])
        outer, self.passed.raised = self.passed.raised, None
        if request[0] == "call":
            self.arguments = [*request[2], *request[3].values()]
        try:
            answer = self._answer(self.pack(list(request)))
            value = self._read(request, answer)
            if request[0] == "advance" and value == [] and not self._agreed(["exhausted"]):
                raise HandleError("it has come to its end before the test had")
            if request[0] == "exit" and request[2] is not None and value is True:
                self._agree_to_swallow(*request[2:])
            return value
        finally:
            self.passed.raised = outer

    def _agreed(self, key: list[str]) -> bool:
        """Whether this has come of the instructor's objects, too."""
        if self.allowed is None and key not in self.asked:
            self.asked.append(key)
        return self.allowed is None or key in self.allowed

    def _agree_to_swallow(self, kind: str, line: int) -> None:
        """HandleError: what a `with` of the test's raised there got through the instructor's."""
        if not self._agreed(["swallowed", kind, str(line)]):
            raise HandleError(f"it swallowed a {kind} that was raised in a `with`")

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
            self.kept += [(a, self.pack(a)) for a in arguments if not companions.kind_of(a)]
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
        raised = self.passed.raised
        if raised is None:
            return
        same = came_back is not None and came_back.kind == class_of(raised)
        if self.allowed is None and not same:
            self._note(CAUGHT)
        elif same:
            raise raised from None
        elif CAUGHT not in (self.allowed or ()):
            REFUSALS.append(raised)  # the test may expect it, and find that it was let through
            raise raised from None

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
        return self.passed.known_as(obj)

    def _unpack(self, data: bytes) -> Any:
        return unpack(data, self)

    def object_of(self, number: int, type_name: str) -> Handle:
        if number in self.named and not self.naming:  # an honest session numbers each anew
            raise WireError("an answer under the number of a name")
        return Handle(self.ask, number, type_name)

    def state_of(self, obj: Any) -> list[Any] | None:
        """Of the instructor's own classes, and of PyTorch's modules: what a test may send whole."""
        if companions.kind_of(obj):
            return companions.state_of(obj, self, self.arguments)
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
        students = getattr(tensor, "_students", None)
        return self.passed.graph_of(tensor) if students is None else students

    def tensor_of(self, tensor: Any, graph: int) -> Any:
        result = linked(tensor, self.wanted, lambda grad: self.ask("backward", graph, grad))
        result._students = graph  # given back to the student's code, it is the student's own
        return result

    def function_of(self, number: Any) -> Any:
        return self.passed.function_of(number)

    def called(self, request: bytes) -> bytes:
        return self.passed.called(request, self._unpack, self.pack)

    def _answer(self, request: bytes) -> bytes:
        """The student session's answer; without one this session, too, has come to its end."""
        try:
            self.student.send(ASK, request)
            kind, answer = self.student.receive()
            while kind == CALL:
                self.student.send(BACK, self.called(answer))
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
