"""What `fit` needs of a model, whatever it runs in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

State = dict[str, np.ndarray]


class Engine(ABC):
    """A model, its loss and (in training) its optimizer. Images are float32, (N, C, H, W)."""

    kind: str
    model: Any
    loss: Any
    optimizer: Any
    base_lr: float

    @abstractmethod
    def optimizer_named(self, name: str) -> tuple[Callable[..., Any], list[Any]]:
        """The class of this name, and the parameters that it is to be constructed on."""

    @abstractmethod
    def take_optimizer(self, optimizer: Any) -> None:
        """From here on this one takes the steps; ValueError: it is of other parameters."""

    @abstractmethod
    def step(self, x: np.ndarray, labels: np.ndarray, clip: float | None) -> tuple[float, int]:
        """Forward, backward and update: the batch's mean loss, and how many were right. The update
        is left out where the loss is not finite."""

    @abstractmethod
    def scores(self, x: np.ndarray) -> np.ndarray:
        """What the model gives, in the mode that it is in."""

    @abstractmethod
    def scale_lr(self, factor: float) -> None:
        """Every learning rate is what it was at the beginning times this."""

    @abstractmethod
    def begin_epoch(self, seed: tuple[int, int]) -> AbstractContextManager[Any]:
        """Randomness that depends on `seed` alone."""

    @abstractmethod
    def give_back(self) -> None:
        """The model is on the device that it was on when the engine took it."""

    @abstractmethod
    def model_state(self) -> State:
        """A copy of the parameters and buffers."""

    @abstractmethod
    def load_model_state(self, state: State) -> None: ...

    @abstractmethod
    def optimizer_options(self) -> dict[str, Any]:
        """What the optimizer was constructed with, but for the parameters."""

    @abstractmethod
    def frozen(self) -> list[str]:
        """The names of the layers that are in use while the others are in training, and of the
        parameters that the optimizer does not change."""

    @abstractmethod
    def optimizer_state(self) -> State:
        """A copy of what the optimizer remembers."""

    @abstractmethod
    def load_optimizer_state(self, state: State) -> None: ...


def check_parameters(given: set[int], own: set[int]) -> None:
    """ValueError unless an optimizer's parameters are among a model's."""
    if not given <= own:
        raise ValueError(
            "optimizer: it was constructed on parameters of another model; construct it on those "
            "of the model that is trained (to_torch() makes a copy)"
        )
