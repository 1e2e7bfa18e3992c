"""Training a PyTorch module."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from cnnkit.train.engines import Engine, State, check_parameters


class TorchEngine(Engine):
    kind = "torch"

    def __init__(self, module: nn.Module, loss: Any, device: str | None, precision: str) -> None:
        if not isinstance(module, nn.Module):
            raise TypeError(
                "model: expected a layer of cnnkit or a PyTorch module, got "
                f"{type(module).__name__}"
            )
        self.device = _device(device or best_device())
        self.module = module.to(self.device)
        self.loss = loss or nn.CrossEntropyLoss()
        self.bfloat16 = precision == "bfloat16"

    def optimizer_named(self, name: str) -> tuple[Callable[..., Any], list[Any]]:
        kinds = {"sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop}
        kinds |= {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
        return kinds[name], list(self.module.parameters())

    def take_optimizer(self, optimizer: torch.optim.Optimizer) -> None:
        given = {id(p) for group in optimizer.param_groups for p in group["params"]}
        check_parameters(given, {id(parameter) for parameter in self.module.parameters()})
        self.optimizer = optimizer
        self.base_lrs = [group["lr"] for group in optimizer.param_groups]
        self.base_lr = float(self.base_lrs[0])

    def step(self, x: np.ndarray, labels: np.ndarray, clip: float | None) -> tuple[float, int]:
        targets = torch.from_numpy(labels).to(self.device)
        with self._autocast():
            scores = self.module(torch.from_numpy(x).to(self.device))
            loss = self.loss(scores, targets)
        value = float(loss.item())
        if not math.isfinite(value):
            return value, 0
        self.optimizer.zero_grad()
        loss.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(self.module.parameters(), clip)
        self.optimizer.step()
        return value, int((scores.argmax(dim=1) == targets).sum().item())

    def _autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16)

    def scores(self, x: np.ndarray) -> np.ndarray:
        self.module.eval()
        with torch.inference_mode(), self._autocast():
            scores = self.module(torch.from_numpy(x).to(self.device))
        return np.asarray(scores.float().cpu())

    def scale_lr(self, factor: float) -> None:
        for group, lr in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = lr * factor

    @contextmanager
    def begin_epoch(self, seed: tuple[int, int]) -> Iterator[None]:
        self.module.train()
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]))
            yield

    @contextmanager
    def modes(self) -> Iterator[None]:
        before = [(module, module.training) for module in self.module.modules()]
        try:
            yield
        finally:
            for module, training in before:
                module.training = training

    def model_state(self) -> State:
        return {name: _array(value) for name, value in self.module.state_dict().items()}

    def load_model_state(self, state: State) -> None:
        self.module.load_state_dict({n: torch.as_tensor(v) for n, v in state.items()})

    def optimizer_state(self) -> State:
        memory = self.optimizer.state_dict()["state"]
        return {
            f"{number}.{key}": _array(torch.as_tensor(value))
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


def _array(tensor: torch.Tensor) -> np.ndarray:
    """A copy; NumPy has no bfloat16, which fits into float32."""
    tensor = tensor.detach().cpu()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy().copy()


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
