"""Weight files: cnnkit's `.npz` and PyTorch's, read without executing anything that is in them."""

from __future__ import annotations

import math
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnkit.layers import Layer
from cnnkit.npz import LIMIT, read_npz

if TYPE_CHECKING:
    import torch

COUNTERS = "num_batches_tracked"  # of batch normalisation; older files of PyTorch's lack it


def load_weights(net: Layer | torch.nn.Module, path: str | Path) -> None:
    """Give a network, or its PyTorch module, the weights in a file: all of them, or a ValueError
    that says what does not fit, and nothing is changed.

    `path` ends in `.npz` (what `net.save` writes), or is a file of PyTorch's (torchvision's too).
    """
    expected = sum(8 * math.prod(value.shape) for value in _stored(net).values())
    set_weights(net, read_weights(path, limit=2 * expected + 1_000_000), path)


def read_weights(path: str | Path, limit: int = LIMIT) -> dict[str, Any]:
    """The arrays or tensors in a file, by name; ValueError if it is anything else, or an `.npz`
    file that unpacks to more than `limit` bytes."""
    path = Path(path)
    return dict(read_npz(path, limit)) if path.suffix == ".npz" else _read_torch(path)


def set_weights(net: Layer | torch.nn.Module, state: dict[str, Any], source: str | Path) -> None:
    """`load_weights` of what was read from `source`."""
    own = {name: tuple(value.shape) for name, value in _stored(net).items()}
    for name in own.keys() - state.keys():
        if name.endswith(COUNTERS):
            state[name] = np.zeros((), np.int64)
    _compare(source, own, {name: tuple(value.shape) for name, value in state.items()})
    if isinstance(net, Layer):
        net.load_state_dict(state)
    else:
        import torch

        net.load_state_dict({name: torch.as_tensor(value) for name, value in state.items()})


def _stored(net: Layer | torch.nn.Module) -> Mapping[str, Any]:
    """What has a shape, by name; nothing of a cnnkit network is made for it."""
    return dict(net.named_stored()) if isinstance(net, Layer) else net.state_dict()


def _read_torch(path: Path) -> dict[str, Any]:
    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise ValueError(
            f"{path} holds more than tensors, or is broken: it was not opened, for it could run a "
            "program"
        ) from None
    except (RuntimeError, EOFError, ValueError, KeyError, IndexError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f"{path} is no whole file of PyTorch's: {reason}") from None
    if isinstance(state, Mapping) and isinstance(state.get("state_dict"), Mapping):
        state = state["state_dict"]  # as many training scripts save it
    if not isinstance(state, Mapping) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items()
    ):
        raise ValueError(f"{path} holds no weights by name")
    return dict(state)


def _compare(
    source: str | Path, own: dict[str, tuple[int, ...]], found: dict[str, tuple[int, ...]]
) -> None:
    """ValueError where the file is another network's."""
    problems = []
    for what, names in (("lacks", own.keys() - found.keys()), ("has", found.keys() - own.keys())):
        if names:
            shown = ", ".join(sorted(names)[:3])
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            problems.append(f"it {what} {shown}{more}")
    differ = [name for name in own.keys() & found.keys() if own[name] != found[name]]
    for name in sorted(differ)[:3]:
        problems.append(f"{name} has the shape {found[name]}, here {own[name]}")
    if problems:
        raise ValueError(f"{source} holds the weights of another network: {'; '.join(problems)}")
