"""Frames between two processes: a length, a kind and a payload over a stream socket."""

from __future__ import annotations

import select
import socket
import struct
import time

MAX_FRAME = 64 * 2**20
_HEADER = struct.Struct("<IB")


class WireError(Exception):
    """A frame or a value that breaks the format: its sender is taken for broken or hostile."""


class CannotCross(TypeError):
    """A value that has no form in the format."""


class Endless(CannotCross):
    """A value that holds itself, or is nested too deeply."""

    def __init__(self, what: str):
        super().__init__(f"{what} holds itself, or is nested too deeply: it cannot cross")


class Channel:
    """Frames over a stream socket: a length, a kind (one byte) and a payload."""

    def __init__(self, sock: socket.socket, max_frame: int = MAX_FRAME):
        self.sock, self.max_frame = sock, max_frame

    def send(self, kind: bytes, payload: bytes = b"", deadline: float | None = None) -> None:
        if len(payload) > self.max_frame:
            raise CannotCross(f"{len(payload):,} bytes; at most {self.max_frame:,} may cross")
        self._set_timeout(deadline)
        self.sock.sendall(_HEADER.pack(len(payload), kind[0]) + payload)

    def receive(self, deadline: float | None = None) -> tuple[bytes, bytes]:
        """The next frame. TimeoutError at the deadline (`time.monotonic`), EOFError at the end."""
        length, kind = _HEADER.unpack(self._read(_HEADER.size, deadline))
        if length > self.max_frame:
            raise WireError(f"a frame of {length:,} bytes; at most {self.max_frame:,} are accepted")
        return bytes([kind]), self._read(length, deadline)

    def wait(self, deadline: float) -> bool:
        """Whether a frame has begun to arrive before the deadline (`time.monotonic`)."""
        milliseconds = max(0.0, deadline - time.monotonic()) * 1e3
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return bool(poll.poll(milliseconds))

    def _read(self, size: int, deadline: float | None) -> bytes:
        buffer = bytearray(size)
        view, got = memoryview(buffer), 0
        while got < size:
            self._set_timeout(deadline)
            count = self.sock.recv_into(view[got:])
            if not count:
                raise EOFError("the other side has closed the connection")
            got += count
        return bytes(buffer)

    def _set_timeout(self, deadline: float | None) -> None:
        if deadline is None:
            self.sock.settimeout(None)
        else:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError
            self.sock.settimeout(remaining)
