"""What is asked of a network, and what one pass through it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

OUTPUT = ""  # the name of what the whole network gives
RULES = ("plain", "guided", "deconvnet")

Seed = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Trace:
    """One pass through a network: its `output`, the gradient with respect to its input, and, of the
    layer that was watched, the activation and the gradient with respect to it."""

    output: np.ndarray
    input_gradient: np.ndarray
    activation: np.ndarray | None = None
    activation_gradient: np.ndarray | None = None
