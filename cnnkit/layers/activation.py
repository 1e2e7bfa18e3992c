"""Activation functions: elementwise, of any shape, without parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnkit.layers.base import Layer

if TYPE_CHECKING:
    import torch


class ReLU(Layer):
    """y = max(x, 0); dy/dx = 1 where x > 0, else 0 (also at 0, as in PyTorch)."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        return np.maximum(x, 0)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        return dy * (x > 0)

    def make_torch(self) -> torch.nn.Module:
        from torch import nn

        return nn.ReLU()


class Tanh(Layer):
    """y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ); dy/dx = 1 − y²."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        self._y = np.tanh(x)
        return self._y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        return dy * (1 - self._y**2)

    def make_torch(self) -> torch.nn.Module:
        from torch import nn

        return nn.Tanh()


class Sigmoid(Layer):
    """y = 1 / (1 + e⁻ˣ); dy/dx = y (1 − y).

    Computed from e^−|x|, which can't overflow: for x < 0 the same value is eˣ / (1 + eˣ).
    """

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        e = np.exp(-np.abs(x))
        self._y = np.where(x >= 0, 1, e) / (1 + e)
        return self._y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        return dy * self._y * (1 - self._y)

    def make_torch(self) -> torch.nn.Module:
        from torch import nn

        return nn.Sigmoid()
