"""Makes the data files of assignment 6: `python training/assignment6.py`, two minutes on one core.

`residual8.npz` has the weights of the assignment's own SmallNet(1), which saw all of Fashion-MNIST,
in half precision and under torchvision's names; `clothes.npz` some photographs of it: 40 of each
class to train with, and one of each class that the network did not see and is sure of.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from cnnkit import data

FOLDER = Path(__file__).parent.parent / "solutions" / "a6-architectures"
EPOCHS, BATCH, OF_EACH, SURE = 4, 100, 40, 0.95


def small_net() -> nn.Module:
    """SmallNet(1), as the instructor's notebook defines it."""
    cells = json.loads((FOLDER / "a6-architectures.ipynb").read_text())["cells"]
    sources = {cell["id"]: "".join(cell["source"]) for cell in cells}
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": F}
    for cell in ("residual_block", "small_net"):
        exec(sources[cell], names)
    net: nn.Module = names["SmallNet"](1)
    return net


def prepared(images: np.ndarray) -> torch.Tensor:
    """Pixels as the assignment's text has them."""
    return (torch.tensor(images).float() / 255 - 0.286) / 0.353


def trained(training: data.Dataset) -> nn.Module:
    """The net after some epochs of SGD; every second batch is mirrored."""
    torch.manual_seed(0)
    net, x, labels = small_net(), prepared(training.images), torch.tensor(training.labels).long()
    optimizer = torch.optim.SGD(net.parameters(), 0.1, 0.9, weight_decay=5e-4, nesterov=True)
    steps = EPOCHS * (len(x) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.2, total_steps=steps)
    for _ in range(EPOCHS):
        for number, batch in enumerate(torch.randperm(len(x)).split(BATCH)):
            pictures = x[batch].flip(3) if number % 2 else x[batch]
            loss = F.cross_entropy(net(pictures), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return net.eval()


def main() -> None:
    training, test = (data.load("fashion_mnist", split) for split in ("train", "test"))
    net = trained(training)
    half = {name: values.half() for name, values in net.state_dict().items() if values.ndim}
    np.savez_compressed(FOLDER / "residual8.npz", **{k: v.numpy() for k, v in half.items()})
    net.load_state_dict({k: v.float() for k, v in half.items()}, strict=False)
    with torch.no_grad():
        shares = net(prepared(test.images)).softmax(dim=1).numpy()
    print(f"{np.mean(shares.argmax(axis=1) == test.labels):.1%} of the test pictures are right")
    rng, kinds = np.random.default_rng(0), range(len(test.classes))
    chosen = [np.flatnonzero(training.labels == kind)[:OF_EACH] for kind in kinds]
    chosen = rng.permutation(np.concatenate(chosen))
    sure = [np.flatnonzero((test.labels == k) & (shares[:, k] > SURE))[3] for k in kinds]
    sure = rng.permutation(sure)
    np.savez_compressed(
        FOLDER / "clothes.npz",
        images=training.images[chosen, 0],
        labels=training.labels[chosen].astype(np.int64),
        photos=test.images[sure, 0],
        kinds=test.labels[sure].astype(np.int64),
    )


if __name__ == "__main__":
    main()
