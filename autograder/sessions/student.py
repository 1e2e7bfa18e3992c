"""The student session: runs the student's cells, and carries out what tests ask of them.

While it answers a test, the student's code may call a function that the test has passed to it, or
ask for input: then the session asks back, and answers what that call may ask of it in turn.

Where the instructor's functions stand in for some of the student's, `third` leads to the session in
which they run: a session like this one, until it has offered them.
"""

from __future__ import annotations

import builtins
import os
import signal
import threading
from typing import Any, NoReturn

from autograder.sessions.channel import Channel
from autograder.sessions.display import Display
from autograder.sessions.figures import Kept
from autograder.sessions.news import running, stop_timers
from autograder.sessions.objects import ObjectTable
from autograder.sessions.outcome import describe, end_of
from autograder.sessions.session import (
    ANSWER,
    ASK,
    BACK,
    CALL,
    DONE,
    GIVEN,
    INPUT,
    LARGE,
    OFFER,
    RUN,
    SHARED,
    TAKE,
    VALUE,
    Interruptible,
    Session,
)
from autograder.sessions.stand_in import StandIn, offer
from autograder.sessions.wire import pack, unpack


class StudentSession(Session):
    def __init__(
        self, channel: Channel, shell: Any, display: Display, third: Channel | None = None
    ):
        super().__init__(channel, shell, display)
        self.folder = os.getcwd()
        self.figures = Kept()
        self.third = third
        self.stand_ins: dict[str, StandIn] = {}
        self.objects = ObjectTable(
            shell.user_ns, self.call_back, self.figures.current, self._printed, self.modules
        )
        self.answering = 0  # requests of a test, one within another
        builtins.input = self._input

    def handle(self, kind: bytes, payload: bytes) -> tuple[bytes, bytes]:
        if kind == RUN:
            self.objects.news.folder.begin()
            before = running()
            cell = unpack(payload)
            if cell["kind"] == SHARED:
                return DONE, pack(self._run_shared(cell))
            is_given = cell["kind"] == GIVEN  # its classes' instances the tests may know
            classes = self.own_classes() if is_given else {}
            self.figures.begin(cell["kind"] == ANSWER)
            _, error = self.run(cell["source"], cell["name"])
            self.shell.user_ns |= self.stand_ins  # which the cell may have defined itself
            if is_given:
                now = self.own_classes()
                self.objects.given |= {i: kind for i, kind in now.items() if i not in classes}
            left = running() > before
            stop_timers()
            told = error and describe(error, folder=self.folder)
            return DONE, pack({"error": told, "outputs": self.display.end(), "left": left})
        if kind == ASK:
            return self._answer(payload)
        if kind == OFFER:
            self._offer(unpack(payload))
        if kind == TAKE and self.third is not None:
            self.stand_ins = {name: StandIn(name, self.third) for name in unpack(payload)}
            self.shell.user_ns |= self.stand_ins
            return DONE, pack(None)
        return super().handle(kind, payload)

    def _run_shared(self, cell: dict[str, Any]) -> dict[str, Any]:
        """Run a test beside the student's code: whatever it says is the word of both."""
        value, error = self.run(cell["source"], cell["name"])
        stop_timers()
        self.display.end()
        if error is not None:
            value = None
        end = {"outputs": [], "left": False, **end_of(value, cell["end"])}
        return end | ({"error": describe(error)} if error else {})

    def _answer(self, request: bytes) -> tuple[bytes, bytes]:
        self.answering += 1
        try:
            with Interruptible():
                answer = self.objects.carry_out(request)
            return (VALUE, answer) if len(answer) <= self.channel.max_frame else (LARGE, b"")
        except BaseException as error:  # whatever the student's function raises
            described = describe(error, folder=self.folder)
            texts = [described["message"], described["traceback"]]
            return VALUE, self.objects.failed(self._class_of(error), *texts)
        finally:
            self.answering -= 1

    def _class_of(self, error: BaseException) -> str:
        """The first class of an exception that a test can know: a given one, or a library's."""
        for kind in type(error).__mro__:
            if id(kind) in self.objects.given or kind.__module__ == "builtins":
                return kind.__qualname__
            if kind.__module__ != "__main__":
                return f"{kind.__module__}:{kind.__qualname__}"
        return "Exception"

    def _offer(self, names: list[str]) -> NoReturn:
        there = {name: self.shell.user_ns[name] for name in names if name in self.shell.user_ns}
        self.channel.send(DONE, pack(list(there)))
        offer(self.channel, there, self.display)
        os._exit(0)

    def _printed(self) -> str:
        """What the student's code has printed since this was asked last; it goes to the test."""
        if not self.display.outputs:
            return ""
        streams = [output for output in self.display.end() if output.get("name") == "stdout"]
        return "".join(stream["text"] for stream in streams)

    def _input(self, prompt: Any = "", /) -> str:
        return self.call_back(INPUT, [str(prompt)], {})

    def call_back(self, number: int, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Call a function of the test's, which runs in the grader session."""
        if not self.answering:
            raise EOFError("there is nobody to ask: no test is waiting for an answer")
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("a test's function cannot be called in a thread of one's own")
        payload = self.objects.call_of(number, args, kwargs)
        pid = os.getpid()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # never within a frame; the next one is heard
        try:
            self.channel.send(CALL, payload)
            while True:
                kind, content = self.channel.receive()
                if os.getpid() != pid:
                    os._exit(1)
                if kind == BACK:
                    break
                self.channel.send(*self._answer(content))
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        self.objects.handed = [*args, *kwargs.values()]
        state, value = self.objects.unpack(content)
        if state == "raised":
            raise getattr(builtins, value)
        return value
