"""Layers of cnnkit that PyTorch lacks or has otherwise, as PyTorch modules.

Each has the name, the options and the parameters of its NumPy layer, where the formula stands.
"""

from collections.abc import Callable, Iterator
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def find(name: str) -> Any:
    """The PyTorch class of the layer of this name: one of these, or else one of torch.nn."""
    twin = globals().get(name) or getattr(nn, name, None)
    if twin is None:
        raise NotImplementedError(f"{name} has no PyTorch form")
    return twin


class Step(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.sign(x) * (x > 0)  # of a comparison PyTorch knows no gradient, not even 0


class ScaledTanh(nn.Module):
    def __init__(self, scale: float = 1.7159, slope: float = 2 / 3) -> None:
        super().__init__()
        self.scale, self.slope = scale, slope

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * torch.tanh(self.slope * x)


class RBF(nn.Module):
    weight: Tensor

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.empty(out_features, in_features))

    def forward(self, x: Tensor) -> Tensor:
        return -(x[:, None, :] - self.weight).square().sum(dim=2)


class Standardize(nn.Module):
    mean: Tensor
    std: Tensor

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("std", torch.ones(shape[:1]))

    def forward(self, x: Tensor) -> Tensor:
        mean = self.mean if self.mean.ndim == 3 else self.mean.reshape(-1, 1, 1)
        return (x - mean) / self.std.reshape(-1, 1, 1)


class Select(nn.Module):
    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__()
        self.channels = list(channels)

    def forward(self, x: Tensor) -> Tensor:
        return x[:, self.channels]


class Maxout(nn.Module):
    def __init__(self, group_size: int) -> None:
        super().__init__()
        self.group_size = group_size

    def forward(self, x: Tensor) -> Tensor:
        return x.unflatten(1, (-1, self.group_size)).max(dim=2).values


class FeatureL2Pool(nn.Module):
    def __init__(self, group_size: int) -> None:
        super().__init__()
        self.group_size = group_size

    def forward(self, x: Tensor) -> Tensor:
        return torch.linalg.vector_norm(x.unflatten(1, (-1, self.group_size)), dim=2)


class L2Normalize(nn.Module):
    def __init__(self, dim: int = 1, eps: float = 1e-12) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x: Tensor) -> Tensor:
        return F.normalize(x, dim=self.dim, eps=self.eps)


class HistoricalDropout(nn.Module):
    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            return x * (torch.rand_like(x) >= self.p)
        return x * (1 - self.p)


class Reshape(nn.Module):
    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(len(x), *self.shape) if len(x) else self._empty(x)

    def _empty(self, x: Tensor) -> Tensor:
        """PyTorch cannot work out a size of −1 without a value."""
        shape = torch.empty(x.shape[1:], device="meta").reshape(self.shape).shape
        return x.reshape(0, *shape)


class SumPool2d(nn.AvgPool2d):
    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, divisor_override=1)


class MaxUnpool2d(nn.Module):
    """Takes its switches from `pool`, which from now on keeps them with the size of its input."""

    def __init__(self, pool: Any) -> None:
        super().__init__()
        if not pool.return_indices:  # else another one undoes the same pool
            pool.return_indices = True
            pool.register_forward_hook(_keep_switches)
        self.pools = (pool,)  # in a tuple, for it is no part of this module

    def forward(self, x: Tensor) -> Tensor:
        (pool,) = self.pools
        height, width = pool.input_size
        y = x.new_zeros(*x.shape[:2], height * width)
        y = y.scatter_add(2, pool.switches.flatten(2), x.flatten(2))
        return y.unflatten(2, (height, width))


def _keep_switches(pool: Any, inputs: tuple[Tensor], outputs: tuple[Tensor, Tensor]) -> Tensor:
    y, pool.switches = outputs
    pool.input_size = inputs[0].shape[2:]
    return y


class Shrink(nn.Module):
    def __init__(self, stride: int, channels: int) -> None:
        super().__init__()
        self.stride, self.channels = stride, channels

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.channels))


class Residual(nn.Module):
    def __init__(self, body: nn.Module, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x)
        return y + (x if self.shortcut is None else self.shortcut(x))


class Concat(nn.Sequential):
    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self], dim=1)


class Auxiliary(nn.Module):
    """`scores` is what `head` made of the last output, None in use; it has a gradient."""

    def __init__(self, body: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.body, self.head = body, head
        self.scores: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x)
        self.scores = self.head(y) if self.training else None
        return y


class Network(nn.Module):
    """Runs a composition whose layers it holds under other names (`cnnkit.models.Network`).

    The composition itself is no child, so that each parameter has one name: the weight file's. Its
    containers are reached as attributes all the same, and with all its layers among `modules()`.
    """

    def __init__(self, composed: nn.Module, rename: Callable[[str], str]) -> None:
        super().__init__()
        for name, layer in composed.named_modules():
            if not list(layer.children()):
                _place(self, rename(f"{name}.").removesuffix("."), layer)
        self.__dict__["composed"] = composed

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.composed(x)
        return y

    def named_modules(
        self, memo: set[nn.Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, nn.Module]]:
        memo = set() if memo is None else memo
        yield from super().named_modules(memo, prefix, remove_duplicate)
        for name, layer in self.composed.named_modules(memo, prefix, remove_duplicate):
            whole = f"{prefix}.composed" if prefix else "composed"
            yield whole if name == prefix else name, layer

    def train(self, mode: bool = True) -> Self:
        self.composed.train(mode)
        return super().train(mode)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if "composed" not in self.__dict__:
                raise
            return getattr(self.composed, name)


def _place(root: nn.Module, name: str, layer: nn.Module) -> None:
    """Make a layer a child under a dotted name, unless one without parameters would be the second
    of its name (torchvision runs one ReLU at several places)."""
    *path, last = name.split(".")
    for part, following in zip(path, name.split(".")[1:], strict=True):
        if part not in root._modules:
            root.add_module(part, nn.ModuleList() if following.isdigit() else nn.Module())
        root = getattr(root, part)
    if last not in root._modules:
        root.add_module(last, layer)
    elif list(layer.parameters()):
        raise ValueError(f"two layers would be called {name}")
