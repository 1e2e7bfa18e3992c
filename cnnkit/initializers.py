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


def constant(value: float) -> Initializer:
    """Every value the same."""
    return lambda _, shape: np.full(shape, value)


def small_random(std: float = 0.01) -> Initializer:
    """N(0, std²): what was used before the width of a layer was taken into account."""
    return lambda rng, shape: rng.normal(0.0, std, shape)


def random_signs() -> Initializer:
    """+1 or −1, with equal probability."""
    return lambda rng, shape: rng.choice([-1.0, 1.0], shape)


def xavier_uniform(gain: float = 1.0) -> Initializer:
    """U(−a, a), a = gain · √(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010, equation 16)."""
    return _uniform(lambda fan_in, fan_out: gain * math.sqrt(2 / (fan_in + fan_out)))


def xavier_normal(gain: float = 1.0) -> Initializer:
    """N(0, gain² · 2 / (fan_in + fan_out)) (Glorot and Bengio, 2010)."""
    return _normal(lambda fan_in, fan_out: gain * math.sqrt(2 / (fan_in + fan_out)))


def kaiming_uniform() -> Initializer:
    """U(−a, a), a = √(6 / fan_in): keeps the variance through ReLU (He et al., 2015)."""
    return _uniform(lambda fan_in, _: math.sqrt(2 / fan_in))


def kaiming_normal() -> Initializer:
    """N(0, 2 / fan_in): keeps the variance through ReLU (He et al., 2015, section 2.2)."""
    return _normal(lambda fan_in, _: math.sqrt(2 / fan_in))


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight (out, in, …): inputs to one output, outputs of one input."""
    if len(shape) < 2:
        raise ValueError(f"a weight has at least 2 dimensions, (out, in, …); got {shape}")
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def _normal(std: Callable[[int, int], float]) -> Initializer:
    return lambda rng, shape: rng.normal(0.0, std(*fans(shape)), shape)


def _uniform(std: Callable[[int, int], float]) -> Initializer:
    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        bound = math.sqrt(3) * std(*fans(shape))  # U(−a, a) has variance a² / 3
        return rng.uniform(-bound, bound, shape)

    return draw


def fan_in_uniform(fan_in: int) -> Initializer:
    """U(−1/√fan_in, 1/√fan_in), the default of PyTorch's convolutions and linear layers.

    PyTorch writes it `kaiming_uniform_(weight, a=√5)`: its bound √(6 / ((1 + a²) fan_in)) is
    1/√fan_in. `fan_in` is the number of inputs that one output is computed from; the bias takes
    the same bound.
    """
    bound = 1 / math.sqrt(fan_in)
    return lambda rng, shape: rng.uniform(-bound, bound, shape)
