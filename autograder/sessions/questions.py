"""What a test asks of the student's objects, and what the student's code asks back.

An object of the student's own can say what it likes of itself: that its sum is 1, that it differs
from the expected value by 0. So a test may ask of it only what the same test asked of the
instructor's objects (agreed.py); where the instructor's answer is a plain value, nothing.

A function that changes its arguments can change what the test will compare with. Where it changes
one that the instructor's does not, a test must hold twice: with that argument left alone, and with
it as the student's function left it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Container
from typing import Any

from autograder.sessions import companions
from autograder.sessions.agreed import CAUGHT, EXHAUSTED, Agreed
from autograder.sessions.changes import read_answer, restore
from autograder.sessions.channel import CannotCross, Channel, WireError
from autograder.sessions.display import Stream
from autograder.sessions.files import Brought
from autograder.sessions.given import Given
from autograder.sessions.gradients import linked
from autograder.sessions.handles import (
    ENDLESS,
    REFUSALS,
    Handle,
    HandleError,
    StudentError,
    not_plain,
)
from autograder.sessions.news import Followed, checked_news
from autograder.sessions.passed import Passed, class_of
from autograder.sessions.session import ASK, BACK, CALL, GONE, LARGE, MEMORY, VALUE
from autograder.sessions.table import is_tensor
from autograder.sessions.wire import pack, unpack


class Questions:
    """Asked of the student session over `student`; `controller` hears when that has gone.

    `shared` are the packages that both sessions can import, `modules` the instructor's own modules;
    in `namespace` the tests are run.
    """

    with_names = False

    def __init__(
        self,
        student: Channel,
        controller: Channel,
        shared: Container[str],
        modules: Container[str],
        namespace: dict[str, Any],
    ):
        self.student, self.controller = student, controller
        self.passed, self.given = Passed(shared), Given(modules)
        self.followed, self.files = Followed(namespace), Brought()
        self.named: dict[int, str] = {}  # the names of the handles that have one
        self.endless: set[int] = set()  # handles of what holds itself
        self.naming = False  # while the student's names are asked for
        self.begin(None)

    def begin(self, allowed: list[list[str]] | None) -> None:
        """A cell begins; `allowed` is None while the instructor's own answers are asked."""
        self.agreed = Agreed(allowed)
        self.copy_back = self.agreed.changes()
        self.changed_more = False
        self.kept: list[tuple[Any, bytes]] = []  # arguments, and what was in them
        self.arguments: list[Any] = []  # of the call that is asked
        self.wanted: list[Any] = []  # arguments of the call that is answered that want gradients
        self.threads = [0, 0]  # of the student's: when the test began, and now
        self.passed.begin()
        self.given.begin()
        REFUSALS.clear()

    def take_all_changes(self) -> None:
        self.copy_back = None

    def restore(self) -> None:
        """Put the arguments back as they were: the next test, too, has its own."""
        for argument, content in reversed(self.kept):
            restore(argument, content, self._unpack)

    def names(self, names: list[str], follow: list[str]) -> dict[str, Any]:
        """What the student has defined of these; the test follows some of them (news.py)."""
        self.naming = True
        try:
            found = self.ask("names", names, follow, self.agreed.has_files())
        finally:
            self.naming = False
        if type(found) is not dict:
            raise HandleError("the student's session did not answer with its names")
        self._know(found)
        self.followed.follow(found, follow)
        self.threads[0] = self.threads[1]
        return found

    def _know(self, found: dict[str, Any]) -> None:
        """Note which handles have a name."""
        for name, value in found.items():
            if type(value) is Handle:
                # Two names for one number: no honest session's answer, and none is believed.
                known = self.named.get(value._number, name)
                self.named[value._number] = name if known == name else ""

    def ask(self, *request: Any) -> Any:
        """Have the student session carry out a request.

        HandleError: the test asks this of none of the instructor's objects. What a text is for, a
        message perhaps, nobody knows: where none of theirs was asked, the answer is None.
        """
        if request[0] == "text" and not self.agreed.has(["text"]):
            return None
        # What the student has given a name is there to be called; what that gives, only where the
        # instructor's answer was called, too.
        if request[0] != "names" and not (request[0] == "call" and request[1] in self.named):
            self._agree(request)
        outer, self.passed.raised = self.passed.raised, None
        if request[0] == "call":
            self.arguments = [*request[2], *request[3].values()]
        try:
            answer = self._answer(self.pack(list(request)))
            value = self._read(request, answer)
            if request[0] == "advance" and value == [] and not self.agreed.has(EXHAUSTED):
                raise HandleError("it has come to its end before the test had")
            if request[0] == "exit" and request[2] is not None and value is True:
                self._agree_to_swallow(*request[2:])
            return value
        finally:
            self.passed.raised = outer

    def _agree(self, request: tuple[Any, ...]) -> None:
        """HandleError: none of the instructor's objects was asked this."""
        named = request[0] in ("attribute", "operator", "number")
        key = [request[0], *([request[2 if request[0] == "attribute" else 1]] * named)]
        if not self.agreed.has(key):
            raise HandleError(not_plain("the answer", self._is_endless(request)))

    def _is_endless(self, request: tuple[Any, ...]) -> bool:
        """Whether it is asked of an object that has no end."""
        operands = request[2] if request[0] == "operator" else request[1:]
        numbers = [one._number for one in operands if type(one) is Handle] or request[1:2]
        return any(type(number) is int and number in self.endless for number in numbers)

    def _agree_to_swallow(self, kind: str, line: int) -> None:
        """HandleError: what a `with` of the test's raised there got through the instructor's."""
        if not self.agreed.has(["swallowed", kind, str(line)]):
            raise HandleError(f"it swallowed a {kind} that was raised in a `with`")

    def _read(self, request: tuple[Any, ...], answer: bytes) -> Any:
        """The value of an answer, once the changes that may be taken have been."""
        arguments, function, taken = [], "", None
        if request[0] == "call":
            arguments = [*request[2], *request[3].values()]
            function = self.named.get(request[1], "")
        if self.copy_back is not None:
            taken = {(how, i) for how, f, i in self.copy_back if f == function}
        elif not self.agreed.is_instructors:
            self.kept += [(a, self.pack(a)) for a in arguments if not companions.kind_of(a)]
        self.wanted = [a for a in arguments if is_tensor(a) and a.requires_grad]
        try:
            value, changes = read_answer(
                answer, self._unpack, self._hear, arguments, taken, self.given.classes
            )
        except WireError as error:
            raise HandleError(f"the student's session broke the protocol: {error}") from None
        except StudentError as error:
            self._raise_remembered(error)
            raise
        self._raise_remembered(None)
        for how, i in changes:
            self.changed_more |= taken is not None and (how, i) not in taken
            self.agreed.has([how, function, str(i)])
        return value

    def _hear(self, news: Any) -> None:
        """Take what has happened in the student's session meanwhile (news.py)."""
        printed, names, files, self.threads[1] = checked_news(news)
        if printed and not isinstance(sys.stdout, Stream):  # the test listens
            sys.stdout.write(printed)
        self._know(self.followed.take(names))
        self.files.take(files, self.agreed)

    def _raise_remembered(self, came_back: StudentError | None) -> None:
        """Raise what a function of the test's raised meanwhile, unless the instructor's version
        made something else of it, too."""
        raised = self.passed.raised
        if raised is None:
            return
        same = came_back is not None and came_back.kind == class_of(raised)
        if not same and self.agreed.has(CAUGHT):
            return
        if not same:
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

    def function_of(self, number: Any) -> Any:
        return self.passed.function_of(number)

    def _unpack(self, data: bytes) -> Any:
        return unpack(data, self)

    def object_of(self, number: int, type_name: str) -> Handle:
        if number in self.named and not self.naming:  # an honest session numbers each anew
            raise WireError("an answer under the number of a name")
        if type_name in ENDLESS:
            self.endless.add(number)
        return Handle(self.ask, number, type_name)

    def state_of(self, obj: Any) -> list[Any] | None:
        if companions.kind_of(obj):
            return companions.state_of(obj, self, self.arguments)
        return self.given.state_of(obj, self)

    def instance_of(self, module: str, name: str, state: dict[str, Any]) -> Any:
        return self.given.instance_of(module, name, state, self.agreed)

    def graph_of(self, tensor: Any) -> int | None:
        students = getattr(tensor, "_students", None)
        return self.passed.graph_of(tensor) if students is None else students

    def tensor_of(self, tensor: Any, graph: int) -> Any:
        result = linked(tensor, self.wanted, lambda grad: self.ask("backward", graph, grad))
        result._students = graph  # given back to the student's code, it is the student's own
        return result

    def called(self, request: bytes) -> bytes:
        return self.passed.called(request, self._unpack, self.pack, self._hear)

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
