"""A function of the instructor's that stands in for one of the student's: both of its ends.

It runs in a third session, which holds the instructor's answers and no test. In the student's
session a function of its name asks for it. Plain values cross, by value, one call at a time; of
what the instructor's function raises, the class alone, for a message is the instructor's text.

The student's code holds the other end of that socket and can send what it likes. So from the moment
of the offer nothing else can be had in the third session, and only so much of that.
"""

from __future__ import annotations

import builtins
import threading
from collections.abc import Callable
from typing import Any

from autograder.sessions.channel import Channel
from autograder.sessions.display import Display
from autograder.sessions.outcome import describe
from autograder.sessions.session import BACK, CALL
from autograder.sessions.wire import pack, unpack

MAX_CALLS = 10_000  # of all functions that stand in, while one test is tried
MAX_BYTES = 256 * 2**20  # of their arguments and answers


def offer(channel: Channel, functions: dict[str, Callable[..., Any]], display: Display) -> None:
    """Answer calls of the functions, and nothing else, until there were too many, or one that is
    no call: then the session ends."""
    room = MAX_BYTES
    for _ in range(MAX_CALLS):
        kind, request = channel.receive()
        if kind != CALL:
            return
        answer = _call(functions, request)
        display.begin()  # what the instructor's functions print is nobody's
        room -= len(request) + len(answer)
        if room < 0:
            return
        channel.send(BACK, answer)


def _call(functions: dict[str, Callable[..., Any]], request: bytes) -> bytes:
    try:
        name, args, options = unpack(request)
        return pack(["gave", functions[name](*args, **options)])
    except BaseException as error:  # whatever a hostile request, or the function, raises
        return pack(["raised", describe(error)["base"]])


class StandIn:
    """The function that the student's code finds under a name."""

    _asking = threading.Lock()  # one call at a time, for all of them share a socket

    def __init__(self, name: str, channel: Channel):
        self.__name__, self._channel = name, channel

    def __call__(self, *args: Any, **options: Any) -> Any:
        request = pack([self.__name__, list(args), options])
        if not self._asking.acquire(blocking=False):
            raise RuntimeError(f"{self.__name__} cannot be called while another call is answered")
        try:
            self._channel.send(CALL, request)
            _, answer = self._channel.receive()
        finally:
            self._asking.release()
        state, value = unpack(answer)
        if state == "raised":
            raise getattr(builtins, value)(f"{self.__name__} raised it")
        return value
