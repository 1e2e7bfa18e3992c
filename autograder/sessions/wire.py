"""What may cross between two processes: frames, and plain values in a closed table of types.

Nothing here can carry code. A value is packed with MessagePack, whose own types are exact (a
subclass of float is no float), and with the extension types of the table below. What is not in the
table crosses as a handle, where the sender keeps a table of handles, or not at all.
"""

from __future__ import annotations

import re
import select
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

import msgpack
import numpy as np

MAX_FRAME = 64 * 2**20
MAX_DEPTH = 32
_HEADER = struct.Struct("<IB")

# Extension codes of the format.
TUPLE, ARRAY, SCALAR, COMPLEX, SET, FROZENSET, SLICE, RANGE, ELLIPSIS, INTEGER, TENSOR, HANDLE = (
    range(1, 13)
)
NAMED = 13
DTYPES = frozenset(
    np.dtype(code).str for code in ["?", *"bhilq", *"BHILQ", "f2", "f4", "f8", "c8", "c16"]
)
_TENSOR_DTYPES = frozenset(f"torch.{np.dtype(name).name}" for name in DTYPES)
TEXTS = re.compile(r"[<>]U[1-9]\d{0,3}")  # arrays of strings


class WireError(Exception):
    """A frame or a value that breaks the format: its sender is taken for broken or hostile."""


class CannotCross(TypeError):
    """A value that has no form in the format."""


class Named(tuple):
    """A named tuple of the other side's: what it holds, by value, and the object itself.

    It is compared and unpacked as the tuple that it is. Its names are asked of the object, as those
    of any object are, and it goes back as the object: a function finds its own fields in it.
    """

    handle: Any
    names: frozenset[str]

    def __new__(cls, values: list, handle: Any, names: list) -> Named:
        named = super().__new__(cls, values)
        named.handle, named.names = handle, frozenset(names)
        return named

    def __getattr__(self, name: str) -> Any:
        if name not in self.names:
            raise AttributeError(f"a tuple has no attribute {name!r}")
        return getattr(self.handle, name)

    def __reduce__(self) -> Any:  # a test's copy is a tuple
        return tuple, (list(self),)


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


def pack(
    value: Any, handle_of: Callable[[Any], int] | None = None, with_names: bool = False
) -> bytes:
    """The bytes of a value; `handle_of` gives the number of an object that crosses as a handle.

    `with_names`: a named tuple crosses as `Named`, not as a tuple like any other.
    """

    def extend(obj: Any) -> msgpack.ExtType:
        code, content = _plain(obj)
        if code is not None:
            return msgpack.ExtType(code, dump(content))
        if type(obj) is Named:
            obj = obj.handle
        elif named := _named(obj):
            if not with_names or handle_of is None:
                return msgpack.ExtType(TUPLE, dump(named[0]))
            return msgpack.ExtType(NAMED, dump([handle_of(obj), type(obj).__name__[:80], *named]))
        if (plain := _of_library(obj)) is not None:
            return plain if type(plain) in (dict, str) else extend(plain)
        if handle_of is None:
            raise CannotCross(f"a {type(obj).__name__} is not a plain value")
        return msgpack.ExtType(HANDLE, msgpack.packb([handle_of(obj), type(obj).__name__[:80]]))

    def dump(obj: Any) -> bytes:
        return msgpack.packb(obj, default=extend, strict_types=True, unicode_errors="surrogatepass")

    try:
        return dump(value)
    except (ValueError, OverflowError, RecursionError) as error:
        if handle_of is not None:  # nested too deeply or cyclic: the whole stays where it is
            content = msgpack.packb([handle_of(value), type(value).__name__[:80]])
            return msgpack.packb(msgpack.ExtType(HANDLE, content))
        raise CannotCross(f"a {type(value).__name__} cannot cross: {error}") from None


def _of_library(obj: Any) -> Any:
    """A library's subclass of a container or an array (OrderedDict, torch.Size, np.matrix) as what
    it is a subclass of; None for anything else, a class of the notebook's own included."""
    if type(obj).__module__ == "__main__":
        return None
    if isinstance(obj, np.ndarray) and type(obj) is not np.ndarray:
        return obj.view(np.ndarray)
    if type(obj) is np.str_:
        return str(obj)
    for base in (dict, tuple):
        if isinstance(obj, base) and type(obj) is not base:
            return base(obj)
    return None


def _named(obj: Any) -> tuple[list, list[str]] | None:
    """What a named tuple really holds, whatever its class says of that, and which names it has
    that a tuple has not; None for anything else."""
    fields = getattr(type(obj), "_fields", None)
    if not isinstance(obj, tuple) or type(fields) is not tuple:
        return None
    if set(fields) & set(dir(tuple)):  # `count` and `index` would be the tuple's own
        return None
    names = set(object.__dir__(obj)) - set(dir(tuple))
    return list(tuple.__iter__(obj)), sorted(n for n in names if not n.startswith("__"))


