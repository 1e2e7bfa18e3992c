"""`probe` for PyTorch modules, by hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cnnkit.inside.traces import OUTPUT, Seed, Trace
from cnnkit.modes import in_use
from cnnkit.pytorch.arrays import array_of, tensor_for
from cnnkit.pytorch.twins import Network

CUT = (
    "no gradient comes back to what was asked about: the module does not use what it gives, or "
    "computes under torch.no_grad(), or detaches or rounds on the way"
)


def layers_of(module: nn.Module) -> dict[str, nn.Module]:
    """Every layer inside by dotted name; in a `cnnkit.models.Network` by the names that the NumPy
    net's layers have, too, since a block is no module of its weight file."""
    layers = dict(module.named_modules(remove_duplicate=False))
    for name, inner in list(layers.items()):
        if isinstance(inner, Network):
            prefix = f"{name}." if name else ""
            layers |= {f"{prefix}{n}": part for n, part in inner.composed.named_modules() if n}
    return layers


def trace_torch(
    module: nn.Module, x: np.ndarray, seeds: Mapping[str, Seed], watch: str | None, rule: str
) -> Trace:
    """`probe.trace` of a module."""
    names = {name for name in (*seeds, watch) if name}
    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        in_use(module),
        _relu_nodes(module) as of_layers,
        _recorded(module, names) as outputs,
    ):
        tensor = tensor_for(module, x).requires_grad_()
        output = outputs[OUTPUT] = _single(module(tensor.clone()), "the module")
        if silent := sorted(names - outputs.keys()):
            raise ValueError(f"{', '.join(silent)} did not run in this pass")
        starts, wanted = [outputs[name] for name in seeds], [tensor]
        wanted += [outputs[watch]] if watch else []
        if not all(one.requires_grad for one in (*starts, *wanted)):
            raise ValueError(CUT)
        gradients = [
            torch.as_tensor(seed(array_of(start)), dtype=start.dtype, device=start.device)
            for seed, start in zip(seeds.values(), starts, strict=True)
        ]
        if rule != "plain":
            _set_rule(rule, starts, of_layers)
        found = torch.autograd.grad(starts, wanted, gradients, allow_unused=True)
        if found[-1] is None:
            raise ValueError(CUT)
    filled = [torch.zeros_like(w) if g is None else g for w, g in zip(wanted, found, strict=True)]
    return Trace(
        array_of(output),
        array_of(filled[0]),
        array_of(outputs[watch]) if watch else None,
        array_of(filled[1]) if watch else None,
    )


def _single(output: Any, name: str) -> Tensor:
    if not isinstance(output, Tensor):
        raise ValueError(f"{name} gives a {type(output).__name__}; expected a single tensor")
    return output


@contextmanager
def _recorded(module: nn.Module, names: set[str]) -> Iterator[dict[str, Tensor]]:
    """The outputs of the modules of these names, as they are computed; of one that runs several
    times, its last."""
    outputs: dict[str, Tensor] = {}

    def record(name: str) -> Callable[..., Tensor]:
        def hook(_: nn.Module, inputs: Any, output: Any) -> Tensor:
            # Copies on both sides: a layer may give its very input, which others use, too, and
            # what follows may write into what it is given (x += …, ReLU(inplace=True)).
            outputs[name] = _single(output, name).clone()
            return outputs[name].clone()

        return hook

    modules = layers_of(module)
    with ExitStack() as hooks:
        for name in names:
            hooks.enter_context(modules[name].register_forward_hook(record(name)))
        yield outputs


@contextmanager
def _relu_nodes(module: nn.Module) -> Iterator[list[Any]]:
    """The nodes of PyTorch's graph that its ReLU layers make, one for each time that one runs."""
    nodes: list[Any] = []

    def before(_: nn.Module, inputs: tuple[Tensor]) -> Tensor | None:
        # In place on a part or another shape of an array it would be hidden in a node of copying.
        return inputs[0].clone() if inputs[0]._is_view() else None

    def after(_: nn.Module, inputs: Any, output: Tensor) -> None:
        nodes.append(output.grad_fn)

    with ExitStack() as hooks:
        for layer in set(layers_of(module).values()):
            if isinstance(layer, nn.ReLU | nn.ReLU6):
                hooks.enter_context(layer.register_forward_pre_hook(before))
                hooks.enter_context(layer.register_forward_hook(after, prepend=True))
        yield nodes


def _set_rule(rule: str, starts: Sequence[Tensor], of_layers: Sequence[Any]) -> None:
    """Make the ReLUs behind `starts` follow a rule on the way back, and refuse those that are no
    layers once a gradient comes there."""

    def follow(passed: tuple[Tensor], arriving: tuple[Tensor]) -> tuple[Tensor]:
        return ((passed if rule == "guided" else arriving)[0].clamp(min=0),)

    def refuse(passed: Any, arriving: Any) -> None:
        raise ValueError(
            f"{rule}: the module computes a ReLU by a function (torch.relu, clamp, …), where no "
            "rule can be set: make it a layer, nn.ReLU, and call that"
        )

    def doubt(passed: Any, arriving: Any) -> None:
        raise ValueError(
            f"{rule}: the module writes into a part or another shape of an array (x[:, 0] = …, "
            "x.view(…).relu_()), and whether that is a ReLU can't be seen: write beside it"
        )

    pending: list[Any] = [start.grad_fn for start in starts]
    seen: set[Any] = {None}
    while pending:
        node = pending.pop()
        if node not in seen:
            seen.add(node)
            pending += [before for before, _ in node.next_functions]
            if _is_relu(node):
                node.register_hook(follow if node in of_layers else refuse)
            elif node.name().endswith("CopySlices"):
                node.register_hook(doubt)


# Where the nodes of functions that can be a ReLU keep the value below which they cut off.
LOWEST = {
    "HardtanhBackward": "_saved_min_val",
    "ClampBackward": "_saved_min",
    "ClampMinBackward": "_saved_min",
    "ThresholdBackward": "_saved_threshold",
    "MaximumBackward": "_saved_other",
}


def _is_relu(node: Any) -> bool:
    """Whether max(x, 0), with an upper limit or without, was computed, by whatever function."""
    name = node.name().rstrip("0123456789")
    lowest = getattr(node, LOWEST[name]) if name in LOWEST else None
    return name == "ReluBackward" or (lowest is not None and not torch.as_tensor(lowest).any())
