"""A training that was interrupted, in one `.npz` file that holds arrays and nothing that runs."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnnkit.npz import read_npz
from cnnkit.train.engine import Engine, State
from cnnkit.train.history import History
from cnnkit.train.settings import differences


@dataclass
class Checkpoint:
    """The model after the last whole epoch, the best so far, what the optimizer remembers, the
    history, and the settings, which must be the same to go on."""

    model: State
    best: State
    optimizer: State
    history: History
    settings: dict[str, Any]

    def save(self, path: Path) -> None:
        """Written beside and moved into place: at any moment the file is whole."""
        parts = {"model": self.model, "best": self.best, "optimizer": self.optimizer}
        arrays = {f"{p}/{name}": a for p, state in parts.items() for name, a in state.items()}
        texts = {"history": self.history.to_json(), "settings": json.dumps(self.settings)}
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.new")
        try:
            with open(beside, "wb") as file:
                np.savez(
                    file, allow_pickle=False, **arrays, **{n: np.array(t) for n, t in texts.items()}
                )
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> Checkpoint:
        """ValueError: no checkpoint, or not whole."""
        try:
            content = read_npz(path)
            states: dict[str, State] = {"model": {}, "best": {}, "optimizer": {}}
            history = History.from_json(str(content.pop("history")))
            settings = json.loads(str(content.pop("settings")))
            for name, values in content.items():
                part, _, key = name.partition("/")
                states[part][key] = values
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} is no whole checkpoint of a training: {error}") from None
        return cls(**states, history=history, settings=settings)

    def restore(self, engine: Engine, settings: dict[str, Any], path: Path) -> None:
        """Go on from here; ValueError where the settings are others."""
        if differ := ", ".join(differences(self.settings, settings)):
            raise ValueError(
                f"{path} is of another training: {differ}. Remove it, or name another checkpoint"
            )
        shapes = {name: values.shape for name, values in self.model.items()}
        if shapes != {name: values.shape for name, values in engine.model_state().items()}:
            raise ValueError(f"{path} is of another network. Remove it, or name another checkpoint")
        try:
            engine.load_optimizer_state(self.optimizer)
        except (KeyError, ValueError, RuntimeError) as error:
            raise ValueError(f"{path} is of another optimizer: {error}") from None
        engine.load_model_state(self.model)
