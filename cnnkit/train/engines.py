"""What `fit` needs of a model, for a NumPy net and for a PyTorch module alike."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from cnnkit import optim
from cnnkit.layers import Layer
from cnnkit.layers.dropout import Dropout
from cnnkit.losses import CrossEntropyLoss, Loss

OPTIMIZERS = ("sgd", "rmsprop", "adam", "adamw")
PRECISIONS = ("float32", "bfloat16")
MOMENTUM = 0.9  # of "sgd"
State = dict[str, np.ndarray]


class Engine(ABC):
    """A model with its optimizer and loss. Images are float32, (N, C, H, W)."""

    optimizer: Any

    @abstractmethod
    def step(self, x: np.ndarray, labels: np.ndarray, clip: float | None) -> tuple[float, int]:
        """Forward, backward and update: the batch's mean loss, and how many were right. The update
        is left out where the loss is not finite."""

    @abstractmethod
    def scores(self, x: np.ndarray) -> np.ndarray:
        """What the model gives in use."""

    @abstractmethod
    def set_lr(self, lr: float) -> None: ...

    @abstractmethod
    def begin_epoch(self, seed: tuple[int, int]) -> AbstractContextManager[Any]:
        """Training mode, and randomness that depends on `seed` alone."""

    @abstractmethod
    def model_state(self) -> State:
        """A copy of the parameters and buffers."""

    @abstractmethod
    def load_model_state(self, state: State) -> None: ...

    @abstractmethod
    def optimizer_state(self) -> State:
        """A copy of what the optimizer remembers."""

    @abstractmethod
    def load_optimizer_state(self, state: State) -> None: ...


def engine_for(
    model: Any,
    optimizer: Any,
    lr: float,
    weight_decay: float,
    loss: Any,
    device: str | None,
    precision: str,
) -> Engine:
    """The engine for a model; ValueError or TypeError if the options do not fit it."""
    if isinstance(optimizer, str) and optimizer not in OPTIMIZERS:
        raise ValueError(f"optimizer: expected one of {', '.join(OPTIMIZERS)}, got {optimizer!r}")
    if precision not in PRECISIONS:
        raise ValueError(f"precision: expected one of {', '.join(PRECISIONS)}, got {precision!r}")
    if isinstance(model, Layer):
        if device not in (None, "cpu") or precision != "float32":
            raise ValueError(
                "a NumPy net runs on the CPU in float32; train net.to_torch() for another device "
                "or precision"
            )
        return NumpyEngine(model, optimizer, lr, weight_decay, loss)
    from cnnkit.train.torch_engine import TorchEngine

    return TorchEngine(model, optimizer, lr, weight_decay, loss, device, precision)


class NumpyEngine(Engine):
    def __init__(
        self, net: Layer, optimizer: Any, lr: float, weight_decay: float, loss: Loss | None
    ) -> None:
        self.net, self.loss = net, loss or CrossEntropyLoss()
        if isinstance(optimizer, str):
            kinds: dict[str, Callable[..., optim.Optimizer]]
            kinds = {"sgd": optim.SGD, "rmsprop": optim.RMSprop}
            kinds |= {"adam": optim.Adam, "adamw": optim.AdamW}
            options = {"momentum": MOMENTUM} if optimizer == "sgd" else {}
            optimizer = kinds[optimizer](net.parameters(), lr, weight_decay=weight_decay, **options)
        self.optimizer = optimizer

    def step(self, x: np.ndarray, labels: np.ndarray, clip: float | None) -> tuple[float, int]:
        scores = self.net(x)
        if not np.isfinite(scores).all():
            return math.nan, 0
        value = self.loss(scores, labels)
        self.optimizer.zero_grad()
        self.net.learn(self.loss.backward())
        if clip is not None:
            self._clip(clip)
        self.optimizer.step()
        return value, int((scores.argmax(axis=1) == labels).sum())

    def _clip(self, largest: float) -> None:
        """Shorten the gradient, all parameters' together, to at most this length."""
        pairs = [(p, p.grad) for p in self.optimizer.parameters if p.grad is not None]
        squares = [float(np.square(grad, dtype=np.float64).sum()) for _, grad in pairs]
        length = math.sqrt(sum(squares))
        if length > largest:
            for parameter, grad in pairs:
                parameter.grad = grad * grad.dtype.type(largest / length)

    def scores(self, x: np.ndarray) -> np.ndarray:
        self.net.eval()
        return self.net(x)

    def set_lr(self, lr: float) -> None:
        self.optimizer.lr = lr

    def begin_epoch(self, seed: tuple[int, int]) -> AbstractContextManager[Any]:
        self.net.train()
        for number, (_, layer) in enumerate(self.net.named_layers()):
            if isinstance(layer, Dropout):
                layer.restart((*seed, number))
        return nullcontext()

    def model_state(self) -> State:
        return self.net.state_dict()

    def load_model_state(self, state: State) -> None:
        self.net.load_state_dict(state)

    def optimizer_state(self) -> State:
        return self.optimizer.state_dict()

    def load_optimizer_state(self, state: State) -> None:
        self.optimizer.load_state_dict(state)
