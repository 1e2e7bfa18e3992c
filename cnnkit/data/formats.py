"""Files of well-known data sets, read without executing anything that is in them."""

from __future__ import annotations

import gzip
import math
import pickle
import re
import zlib
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import numpy as np

LIMIT = 256 << 20  # bytes of one file, unpacked; the largest that is known has 47 million
IDX_TYPES = {0x08: np.uint8}


def read_bytes(path: Path) -> bytes:
    """What is in a file, unpacked where its name ends in .gz; ValueError if it is broken."""
    if path.suffix != ".gz":
        return path.read_bytes()
    try:
        with gzip.open(path) as file:
            content = file.read(LIMIT + 1)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ValueError(f"{path} is broken or cut off: {error}") from None
    if len(content) > LIMIT:
        raise ValueError(f"{path} unpacks to more than {LIMIT >> 20} MiB")
    return content


def parse_idx(content: bytes, name: str) -> np.ndarray:
    """An array in LeCun's IDX format: two zeros, the type, how many dimensions, their sizes, the
    values. ValueError: another format, or not as long as its sizes say."""
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in IDX_TYPES:
        raise ValueError(f"{name} is no IDX file of bytes")
    dimensions = content[3]
    shape = tuple(np.frombuffer(content[4 : 4 + 4 * dimensions], ">u4").tolist())
    values = content[4 + 4 * dimensions :]
    if len(shape) != dimensions or len(values) != math.prod(shape):
        raise ValueError(
            f"{name} is broken or cut off: its sizes {shape} do not fit {len(values)} bytes"
        )
    return np.frombuffer(values, IDX_TYPES[content[2]]).reshape(shape)


ARRAY = object()  # what a pickle gets for numpy.ndarray: a name, nothing that can be called


def _empty_array(kind: object, *_: Any) -> np.ndarray:
    """What pickled arrays begin with; their state follows."""
    if kind is not ARRAY:
        raise ValueError("it begins an array of another kind")
    return np.empty(0, np.uint8)


def _number_type(code: str, *_: Any) -> np.dtype:
    if not isinstance(code, str) or not re.fullmatch("[biuf][1248]", code):
        raise ValueError(f"it holds an array of {code!r}, not of numbers")
    return np.dtype(code, copy=True)


class ArraysOnly(pickle.Unpickler):
    """Makes arrays of numbers, and refuses everything else that a pickle could name."""

    ALLOWED: ClassVar = {
        ("numpy.core.multiarray", "_reconstruct"): _empty_array,  # before NumPy 2
        ("numpy._core.multiarray", "_reconstruct"): _empty_array,
        ("numpy", "ndarray"): ARRAY,
        ("numpy", "dtype"): _number_type,
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self.ALLOWED:
            raise ValueError(f"it wants to use {module}.{name}, which no array needs")
        return self.ALLOWED[module, name]


def unpickle_arrays(file: BinaryIO, encoding: str = "ASCII") -> Any:
    """What a pickle of arrays, numbers, texts, lists and dictionaries holds; ValueError if it
    wants to use anything else, or is broken."""
    try:
        found = ArraysOnly(file, encoding=encoding).load()
    except (pickle.UnpicklingError, EOFError, TypeError, LookupError, AttributeError) as error:
        raise ValueError(f"no whole pickle of arrays: {error}") from None
    _check_numbers(found)
    return found


def _check_numbers(found: Any) -> None:
    """ValueError if an array's state has made it one of something else."""
    if isinstance(found, np.ndarray) and (found.dtype.kind not in "biuf" or found.dtype.fields):
        raise ValueError(f"it holds an array of {found.dtype}, not of numbers")
    if isinstance(found, dict):
        found = found.values()
    elif not isinstance(found, list | tuple):
        return
    for part in found:
        _check_numbers(part)
