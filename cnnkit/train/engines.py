"""The engine and the optimizer that the options of `fit` ask for."""

from __future__ import annotations

from typing import Any

from cnnkit.layers import Layer
from cnnkit.train.engine import Engine
from cnnkit.train.numpy_engine import NumpyEngine

OPTIMIZERS = ("sgd", "rmsprop", "adam", "adamw")
PRECISIONS = ("float32", "bfloat16")
MOMENTUM = 0.9  # of "sgd"
LR = 1e-3


def engine_for(model: Any, loss: Any, device: str | None, precision: str) -> Engine:
    """The engine for a model; ValueError or TypeError if the options do not fit it."""
    if precision not in PRECISIONS:
        raise ValueError(f"precision: expected one of {', '.join(PRECISIONS)}, got {precision!r}")
    if isinstance(model, Layer):
        if device not in (None, "cpu") or precision != "float32":
            raise ValueError(
                "a NumPy net runs on the CPU in float32; train net.to_torch() for another device "
                "or precision"
            )
        return NumpyEngine(model, loss)
    from cnnkit.train.torch_engine import TorchEngine

    return TorchEngine(model, loss, device, precision)


def optimize(engine: Engine, optimizer: Any, lr: float | None, weight_decay: float) -> None:
    """Give an engine its optimizer: by name, or one that was constructed on the model's parameters
    and has its own options. ValueError: no such name, options given twice, other parameters."""
    if isinstance(optimizer, str):
        if optimizer not in OPTIMIZERS:
            known = ", ".join(OPTIMIZERS)
            raise ValueError(f"optimizer: expected one of {known}, got {optimizer!r}")
        options = {"momentum": MOMENTUM} if optimizer == "sgd" else {}
        build, parameters = engine.optimizer_named(optimizer)
        lr = LR if lr is None else float(lr)
        if not lr > 0:
            raise ValueError(f"lr: expected a number above 0, got {lr}")
        optimizer = build(parameters, lr=lr, weight_decay=float(weight_decay), **options)
    elif lr is not None or weight_decay:
        raise ValueError("lr, weight_decay: the optimizer that is given has its own")
    engine.take_optimizer(optimizer)
