"""Threads that grade side by side, one for each core."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle


def threads_for_cores(number: int | None = None) -> ThreadPoolExecutor:
    """A thread for each core, or so many: sessions are processes of their own, and keep it busy."""
    cores = sorted(os.sched_getaffinity(0))
    return ThreadPoolExecutor(
        number or len(cores), "grading", initializer=_pin, initargs=(cycle(cores),)
    )


def _pin(cores: Iterator[int]) -> None:
    """Keep this worker, and the sessions that it starts, on one core: they take turns, and a
    question that wakes another core takes twice as long."""
    os.sched_setaffinity(0, {next(cores)})
