"""A whole architecture: a composition of layers whose parameters bear the names of its weight
files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from cnnkit.layers import Layer, Sequential
from cnnkit.layers.parameter import Stored

if TYPE_CHECKING:
    import torch


class Network(Sequential):
    """A `Sequential` whose parameters are called otherwise than its composition says.

    `rename` gives, for a dotted name in the composition, the name in torchvision's model, so that
    its weight files load; `net.layer1[0].residual.body.conv1.weight` is `layer1.0.conv1.weight` in
    `state_dict()` and in the PyTorch module.
    """

    def __init__(self, layers: Mapping[str, Layer], rename: Callable[[str], str]) -> None:
        super().__init__(layers)
        self._rename = rename

    def named_stored(self, prefix: str = "") -> Iterator[tuple[str, Stored]]:
        for name, stored in super().named_stored():
            yield prefix + self._rename(name), stored

    def make_torch(self, made: dict[Layer, torch.nn.Module]) -> torch.nn.Module:
        from torch import nn

        from cnnkit.pytorch.twins import Network as Twin

        composed = nn.Sequential()
        for name, layer in self.children().items():
            composed.add_module(name, layer.twin(made))
        return Twin(composed, self._rename)
