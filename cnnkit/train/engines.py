"""What `fit` needs of a model, for a NumPy net and for a PyTorch module alike."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from cnnkit import optim
from cnnkit.layers import Layer, Parameter
from cnnkit.layers.dropout import Dropout
from cnnkit.losses import CrossEntropyLoss, Loss

OPTIMIZERS = ("sgd", "rmsprop", "adam", "adamw")
PRECISIONS = ("float32", "bfloat16")
MOMENTUM = 0.9  # of "sgd"
LR = 1e-3
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


def engine_for(model: Any, loss: Any, device: str | None, precision: str) -> Engine:
    """The engine for a model; ValueError or TypeError if the options do not fit it."""
    if precision not in PRECISIONS:
        raise ValueError(f"precision: expected one of {', '.join(PRECISIONS)}, got {precision!r}")
    if isinstance(model, Layer):
        if device not in (None, "cpu") or precision != "float32":
            raise ValueError(
                "a NumPy net runs on the CPU in float32; train net.to_torch() for another device "
                "or precision"
            )
        return NumpyEngine(model, loss)
    from cnnkit.train.torch_engine import TorchEngine

    return TorchEngine(model, loss, device, precision)


def optimize(engine: Engine, optimizer: Any, lr: float | None, weight_decay: float) -> None:
    """Give an engine its optimizer: by name, or one that was constructed on the model's parameters
    and has its own options. ValueError: no such name, options given twice, other parameters."""
    if isinstance(optimizer, str):
        if optimizer not in OPTIMIZERS:
            known = ", ".join(OPTIMIZERS)
            raise ValueError(f"optimizer: expected one of {known}, got {optimizer!r}")
        options = {"momentum": MOMENTUM} if optimizer == "sgd" else {}
        build, parameters = engine.optimizer_named(optimizer)
        lr = LR if lr is None else float(lr)
        if not lr > 0:
            raise ValueError(f"lr: expected a number above 0, got {lr}")
        optimizer = build(parameters, lr=lr, weight_decay=float(weight_decay), **options)
    elif lr is not None or weight_decay:
        raise ValueError("lr, weight_decay: the optimizer that is given has its own")
    engine.take_optimizer(optimizer)


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


def check_parameters(given: set[int], own: set[int]) -> None:
    """ValueError unless an optimizer's parameters are among a model's."""
    if not given <= own:
        raise ValueError(
            "optimizer: it was constructed on parameters of another model; construct it on those "
            "of the model that is trained (to_torch() makes a copy)"
        )
