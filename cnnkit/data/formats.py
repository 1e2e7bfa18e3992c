"""Files of well-known data sets, read without executing anything that is in them."""

from __future__ import annotations

import gzip
import pickle
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import numpy as np
from numpy._core.multiarray import _reconstruct

IDX_TYPES = {0x08: np.uint8}


def read_bytes(path: Path) -> bytes:
    """What is in a file, unpacked where its name ends in .gz; ValueError if it is broken."""
    if path.suffix != ".gz":
        return path.read_bytes()
    try:
        return gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError) as error:
        raise ValueError(f"{path} is broken or cut off: {error}") from None


def parse_idx(content: bytes, name: str) -> np.ndarray:
    """An array in LeCun's IDX format: two zeros, the type, how many dimensions, their sizes, the
    values. ValueError: another format, or not as long as its sizes say."""
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in IDX_TYPES:
        raise ValueError(f"{name} is no IDX file of bytes")
    dimensions = content[3]
    shape = np.frombuffer(content[4 : 4 + 4 * dimensions], ">u4").astype(int)
    values = content[4 + 4 * dimensions :]
    if len(shape) != dimensions or len(values) != np.prod(shape):
        raise ValueError(
            f"{name} is broken or cut off: its sizes {tuple(shape)} do not fit {len(values)} bytes"
        )
    return np.frombuffer(values, IDX_TYPES[content[2]]).reshape(shape)


class ArraysOnly(pickle.Unpickler):
    """Makes arrays, and refuses everything else that a pickle could name."""

    ALLOWED: ClassVar = {
        ("numpy.core.multiarray", "_reconstruct"): _reconstruct,  # before NumPy 2
        ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self.ALLOWED:
            raise ValueError(f"it wants to use {module}.{name}, which no array needs")
        return self.ALLOWED[module, name]


def unpickle_arrays(file: BinaryIO, encoding: str = "ASCII") -> Any:
    """What a pickle of arrays, numbers, texts, lists and dictionaries holds; ValueError if it
    wants to use anything else, or is broken."""
    try:
        return ArraysOnly(file, encoding=encoding).load()
    except (pickle.UnpicklingError, EOFError, TypeError, IndexError, KeyError) as error:
        raise ValueError(f"no whole pickle of arrays: {error}") from None
