"""Right answers to assignment 6 in styles that the assignment's author did not choose: functions.

Modules are in `a6_right_modules.py`. `function__style` answers `function`; no plain one, and none
that stands "apart", calls another answer.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def receptive_field__plain(windows):
    r = 1
    for K, S in reversed(windows):
        r = (r - 1) * S + K
    return r


def receptive_field__products(windows):
    strides = [S for _, S in windows]
    return 1 + sum((K - 1) * int(np.prod(strides[:k])) for k, (K, _) in enumerate(windows))


def layer_cost__plain(layer, shape):
    kind = layer["kind"]
    if kind == "linear":
        units, inputs = layer["O"], int(np.prod(shape))
        weights = units * inputs
        return weights + (units if layer["bias"] else 0), weights, (units,)
    if kind == "norm":
        return shape[0] * 2, 0, shape
    channels, rows, columns = shape
    size, stride, border = layer["K"], layer["S"], layer["P"]
    rows = 1 + (rows + border * 2 - size) // stride
    columns = 1 + (columns + border * 2 - size) // stride
    if kind == "pool":
        return 0, 0, (channels, rows, columns)
    weights = layer["O"] * (channels // layer["G"]) * size * size
    return (
        weights + layer["bias"] * layer["O"],
        weights * rows * columns,
        (layer["O"], rows, columns),
    )


def layer_cost__of_real_layers(layer, shape):
    """Builds the layer, counts its numbers, and looks at what it gives."""
    kind = layer["kind"]
    if kind == "norm":
        made = nn.BatchNorm2d(shape[0])
    elif kind == "pool":
        made = nn.MaxPool2d(layer["K"], layer["S"], layer["P"])
    elif kind == "conv":
        C, O, K, S, P, G = shape[0], *(layer[name] for name in "OKSPG")
        made = nn.Conv2d(C, O, K, S, P, groups=G, bias=layer["bias"], device="meta")
    else:
        inputs = int(np.prod(shape))
        made = nn.Sequential(
            nn.Flatten(), nn.Linear(inputs, layer["O"], bias=layer["bias"], device="meta")
        )
    on = "meta" if kind in ("conv", "linear") else "cpu"
    y = made.eval()(torch.zeros(1, *shape, device=on))
    parameters = sum(p.numel() for p in made.parameters())
    places = int(np.prod(y.shape[2:]))
    work = places * sum(p.numel() for p in made.parameters() if p.ndim > 1)
    return parameters, work, tuple(y.shape[1:])


def network_cost__plain(layers, shape):
    total, work = 0, 0
    for layer in layers:
        kind, O = layer["kind"], layer.get("O", shape[0])
        if kind == "linear":
            fan = int(np.prod(shape))
            shape = (O,)
        elif kind != "norm":
            K, S, P = layer["K"], layer["S"], layer["P"]
            fan = K * K * shape[0] // layer.get("G", 1)
            shape = (O, (shape[1] + 2 * P - K) // S + 1, (shape[2] + 2 * P - K) // S + 1)
        if kind in ("conv", "linear"):
            total += O * fan + (O if layer["bias"] else 0)
            work += O * fan * int(np.prod(shape[1:]))
        elif kind == "norm":
            total += 2 * O
    return total, work


def network_cost__with_layer_cost(layers, shape):
    costs = np.zeros(2, dtype=np.int64)
    for layer in layers:
        *cost, shape = layer_cost(layer, shape)  # noqa: F821 (its name in the notebook)
        costs += cost
    return int(costs[0]), int(costs[1])


def train__plain(net, x, labels, batch_size=25, lr=0.02, epochs=2, seed=0):
    net.train()
    sgd = torch.optim.SGD(net.parameters(), lr, momentum=0.9)
    draw = torch.Generator().manual_seed(seed)
    means = []
    for _epoch in range(epochs):
        order = torch.randperm(len(x), generator=draw)
        losses = torch.zeros(len(x))
        for first in range(0, len(x), batch_size):
            chosen = order[first : first + batch_size]
            each = F.cross_entropy(net(x[chosen]), labels[chosen], reduction="none")
            sgd.zero_grad()
            each.mean().backward()
            sgd.step()
            losses[chosen] = each.detach()
        means.append(float(losses.mean()))
    return means


def train__tensors_that_are_summed(net, x, labels, batch_size=25, lr=0.02, epochs=2, seed=0):
    opt = torch.optim.SGD(net.train().parameters(), lr=lr, momentum=0.9)
    criterion = nn.CrossEntropyLoss()
    generator = torch.Generator()
    generator.manual_seed(seed)
    history = []
    while len(history) < epochs:
        total = torch.tensor(0.0)
        for batch in torch.split(torch.randperm(x.shape[0], generator=generator), batch_size):
            loss = criterion(net(x[batch]), labels[batch])
            loss.backward()
            opt.step()
            opt.zero_grad()
            total += loss.detach() * batch.numel()
        history.append(total.item() / x.shape[0])
    return history


def compare__apart(n, x, labels, seed=0):
    """With nets and a training of its own, so that no other answer is needed."""

    class Around(nn.Module):
        def __init__(self, C, O, S, residual):
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(C, O, 3, S, 1, bias=False),
                nn.BatchNorm2d(O),
                nn.ReLU(),
                nn.Conv2d(O, O, 3, 1, 1, bias=False),
                nn.BatchNorm2d(O),
            )
            self.way = None
            if residual:
                self.way = nn.Sequential(nn.Conv2d(C, O, 1, S, bias=False), nn.BatchNorm2d(O))
                self.way = nn.Identity() if (C, S) == (O, 1) else self.way

        def forward(self, x):
            return torch.relu(self.body(x) + (self.way(x) if self.way else 0))

    def losses(residual):
        torch.manual_seed(seed)
        layers = [nn.Conv2d(1, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU()]
        C = 8
        for O in (8, 16, 32):
            for _ in range(n):
                layers.append(Around(C, O, 1 if C == O else 2, residual))
                C = O
        net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))
        opt = torch.optim.SGD(net.parameters(), 0.02, momentum=0.9)
        draw, found = torch.Generator().manual_seed(seed), []
        for _ in range(2):
            order, total = torch.randperm(len(x), generator=draw), 0.0
            for batch in order.split(25):
                loss = F.cross_entropy(net(x[batch]), labels[batch])
                opt.zero_grad()
                loss.backward()
                opt.step()
                total += loss.item() * len(batch)
            found.append(total / len(x))
        return found

    return losses(residual=False), losses(residual=True)


def compare__one_after_the_other(n, x, labels, seed=0):
    torch.manual_seed(seed)
    plain = train(SmallNet(n, False), x, labels, seed=seed)  # noqa: F821
    torch.manual_seed(seed)
    residual = train(SmallNet(n), x, labels, seed=seed)  # noqa: F821
    return [plain, residual]


def load_weights__plain(net, weights):
    own = net.state_dict()
    needed = {name for name in own if not name.endswith("num_batches_tracked")}
    if set(weights) - set(own) or needed - set(weights):
        raise KeyError("the names are not those of the net")
    if any(tuple(own[name].shape) != array.shape for name, array in weights.items()):
        raise ValueError("a shape is not that of the net")
    with torch.no_grad():
        for name, array in weights.items():
            own[name].copy_(torch.from_numpy(array.astype(np.float32)))


def load_weights__what_is_missing(net, weights):
    tensors = {name: torch.from_numpy(array.copy()) for name, array in weights.items()}
    said = net.load_state_dict(tensors, strict=False)  # copies into float32
    counters = [name for name in said.missing_keys if name.endswith("num_batches_tracked")]
    if said.unexpected_keys or counters != said.missing_keys:
        raise KeyError(str(said))


def classify__plain(net, photo):
    net.eval()
    x = (np.asarray(photo, dtype=np.float32) / 255 - 0.286) / 0.353
    scores = net(torch.from_numpy(x.astype(np.float32)).reshape(1, 1, 28, 28))
    return KINDS[scores[0].tolist().index(max(scores[0].tolist()))]  # noqa: F821


@torch.no_grad()
def classify__without_gradients(net, photo):
    x = torch.as_tensor(photo, dtype=torch.float32).view(1, 1, 28, 28)
    x = x.div(255).sub(0.286).div(0.353)
    return KINDS[torch.argmax(net.eval()(x), dim=1).item()]  # noqa: F821
