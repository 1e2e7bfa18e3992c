"""Instances of classes that both sessions have, which cross as their state.

Such classes are those of the instructor's locked cells, and PyTorch's own modules where a test
sends one. An instance is made anew at the other end, without its `__init__` or anything else of
its class being run, from a state of plain values; no method can be among them.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import sys
from collections.abc import Iterator
from typing import Any

from autograder.sessions.channel import CannotCross, Endless, WireError
from autograder.sessions.table import is_tensor
from autograder.sessions.wire import Ends, pack

PYTORCHS = "torch.nn.modules."
# Of a module's own dictionary: what it learns and what it is made of.
PARTS = ("_parameters", "_buffers", "_modules")
_WITHIN: set[int] = set()  # instances that are being packed


def is_module(kind: type) -> bool:
    """Whether it is one of PyTorch's own modules."""
    return kind.__module__.startswith(PYTORCHS) and "torch" in sys.modules


def is_net(kind: type) -> bool:
    """Whether it is a module, of PyTorch's own or of a class that is derived from one."""
    torch = sys.modules.get("torch")
    return torch is not None and issubclass(kind, torch.nn.Module)


def _is_machinery(kind: type, name: str) -> bool:
    """Whether every module has it for itself: hooks, and what PyTorch keeps there."""
    if name in PARTS or not is_net(kind):
        return False
    if is_module(kind):
        return name.startswith("_")
    return name != "training" and name in vars(sys.modules["torch"].nn.Module())


def state_of(obj: Any, ends: Ends) -> dict[str, bytes] | None:
    """The state of an instance, packed attribute by attribute, as far as it is plain; None where
    what it is made of is not."""
    attributes = getattr(obj, "__dict__", None)
    if type(attributes) is not dict:
        return None
    if id(obj) in _WITHIN:
        raise CannotCross("an instance that holds itself")
    net, state = is_net(type(obj)), {}
    _WITHIN.add(id(obj))
    try:
        for name, value in attributes.items():
            if _is_machinery(type(obj), name):
                continue
            try:
                state[name] = pack(value, ends)
            except Endless:
                raise
            except CannotCross:
                if net and name in PARTS:
                    return None
    finally:
        _WITHIN.discard(id(obj))
    return state


def make(kind: type, state: dict[str, Any]) -> Any:
    """An instance of a class with this state. WireError: it would hide a method of the class."""
    made: Any = object.__new__(kind)
    if is_net(kind):
        sys.modules["torch"].nn.Module.__init__(made)
    refuse_methods(kind, state)
    made.__dict__.update(state)
    return made


def refuse_methods(kind: type, state: dict[str, Any]) -> None:
    """WireError: a state that would hide a method of the class."""
    for name in state:
        if _is_machinery(kind, name):
            raise WireError("a module's hooks do not cross")
        own = inspect.getattr_static(kind, name, None)
        if name.startswith("__") or callable(own) or hasattr(own, "__get__"):
            raise WireError("a state is no method")


def outline(net: Any) -> str:
    """What a module is made of, without what it learns: its layers, the shapes there, and its
    settings, as far as they are plain."""
    parts = [
        f"{name} {tuple(part.shape)} {part.dtype}" if is_tensor(part) else f"{name} {outline(part)}"
        for of in PARTS
        for name, part in vars(net).get(of, {}).items()
        if part is not None
    ]
    return f"{type(net).__name__}({', '.join([*parts, *_settings(net)])})"


def _settings(net: Any) -> Iterator[str]:
    for name, value in sorted(vars(net).items()):
        if name in (*PARTS, "training") or _is_machinery(type(net), name):
            continue
        with contextlib.suppress(CannotCross):
            yield f"{name} {hashlib.sha256(pack(value)).hexdigest()}"


def update(old: Any, new: Any) -> None:
    """Give an instance the state of another of its class; tensors are changed where they are."""
    for name, value in vars(new).items():
        own = vars(old).get(name)
        if is_tensor(own) and type(own) is type(value):
            update_tensor(own, value)
        elif isinstance(own, dict) and name in PARTS:
            _update_parts(own, value)
        elif name == "training" or not (is_module(type(old)) or _is_machinery(type(old), name)):
            vars(old)[name] = value


def _update_parts(own: dict[str, Any], changed: Any) -> None:
    """Give a module's parts what they have become; another layer in one's place stands there. (That
    it may be another, the outline has said: `Given.instance_of`.)"""
    if type(changed) is not dict:
        raise WireError("a module's parts have names")
    for gone in own.keys() - changed.keys():
        del own[gone]
    for name, part in changed.items():
        there: Any = own.get(name)
        if type(there) is not type(part):
            own[name] = part
        elif is_tensor(there) and there.shape == part.shape:
            update_tensor(there, part)
        elif is_net(type(there)) and outline(there) == outline(part):
            update(there, part)
        else:
            own[name] = part


def update_tensor(old: Any, new: Any) -> None:
    """Give a tensor the numbers and the gradient of another; it wants gradients as that does."""
    if (old.shape, old.dtype) != (new.shape, new.dtype):
        raise WireError("a changed tensor keeps its shape")
    if old.is_leaf:
        old.requires_grad_(new.requires_grad)
    old.detach().copy_(new.detach())
    old.grad = new.grad
