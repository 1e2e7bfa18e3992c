"""Fork servers that wait for a command, each for one: what a session may see is never older than
the command that grades by it."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from autograder.grading.surroundings import describe_before
from autograder.grading.warm import Key
from autograder.resident.fresh import Marks, of_sessions
from autograder.sandbox.forkserver import ForkServer

KEPT = 2  # lists of packages, those that were asked for last
MESSAGE = 65536  # bytes of a question or an answer


@dataclass(frozen=True)
class Spare:
    servers: list[ForkServer]
    marks: Marks

    def close(self) -> None:
        for server in self.servers:
            server.close()


class Spares:
    """The servers of the process that stays."""

    def __init__(self) -> None:
        self._wanted: list[Key] = []
        self._ready: dict[Key, Spare] = {}

    def renew(self) -> None:
        """Launch what is missing, and end what is out of date or no longer wanted."""
        for key, spare in list(self._ready.items()):
            if key not in self._wanted or not spare.marks.are_fresh():
                self._ready.pop(key).close()
        for key in self._wanted:
            if key not in self._ready:
                with suppress(OSError):  # a command says so, whose servers then cannot start either
                    self._ready[key] = _launched(key)

    def answer(self, asks: socket.socket) -> bool:
        """Give a command the servers for which it asks, if there are some, and let go of them.
        False where it asks no more."""
        try:
            question = asks.recv(MESSAGE)
        except ConnectionError:
            question = b""
        if not question:
            return False
        key = _key(json.loads(question))
        self._wanted = [*(other for other in self._wanted if other != key), key][-KEPT:]
        spare = self._ready.pop(key, None)
        servers = spare.servers if spare and spare.marks.are_fresh() else []
        told = json.dumps([[s.role, s.packages, s.home] for s in servers]).encode()
        with suppress(ConnectionError):  # it was killed while it asked
            socket.send_fds(asks, [told], [server.sock.fileno() for server in servers])
        for server in servers:
            server.sock.close()  # the command's own ends them
        if spare and not servers:
            spare.close()
        return True

    def let_go(self) -> None:
        """In a fork, whose servers these are not."""
        for spare in self._ready.values():
            for server in spare.servers:
                server.sock.close()

    def close(self) -> None:
        while self._ready:
            self._ready.popitem()[1].close()


class Taker:
    """Asks for servers, in the process of a command."""

    def __init__(self, asks: socket.socket):
        self._asks, self._lock = asks, threading.Lock()

    def __call__(self, key: Key) -> list[ForkServer]:
        """Servers that were launched for these packages; none where there are none."""
        with self._lock:
            self._asks.send(json.dumps(key).encode())
            told, descriptors, _, _ = socket.recv_fds(self._asks, MESSAGE, 8)
        ends = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        named = json.loads(told or b"[]")
        return [
            ForkServer(role, packages, home, end)
            for (role, packages, home), end in zip(named, ends, strict=True)
        ]


def _launched(key: Key) -> Spare:
    roles, confined, words = key
    every = roles[-1][1]  # the tests' packages hold those of the students
    marks = of_sessions(every)
    describe_before(every, marks.are_fresh)
    return Spare(ForkServer.launch(dict(roles), confined, words), marks)


def _key(asked: Any) -> Key:
    roles, confined, words = asked
    return tuple((role, tuple(packages)) for role, packages in roles), confined, tuple(words)
