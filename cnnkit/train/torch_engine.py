"""Training a PyTorch module."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from cnnkit.train.engines import MOMENTUM, Engine, State


class TorchEngine(Engine):
    def __init__(
        self,
        module: nn.Module,
        optimizer: Any,
        lr: float,
        weight_decay: float,
        loss: Any,
        device: str | None,
        precision: str,
    ) -> None:
        if not isinstance(module, nn.Module):
            raise TypeError(
                "model: expected a layer of cnnkit or a PyTorch module, got "
                f"{type(module).__name__}"
            )
        self.device = torch.device(device or best_device())
        self.module = module.to(self.device)
        self.loss = loss or nn.CrossEntropyLoss()
        self.bfloat16 = precision == "bfloat16"
        if isinstance(optimizer, str):
            kinds: dict[str, Callable[..., torch.optim.Optimizer]]
            kinds = {"sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop}
            kinds |= {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
            options = {"momentum": MOMENTUM} if optimizer == "sgd" else {}
            parameters = module.parameters()
            optimizer = kinds[optimizer](parameters, lr=lr, weight_decay=weight_decay, **options)
        self.optimizer = optimizer

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

    def set_lr(self, lr: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = lr

    @contextmanager
    def begin_epoch(self, seed: tuple[int, int]) -> Iterator[None]:
        self.module.train()
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]))
            yield

    def model_state(self) -> State:
        state = self.module.state_dict()
        return {name: value.detach().cpu().numpy().copy() for name, value in state.items()}

    def load_model_state(self, state: State) -> None:
        self.module.load_state_dict({n: torch.as_tensor(v) for n, v in state.items()})

    def optimizer_state(self) -> State:
        memory = self.optimizer.state_dict()["state"]
        return {
            f"{number}.{key}": np.asarray(value.cpu() if hasattr(value, "cpu") else value).copy()
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


def best_device() -> str:
    """The GPU if PyTorch finds one, else the CPU."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
