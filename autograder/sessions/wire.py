"""What may cross between two processes: plain values in a closed table of types.

Nothing here can carry code. A value is packed with MessagePack, whose own types are exact (a
subclass of float is no float), and with the extension types of the table below. What is not in the
table crosses as a handle, where the sender keeps a table of handles, or not at all.
"""

from __future__ import annotations

import datetime
import importlib
import operator
import re
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

import msgpack
import numpy as np

from autograder.sessions import frames
from autograder.sessions.channel import CannotCross, WireError
from autograder.sessions.named import Named, content_of_named

MAX_DEPTH = 32

# Extension codes of the format.
TUPLE, ARRAY, SCALAR, COMPLEX, SET, FROZENSET, SLICE, RANGE, ELLIPSIS, INTEGER, TENSOR, HANDLE = (
    range(1, 13)
)
FUNCTION, DTYPE, STANDARD, FRAME, INSTANCE, NAMED = range(13, 19)
DTYPES = frozenset(
    np.dtype(code).str for code in ["?", *"bhilq", *"BHILQ", "f2", "f4", "f8", "c8", "c16"]
)
_TENSOR_DTYPES = frozenset(f"torch.{np.dtype(name).name}" for name in DTYPES)
TEXTS = re.compile(r"[<>]U[1-9]\d{0,3}")  # arrays of strings


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
    """The bytes of a value; without `ends` of a plain one alone. CannotCross: it has no form."""

    def extend(obj: Any) -> msgpack.ExtType:
        if is_tensor(obj):
            return msgpack.ExtType(TENSOR, dump(_tensor_parts(obj, ends)))
        code, content = _plain(obj)
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
        except CannotCross:
            return handle(obj)
        if ends is not None and (parts := ends.state_of(obj)) is not None:
            return msgpack.ExtType(INSTANCE, msgpack.packb(parts))
        if (plain := _of_library(obj)) is not None:
            return plain if type(plain) in (dict, str) else extend(plain)
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
        return msgpack.packb(obj, default=extend, strict_types=True, unicode_errors="surrogatepass")

    try:
        return dump(value)
    except (ValueError, OverflowError, RecursionError) as error:
        if ends is not None:  # nested too deeply or cyclic: the whole stays where it is
            return msgpack.packb(handle(value))
        raise CannotCross(f"a {type(value).__name__} cannot cross: {error}") from None


def _tensor_parts(tensor: Any, ends: Ends | None) -> list[Any]:
    """Numbers, whether gradients are wanted, whether it is a parameter, gradient, and graph."""
    numbers = tensor.detach().cpu().resolve_conj().resolve_neg().numpy()
    graph = ends.graph_of(tensor) if ends is not None and tensor.grad_fn is not None else None
    gradient = tensor.grad if tensor.is_leaf else None
    is_parameter = type(tensor) is not sys.modules["torch"].Tensor
    return [numbers, tensor.requires_grad, is_parameter, gradient, graph]


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
    if dtype := _dtype_name(obj):
        return DTYPE, dtype
    if kind in _STANDARD:
        return STANDARD, [kind.__name__, _STANDARD[kind][0](obj)]
    return None, None


def _crossing(dtype: np.dtype) -> str:
    """The type in which an array's numbers cross: in this machine's order, at most 64 bits each."""
    own = dtype.newbyteorder("=").str
    if dtype.type is np.longdouble:
        own = "<f8"
    return own if own in DTYPES or TEXTS.fullmatch(own) else ""


def _dtype_name(obj: Any) -> str:
    """A kind of numbers, of NumPy's or of PyTorch's; "" for anything else."""
    if isinstance(obj, np.dtype):
        return obj.str if obj.str in DTYPES else ""
    torch = sys.modules.get("torch")
    return str(obj) if torch is not None and type(obj) is torch.dtype else ""


def _dtype(name: Any) -> Any:
    if name in DTYPES:
        return np.dtype(name)
    import torch

    dtype = getattr(torch, name.removeprefix("torch."))
    if type(dtype) is not torch.dtype:
        raise WireError("not a kind of numbers")
    return dtype


def _standard(content: list) -> Any:
    name, parts = content
    kind = next(kind for kind in _STANDARD if kind.__name__ == name)
    return _STANDARD[kind][1](parts)


# Of the standard library: how each is written, and made again.
_STANDARD: dict[type, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    **{
        kind: (kind.isoformat, kind.fromisoformat)
        for kind in (datetime.date, datetime.datetime, datetime.time)
    },
    datetime.timedelta: (
        lambda span: [span.days, span.seconds, span.microseconds],
        lambda parts: datetime.timedelta(*parts),
    ),
    Fraction: (lambda x: [x.numerator, x.denominator], lambda parts: Fraction(*parts)),
    Decimal: (str, Decimal),
}


def is_tensor(obj: Any) -> bool:
    """Whether it is one of PyTorch's tensors or parameters, of exactly that class, as NumPy has
    them, too."""
    torch = sys.modules.get("torch")
    return (
        torch is not None
        and type(obj) in (torch.Tensor, torch.nn.Parameter)
        and obj.layout is torch.strided
        and str(obj.dtype) in _TENSOR_DTYPES
    )


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
            tensor, graph = _tensor(*inner)
            return tensor if graph is None or known is None else known.tensor_of(tensor, graph)
        if code in _BUILDERS:
            return _BUILDERS[code](inner)
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


def by_name(module: str, name: str) -> Any:
    """What a library calls by a name: for a name that the grader session has sent."""
    return operator.attrgetter(name)(importlib.import_module(module))


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


def _named(content: Any) -> tuple[str, str, dict[str, bytes]]:
    """Module, name and packed state of an instance."""
    if type(content) is not list or tuple(map(type, content)) != (str, str, dict):
        raise WireError("an instance is a module, a name and a state")
    for name, packed in content[2].items():
        if type(name) is not str or not name.isidentifier() or type(packed) is not bytes:
            raise WireError("a state is attributes by their names")
    return content[0], content[1], content[2]


def _tensor(
    array: Any, wants_gradient: Any, is_parameter: Any, gradient: Any, graph: Any
) -> tuple[Any, int | None]:
    if type(array) is not np.ndarray or type(graph) not in (int, type(None)):
        raise WireError("a tensor crosses as an array")
    import torch

    tensor = torch.from_numpy(array)
    if is_parameter is True:
        tensor = torch.nn.Parameter(tensor, requires_grad=False)
    if wants_gradient is True and graph is None:
        tensor.requires_grad_()
    if gradient is not None:
        tensor.grad = gradient
    return tensor, graph


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
    DTYPE: _dtype,
    STANDARD: _standard,
    FRAME: frames.make,
}
