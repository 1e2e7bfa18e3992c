"""One end of a grading: runs cells in IPython and answers the controller, inside a fork.

The student session runs the student's cells and carries out requests on what they defined. The
grader session runs the instructor's cells and the tests, with the student's names bound to values
and handles; while a test runs, it talks to the student session directly, on the controller's end
of that session's socket, and the controller holds the clock.

Frames, controller to session: R run a cell, F files of the instructor's for the folder, N files
that the student has handed in, M match known mistakes; D done,
O out of memory, G the student session has gone. Grader to student: A a request of a test; V its
answer, L that the answer is too large; C, before that, a call of one of the test's own functions,
and B what it gave back.

Where the instructor's functions stand in for some of the student's, they are called in a third
session (stand_in.py). Controller to that: S offer these functions, and do nothing else any more; to
the student session: T take these. Student to third: C a call of one, B what it gave back.
"""

from __future__ import annotations

import _signal  # `signal` itself names each number and handler first, which takes ten times as long
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from autograder.sessions.channel import Channel
from autograder.sessions.wire import pack, unpack

if TYPE_CHECKING:
    from autograder.sessions.display import Display

RUN, FILES, MORE, MATCH, DONE, MEMORY, GONE = b"R", b"F", b"N", b"M", b"D", b"O", b"G"
OFFER, TAKE = b"S", b"T"
ASK, VALUE, LARGE, CALL, BACK = b"A", b"V", b"L", b"C", b"B"
# What a student's session runs, beside cells of the student's own.
GIVEN, ANSWER = "given", "answer"
# A test that the instructor lets run beside the student's code.
SHARED = "shared"
# The functions by which a test binds and deletes names in the student's session.
BIND, UNBIND = "__bind_there__", "__unbind_there__"
# The numbers under which the student's code calls a test's `input`, and asks for the gradients of
# what a function of the test's has given.
INPUT, GRADIENT = -1, -2


class Interruptible:
    """Lets SIGINT, by which the controller ends a cell, reach user code only, never this loop."""

    def __enter__(self) -> None:
        _signal.signal(_signal.SIGINT, _signal.default_int_handler)

    def __exit__(self, *_: object) -> None:
        _signal.signal(_signal.SIGINT, _signal.SIG_IGN)


class Session:
    """What both sessions have in common: a shell, its display, and a channel to the controller."""

    def __init__(self, channel: Channel, shell: Any, display: Display):
        self.channel, self.shell, self.display = channel, shell, display
        self.modules: set[str] = set()  # the instructor's own, which both sessions can import

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
        if kind in (FILES, MORE):
            files = unpack(payload)
            if kind == FILES:
                self.take_files(files)
            return DONE, pack([name for name, content in files.items() if not _put(name, content)])
        raise ValueError(f"a session does not understand {kind!r}")

    def take_files(self, names: Iterable[str]) -> None:
        """Note files of the instructor's."""
        for name in names:
            if name.endswith(".py"):
                module = name.removesuffix(".py").removesuffix("/__init__")
                self.modules.add(module.replace("/", "."))

    def own_classes(self) -> dict[int, type]:
        """The classes that the cells have defined, by their `id`: their hash may be anybody's."""
        there = [obj for obj in self.shell.user_ns.values() if isinstance(obj, type)]
        return {id(kind): kind for kind in there if kind.__module__ == "__main__"}

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
