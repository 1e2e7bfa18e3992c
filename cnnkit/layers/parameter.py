"""What a layer holds: its parameters, its buffers, and what went through it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnkit.initializers import Initializer, next_seed

Shape = tuple[int, ...]


class Stored:
    """An array that is saved with its layer; `.data` is made by `initializer` when first used.

    Assigning to `.data` copies the values, in its dtype; another shape is a ValueError.
    """

    def __init__(self, shape: Shape, initializer: Initializer, dtype: type = np.float32) -> None:
        self.shape = shape
        self.dtype: np.dtype = np.dtype(dtype)
        self._initializer = initializer
        self._seed = (0, 0)
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

    def to(self, dtype: type) -> None:
        """Convert the values, unless they are whole numbers."""
        if self.dtype.kind == "i":
            return
        self.dtype = np.dtype(dtype)
        if self._data is not None:
            self._data = self._data.astype(self.dtype)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.shape}, dtype={self.dtype})"


class Buffer(Stored):
    """What a layer keeps and saves but does not learn by gradients, as running statistics."""


class Parameter(Stored):
    """An array that is learned: `.data`, and the gradient of the loss with respect to it, `.grad`.

    Its values are drawn when first used, from a seed taken at construction.
    """

    def __init__(self, shape: Shape, initializer: Initializer) -> None:
        super().__init__(shape, initializer)
        self.grad: np.ndarray | None = None
        self._seed = next_seed()

    def accumulate(self, grad: np.ndarray) -> None:
        """Add `grad` to `.grad`, in this dtype, as every backward pass does until `zero_grad()`."""
        grad = grad.astype(self.dtype, copy=False)
        self.grad = grad if self.grad is None else self.grad + grad

    def to(self, dtype: type) -> None:
        super().to(dtype)
        if self.grad is not None:
            self.grad = self.grad.astype(self.dtype)


@dataclass
class Activation:
    """A layer's output in one call and, after `backward`, the gradient with respect to it."""

    data: np.ndarray
    grad: np.ndarray | None = None
