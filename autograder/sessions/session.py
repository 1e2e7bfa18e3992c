"""One end of a grading: runs cells in IPython and answers the controller, inside a fork.

The student session runs the student's cells and carries out requests on what they defined. The
grader session runs the instructor's cells and the tests, with the student's names bound to values
and handles; while a test runs, it talks to the student session directly, on the controller's end
of that session's socket, and the controller holds the clock.

Frames, controller to session: R run a cell, F files for the folder, M match known mistakes; D done,
O out of memory, G the student session has gone. Grader to student: A a request of a test; V its
answer, L that the answer is too large.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from autograder.sessions import mistakes
from autograder.sessions.compiled import execute
from autograder.sessions.display import Display
from autograder.sessions.handles import (
    CHANGED,
    REFUSALS,
    RESIZED,
    Handle,
    HandleError,
    ObjectTable,
    StudentError,
    pack_for_student,
    read_answer,
    restore,
)
from autograder.sessions.outcome import describe, kind_of, points, refused_end
from autograder.sessions.wire import Channel, WireError, pack, unpack

RUN, FILES, MATCH, DONE, MEMORY, GONE = b"R", b"F", b"M", b"D", b"O", b"G"
ASK, VALUE, LARGE = b"A", b"V", b"L"


class Interruptible:
    """Lets SIGINT, by which the controller ends a cell, reach user code only, never this loop."""

    def __enter__(self) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


class Session:
    """What both sessions have in common: a shell, its display, and a channel to the controller."""

    def __init__(self, channel: Channel, shell: Any, display: Display):
        self.channel, self.shell, self.display = channel, shell, display

    def serve(self) -> None:
        """Answer frames until the controller closes the connection."""
        pid = os.getpid()
        while True:
            try:
                kind, payload = self.channel.receive()
            except EOFError:
                return
            try:
                answer_kind, answer = self.handle(kind, payload)
            except MemoryError:  # not even room to answer
                answer_kind, answer = MEMORY, b""
            if os.getpid() != pid:  # user code forked, and the copy came back here
                os._exit(1)
            self.channel.send(answer_kind, answer)

    def handle(self, kind: bytes, payload: bytes) -> tuple[bytes, bytes]:
        if kind == FILES:
            return DONE, pack([n for n, content in unpack(payload).items() if not _put(n, content)])
        raise ValueError(f"a session does not understand {kind!r}")

    def run(self, source: str, name: str) -> tuple[Any, BaseException | None]:
        """Run a cell as Jupyter does; its last expression's value, and its error."""
        self.display.begin()
        self.shell.compile.cell_name = name
        error: BaseException | None = None
        try:
            with Interruptible():
                result = self.shell.run_cell(source, store_history=False)
            return result.result, result.error_before_exec or result.error_in_exec
        except BaseException as stopped:  # user code that got past IPython (SystemExit, an event)
            error = stopped
        return None, error


def _put(name: str, content: bytes) -> bool:
    """Write a file that is not there yet into the session's folder; whether there was room."""
    try:
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        with open(name, "xb") as file:
            file.write(content)
    except (OSError, ValueError):  # no room, a name that is too long, or none
        return False
    return True


class StudentSession(Session):
    def __init__(self, channel: Channel, shell: Any, display: Display):
        super().__init__(channel, shell, display)
        self.objects = ObjectTable(shell.user_ns)

    def handle(self, kind: bytes, payload: bytes) -> tuple[bytes, bytes]:
        if kind == RUN:
            cell = unpack(payload)
            _, error = self.run(cell["source"], cell["name"])
            done = {"error": error and describe(error), "outputs": self.display.end()}
            return DONE, pack(done)
        if kind == ASK:
            try:
                with Interruptible():
                    answer = self.objects.carry_out(payload)
                return (VALUE, answer) if len(answer) <= self.channel.max_frame else (LARGE, b"")
            except BaseException as error:  # whatever the student's function raises
                described = describe(error)
                return VALUE, pack(
                    ["error", described["base"], described["message"], described["traceback"]]
                )
            finally:
                self.display.begin()  # what a function prints under test is shown to nobody
        return super().handle(kind, payload)


