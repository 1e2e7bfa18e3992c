"""Networks that were really trained, by the script that their cards name; they come with us."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnkit import models
from cnnkit.layers import Sequential, Standardize, ZeroPad2d
from cnnkit.models.weights import load_weights

FOLDER = Path(__file__).parent.parent / "weights"


@dataclass(frozen=True)
class Trained:
    """A network with its weights, in use (`eval()`), and the card that says how they came about.

    `net` takes pixels, float32, 0 … 255; the first of its layers prepare them.
    """

    net: Sequential
    card: dict[str, Any]

    def __str__(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.card.items())


def trained_names() -> list[str]:
    """What `trained` can give."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def trained(name: str) -> Trained:
    """A trained network, as "lenet5-mnist"; `trained_names()` lists them.

    ValueError: there is no such network.
    """
    if name not in trained_names():
        raise ValueError(f"no trained network {name!r}; there are {', '.join(trained_names())}")
    card = json.loads(card_path(name).read_text(encoding="utf-8"))
    builder = getattr(models, card["network"].removeprefix("models."))
    net = builder(num_classes=len(card["classes"]), **card["options"])
    pad = {"pad": ZeroPad2d(card["padding"])} if card["padding"] else {}
    whole = Sequential({**pad, "prepared": Standardize((card["channels"],)), "net": net})
    load_weights(whole, weights_path(name))
    return Trained(whole.eval(), card)


def weights_path(name: str) -> Path:
    return FOLDER / f"{name}.npz"


def card_path(name: str) -> Path:
    return FOLDER / f"{name}.json"
