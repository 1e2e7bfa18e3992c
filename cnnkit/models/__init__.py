"""The architectures, each a composition of layers; `names()` lists them."""

from cnnkit.models.lenet import lenet5

__all__ = ["lenet5", "names"]


def names() -> list[str]:
    """The networks that can be built as `cnnkit.models.NAME(**options)`."""
    return sorted(set(__all__) - {"names"})
