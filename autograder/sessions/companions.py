"""What a test hands over beside a net or a function: an optimiser, a schedule of its learning rate,
a loader of the data, a generator of random numbers.

A copy goes to the student's session; that of an optimiser holds the copies of the parameters that
go in the same call. What has become of its numbers comes back, and is put into the test's own.
"""

from __future__ import annotations

import contextlib
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.sessions.channel import CannotCross, WireError
from autograder.sessions.instances import is_net
from autograder.sessions.table import is_tensor
from autograder.sessions.wire import Ends, by_name, pack

OPTIMISER, SCHEDULE, LOADER, DATA, PART, GENERATOR, TORCHS = (
    *("optimiser", "schedule", "loader", "data", "part", "generator", "PyTorch's generator"),
)
_NUMBERS = (bool, int, float, type(None))


def kind_of(obj: Any) -> str:
    """Which of the companions an object is; "" for anything else, a class derived from one, too."""
    kind = type(obj)
    # NumPy loads its generators when they are first asked for: no session is to pay for that here.
    if kind.__module__ == "numpy.random._generator" and kind is np.random.Generator:
        return GENERATOR
    torch = sys.modules.get("torch")
    if torch is None or not kind.__module__.startswith("torch"):
        return ""
    of = {torch.utils.data.DataLoader: LOADER, torch.Generator: TORCHS}
    of |= {torch.utils.data.TensorDataset: DATA, torch.utils.data.Subset: PART}
    if kind.__module__ == "torch.optim.lr_scheduler":
        return SCHEDULE
    is_optimiser = kind.__module__.startswith("torch.optim.")
    return (
        OPTIMISER if is_optimiser and issubclass(kind, torch.optim.Optimizer) else of.get(kind, "")
    )


def parameters(arguments: list[Any]) -> Iterator[tuple[list[Any], Any]]:
    """The tensors among the arguments of a call and in its nets and lists, each with its place."""
    for i, argument in enumerate(arguments):
        if is_tensor(argument):
            yield [i, ""], argument
        elif is_net(type(argument)):
            for name, parameter in argument.named_parameters(remove_duplicate=False):
                yield [i, name], parameter
        elif type(argument) in (list, tuple):
            for j, item in enumerate(argument):
                if is_tensor(item):
                    yield [i, str(j)], item


def state_of(obj: Any, ends: Ends, arguments: list[Any]) -> list[Any]:
    """Module, name and packed state of a companion among the arguments of a call of the test's.

    CannotCross: it is nothing without what does not go with it.
    """
    kind, own = kind_of(obj), type(obj)
    state = _loaded(obj, kind) if kind in (LOADER, DATA, PART) else content_of(obj)
    if kind == OPTIMISER:
        places = {id(parameter): place for place, parameter in parameters(arguments)}
        held = [[id(p) for p in group["params"]] for group in obj.param_groups]
        if any(p not in places for group in held for p in group):
            raise CannotCross(_alone(obj, "the net (or the list) whose parameters it holds"))
        state |= {"params": [[places[p] for p in group] for group in held]}
        state |= {"defaults": obj.defaults}
    if kind == SCHEDULE:
        at = [i for i, argument in enumerate(arguments) if argument is obj.optimizer]
        if not at:
            raise CannotCross(_alone(obj, "its optimiser"))
        state |= {"optimizer": at[0]}
    return [own.__module__, own.__qualname__, {k: pack(v, ends) for k, v in state.items()}]


def _alone(obj: Any, needed: str) -> str:
    name = type(obj).__name__
    return f"a {name} goes to the student's code beside {needed}: hand both to the same call"


def _loaded(obj: Any, kind: str) -> dict[str, Any]:
    """Of what gives data: how it is made."""
    if kind == DATA:
        return {"tensors": obj.tensors}
    if kind == PART:
        return {"dataset": obj.dataset, "indices": list(obj.indices)}
    samplers, plain = sys.modules["torch"].utils.data, type(obj)(range(1))
    known = type(obj.sampler) in (samplers.RandomSampler, samplers.SequentialSampler)
    plain_data = kind_of(obj.dataset) in (DATA, PART) or type(obj.dataset) in (list, tuple, range)
    if not known or obj.collate_fn is not plain.collate_fn or obj.generator or not plain_data:
        raise CannotCross(
            "a DataLoader goes to the student's code where its data are a TensorDataset or a list, "
            "and it has no sampler, collate_fn or generator of its own: else hand over list(loader)"
        )
    shuffle = type(obj.sampler) is samplers.RandomSampler
    state = {"dataset": obj.dataset, "batch_size": obj.batch_size, "drop_last": obj.drop_last}
    return state | {"shuffle": shuffle}


