"""Steps from gradients: `optimizer.step()` changes every parameter that has a `.grad`.

Names, defaults and arithmetic are those of `torch.optim`. Schedules change `optimizer.lr`; call
`schedule.step()` once after each epoch (or step, if that is what you count in).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from cnnkit.arithmetic import wide
from cnnkit.layers.parameter import Parameter


class Optimizer:
    """What all have in common: the parameters, the learning rate, and memory for each parameter."""

    def __init__(self, parameters: Iterable[Parameter], lr: float, weight_decay: float) -> None:
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError(f"{type(self).__name__}: there is no parameter to optimise")
        if not (lr >= 0 and weight_decay >= 0):
            raise ValueError(f"{type(self).__name__}: lr and weight_decay must be at least 0")
        # Python's numbers: NumPy's float64 would make float32 parameters' memory float64.
        self.lr, self.weight_decay = float(lr), float(weight_decay)
        self.steps = 0
        self._memory: list[dict[str, np.ndarray]] = [{} for _ in self.parameters]

    def step(self) -> None:
        self.steps += 1
        for parameter, memory in zip(self.parameters, self._memory, strict=True):
            if parameter.grad is not None:
                self.update(parameter, wide(parameter.grad), memory)

    def decayed(self, p: Parameter, grad: np.ndarray) -> np.ndarray:
        """g + weight_decay · w; without decay g alone, also where a weight is infinite."""
        return grad + self.weight_decay * p.data if self.weight_decay else grad

    def update(self, p: Parameter, grad: np.ndarray, memory: dict[str, np.ndarray]) -> None:
        """Change `p.data` in place; `memory` holds what this parameter's next update needs."""
        raise NotImplementedError(f"{type(self).__name__} has no update")

    def zero_grad(self) -> None:
        for parameter in self.parameters:
            parameter.grad = None

    def state_dict(self) -> dict[str, np.ndarray]:
        """A copy of what is remembered from step to step: "0.velocity" is the first parameter's."""
        memory = {
            f"{number}.{name}": values.copy()
            for number, memory in enumerate(self._memory)
            for name, values in memory.items()
        }
        return memory | {"steps": np.array(self.steps)}

    def load_state_dict(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from what `state_dict` gave; ValueError if it is of other parameters."""
        memory: list[dict[str, np.ndarray]] = [{} for _ in self.parameters]
        for name, values in state.items():
            if name == "steps":
                continue
            number, _, key = name.partition(".")
            if not number.isdigit() or int(number) >= len(memory):
                raise ValueError(f"optimizer state: {name} belongs to no parameter here")
            shape = self.parameters[int(number)].shape
            if values.shape not in (shape, ()):
                raise ValueError(f"optimizer state: {name} has {values.shape}, not {shape}")
            memory[int(number)][key] = values.copy()
        self._memory, self.steps = memory, int(state["steps"])


class SGD(Optimizer):
    """v ← momentum · v + g;  w ← w − lr · v, with g the gradient plus weight_decay · w.

    Nesterov's form steps by g + momentum · v instead (Sutskever et al., On the importance of
    initialization and momentum in deep learning, 2013, in PyTorch's arrangement).
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        if not momentum >= 0:
            raise ValueError(f"SGD: momentum must be at least 0, got {momentum}")
        if nesterov and not momentum:
            raise ValueError("SGD: Nesterov needs a momentum above 0")
        self.momentum, self.nesterov = momentum, nesterov

    def update(self, p: Parameter, grad: np.ndarray, memory: dict[str, np.ndarray]) -> None:
        grad = self.decayed(p, grad)
        if self.momentum:
            velocity = memory.get("velocity")
            velocity = grad.copy() if velocity is None else self.momentum * velocity + grad
            memory["velocity"] = velocity
            grad = grad + self.momentum * velocity if self.nesterov else velocity
        p.data -= self.lr * grad


class RMSprop(Optimizer):
    """s ← alpha · s + (1 − alpha) · g²;  w ← w − lr · g / (√s + eps) (Tieleman, Hinton, 2012)."""

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        if not (alpha >= 0 and eps >= 0):
            raise ValueError("RMSprop: alpha, eps must be at least 0")
        self.alpha, self.eps = alpha, eps

    def update(self, p: Parameter, grad: np.ndarray, memory: dict[str, np.ndarray]) -> None:
        grad = self.decayed(p, grad)
        square = memory.get("square", np.zeros_like(grad))
        memory["square"] = square = self.alpha * square + (1 - self.alpha) * grad**2
        p.data -= self.lr * grad / (np.sqrt(square) + self.eps)


class Adam(Optimizer):
    """m ← β₁m + (1 − β₁)g;  s ← β₂s + (1 − β₂)g²;  w ← w − lr · m̂ / (√ŝ + eps).

    m̂ = m / (1 − β₁ᵗ) and ŝ = s / (1 − β₂ᵗ) undo that m and s began at 0 (Kingma, Ba, Adam, 2015).
    """

    decoupled = False

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(
                f"{type(self).__name__}: betas must be in 0 … 1, 1 excluded; got {betas}"
            )
        if not eps >= 0:
            raise ValueError(f"{type(self).__name__}: eps must be at least 0, got {eps}")
        self.betas, self.eps = betas, eps

    def update(self, p: Parameter, grad: np.ndarray, memory: dict[str, np.ndarray]) -> None:
        beta1, beta2 = self.betas
        if self.decoupled:
            p.data *= 1 - self.lr * self.weight_decay
        else:
            grad = self.decayed(p, grad)
        zero = np.zeros_like(grad)
        memory["mean"] = mean = beta1 * memory.get("mean", zero) + (1 - beta1) * grad
        memory["square"] = square = beta2 * memory.get("square", zero) + (1 - beta2) * grad**2
        memory["t"] = memory.get("t", np.array(0)) + 1
        t = int(memory["t"])
        mean, square = mean / (1 - beta1**t), square / (1 - beta2**t)
        p.data -= self.lr * mean / (np.sqrt(square) + self.eps)


class AdamW(Adam):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter, 2019)."""

    decoupled = True

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)


class Schedule:
    """lr = base · factor(t): base is the optimizer's lr at construction, t the steps so far."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer, self.base, self.t = optimizer, optimizer.lr, 0
        optimizer.lr = self.base * self.factor(0)

    def step(self) -> None:
        self.t += 1
        self.optimizer.lr = self.base * self.factor(self.t)

    def factor(self, t: int) -> float:
        raise NotImplementedError(f"{type(self).__name__} has no factor")


class StepLR(Schedule):
    """gamma^⌊t / step_size⌋."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        return self.gamma ** (t // self.step_size)


class CosineAnnealingLR(Schedule):
    """(1 + cos(π t / T_max)) / 2, from 1 to 0 in T_max steps (Loshchilov, Hutter, SGDR, 2017)."""

    def __init__(self, optimizer: Optimizer, T_max: int) -> None:
        self.T_max = T_max
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        return (1 + math.cos(math.pi * t / self.T_max)) / 2


class LinearLR(Schedule):
    """Warm-up: from start_factor to 1 in total_iters steps, then 1 (Goyal et al., 2017, 2.2)."""

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1 / 3, total_iters: int = 5
    ) -> None:
        self.start_factor, self.total_iters = start_factor, total_iters
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        done = min(1.0, t / self.total_iters)
        return self.start_factor + (1 - self.start_factor) * done
