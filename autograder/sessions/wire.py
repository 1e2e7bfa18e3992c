"""What may cross between two processes: plain values in a closed table of types.

Nothing here can carry code. A value is packed with MessagePack, whose own types are exact (a
subclass of float is no float), and with the extension types of table.py. What is not in the
table crosses as a handle, where the sender keeps a table of handles, or not at all.
"""

from __future__ import annotations

import importlib
import operator
import sys
import threading
from typing import Any, Protocol

import msgpack

from autograder.sessions import frames
from autograder.sessions.channel import CannotCross, Endless, WireError
from autograder.sessions.named import Named, content_of_named
from autograder.sessions.table import (
    BUILDERS,
    FRAME,
    FUNCTION,
    HANDLE,
    INSTANCE,
    NAMED,
    TENSOR,
    TUPLE,
    is_tensor,
    of_library,
    tabled,
    tensor_of,
)

MAX_DEPTH = 32


class _Depth(threading.local):
    """How deep within one another the values are that are being packed."""

    now = 0


_DEPTH = _Depth()


class Whole:
    """What is to cross as a handle, whatever it is."""

    def __init__(self, content: Any):
        self.content = content


class Ends(Protocol):
    """What one end knows of what crosses otherwise than by value."""

    with_names: bool  # whether a named tuple is sent with its names

    def number_of(self, obj: Any) -> int:
        """The number of an object that crosses as a handle. CannotCross: it does not."""

    def known_as(self, obj: Any) -> Any:
        """By what a function of the test's is known; None for anything else."""

    def state_of(self, obj: Any) -> list[Any] | None:
        """Module, name and packed state of an instance of a class that both have; else None."""

    def graph_of(self, tensor: Any) -> int | None:
        """The number of a tensor through which the other end may ask for gradients; else None."""

    def object_of(self, number: int, type_name: str) -> Any: ...

    def function_of(self, known: Any) -> Any: ...

    def instance_of(self, module: str, name: str, state: dict[str, Any]) -> Any: ...

    def tensor_of(self, tensor: Any, graph: int) -> Any: ...


def pack(value: Any, ends: Ends | None = None) -> bytes:
    """The bytes of a value; without `ends` of a plain one alone.

    CannotCross: it has no form. Endless: it holds itself, or is nested too deeply.
    """

    def extend(obj: Any) -> msgpack.ExtType:
        if type(obj) is Whole:
            return handle(obj.content)
        if is_tensor(obj):
            return msgpack.ExtType(TENSOR, dump(_tensor_parts(obj, ends)))
        code, content = tabled(obj)
        if code is not None:
            return msgpack.ExtType(code, dump(content))
        if type(obj) is Named:
            return handle(obj.handle)
        if named := content_of_named(obj):
            if ends is None or not ends.with_names:
                return msgpack.ExtType(TUPLE, dump(named[0]))
            return msgpack.ExtType(NAMED, dump([*known_by(obj), *named]))
        try:
            if (parts := frames.parts_of(obj)) is not None:
                return msgpack.ExtType(FRAME, pack(parts))  # of plain values alone, or not at all
        except CannotCross as error:
            if type(error) is Endless:
                raise
            return handle(obj)
        if ends is not None and (parts := ends.state_of(obj)) is not None:
            return msgpack.ExtType(INSTANCE, msgpack.packb(parts))
        if (plain := of_library(obj)) is not None:
            return plain if type(plain) in (dict, list, str) else extend(plain)
        if ends is not None and (known := ends.known_as(obj)) is not None:
            return msgpack.ExtType(FUNCTION, msgpack.packb(known))
        return handle(obj)

    def handle(obj: Any) -> msgpack.ExtType:
        return msgpack.ExtType(HANDLE, msgpack.packb(known_by(obj)))

    def known_by(obj: Any) -> list[Any]:
        if ends is None:
            raise CannotCross(f"a {type(obj).__name__} is not a plain value")
        return [ends.number_of(obj), type(obj).__name__[:80]]

    def dump(obj: Any) -> bytes:
        _DEPTH.now += 1
        try:
            if _DEPTH.now > MAX_DEPTH:
                raise Endless(f"a {type(value).__name__}")
            return msgpack.packb(
                obj, default=extend, strict_types=True, unicode_errors="surrogatepass"
            )
        finally:
            _DEPTH.now -= 1

    try:
        return dump(value)
    except (ValueError, OverflowError, RecursionError):
        raise Endless(f"a {type(value).__name__}") from None


def _tensor_parts(tensor: Any, ends: Ends | None) -> list[Any]:
    """Numbers, whether gradients are wanted, whether it is a parameter, gradient, and graph."""
    numbers = tensor.detach().cpu().resolve_conj().resolve_neg().numpy()
    graph = ends.graph_of(tensor) if ends is not None and tensor.grad_fn is not None else None
    gradient = tensor.grad if tensor.is_leaf else None
    is_parameter = type(tensor) is not sys.modules["torch"].Tensor
    return [numbers, tensor.requires_grad, is_parameter, gradient, graph]


def unpack(data: bytes, ends: Ends | None = None) -> Any:
    """The value of the bytes. WireError if they are not exactly one value of the format."""
    depth = instances = framed = 0

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
        nonlocal instances, framed
        framed += code == FRAME
        inner = load(content)
        framed -= code == FRAME
        known = None if framed else ends  # what is in a frame is plain
        if code == INSTANCE and known is not None:
            module, name, packed = _named(inner)
            instances += 1
            try:
                return known.instance_of(module, name, {k: load(v) for k, v in packed.items()})
            finally:
                instances -= 1
        if code == TENSOR:
            tensor, graph = tensor_of(*inner)
            return tensor if graph is None or known is None else known.tensor_of(tensor, graph)
        if code in BUILDERS:
            return BUILDERS[code](inner)
        if known is None:
            raise WireError(f"extension type {code} is not in the table")
        if code == FUNCTION:
            return known.function_of(inner)
        if code == NAMED and not instances:
            number, name, values, names = inner
            if type(number) is int and type(name) is str and type(values) is type(names) is list:
                return Named(values, known.object_of(number, name), names)
        if code == HANDLE and not instances:  # an instance's state is plain
            number, name = inner
            if type(number) is int and type(name) is str:
                return known.object_of(number, name)
        raise WireError(f"extension type {code} is not in the table")

    try:
        return load(data)
    except WireError:
        raise
    except Exception as error:  # whatever malformed bytes provoke
        raise WireError(f"not a value of the format: {type(error).__name__}") from None


def _named(content: Any) -> tuple[str, str, dict[str, bytes]]:
    """Module, name and packed state of an instance."""
    if type(content) is not list or tuple(map(type, content)) != (str, str, dict):
        raise WireError("an instance is a module, a name and a state")
    for name, packed in content[2].items():
        if type(name) is not str or not name.isidentifier() or type(packed) is not bytes:
            raise WireError("a state is attributes by their names")
    return content[0], content[1], content[2]


def by_name(module: str, name: str) -> Any:
    """What a library calls by a name: for a name that the grader session has sent."""
    return operator.attrgetter(name)(importlib.import_module(module))
