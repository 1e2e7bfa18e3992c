"""Wrong answers that students really give, each with its hint (autograder/sessions/mistakes.py)."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

_PHOTOS = (np.random.default_rng(6).random((4, 28, 28)) ** 3 * 255).astype(np.uint8)
_CONV = {"kind": "conv", "O": 6, "K": 3, "S": 2, "P": 1, "G": 2, "bias": False}
_LINEAR = {"kind": "linear", "O": 3, "bias": True}
_WITHOUT_BIAS = {"weight": np.ones((2, 2), np.float16)}


def _drawn(net, seed):
    """The net with weights that are drawn."""
    generator = torch.Generator().manual_seed(seed)
    for p in net.parameters():
        p.data = torch.rand(p.shape, generator=generator) - 0.5
    return net


def _trained(f, *options):
    """The losses, and what a small net has learned."""
    net, x = _drawn(nn.Linear(2, 3), 1), torch.linspace(-1, 1, 10).reshape(5, 2)
    losses = f(net, x, torch.tensor([0, 1, 2, 1, 0]), *options)
    return list(losses), net.weight.detach().numpy()


def _said(f, photo):
    """What is said of a photograph, by a net that is still in training."""
    net = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(784), _drawn(nn.Linear(784, 10), 2))
    return f(net, photo)


PROBES = {
    "receptive_field": [lambda f: f([(3, 2), (3, 1), (2, 3)]), lambda f: f([(1, 2), (5, 2)])],
    "layer_cost": [
        lambda f: f(_CONV, (4, 9, 7))[:2],
        lambda f: f({**_CONV, "bias": True}, (4, 9, 7))[:2],
        lambda f: f({"kind": "norm"}, (4, 9, 7))[:2],
        lambda f: f(_LINEAR, (4, 9, 7))[:2],
    ],
    "train": [lambda f: _trained(f, 3, 0.1, 2, 0)],
    "load_weights": [lambda f: f(nn.Linear(2, 2), _WITHOUT_BIAS)],
    "classify": [lambda f: [_said(f, photo) for photo in _PHOTOS]],
}


def _slip(right, name, hint, **differs):
    """A mistake that is the right answer, `_function`, but for one thing."""

    def answer(*given, **options):
        return right(*given, **options, **differs)

    answer.__doc__ = hint
    globals()[f"{right.__name__[1:]}__{name}"] = answer


def _receptive_field(windows, further=lambda jump, S: jump, first=False):
    r, jump = 1, 1
    for K, S in windows:
        r += (K - 1) * (jump * S if first else jump)
        jump = further(jump, S)
    return r


_slip(_receptive_field, "strides_ignored", "Behind a stride of 2, how many pixels lie between two "
      "units beside each other?")  # fmt: skip
_slip(_receptive_field, "own_stride_first", "You count a layer's own stride for its own window; "
      "whose units are moved further apart by it?", further=lambda jump, S: jump * S,
      first=True)  # fmt: skip
_slip(_receptive_field, "last_stride_only", "You take the stride of the layer before alone; what "
      "about those before it?", further=lambda jump, S: S)  # fmt: skip


def _layer_cost(layer, shape, groups=lambda G: G, norm=2, biases=lambda b: int(b), places=None):
    C, O = shape[0], layer.get("O")
    if layer["kind"] == "norm":
        return norm * C, 0, shape
    if layer["kind"] == "linear":
        inputs = int(np.prod(shape))
        return O * (inputs + biases(layer["bias"])), O * inputs, (O,)
    H, W = ((n + 2 * layer["P"] - layer["K"]) // layer["S"] + 1 for n in shape[1:])
    if layer["kind"] == "pool":
        return 0, 0, (C, H, W)
    size = C // groups(layer["G"]) * layer["K"] ** 2
    work = O * size * (shape[1] * shape[2] if places else H * W)
    return O * (size + biases(layer["bias"])), work, (O, H, W)


_slip(_layer_cost, "groups_forgotten", "How many channels does a filter see where there are "
      "groups?", groups=lambda G: 1)  # fmt: skip
_slip(_layer_cost, "running_statistics", "You count four numbers for each channel of batch "
      "normalisation: which of them does gradient descent change?", norm=4)  # fmt: skip
_slip(_layer_cost, "always_biases", "You count biases also where a layer has none; batch "
      "normalisation counts its own shift.", biases=lambda b: 1)  # fmt: skip
_slip(_layer_cost, "places_of_the_input", "You count a multiplication for each place of the input; "
      "at how many places does a filter with a stride stand?", places="input")  # fmt: skip


def _train(net, x, labels, batch_size=25, lr=0.02, epochs=2, seed=0, forget=True):
    generator, losses = torch.Generator().manual_seed(seed), []
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)
    net.train()
    for _ in range(epochs):
        found = []
        for batch in torch.randperm(len(x), generator=generator).split(batch_size):
            loss = F.cross_entropy(net(x[batch]), labels[batch])
            if forget:
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            found += [loss.item()] * len(batch)
        losses.append(sum(found) / len(found))
    return losses


_slip(_train, "gradients_added", "Your gradients add up over the batches: what has to be done "
      "before `backward`?", forget=False)  # fmt: skip


def load_weights__silent(net, weights):
    """With names missing your net keeps some random weights, and nobody hears of it: what does
    `strict` mean, in `load_state_dict`?"""
    net.load_state_dict({k: torch.tensor(v).float() for k, v in weights.items()}, strict=False)


_KINDS = ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag"]
_KINDS += ["ankle boot"]


def _classify(net, photo, prepared=lambda x: (x / 255 - 0.286) / 0.353, in_use=True):
    x = prepared(torch.tensor(photo).float()[None, None])
    return _KINDS[int(net.train(not in_use)(x).argmax())]


_slip(_classify, "in_training", "Is your net in use when it is asked? A batch of one picture has "
      "no statistics of its own.", in_use=False)  # fmt: skip
_slip(_classify, "not_standardised", "You divide by 255; what else was done to the pixels that the "
      "network learned from?", prepared=lambda x: x / 255)  # fmt: skip