def _plain(obj: Any) -> tuple[int | None, Any]:
    """Extension code and content of an object of exactly one of the table's types."""
    kind = type(obj)
    if kind is tuple:
        return TUPLE, list(obj)
    if kind is np.ndarray and (dtype := _crossing(obj.dtype)):
        return ARRAY, [dtype, list(obj.shape), obj.astype(dtype, copy=False).tobytes()]
    number = isinstance(obj, np.generic) and kind.__module__ == "numpy" and kind is not np.str_
    if number and (dtype := _crossing(obj.dtype)):
        return SCALAR, [dtype, obj.astype(dtype).tobytes()]
    if kind is complex:
        return COMPLEX, [obj.real, obj.imag]
    if kind is set or kind is frozenset:
        return (SET if kind is set else FROZENSET), list(obj)
    if kind is slice:
        return SLICE, [obj.start, obj.stop, obj.step]
    if kind is range:
        return RANGE, [obj.start, obj.stop, obj.step]
    if obj is Ellipsis:
        return ELLIPSIS, None
    if kind is int:  # beyond MessagePack's 64 bits
        return INTEGER, obj.to_bytes(obj.bit_length() // 8 + 1, "little", signed=True)
    if is_tensor(obj):
        return TENSOR, obj.detach().cpu().resolve_conj().resolve_neg().numpy()
    return None, None


def _crossing(dtype: np.dtype) -> str:
    """The type in which an array's numbers cross: in this machine's order, at most 64 bits each."""
    own = dtype.newbyteorder("=").str
    if dtype.type is np.longdouble:
        own = "<f8"
    return own if own in DTYPES or TEXTS.fullmatch(own) else ""


def is_tensor(obj: Any) -> bool:
    """Whether it is one of PyTorch's tensors, of exactly that class, as NumPy has them too."""
    torch = sys.modules.get("torch")
    return (
        torch is not None
        and type(obj) is torch.Tensor
        and obj.layout is torch.strided
        and str(obj.dtype) in _TENSOR_DTYPES
    )


def unpack(data: bytes, make_handle: Callable[[int, str], Any] | None = None) -> Any:
    """The value of the bytes. WireError if they are not exactly one value of the format."""
    depth = 0

    def load(content: bytes) -> Any:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise WireError(f"nested more than {MAX_DEPTH} deep")
        try:
            return msgpack.unpackb(
                content, ext_hook=build, strict_map_key=False, unicode_errors="surrogatepass"
            )
        finally:
            depth -= 1

    def build(code: int, content: bytes) -> Any:
        inner = load(content)
        if code == HANDLE and make_handle is not None:
            number, name = inner
            if type(number) is int and type(name) is str:
                return make_handle(number, name)
        elif code == NAMED and make_handle is not None:
            number, name, values, names = inner
            if type(number) is int and type(name) is str and type(values) is type(names) is list:
                return Named(values, make_handle(number, name), names)
        elif code in _BUILDERS:
            return _BUILDERS[code](inner)
        raise WireError(f"extension type {code} is not in the table")

    try:
        return load(data)
    except WireError:
        raise
    except Exception as error:  # whatever malformed bytes provoke
        raise WireError(f"not a value of the format: {type(error).__name__}") from None


def _array(content: list) -> np.ndarray:
    dtype, shape, data = content
    if len(shape) > 32 or any(type(n) is not int or n < 0 for n in shape):
        raise WireError("not an array of the table")
    if TEXTS.fullmatch(dtype):
        if np.frombuffer(data, np.uint32).max(initial=0) > sys.maxunicode:
            raise WireError("not an array of strings")
    elif dtype not in DTYPES:
        raise WireError("not an array of the table")
    return np.frombuffer(data, dtype=dtype).reshape(shape).copy()


def _scalar(content: list) -> Any:
    return _array([content[0], [1], content[1]])[0]


def _tensor(array: Any) -> Any:
    if type(array) is not np.ndarray:
        raise WireError("a tensor crosses as an array")
    import torch

    return torch.from_numpy(array)


_BUILDERS: dict[int, Callable[[Any], Any]] = {
    TUPLE: tuple,
    ARRAY: _array,
    SCALAR: _scalar,
    COMPLEX: lambda parts: complex(float(parts[0]), float(parts[1])),
    SET: set,
    FROZENSET: frozenset,
    SLICE: lambda parts: slice(*parts),
    RANGE: lambda parts: range(*parts),
    ELLIPSIS: lambda _: ...,
    INTEGER: lambda data: int.from_bytes(data, "little", signed=True),
    TENSOR: _tensor,
}