class GraderSession(Session):
    """Runs the tests; what they ask of the student's objects is bounded.

    An object of the student's own can say what it likes of itself: that its sum is 1, that it
    differs from the expected value by 0. So a test may ask of it only what the same test asked of
    the instructor's objects (`allowed`); where the instructor's answer is a plain value, nothing.

    A function that changes its arguments can change what the test will compare with. Where it
    changes one that the instructor's does not, a test must hold twice: with that argument left
    alone, and with it as the student's function left it.
    """

    allowed: list[list[str]] | None = None  # None: everything, while the instructor's own runs

    def __init__(self, channel: Channel, shell: Any, display: Display, student: Channel):
        super().__init__(channel, shell, display)
        self.student = student
        shell.builtin_trap.activate()  # `display` and `get_ipython`, for compiled cells too
        self.asked: list[list[str]] = []
        self.functions: dict[int, str] = {}  # the names of the handles that have one
        # Which changes are taken, of which function's which argument; None: all.
        self.copy_back: set[tuple[str, str, int]] | None = None
        self.kept: list[tuple[Any, bytes]] = []  # arguments, and what was in them
        self.changed_more = False

    def handle(self, kind: bytes, payload: bytes) -> tuple[bytes, bytes]:
        if kind == RUN:
            return DONE, pack(self._run_cell(unpack(payload)))
        if kind == MATCH:
            return DONE, pack(self._match(unpack(payload)))
        return super().handle(kind, payload)

    def _run_cell(self, cell: dict[str, Any]) -> dict[str, Any]:
        """Run an instructor's cell; `names` are the student's that it uses."""
        self.allowed, self.asked = cell["allowed"], []
        self.copy_back = None
        if self.allowed is not None:
            own = [key for key in self.allowed if key[0] in (CHANGED, RESIZED)]
            self.copy_back = {(how, f, int(i)) for kind, f, i in own for how in (kind, CHANGED)}
        self.changed_more, self.kept = False, []
        REFUSALS.clear()
        verdict: dict[str, Any] = {"missing": [], "end": "", "error": None, "asked": []}
        verdict["value"] = None
        try:
            verdict["missing"] = self._bind(cell["names"], self.shell.user_ns)
        except (StudentError, HandleError) as raised:
            verdict["error"] = describe(raised)
        if verdict["missing"] or verdict["error"]:
            return verdict
        value, error = self._run_own(cell)
        if REFUSALS:  # caught or not, by the test or by NumPy
            error = REFUSALS[0]
        if error is None and self.changed_more:
            self.copy_back = None
            value, error = self._run_own(cell)
            error = REFUSALS[0] if REFUSALS else error
            for argument, content in reversed(self.kept):  # the next test, too, has its own
                restore(argument, content, self.ask)
        self.display.begin()  # what a test prints may tell what is hidden
        verdict["asked"] = self.asked
        if error is not None:
            verdict["error"] = describe(error, cell["name"], cell["source"])
        elif cell["ends"]:
            verdict["end"], verdict["value"] = kind_of(value), points(value, cell["ends"])
            if refused := refused_end(value, cell["ends"]):
                verdict["error"] = describe(HandleError(refused))
        return verdict

    def _run_own(self, cell: dict[str, Any]) -> tuple[Any, BaseException | None]:
        """Run an instructor's cell, by IPython where it needs that."""
        if not cell["code"]:
            return self.run(cell["source"], cell["name"])
        try:
            return execute(cell["code"], self.shell.user_ns), None
        except BaseException as error:
            return None, error

    def _bind(self, names: list[str], namespace: dict[str, Any]) -> list[str]:
        """Bind the student's names; those that the student has not defined are returned."""
        found = self.ask("names", names) if names else {}
        if type(found) is not dict:
            raise HandleError("the student's session did not answer with its names")
        for name in names:
            namespace.pop(name, None)
            if name in found:
                namespace[name] = found[name]
                if type(found[name]) is Handle:
                    number = found[name]._number
                    # Two names for one number: no honest session's answer, and none is believed.
                    known = self.functions.get(number, name)
                    self.functions[number] = name if known == name else ""
        return [name for name in names if name not in found]

    def ask(self, *request: Any) -> Any:
        """Have the student session carry out a request.

        HandleError: the test asks this of none of the instructor's objects.
        """
        if request[0] not in ("names", "call"):  # a call of what a test may have is allowed
            named = request[0] in ("attribute", "operator")
            key = [request[0], *([request[2 if request[0] == "attribute" else 1]] if named else [])]
            if self.allowed is not None and key not in self.allowed:
                raise HandleError(
                    "the answer is an object of the student's own, where a plain value "
                    "(a number, an array, a string, a list …) was expected"
                )
            if key not in self.asked:
                self.asked.append(key)
        answer = self._answer(pack_for_student(list(request)))
        arguments, function, taken = [], "", None
        if request[0] == "call":
            arguments = [*request[2], *request[3].values()]
            function = self.functions.get(request[1], "")
        if self.copy_back is not None:
            taken = {(how, i) for how, f, i in self.copy_back if f == function}
        elif self.allowed is not None:
            self.kept += [(a, pack_for_student(a)) for a in arguments]
        try:
            value, changes = read_answer(answer, self.ask, arguments, taken)
            for how, i in changes:
                self.changed_more |= taken is not None and (how, i) not in taken
                if (key := [how, function, str(i)]) not in self.asked:
                    self.asked.append(key)
            return value
        except WireError as error:
            raise HandleError(f"the student's session broke the protocol: {error}") from None

    def _answer(self, request: bytes) -> bytes:
        """The student session's answer; without one this session, too, has come to its end."""
        try:
            self.student.send(ASK, request)
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
        self.channel.send(GONE, state.encode())
        os._exit(0)  # not an exception, which a test might catch

    def _match(self, request: dict[str, Any]) -> str:
        """The hint for the known mistake that answers as the student's function does, or ""."""
        self.allowed, self.copy_back = None, None  # a hint gives no points
        self._bind([request["function"]], self.shell.user_ns)
        theirs = self.shell.user_ns.get(request["function"])
        if type(theirs) is not Handle:
            return ""
        return mistakes.load(request["source"]).find(request["function"], theirs)


def main(channels: list[Channel], role: str, shell: Any, display: Display) -> None:
    """Serve one session, in a fork of the warm process, until the controller hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.argv = ["session"]
    channel, *peers = channels
    kind: Any = GraderSession if role == "grader" else StudentSession
    kind(channel, shell, display, *peers).serve()
