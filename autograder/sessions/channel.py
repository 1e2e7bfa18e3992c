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
    """Frames over a stream socket: a length, a kind (one byte) and a payload.

    No more is read than a frame, for who reads the next one may be another process.
    """

    def __init__(self, sock: socket.socket, max_frame: int = MAX_FRAME):
        self.sock, self.max_frame = sock, max_frame

    def send(self, kind: bytes, payload: bytes = b"", deadline: float | None = None) -> None:
        """TimeoutError where the other side does not take it before the deadline."""
        if len(payload) > self.max_frame:
            raise CannotCross(f"{len(payload):,} bytes; at most {self.max_frame:,} may cross")
        frame = _HEADER.pack(len(payload), kind[0]) + payload
        if deadline is None:
            self.sock.sendall(frame)
            return
        view = memoryview(frame)
        while view:
            try:
                view = view[self.sock.send(view, socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                self._await(select.POLLOUT, deadline)

    def receive(self, deadline: float | None = None) -> tuple[bytes, bytes]:
        """The next frame. TimeoutError at the deadline (`time.monotonic`), EOFError at the end."""
        length, kind = _HEADER.unpack(self._read(_HEADER.size, deadline))
        if length > self.max_frame:
            raise WireError(f"a frame of {length:,} bytes; at most {self.max_frame:,} are accepted")
        return bytes([kind]), self._read(length, deadline)

    def wait(self, deadline: float, event: int = select.POLLIN) -> bool:
        """Whether a frame has begun to arrive before the deadline (`time.monotonic`)."""
        milliseconds = max(0.0, deadline - time.monotonic()) * 1e3
        poll = select.poll()
        poll.register(self.sock, event)
        return bool(poll.poll(milliseconds))

    def _await(self, event: int, deadline: float) -> None:
        if time.monotonic() > deadline or not self.wait(deadline, event):
            raise TimeoutError

    def _read(self, size: int, deadline: float | None) -> bytes:
        buffer = bytearray(size)
        view, got = memoryview(buffer), 0
        while got < size:
            if deadline is not None:  # not by a timeout of the socket's: that is one call more
                self._await(select.POLLIN, deadline)
            count = self.sock.recv_into(view[got:])
            if not count:
                raise EOFError("the other side has closed the connection")
            got += count
        return bytes(buffer)
