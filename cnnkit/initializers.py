"""Where weights start: the seeds, and the distributions.

Every parameter takes a seed when its layer is constructed and draws its values when they are first
used, so that the order in which layers run changes nothing, and a network that is only counted
draws nothing.
"""

import math
from collections.abc import Callable

import numpy as np

Initializer = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]

_root = 0
_taken = 0


def manual_seed(seed: int) -> None:
    """Start over: layers constructed from here on get the same weights for the same `seed`."""
    global _root, _taken
    if seed < 0:
        raise ValueError(f"seed: expected a number ≥ 0, got {seed}")
    _root, _taken = seed, 0


def next_seed() -> tuple[int, int]:
    """A seed for `numpy.random.default_rng` that no parameter before has had."""
    global _taken
    _taken += 1
    return _root, _taken


def fan_in_uniform(fan_in: int) -> Initializer:
    """U(−1/√fan_in, 1/√fan_in), the default of PyTorch's convolutions and linear layers.

    PyTorch writes it `kaiming_uniform_(weight, a=√5)`: its bound √(6 / ((1 + a²) fan_in)) is
    1/√fan_in. `fan_in` is the number of inputs that one output is computed from; the bias takes
    the same bound.
    """
    bound = 1 / math.sqrt(fan_in)
    return lambda rng, shape: rng.uniform(-bound, bound, shape)
