"""Training a PyTorch module."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import nn

from cnnkit.pytorch.arrays import array_of
from cnnkit.train.engine import Engine, State, check_parameters


class TorchEngine(Engine):
    kind = "torch"

    def __init__(self, module: nn.Module, loss: Any, device: str | None, precision: str) -> None:
        if not isinstance(module, nn.Module):
            raise TypeError(
                "model: expected a layer of cnnkit or a PyTorch module, got "
                f"{type(module).__name__}"
            )
        self.device = _device(device or best_device())
        held = next(chain(module.parameters(), module.buffers()), None)
        self.home = self.device if held is None else held.device
        self.model = module.to(self.device)
        self.loss = loss or nn.CrossEntropyLoss()
        self.bfloat16 = precision == "bfloat16"

    def optimizer_named(self, name: str) -> tuple[Callable[..., Any], list[Any]]:
        kinds = {"sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop}
        kinds |= {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
        return kinds[name], list(self.model.parameters())

    def take_optimizer(self, optimizer: torch.optim.Optimizer) -> None:
        given = {id(p) for group in optimizer.param_groups for p in group["params"]}
        check_parameters(given, {id(parameter) for parameter in self.model.parameters()})
        self.optimizer = optimizer
        self.base_lrs = [group["lr"] for group in optimizer.param_groups]
        self.base_lr = float(self.base_lrs[0])

    def step(self, x: np.ndarray, labels: np.ndarray, clip: float | None) -> tuple[float, int]:
        targets = torch.from_numpy(labels).to(self.device)
        with self._autocast():
            scores = self.model(torch.from_numpy(x).to(self.device))
            loss = self.loss(scores, targets)
        value = float(loss.item())
        if not math.isfinite(value):
            return value, 0
        self.optimizer.zero_grad()
        loss.backward()
        if clip is not None:
            groups = self.optimizer.param_groups
            nn.utils.clip_grad_norm_(chain(*(group["params"] for group in groups)), clip)
        self.optimizer.step()
        # NumPy's argmax: of equal scores the smaller class number, which PyTorch does not promise.
        return value, int((array_of(scores).argmax(axis=1) == labels).sum())

    def _autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16)

    def scores(self, x: np.ndarray) -> np.ndarray:
        with torch.inference_mode(), self._autocast():
            scores = self.model(torch.from_numpy(x).to(self.device))
        return np.asarray(scores.float().cpu())

    def scale_lr(self, factor: float) -> None:
        for group, lr in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = lr * factor

    @contextmanager
    def begin_epoch(self, seed: tuple[int, int]) -> Iterator[None]:
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]))
            yield

    def give_back(self) -> None:
        self.model.to(self.home)

    def model_state(self) -> State:
        return {name: _copy(value) for name, value in self.model.state_dict().items()}

    def load_model_state(self, state: State) -> None:
        self.model.load_state_dict({n: torch.as_tensor(v) for n, v in state.items()})

    def optimizer_options(self) -> dict[str, Any]:
        groups = zip(self.optimizer.param_groups, self.base_lrs, strict=True)
        changing = {"params", "lr", "initial_lr"}
        return {
            str(number): {n: v for n, v in group.items() if n not in changing} | {"lr": lr}
            for number, (group, lr) in enumerate(groups)
        }

    def frozen(self) -> list[str]:
        learned = {id(p) for group in self.optimizer.param_groups for p in group["params"]}
        layers = self.model.named_modules() if self.model.training else ()
        still = [name for name, layer in layers if not layer.training]
        parameters = self.model.named_parameters()
        return still + [n for n, p in parameters if id(p) not in learned or not p.requires_grad]

    def optimizer_state(self) -> State:
        memory = self.optimizer.state_dict()["state"]
        return {
            f"{number}.{key}": _copy(torch.as_tensor(value))
            for number, values in memory.items()
            for key, value in values.items()
            if value is not None
        }

    def load_optimizer_state(self, state: State) -> None:
        memory: dict[int, dict[str, Any]] = {}
        for name, value in state.items():
            number, key = name.split(".", 1)
            memory.setdefault(int(number), {})[key] = torch.as_tensor(value)
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": memory, "param_groups": groups})


def _copy(tensor: torch.Tensor) -> np.ndarray:
    return array_of(tensor).copy()


def _device(name: str) -> torch.device:
    """ValueError: there is no such device here."""
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f"device: {name!r} can't be had: {reason}") from None
    return device


def best_device() -> str:
    """The GPU if PyTorch finds one, else the CPU."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
