"""Layers made of layers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnkit.layers.base import Layer, batch_of
from cnnkit.layers.parameter import Shape
from cnnkit.summary import Row, View

if TYPE_CHECKING:
    import torch


class Container(Layer):
    """What holds other layers, under names that are also attributes.

    A layer remembers one call, so the same object can't stand at two places: ValueError.
    """

    def __init__(self, layers: Mapping[str, Any]) -> None:
        kind = type(self).__name__
        for name, layer in layers.items():
            if not isinstance(layer, Layer):
                raise TypeError(f"{kind}: {name}: expected a layer, got {layer!r}")
            if not name or name.startswith("_") or "." in name or hasattr(type(self), name):
                raise ValueError(f"{kind}: {name!r} can't be a layer's name")
            setattr(self, name, layer)
        seen: dict[Layer, str] = {}
        for name, layer in self.named_layers():
            if layer in seen:
                raise ValueError(
                    f"{kind}: {seen[layer]!r} and {name!r} are the same layer object; "
                    "construct one for each place"
                )
            seen[layer] = name

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def macs(self, input_shape: Shape) -> int:
        return self.summary(input_shape).macs

    def trace_child(self, name: str, child: str, view: View) -> tuple[list[Row], View]:
        """`trace` of the child of this name, its rows under the dotted one."""
        return self.children()[child].trace(f"{name}.{child}" if name else child, view)

    def make_torch(self, made: dict[Layer, torch.nn.Module]) -> torch.nn.Module:
        from torch import nn

        from cnnkit.pytorch import twins

        twin = twins.find(type(self).__name__)
        modules = OrderedDict((name, layer.twin(made)) for name, layer in self.children().items())
        module: nn.Module = twin(modules) if issubclass(twin, nn.Sequential) else twin(**modules)
        return module

    def __getitem__(self, index: int) -> Any:
        return list(self)[index]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.children().values())

    def __len__(self) -> int:
        return len(self.children())

    def __repr__(self) -> str:
        lines = [f"{name}: {layer!r}" for name, layer in self.children().items()]
        return "\n".join(
            [
                f"{type(self).__name__}(",
                *(f"  {line}" for listed in lines for line in listed.split("\n")),
                ")",
            ]
        )


def _named(layers: tuple[Any, ...]) -> Mapping[str, Any]:
    """`(one, two)` as {"0": one, "1": two}, and a single mapping as it is."""
    if len(layers) == 1 and isinstance(layers[0], Mapping):
        return layers[0]
    return {str(i): layer for i, layer in enumerate(layers)}


class Sequential(Container):
    """One layer after another: y = f_k(… f_2(f_1(x))).

    `Sequential(Conv2d(…), ReLU())` names them "0", "1", …; `Sequential({"conv": Conv2d(…),
    "relu": ReLU()})` gives them names: `net.conv`.
    """

    def __init__(self, *layers: Layer | Mapping[str, Layer]) -> None:
        super().__init__(_named(layers))

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        for layer in self:
            x = layer(x)
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        for layer in reversed(list(self)):
            dy = layer.backward(dy)
        return dy

    def learn(self, dy: np.ndarray) -> None:
        self.recall(dy)
        first = next((layer for layer in self if next(layer.parameters(), None)), None)
        for layer in reversed(list(self)):
            if layer is first:
                layer.learn(dy)
                return
            dy = layer.backward(dy)

    def output_shape(self, input_shape: Shape) -> Shape:
        for name, layer in self.children().items():
            try:
                input_shape = layer.output_shape(input_shape)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        return input_shape

    def trace(self, name: str, view: View) -> tuple[list[Row], View]:
        self.output_shape(view.shape)  # if a layer refuses, this says which
        rows: list[Row] = []
        for child in self.children():
            child_rows, view = self.trace_child(name, child, view)
            rows += child_rows
        return rows, view


class Residual(Container):
    """y = body(x) + shortcut(x), the shortcut being x itself unless one is given.

    He et al., Deep Residual Learning for Image Recognition, 2016, equations 1 and 2. ValueError:
    the two have different shapes.
    """

    def __init__(self, body: Layer, shortcut: Layer | None = None) -> None:
        super().__init__({"body": body} | ({} if shortcut is None else {"shortcut": shortcut}))

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        y = self.body(x)
        return y + (self.shortcut(x) if "shortcut" in self.children() else x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        dx = self.body.backward(dy)
        return dx + (self.shortcut.backward(dy) if "shortcut" in self.children() else dy)

    def output_shape(self, input_shape: Shape) -> Shape:
        body = self.body.output_shape(input_shape)
        shortcut = input_shape
        if "shortcut" in self.children():
            shortcut = self.shortcut.output_shape(input_shape)
        if body != shortcut:
            raise ValueError(
                f"Residual: the body gives {batch_of(body)}, the shortcut {batch_of(shortcut)}; "
                "they must have the same shape"
            )
        return body

    def trace(self, name: str, view: View) -> tuple[list[Row], View]:
        shape = self.output_shape(view.shape)
        rows, after = self.trace_child(name, "body", view)
        beside = view
        if "shortcut" in self.children():
            shortcut_rows, beside = self.trace_child(name, "shortcut", view)
            rows += shortcut_rows
        after = after.beside(beside, shape)
        return [*rows, after.row(name, type(self).__name__)], after


class Concat(Container):
    """The branches' outputs, channel after channel: y = [f_1(x), f_2(x), …] along dim 1.

    Szegedy et al., Going Deeper with Convolutions, 2015, section 4. Names as in `Sequential`.
    ValueError: there is no branch, or they differ in more than their channels.
    """

    def __init__(self, *branches: Layer | Mapping[str, Layer]) -> None:
        super().__init__(_named(branches))
        if not len(self):
            raise ValueError("Concat: expected at least one branch")

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        return np.concatenate([branch(x) for branch in self], axis=1)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        channels = [branch.output_shape(x.shape[1:])[0] for branch in self]
        parts = np.split(dy, np.cumsum(channels)[:-1], axis=1)
        gradients = [branch.backward(part) for branch, part in zip(self, parts, strict=True)]
        return sum(gradients[1:], start=gradients[0])

    def output_shape(self, input_shape: Shape) -> Shape:
        shapes = [branch.output_shape(input_shape) for branch in self]
        if len({shape[1:] for shape in shapes}) > 1:
            raise ValueError(
                f"Concat: the branches give {', '.join(map(batch_of, shapes))}; they may differ in "
                "their channels alone"
            )
        return sum(shape[0] for shape in shapes), *shapes[0][1:]

    def trace(self, name: str, view: View) -> tuple[list[Row], View]:
        shape = self.output_shape(view.shape)
        traced = [self.trace_child(name, branch, view) for branch in self.children()]
        rows = [row for branch_rows, _ in traced for row in branch_rows]
        after = traced[0][1]
        for _, view in traced:
            after = after.beside(view, shape)
        return [*rows, after.row(name, type(self).__name__)], after


class Auxiliary(Container):
    """y = body(x); in training also `.scores` = head(y): a second classifier beside the trunk.

    Its loss is added to the trunk's with a weight, so that lower layers get a gradient from nearby
    (Szegedy et al., Going Deeper with Convolutions, 2015, section 5, where it is 0.3). Set
    `.dscores` to the gradient of the loss with respect to `.scores` before `backward`; None stands
    for zeros. In use (`eval()`) the head does not run and `.scores` is None.
    """

    scores: np.ndarray | None = None
    dscores: np.ndarray | None = None

    def __init__(self, body: Layer, head: Layer) -> None:
        super().__init__({"body": body, "head": head})

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        y = self.body(x)
        self.scores = self.head(y) if self.training else None
        self.dscores = None
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        if self.dscores is not None:
            dy = dy + self.head.backward(self.dscores)
        return self.body.backward(dy)

    def output_shape(self, input_shape: Shape) -> Shape:
        shape = self.body.output_shape(input_shape)
        self.head.output_shape(shape)
        return shape

    def trace(self, name: str, view: View) -> tuple[list[Row], View]:
        self.output_shape(view.shape)
        rows, after = self.trace_child(name, "body", view)
        head_rows, _ = self.trace_child(name, "head", after)
        return [*rows, *head_rows], after
