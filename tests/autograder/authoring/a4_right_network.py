"""Right answers to assignment 4 in other styles: the network, and what it is tried on.

As in `a4_right.py`, no plain one, and none that stands "apart", calls another.
"""

import numpy as np


def lenet_parameters__plain(seed=0):
    rng = np.random.default_rng(seed)
    w1 = rng.normal(size=(6, 1, 5, 5)) / np.sqrt(25)
    w2 = rng.normal(size=(16, 6, 5, 5)) / np.sqrt(150)
    w3 = rng.normal(size=(400, 120)) / np.sqrt(400)
    w4 = rng.normal(size=(120, 84)) / np.sqrt(120)
    w5 = rng.normal(size=(84, 10)) / np.sqrt(84)
    zeros = [np.zeros(units) for units in (6, 16, 120, 84, 10)]
    return [w1, zeros[0], w2, zeros[1], w3, zeros[2], w4, zeros[3], w5, zeros[4]]


def lenet_parameters__from_a_table(seed=0):
    table = {(6, 1, 5, 5): 25, (16, 6, 5, 5): 150, (400, 120): 400, (120, 84): 120, (84, 10): 84}
    rng, made = np.random.default_rng(seed), []
    for shape, inputs in table.items():
        made.append(rng.normal(size=shape) * inputs**-0.5)
        made.append(np.zeros({6: 6, 16: 16}.get(shape[0], shape[1])))
    return made


