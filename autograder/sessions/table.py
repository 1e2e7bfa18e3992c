"""The closed table of plain values: how each kind is written, and made again.

Exactly these types: of a subclass nobody knows what it says of itself.
"""

from __future__ import annotations

import datetime
import re
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from autograder.sessions import frames
from autograder.sessions.channel import WireError

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


def of_library(obj: Any) -> Any:
    """A library's subclass of a container or an array (OrderedDict, torch.Size, np.matrix) as what
    it is a subclass of; None for anything else, a class of the notebook's own included."""
    if type(obj).__module__ == "__main__":
        return None
    # NumPy loads its masked arrays when they are first asked for: not in a session that has none.
    if "numpy.ma" in sys.modules and isinstance(obj, np.ma.MaskedArray) and np.ma.is_masked(obj):
        return None  # without its mask it would be other numbers
    if isinstance(obj, np.ndarray) and type(obj) is not np.ndarray:
        return obj.view(np.ndarray)
    if type(obj) is np.str_:
        return str(obj)
    axes = sys.modules.get("matplotlib.axes._base")
    if axes is not None and type(obj) is getattr(axes._AxesBase, "ArtistList", None):
        return list(obj)  # `ax.lines`, which is empty or not
    for base in (dict, tuple):
        if isinstance(obj, base) and type(obj) is not base:
            return base(obj)
    return None


def tabled(obj: Any) -> tuple[int | None, Any]:
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


def tensor_of(
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


BUILDERS: dict[int, Callable[[Any], Any]] = {
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
