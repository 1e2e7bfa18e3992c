"""`.npz` files that others may have written: read as numbers, and only as many as are expected."""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

LIMIT = 4 << 30  # bytes, unpacked


def read_npz(path: str | Path, limit: int = LIMIT) -> dict[str, np.ndarray]:
    """The arrays by name. Nothing is unpickled, and no more is unpacked than the sizes that stand
    before each array say, `limit` bytes at the most. ValueError: anything else than that."""
    arrays: dict[str, np.ndarray] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise ValueError(f"{info.filename} is packed in a way that NumPy does not use")
                with archive.open(info) as file:
                    array = _read_array(file, info.filename, limit)
                limit -= array.nbytes
                arrays[info.filename.removesuffix(".npy")] = array
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        raise ValueError(f"{path} is no whole .npz file of arrays: {error}") from None
    return arrays


def _read_array(file: IO[bytes], name: str, limit: int) -> np.ndarray:
    version = npy.read_magic(file)
    read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in read_header:
        raise ValueError(f"{name} has the version {version}")
    shape, by_columns, dtype = read_header[version](file)
    if dtype.kind not in "biufcU":
        raise ValueError(f"{name} holds {dtype}, not numbers")
    size = math.prod(shape) * dtype.itemsize
    if size > limit:
        raise ValueError(f"{name} has the shape {shape}, more than is expected")
    content = file.read(size + 1)
    if len(content) != size:
        raise ValueError(f"{name} is not as long as its shape {shape} says")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if by_columns else "C").copy()
