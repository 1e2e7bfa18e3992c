"""Frames between two processes: a length, a kind and a payload over a stream socket."""

from __future__ import annotations

import select
import socket
import struct
import time

MAX_FRAME = 64 * 2**20
AT_ONCE, MAX_READ = 8192, 2**20  # bytes asked for: most frames come whole at the first reading
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

    Each side answers before the other speaks again, so that a frame is all that there is to read.
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
        frame = bytearray()
        while len(frame) < _HEADER.size:
            frame += self._some(AT_ONCE, deadline)
        length, kind = _HEADER.unpack_from(frame)
        if length > self.max_frame:
            raise WireError(f"a frame of {length:,} bytes; at most {self.max_frame:,} are accepted")
        missing = _HEADER.size + length - len(frame)
        while missing > 0:
            more = self._some(min(missing, MAX_READ), deadline)
            frame += more
            missing -= len(more)
        if missing < 0:
            raise WireError("the other side spoke twice")
        return bytes([kind]), bytes(memoryview(frame)[_HEADER.size :])

    def wait(self, deadline: float, event: int = select.POLLIN) -> bool:
        """Whether a frame has begun to arrive before the deadline (`time.monotonic`)."""
        milliseconds = max(0.0, deadline - time.monotonic()) * 1e3
        poll = select.poll()
        poll.register(self.sock, event)
        return bool(poll.poll(milliseconds))

    def _await(self, event: int, deadline: float) -> None:
        if time.monotonic() > deadline or not self.wait(deadline, event):
            raise TimeoutError

    def _some(self, size: int, deadline: float | None) -> bytes:
        """What there is to read, at least a byte."""
        flags = 0
        if deadline is not None:
            self._await(select.POLLIN, deadline)
            flags = socket.MSG_DONTWAIT
        try:
            read = self.sock.recv(size, flags)
        except BlockingIOError:
            return self._some(size, deadline)
        if not read:
            raise EOFError("the other side has closed the connection")
        return read