def content_of(obj: Any) -> dict[str, Any]:
    """What changes while it is used, in plain values."""
    kind = kind_of(obj)
    if kind == GENERATOR:
        return {"state": obj.bit_generator.state}
    if kind == TORCHS:
        return {"state": obj.get_state()}
    if kind == OPTIMISER:
        groups = [{k: v for k, v in g.items() if k != "params"} for g in obj.param_groups]
        states = [[obj.state.get(p, {}) for p in group["params"]] for group in obj.param_groups]
        return {"groups": groups, "states": states}
    if kind == SCHEDULE:
        return dict(_plain(vars(obj)))
    return {}  # a loader stays as it is


def _plain(attributes: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in attributes.items():
        with contextlib.suppress(CannotCross):
            pack(value)
            yield name, value


def is_one(module: str, name: str) -> bool:
    """Whether a companion's class is called so, in the module that defines it."""
    generators = ("numpy.random._generator", "torch._C")
    libraries = ("torch.optim.", "torch.utils.data.")
    return module.startswith(libraries) or (module in generators and name == "Generator")


def make(module: str, name: str, state: dict[str, Any]) -> Any:
    """The student's session's copy; what it holds of other arguments, `attach` gives it."""
    if (module, name) == ("numpy.random._generator", "Generator"):
        made = np.random.Generator(getattr(np.random, state["state"]["bit_generator"])())
        made.bit_generator.state = state["state"]
        return made
    kind = by_name(module, name)
    if (module, name) == ("torch._C", "Generator"):
        made = kind()
        made.set_state(state["state"])
        return made
    if module.startswith("torch.utils.data"):
        return kind(*state.pop("tensors", ()), **state)
    made = object.__new__(kind)
    vars(made).update(state)
    return made


def attach(arguments: list[Any]) -> None:
    """Give optimisers the parameters, and schedules the optimisers, of the call they came with."""
    for made in arguments:
        if kind_of(made) == OPTIMISER and "params" in vars(made):
            there = {tuple(place): parameter for place, parameter in parameters(arguments)}
            came, groups, states = vars(made), [], defaultdict[Any, Any](dict)
            for group, places, of in zip(
                came["groups"], came["params"], came["states"], strict=True
            ):
                params = [there[tuple(place)] for place in places]
                groups.append({"params": params, **group})
                states |= {p: state for p, state in zip(params, of, strict=True) if state}
            defaults = came["defaults"]
            came.clear()
            made.__setstate__({"defaults": defaults, "state": states, "param_groups": groups})
    for made in arguments:
        if kind_of(made) == SCHEDULE and type(made.optimizer) is int:
            made.optimizer = arguments[made.optimizer]


def take(own: Any, content: Any) -> None:
    """Put what a copy holds now into the test's own. WireError: that is no such content."""
    kind = kind_of(own)
    if type(content) is not dict:
        raise WireError("what a companion holds has names")
    try:
        if kind == GENERATOR:
            own.bit_generator.state = content["state"]
        elif kind == TORCHS:
            own.set_state(content["state"])
        elif kind == OPTIMISER:
            _take_optimiser(own, content["groups"], content["states"])
        elif kind == SCHEDULE:
            _take_numbers(vars(own), content)
    except (LookupError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise WireError(f"not what a {type(own).__name__} holds: {error}") from None


def _take_optimiser(own: Any, groups: Any, states: Any) -> None:
    for group, new, of in zip(own.param_groups, groups, states, strict=True):
        _take_numbers(group, new)
        for parameter, state in zip(group["params"], of, strict=True):
            for name, value in state.items():
                fits = is_tensor(value) and value.shape in ((), parameter.shape)
                if type(name) is not str or not (fits or type(value) in _NUMBERS):
                    raise WireError("an optimiser keeps numbers for each parameter")
            own.state[parameter] = dict(state)


def _take_numbers(own: dict[str, Any], new: dict[str, Any]) -> None:
    """Numbers, and lists of numbers, under names that are there; nothing else changes."""
    for name in own.keys() & new.keys():
        value = new[name]
        numbers = value if type(value) in (list, tuple) else [value]
        if all(type(number) in _NUMBERS for number in numbers) and not callable(own[name]):
            own[name] = value
