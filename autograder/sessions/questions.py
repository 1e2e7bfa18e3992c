"""What a test asks of the student's objects, and what the student's code asks back.

An object of the student's own can say what it likes of itself: that its sum is 1, that it differs
from the expected value by 0. So a test may ask of it only what the same test asked of the
instructor's objects (`allowed`); where the instructor's answer is a plain value, nothing.

A function that changes its arguments can change what the test will compare with. Where it changes
one that the instructor's does not, a test must hold twice: with that argument left alone, and with
it as the student's function left it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Container
from typing import Any

from autograder.sessions.changes import CHANGED, RESIZED, read_answer, restore
from autograder.sessions.channel import CannotCross, Channel, WireError
from autograder.sessions.files import Brought
from autograder.sessions.functions import Functions, checked_call, class_of
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
from autograder.sessions.session import ASK, BACK, CALL, GONE, LARGE, MEMORY, VALUE
from autograder.sessions.table import is_tensor
from autograder.sessions.wire import pack, unpack

CAUGHT = ["caught"]  # in `asked`: what a test's function raised did not come back as it was
FILE = "file"  # in `asked`, with a name: the answer has written such a file


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
        self.functions, self.given = Functions(shared), Given(modules)
        self.followed, self.files = Followed(namespace), Brought()
        self.named: dict[int, str] = {}  # the names of the handles that have one
        self.endless: set[int] = set()  # handles of what holds itself
        self.naming = False  # while the student's names are asked for
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
        self.wanted: list[Any] = []  # arguments of the call that is answered that want gradients
        self.threads = [0, 0]  # of the student's: when the test began, and now
        self.functions.begin()
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
        files = self.allowed is None or any(key[0] == FILE for key in self.allowed)
        self.naming = True
        try:
            found = self.ask("names", names, follow, files)
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

        HandleError: the test asks this of none of the instructor's objects.
        """
        # What the student has given a name is there to be called; what that gives, only where the
        # instructor's answer was called, too.
        if request[0] != "names" and not (request[0] == "call" and request[1] in self.named):
            named = request[0] in ("attribute", "operator")
            key = [request[0], *([request[2 if request[0] == "attribute" else 1]] * named)]
            self._note(key, self._is_endless(request))
        outer, self.functions.raised = self.functions.raised, None
        try:
            answer = self._answer(self.pack(list(request)))
            return self._read(request, answer)
        finally:
            self.functions.raised = outer

    def _is_endless(self, request: tuple[Any, ...]) -> bool:
        operands = request[2] if request[0] == "operator" else request[1:2]
        numbers = (one._number if type(one) is Handle else one for one in operands)
        return any(type(number) is int and number in self.endless for number in numbers)

    def _note(self, key: list[str], is_endless: bool = False) -> None:
        if self.allowed is not None and key not in self.allowed:
            raise HandleError(not_plain("the answer", is_endless))
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
            if (key := [how, function, str(i)]) not in self.asked:
                self.asked.append(key)
        return value

    def _hear(self, news: Any) -> None:
        """Take what has happened in the student's session meanwhile (news.py)."""
        printed, names, files, self.threads[1] = checked_news(news)
        if printed:
            sys.stdout.write(printed)
        self._know(self.followed.take(names))
        self.files.take(files, self._may_come, self.allowed is None)

    def _may_come(self, name: str) -> bool:
        """Whether a file may come to the test: the instructor's answer has written it, too."""
        key = [FILE, name]
        if self.allowed is None and key not in self.asked:
            self.asked.append(key)
        return self.allowed is None or key in self.allowed

    def _raise_remembered(self, came_back: StudentError | None) -> None:
        """Raise what a function of the test's raised meanwhile, unless the instructor's version
        made something else of it, too."""
        raised = self.functions.raised
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
        return self.functions.known_as(obj)

    def function_of(self, number: Any) -> Any:
        return self.functions.function_of(number)

    def _unpack(self, data: bytes) -> Any:
        return unpack(data, self)

    def object_of(self, number: int, type_name: str) -> Handle:
        if number in self.named and not self.naming:  # an honest session numbers each anew
            raise WireError("an answer under the number of a name")
        if type_name in ENDLESS:
            self.endless.add(number)
        return Handle(self.ask, number, type_name)

    def state_of(self, obj: Any) -> list[Any] | None:
        return self.given.state_of(obj, self)

    def instance_of(self, module: str, name: str, state: dict[str, Any]) -> Any:
        return self.given.instance_of(module, name, state, self._note, self.allowed)

    def graph_of(self, tensor: Any) -> int | None:
        return getattr(tensor, "_students", None)

    def tensor_of(self, tensor: Any, graph: int) -> Any:
        return linked(tensor, graph, self.ask, self.wanted)

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
        raised: BaseException | None = None
        try:
            self.functions.enter()
            number, args, options, news = checked_call(self._unpack(request))
            self._hear(news)
            return self.pack(["gave", self.functions.call(number, args, options)])
        except WireError as error:
            raised = HandleError(f"the student's session broke the protocol: {error}")
        except BaseException as error:  # whatever the test's own function raises
            raised = error
        finally:
            self.functions.leave(raised)
        return pack(["raised", class_of(self.functions.raised)])
