"""Training a NumPy net."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from cnnkit import optim
from cnnkit.layers import Layer, Parameter
from cnnkit.layers.dropout import Dropout
from cnnkit.losses import CrossEntropyLoss, Loss
from cnnkit.train.engine import Engine, State, check_parameters


class NumpyEngine(Engine):
    kind = "numpy"

    def __init__(self, net: Layer, loss: Loss | None) -> None:
        self.model, self.loss = net, loss or CrossEntropyLoss()

    def optimizer_named(self, name: str) -> tuple[Callable[..., Any], list[Parameter]]:
        kinds = {"sgd": optim.SGD, "rmsprop": optim.RMSprop}
        return (kinds | {"adam": optim.Adam, "adamw": optim.AdamW})[name], list(
            self.model.parameters()
        )

    def take_optimizer(self, optimizer: optim.Optimizer) -> None:
        own = {id(parameter) for parameter in self.model.parameters()}
        check_parameters({id(parameter) for parameter in optimizer.parameters}, own)
        self.optimizer, self.base_lr = optimizer, optimizer.lr

    def step(self, x: np.ndarray, labels: np.ndarray, clip: float | None) -> tuple[float, int]:
        scores = self.model(x)
        if not (scores < np.inf).all():  # NaN or ∞; −∞ is a class that is masked
            return math.nan, 0
        value = self.loss(scores, labels)
        if not math.isfinite(value):
            return value, 0
        self.optimizer.zero_grad()
        self.model.learn(self.loss.backward())
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
        return self.model(x)

    def scale_lr(self, factor: float) -> None:
        self.optimizer.lr = self.base_lr * factor

    def begin_epoch(self, seed: tuple[int, int]) -> AbstractContextManager[Any]:
        for number, (_, layer) in enumerate(self.model.named_layers()):
            if isinstance(layer, Dropout):
                layer.restart((*seed, number))
        return nullcontext()

    def give_back(self) -> None:
        """It stayed where it was."""

    def model_state(self) -> State:
        return self.model.state_dict()

    def load_model_state(self, state: State) -> None:
        self.model.load_state_dict(state)

    def optimizer_options(self) -> dict[str, Any]:
        changing = {"parameters", "lr", "steps"}
        return {n: v for n, v in vars(self.optimizer).items() if n[0] != "_" and n not in changing}

    def frozen(self) -> list[str]:
        learned = {id(parameter) for parameter in self.optimizer.parameters}
        layers = self.model.named_layers() if self.model.training else ()
        still = [name for name, layer in layers if not layer.training]
        return still + [n for n, p in self.model.named_parameters() if id(p) not in learned]

    def optimizer_state(self) -> State:
        return self.optimizer.state_dict()

    def load_optimizer_state(self, state: State) -> None:
        self.optimizer.load_state_dict(state)
