"""Work on maps in blocks, for layers whose time goes into memory and not into arithmetic.

An operation of NumPy reads and writes whole arrays. Where a layer needs several of them, arrays
that are larger than the cache come from memory each time; in blocks that fit a core's cache only
the first time. (The same idea as a matrix product's: Goto, van de Geijn, Anatomy of
High-Performance Matrix Multiplication, 2008.) And since NumPy lets other threads run while it
computes, each core can have blocks of its own.
"""

import functools
import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import numpy as np

from cnnkit.cores import cores

BLOCK_BYTES = 2**18  # of one array: half of a core's second cache on common processors


def over_maps(work: Callable[..., None], *arrays: np.ndarray) -> None:
    """Call `work` with the same maps of all `arrays` (N, C, …), some at a time: (1, M, …) each.

    The arrays have N and C in common, and those that `work` writes to must be contiguous. Which
    maps are together depends on the sizes alone, so the result does not on the number of cores.
    """
    count = math.prod(arrays[0].shape[:2])
    flat = [array.reshape(1, count, *array.shape[2:]) for array in arrays]
    step = max(1, BLOCK_BYTES * count // max(1, *(array.nbytes for array in arrays)))
    in_parts(lambda some: work(*(array[:, some] for array in flat)), count, step)


def elementwise(work: Callable[..., object], *arrays: np.ndarray) -> np.ndarray:
    """An array like `arrays`, of one shape, that `work(*parts, part of the result)` fills."""
    result = np.empty(arrays[0].shape, arrays[0].dtype)
    flat = [array.reshape(-1) for array in (*arrays, result)]
    step = max(1, BLOCK_BYTES // result.itemsize)
    in_parts(lambda some: work(*(array[some] for array in flat)), result.size, step)
    return result


def in_parts(work: Callable[[slice], object], count: int, step: int) -> None:
    """`work` for each `step` of `count` things, on as many threads as the linear algebra has."""
    parts = [slice(start, start + step) for start in range(0, count, step)]
    threads = min(cores(), len(parts))

    def share(first: int) -> None:
        for part in parts[first::threads]:
            work(part)

    # NumPy's errstate is the caller's in other threads, too.
    others = [_pool().submit(copy_context().run, share, first) for first in range(1, threads)]
    if parts:
        share(0)
    for other in others:
        other.result()


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="cnnkit")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a child has none of the threads
