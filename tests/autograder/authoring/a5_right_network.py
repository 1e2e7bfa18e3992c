"""Right answers to assignment 5 in other styles: the network, its training, and what it reads.

As in `a5_right.py`, no plain one, and none that stands "apart", calls another.
"""

import numpy as np


def network_in_use__plain(x, parameters, running):
    W1, w, b, W2, b2 = parameters
    mean, var = running
    z1 = x @ W1
    y1 = w * (z1 - mean) / np.sqrt(var + 1e-5) + b
    h = np.where(y1 > 0, y1, 0)
    return h @ W2 + b2


def network_in_use__folded(x, parameters, running):
    """Batch normalisation in use is a linear layer, and becomes a part of the first one."""
    W1, w, b, W2, b2 = parameters
    scale = w / np.sqrt(running[1] + 1e-5)
    return np.clip(x @ (W1 * scale) + (b - scale * running[0]), 0, None).dot(W2) + b2


def network_in_use__the_functions_above(x, parameters, running):
    h = batch_norm_in_use(np.dot(x, parameters[0]), *parameters[1:3], *running)  # noqa: F821
    h[h < 0] = 0
    return np.dot(h, parameters[3]) + parameters[4]


def network_gradient__plain(x, labels, parameters, u, drop):
    W1, w, b, W2, b2 = parameters
    n = len(x)
    z1 = x @ W1
    mean, var = z1.mean(axis=0), z1.var(axis=0)
    root = np.sqrt(var + 1e-5)
    normal = (z1 - mean) / root
    y1 = w * normal + b
    m = (u >= drop) / (1 - drop)
    h = np.maximum(0, y1) * m
    s = h @ W2 + b2
    s = s - s.max(axis=1, keepdims=True)
    log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    J = -log_p[np.arange(n), labels].mean()
    ds = np.exp(log_p)
    ds[np.arange(n), labels] -= 1
    ds /= n
    dh = ds @ W2.T * m
    dy1 = dh * (y1 > 0)
    dw, db = (dy1 * normal).sum(axis=0), dy1.sum(axis=0)
    dz1 = w / root * (dy1 - db / n - normal * dw / n)
    return J, [x.T @ dz1, dw, db, h.T @ ds, ds.sum(axis=0)], mean, var


def network_gradient__the_functions_above(x, labels, parameters, u, drop):
    W1, w, b, W2, b2 = parameters
    z1 = np.dot(x, W1)
    h, mean, var = batch_norm(z1, w, b)  # noqa: F821
    h[h < 0] = 0
    thinned = dropout(h, u, drop)  # noqa: F821
    J, ds = softmax_cross_entropy(np.dot(thinned, W2) + b2, labels)  # noqa: F821
    back = dropout(np.dot(ds, W2.T), u, drop)  # noqa: F821
    back[h == 0] = 0
    dz1, dw, db = batch_norm_backward(back, z1, w)  # noqa: F821
    gradients = [np.dot(x.T, dz1), dw, db, np.dot(thinned.T, ds), np.sum(ds, axis=0)]
    return [J, gradients, mean, var]


