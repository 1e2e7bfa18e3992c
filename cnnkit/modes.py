"""In training or in use: the mode that each layer of a network is in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def in_use(model: Any) -> Iterator[None]:
    """A NumPy net or a PyTorch module in use (`eval()`), with all layers inside; behind it each of
    them is in the mode that it was in before, so that what was frozen is frozen still."""
    before = [(layer, layer.training) for layer in model.modules()]
    try:
        model.eval()
        yield
    finally:
        for layer, training in before:
            layer.training = training
