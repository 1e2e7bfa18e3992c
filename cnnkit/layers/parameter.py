"""What a layer holds: its parameters, and what went through it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnkit.initializers import Initializer, next_seed

Shape = tuple[int, ...]


class Parameter:
    """An array that is learned: `.data`, and the gradient of the loss with respect to it, `.grad`.

    `.data` is drawn by `initializer` when first used, from a seed taken at construction. Assigning
    to `.data` copies the values, in the parameter's dtype; another shape is a ValueError.
    """

    def __init__(self, shape: Shape, initializer: Initializer) -> None:
        self.shape = shape
        self.dtype: np.dtype = np.dtype(np.float32)
        self.grad: np.ndarray | None = None
        self._initializer = initializer
        self._seed = next_seed()
        self._data: np.ndarray | None = None

    @property
    def size(self) -> int:
        """The number of values."""
        return int(np.prod(self.shape))

    @property
    def data(self) -> np.ndarray:
        if self._data is None:
            drawn = self._initializer(np.random.default_rng(self._seed), self.shape)
            self._data = drawn.astype(np.float32).astype(self.dtype)
        return self._data

    @data.setter
    def data(self, values: Any) -> None:
        values = np.array(values, dtype=self.dtype)
        if values.shape != self.shape:
            raise ValueError(f"parameter: expected shape {self.shape}, got {values.shape}")
        self._data = values

    def initialize(self, initializer: Initializer) -> None:
        """Draw the values anew by `initializer` when they are next used."""
        self._initializer, self._data = initializer, None

    def accumulate(self, grad: np.ndarray) -> None:
        """Add `grad` to `.grad`, as every backward pass does until `zero_grad()`."""
        self.grad = grad if self.grad is None else self.grad + grad

    def double(self) -> None:
        """Make data and gradient float64."""
        self.dtype = np.dtype(np.float64)
        if self._data is not None:
            self._data = self._data.astype(self.dtype)
        if self.grad is not None:
            self.grad = self.grad.astype(self.dtype)

    def __repr__(self) -> str:
        return f"Parameter(shape={self.shape}, dtype={self.dtype})"


@dataclass
class Activation:
    """A layer's output in one call and, after `backward`, the gradient with respect to it."""

    data: np.ndarray
    grad: np.ndarray | None = None