def lenet_forward__plain(x, parameters):
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = parameters

    def conv(x, w, b):
        windows = np.lib.stride_tricks.sliding_window_view(x, (5, 5), axis=(2, 3))
        return np.einsum("ncijkl,ockl->noij", windows, w, optimize=True) + b[:, None, None]

    def halve(m):
        return m.reshape(*m.shape[:2], m.shape[2] // 2, 2, m.shape[3] // 2, 2).mean(axis=(3, 5))

    c1 = np.tanh(conv(x, w1, b1))
    s2 = halve(c1)
    c3 = np.tanh(conv(s2, w2, b2))
    s4 = halve(c3)
    row = s4.reshape(len(x), 400)
    c5 = np.tanh(np.dot(row, w3) + b3)
    f6 = np.tanh(np.dot(c5, w4) + b4)
    scores = np.dot(f6, w5) + b5
    return [c1, s2, c3, s4, c5, f6, scores]


def lenet_forward__in_a_loop(x, parameters):
    maps, y = [], x
    for w, b in zip(parameters[::2], parameters[1::2]):  # noqa: B905
        if w.ndim == 4:
            maps.append(np.tanh(conv2d_forward(y, w, b)))  # noqa: F821
            maps.append(average_pool(maps[-1], 2, 2))  # noqa: F821
            y = maps[-1]
        else:
            z = y.reshape(y.shape[0], -1) @ w + b
            maps.append(z if w.shape[1] == 10 else np.tanh(z))
            y = maps[-1]
    return maps


def lenet_backward__plain(dscores, x, maps, parameters):
    c1, s2, c3, s4, c5, f6, _scores = maps
    _w1, _b1, w2, _b2, w3, _b3, w4, _b4, w5, _b5 = parameters
    view = np.lib.stride_tricks.sliding_window_view
    row = s4.reshape(len(x), 400)
    dw5, db5 = f6.T @ dscores, dscores.sum(axis=0)
    d6 = (dscores @ w5.T) * (1 - f6 * f6)
    dw4, db4 = c5.T @ d6, d6.sum(axis=0)
    d5 = (d6 @ w4.T) * (1 - c5 * c5)
    dw3, db3 = row.T @ d5, d5.sum(axis=0)
    ds4 = (d5 @ w3.T).reshape(len(x), 16, 5, 5)
    d3 = ds4.repeat(2, axis=2).repeat(2, axis=3) / 4
    d3 = d3 * (1 - c3 * c3)
    dw2 = np.einsum("noij,ncijkl->ockl", d3, view(s2, (5, 5), axis=(2, 3)), optimize=True)
    db2 = d3.sum(axis=(0, 2, 3))
    around = view(np.pad(d3, ((0, 0), (0, 0), (4, 4), (4, 4))), (5, 5), axis=(2, 3))
    ds2 = np.einsum("noijkl,ockl->ncij", around, w2[:, :, ::-1, ::-1], optimize=True)
    d1 = ds2.repeat(2, axis=2).repeat(2, axis=3) / 4
    d1 = d1 * (1 - c1 * c1)
    dw1 = np.einsum("noij,ncijkl->ockl", d1, view(x, (5, 5), axis=(2, 3)), optimize=True)
    db1 = d1.sum(axis=(0, 2, 3))
    return [dw1, db1, dw2, db2, dw3, db3, dw4, db4, dw5, db5]


def lenet_backward__from_the_end(dscores, x, maps, parameters):
    gradients, d = [], dscores
    inputs = [x, maps[1], maps[3].reshape(len(x), -1), maps[4], maps[5]]
    for layer in (4, 3, 2):
        gradients = [inputs[layer].T @ d, np.ones(len(x)) @ d, *gradients]
        d = d @ parameters[2 * layer].T
        if layer > 2:
            d = d * (1 - inputs[layer] ** 2)
    d = d.reshape(maps[3].shape)
    for layer in (1, 0):
        d = average_pool_backward(d, maps[2 * layer], 2, 2)  # noqa: F821
        d = d - d * maps[2 * layer] ** 2
        d, dw, db = conv2d_backward(d, inputs[layer], parameters[2 * layer])  # noqa: F821
        gradients = [dw, db, *gradients]
    return gradients


# A LeNet-5 of its own, for the cells that stand apart: one step, all in one.
_NET = """
def {name}_step(x, t, p, lr):
    view = np.lib.stride_tricks.sliding_window_view
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = p
    n = len(x)
    v1 = view(x, (5, 5), axis=(2, 3))[:, 0]
    c1 = np.tanh(np.tensordot(v1, w1[:, 0], ((3, 4), (1, 2))) + b1)  # (n, 28, 28, 6)
    s2 = c1.reshape(n, 14, 2, 14, 2, 6).mean(axis=(2, 4))
    v2 = view(s2, (5, 5), axis=(1, 2))  # (n, 10, 10, 6, 5, 5)
    c3 = np.tanh(np.tensordot(v2, w2, ((3, 4, 5), (1, 2, 3))) + b2)
    s4 = c3.reshape(n, 5, 2, 5, 2, 16).mean(axis=(2, 4))
    row = s4.transpose(0, 3, 1, 2).reshape(n, 400)
    c5 = np.tanh(row @ w3 + b3)
    f6 = np.tanh(c5 @ w4 + b4)
    s = f6 @ w5 + b5
    if t is None:
        return s
    q = np.exp(s - s.max(axis=1)[:, None])
    d = (q / q.sum(axis=1)[:, None] - np.eye(10)[t]) / n
    d6 = d @ w5.T * (1 - f6**2)
    d5 = d6 @ w4.T * (1 - c5**2)
    d4 = (d5 @ w3.T).reshape(n, 16, 5, 5).transpose(0, 2, 3, 1)
    d3 = np.kron(d4, np.ones((1, 2, 2, 1))) / 4 * (1 - c3**2)
    around = view(np.pad(d3, ((0, 0), (4, 4), (4, 4), (0, 0))), (5, 5), axis=(1, 2))
    d2 = np.tensordot(around, w2[:, :, ::-1, ::-1], ((3, 4, 5), (0, 2, 3)))
    d1 = np.kron(d2, np.ones((1, 2, 2, 1))) / 4 * (1 - c1**2)
    g1 = np.tensordot(d1, v1, ((0, 1, 2), (0, 1, 2)))[:, None]
    g2 = np.tensordot(d3, v2, ((0, 1, 2), (0, 1, 2)))
    g = [g1, d1.sum((0, 1, 2)), g2, d3.sum((0, 1, 2)), row.T @ d5, d5.sum(0), c5.T @ d6, d6.sum(0)]
    return [a - lr * b for a, b in zip(p, [*g, f6.T @ d, d.sum(0)])]


def {name}_start(rng):
    p = []
    for shape, k in [((6, 1, 5, 5), 25), ((16, 6, 5, 5), 150), ((400, 120), 400)]:
        p += [rng.normal(size=shape) / k**0.5, np.zeros(shape[0] if k < 200 else shape[1])]
    for i, o in [(120, 84), (84, 10)]:
        p += [rng.normal(size=(i, o)) / i**0.5, np.zeros(o)]
    return p
"""
TRAIN_LENET = {
    "apart": _NET.format(name="train")
    + """

def train_lenet(x, labels, batch_size=10, lr=0.02, epochs=1, seed=0):
    p, rng = train_start(np.random.default_rng(seed)), np.random.default_rng(seed)
    for epoch in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch_size):
            chosen = order[start : start + batch_size]
            p = train_step(x[chosen], labels[chosen], p, lr)
    return p
""",
    "the functions above": """
def train_lenet(x, labels, batch_size=10, lr=0.02, epochs=1, seed=0):
    p = lenet_parameters(seed)
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        order = rng.permutation(x.shape[0])
        for batch in np.array_split(order, range(batch_size, len(order), batch_size)):
            maps = lenet_forward(x[batch], p)
            slope = cost_slope(maps[-1], labels[batch])
            for old, gradient in zip(p, lenet_backward(slope, x[batch], maps, p)):
                old -= lr * gradient
    return p
""",
}
CLASSIFY = {
    "apart": _NET.format(name="own")
    + """

own = own_start(np.random.default_rng(7))
order = np.random.default_rng(8)
for step in range(250):
    batch = order.integers(0, len(images), 10)
    own = own_step(images[batch], labels[batch], own, 0.15)


def classify(x):
    return np.argmax(own_step(x, None, own, 0), axis=1)
""",
    "the functions above": """
net = train_lenet(images.astype(np.float32), labels, batch_size=20, lr=0.2, epochs=3, seed=1)


def classify(x):
    scores = lenet_forward(x, net)[6]
    return np.array([int(row.argmax()) for row in scores])
""",
}


def shifted_accuracy__plain(classify, x, labels, shifts):
    shares = []
    for v in shifts:
        moved = np.zeros(x.shape)
        for column in range(x.shape[3]):
            if 0 <= column - v < x.shape[3]:
                moved[:, :, :, column] = x[:, :, :, column - v]
        shares.append((classify(moved) == labels).mean())
    return np.array(shares)


def shifted_accuracy__rolled(classify, x, labels, shifts):
    width = x.shape[-1]

    def share(v):
        moved = np.roll(x, v, axis=-1)
        if v > 0:
            moved[..., :v] = 0
        if v < 0:
            moved[..., max(width + v, 0) :] = 0
        return sum(classify(moved) == labels) / len(labels)

    return np.array([share(int(v)) for v in shifts], dtype=float)


def shift_figure__plain(shifts, shares):
    import matplotlib.pyplot as plt

    figure = plt.figure()
    axes = figure.add_subplot()
    axes.plot(shifts, shares)
    axes.set(xlabel="shift in pixels", ylabel="share that is right", ylim=(0, 1))
    return axes


def shift_figure__pyplot(shifts, shares):
    plt.figure()  # noqa: F821
    plt.plot(shifts, shares, marker="s", linestyle="--")  # noqa: F821
    plt.xlabel("shift in pixels")  # noqa: F821
    plt.ylabel("share that is right")  # noqa: F821
    plt.ylim(0, 1)  # noqa: F821
    plt.grid(True)  # noqa: F821
    return plt.gca()  # noqa: F821
