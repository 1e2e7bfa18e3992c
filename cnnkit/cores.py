"""How many cores of the processor the linear algebra uses."""

import os

_cores: int | None = None


def cores() -> int:
    """How many threads NumPy's products may use, and so layers, too: those that the environment
    allows when NumPy is imported (`OPENBLAS_NUM_THREADS`, `OMP_NUM_THREADS`), else all cores."""
    global _cores
    if _cores is None:
        asked = [os.environ.get(f"{name}_NUM_THREADS", "") for name in ("OPENBLAS", "OMP")]
        allowed = [int(number) for number in asked if number.isdecimal() and int(number)]
        _cores = min(allowed[0], _there()) if allowed else _there()
    return _cores


def _there() -> int:
    mine = getattr(os, "sched_getaffinity", None)  # which macOS lacks
    return len(mine(0)) if mine else os.cpu_count() or 1


def use_one_core() -> None:
    """Let NumPy, and PyTorch where it is loaded, compute each product on one core from now on.

    Meant for networks as small as a lecture's: there a second core gains little, and beside other
    programs the two cores wait for each other at each product, which takes many times as long.
    Holds for this process.
    """
    global _cores
    from threadpoolctl import threadpool_limits  # a picture needs NumPy and Matplotlib alone

    threadpool_limits(1)
    _cores = 1
