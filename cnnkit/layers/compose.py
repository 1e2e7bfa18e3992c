"""Layers made of layers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnkit.layers.base import Layer
from cnnkit.layers.parameter import Shape
from cnnkit.summary import Row, View

if TYPE_CHECKING:
    import torch


class Sequential(Layer):
    """One layer after another: y = f_k(… f_2(f_1(x))).

    `Sequential(Conv2d(…), ReLU())` names them "0", "1", …; `Sequential({"conv": Conv2d(…),
    "relu": ReLU()})` gives them names, under which they are also attributes: `net.conv`. A layer
    remembers one call, so the same object can't stand at two places: ValueError.
    """

    def __init__(self, *layers: Layer | Mapping[str, Layer]) -> None:
        named: Mapping[str, Any] = {str(i): layer for i, layer in enumerate(layers)}
        if len(layers) == 1 and isinstance(layers[0], Mapping):
            named = layers[0]
        for name, layer in named.items():
            if not isinstance(layer, Layer):
                raise TypeError(f"Sequential: {name}: expected a layer, got {layer!r}")
            if not name or "." in name or hasattr(Layer, name):
                raise ValueError(f"Sequential: {name!r} can't be a layer's name")
            setattr(self, name, layer)
        seen: dict[int, str] = {}
        for name, layer in self.named_layers():
            if id(layer) in seen:
                raise ValueError(
                    f"Sequential: {seen[id(layer)]!r} and {name!r} are the same layer object; "
                    "construct one for each place"
                )
            seen[id(layer)] = name

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

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

    def output_shape(self, input_shape: Shape) -> Shape:
        for name, layer in self.children().items():
            try:
                input_shape = layer.output_shape(input_shape)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        return input_shape

    def macs(self, input_shape: Shape) -> int:
        return self.summary(input_shape).macs

    def trace(self, name: str, view: View) -> tuple[list[Row], View]:
        self.output_shape(view.shape)  # if a layer refuses, this says which
        rows: list[Row] = []
        for child_name, child in self.children().items():
            child_rows, view = child.trace(f"{name}.{child_name}" if name else child_name, view)
            rows += child_rows
        return rows, view

    def make_torch(self) -> torch.nn.Module:
        from torch import nn

        modules = OrderedDict((name, layer.make_torch()) for name, layer in self.children().items())
        return nn.Sequential(modules)

    def __getitem__(self, index: int) -> Any:
        return list(self)[index]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.children().values())

    def __len__(self) -> int:
        return len(self.children())

    def __repr__(self) -> str:
        lines = [f"{name}: {layer!r}" for name, layer in self.children().items()]
        return "\n".join(
            ["Sequential(", *(f"  {line}" for l in lines for line in l.split("\n")), ")"]
        )