# A training of its own, for the cells that stand apart.
_NET = """
def {name}_use(x, parameters, running):
    W1, w, b, W2, b2 = parameters
    y1 = w * (x.reshape(len(x), -1) @ W1 - running[0]) / np.sqrt(running[1] + 1e-5) + b
    return np.maximum(y1, 0) @ W2 + b2


def {name}_log_p(s):
    s = s - s.max(axis=1, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=1, keepdims=True))


def {name}_slopes(rows, t, parameters, m):
    W1, w, b, W2, b2 = parameters
    n, z1 = len(rows), rows @ W1
    mean, var = z1.mean(axis=0), z1.var(axis=0)
    root = np.sqrt(var + 1e-5)
    normal = (z1 - mean) / root
    y1 = w * normal + b
    h = np.maximum(0, y1) * m
    ds = (np.exp({name}_log_p(h @ W2 + b2)) - np.eye(10)[t]) / n
    dy1 = ds @ W2.T * m * (y1 > 0)
    dw, db = (dy1 * normal).sum(axis=0), dy1.sum(axis=0)
    dz1 = w / root * (dy1 - db / n - normal * dw / n)
    return [rows.T @ dz1, dw, db, h.T @ ds, ds.sum(axis=0)], mean, var


def {name}_moved(x, down, right, mirrored):
    most = max(x.shape[2:])
    framed = np.pad(x, ((0, 0), (0, 0), (most, most), (most, most)))
    windows = np.lib.stride_tricks.sliding_window_view(framed, x.shape[2:], axis=(2, 3))
    y = windows[np.arange(len(x)), :, most - down, most - right]
    return np.where(mirrored[:, None, None, None], y[..., ::-1], y)


def {name}_run(x, labels, x_val, labels_val, hidden, lr, batch_size, epochs, patience,
               drop, shift, flip, method, seed):
    rng = np.random.default_rng(seed)
    n_in = x[0].size
    W1 = rng.normal(size=(n_in, hidden)) * np.sqrt(2 / n_in)
    W2 = rng.normal(size=(hidden, 10)) / np.sqrt(hidden)
    parameters = [W1, np.ones(hidden), np.zeros(hidden), W2, np.zeros(10)]
    running = [np.zeros(hidden), np.ones(hidden)]
    a, d = [0.0] * 5, [0.0] * 5
    tau, losses, best = 0, [], None
    for epoch in range(epochs):
        order = rng.permutation(len(x))
        for k in range(len(x) // batch_size):
            batch = order[k * batch_size : (k + 1) * batch_size]
            down, right = rng.integers(-shift, shift + 1, size=(2, batch_size))
            mirrored = rng.random(batch_size) < flip
            u = rng.random((batch_size, hidden))
            rows = {name}_moved(x[batch], down, right, mirrored).reshape(batch_size, -1)
            m = (u >= drop) / (1 - drop)
            slopes, mean, var = {name}_slopes(rows, labels[batch], parameters, m)
            running = [0.9 * running[0] + 0.1 * mean, 0.9 * running[1] + 0.1 * var]
            tau += 1
            for i in range(5):
                if method == "momentum":
                    a[i] = 0.9 * a[i] + slopes[i]
                    step = a[i]
                else:
                    a[i] = 0.9 * a[i] + 0.1 * slopes[i]
                    d[i] = 0.999 * d[i] + 0.001 * slopes[i] ** 2
                    step = a[i] / (1 - 0.9**tau) / (np.sqrt(d[i] / (1 - 0.999**tau)) + 1e-8)
                parameters[i] = parameters[i] - lr * step
        log_p = {name}_log_p({name}_use(x_val, parameters, running))
        losses.append(-log_p[np.arange(len(x_val)), labels_val].mean())
        if best is None or losses[-1] < losses[best[0]]:
            best = epoch, list(parameters), running
        if epoch - best[0] >= patience:
            break
    return best[1], best[2], losses
"""
TRAIN = {
    "apart": _NET.format(name="train")
    + """

def train(x, labels, x_val, labels_val, hidden=32, lr=0.003, batch_size=50, epochs=30, patience=5,
          drop=0.0, shift=0, flip=0.0, method="adam", seed=0):
    return train_run(x, labels, x_val, labels_val, hidden, lr, batch_size, epochs, patience,
                     drop, shift, flip, method, seed)
""",
    "the functions above": """
def train(x, labels, x_val, labels_val, hidden=32, lr=0.003, batch_size=50, epochs=30, patience=5,
          drop=0.0, shift=0, flip=0.0, method="adam", seed=0):
    rng = np.random.default_rng(seed)
    inputs = int(np.prod(x.shape[1:]))
    parameters = [
        rng.normal(size=(inputs, hidden)) * np.sqrt(2 / inputs), np.ones(hidden), np.zeros(hidden),
    ]
    parameters += [rng.normal(size=(hidden, 10)) / np.sqrt(hidden), np.zeros(10)]
    mean, var = np.zeros(hidden), np.ones(hidden)
    a = [np.zeros_like(p) for p in parameters]
    d = [np.zeros_like(p) for p in parameters]
    snapshots, losses, step, stop = [], [], 0, False
    while not stop and len(losses) < epochs:
        order = rng.permutation(len(x))
        while len(order) >= batch_size:
            batch, order = order[:batch_size], order[batch_size:]
            down, right = rng.integers(-shift, shift + 1, size=(2, batch_size))
            mirrored = rng.random(batch_size) < flip
            u = rng.random((batch_size, hidden))
            pictures = augment(x[batch], down, right, mirrored)
            J, g, m, v = network_gradient(
                pictures.reshape(batch_size, -1), labels[batch], parameters, u, drop
            )
            mean, var = running_step(mean, m), running_step(var, v)
            step += 1
            for i in range(5):
                if method == "adam":
                    parameters[i], a[i], d[i] = adam_step(parameters[i], g[i], a[i], d[i], step, lr)
                else:
                    parameters[i], a[i] = momentum_step(parameters[i], g[i], a[i], lr)
        scores = network_in_use(x_val.reshape(len(x_val), inputs), parameters, [mean, var])
        losses.append(float(softmax_cross_entropy(scores, labels_val)[0]))
        snapshots.append([[p.copy() for p in parameters], [mean, var]])
        best, stop = early_stopping(losses, patience)
    return [*snapshots[best], losses]
""",
}
CLASSIFY = {
    "apart": _NET.format(name="own")
    + """

own = own_run(*data, 64, 0.01, 50, 30, 10, 0.1, 1, 0.0, "adam", 1)


def classify(x):
    return np.argmax(own_use(x, *own[:2]), axis=1)
""",
    "the functions above": """
models = [train(*data, shift=1, lr=0.01, epochs=20, hidden=48, seed=seed) for seed in range(2)]


def classify(x):
    scores = 0
    for parameters, running, _ in models:
        s = network_in_use(x.reshape(-1, 784), parameters, running)
        scores = scores + s - s.max(axis=1, keepdims=True)
    return scores.argmax(1)
""",
}
