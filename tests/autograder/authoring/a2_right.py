"""Right answers to assignment 2 in styles that the assignment's author did not choose.

They were written from the released notebook alone. `function__style` answers `function`; no plain
one calls another.
"""

import math

import numpy as np


def value_of__plain(operation, values):
    if operation == "sigmoid":
        s = values[0]
        return math.exp(s) / (1 + math.exp(s)) if s < 0 else 1 / (1 + math.exp(-s))
    a, b = values
    if operation == "+":
        return a + b
    elif operation == "*":
        return a * b
    return a if a > b else b


def value_of__numpy(operation, values):
    if operation == "sigmoid":
        return 1 / (1 + np.exp(-values[0]))
    return {"+": np.add, "*": np.multiply, "max": np.maximum}[operation](*values)


def slopes__plain(operation, values):
    if operation == "+":
        return [1, 1]
    if operation == "*":
        return [values[1], values[0]]
    if operation == "sigmoid":
        y = (1 + math.tanh(values[0] / 2)) / 2
        return [y * (1 - y)]
    if values[0] > values[1]:
        return [1, 0]
    if values[0] < values[1]:
        return [0, 1]
    return [0.5, 0.5]


def slopes__signs(operation, values):
    if operation == "max":
        lead = np.sign(values[0] - values[1])
        return [(1 + lead) / 2, (1 - lead) / 2]
    if operation == "*":
        return list(values[::-1])
    if operation == "+":
        return [1.0 for _ in values]
    y = value_of("sigmoid", values)  # noqa: F821
    return [y - y**2]


def topological_order__plain(graph):
    order, done = [], set()
    for start in graph:
        stack = [start]
        while stack:
            name = stack[-1]
            missing = [p for p in graph[name][1:] if p in graph and p not in done]
            if missing:
                stack.extend(missing)
            else:
                stack.pop()
                if name not in done:
                    done.add(name)
                    order.append(name)
    return order


def topological_order__from_the_outputs(graph):
    import collections

    uses = collections.Counter(p for node in graph.values() for p in node[1:])
    ready = collections.deque(name for name in graph if not uses[name])
    backwards = []
    while ready:
        name = ready.popleft()
        backwards.append(name)
        for parent in graph[name][1:]:
            uses[parent] -= 1
            if uses[parent] == 0 and parent in graph:
                ready.append(parent)
    return backwards[::-1]


def topological_order__waiting(graph):
    import collections

    waits = {name: {p for p in node[1:] if p in graph} for name, node in graph.items()}
    users = collections.defaultdict(list)
    for name, parents in waits.items():
        for parent in parents:
            users[parent].append(name)
    order = [name for name in waits if not waits[name]]
    for name in order:
        for user in users[name]:
            waits[user].remove(name)
            if not waits[user]:
                order.append(user)
    return order


def topological_order__recursive(graph):
    import sys

    sys.setrecursionlimit(len(graph) + 5000)
    order = {}

    def visit(name):
        if name in order or name not in graph:
            return
        for parent in graph[name][1:]:
            visit(parent)
        order[name] = True

    for name in graph:
        visit(name)
    return list(order)


def forward__plain(graph, inputs):
    data = dict(inputs)
    for start in graph:
        stack = [start]
        while stack:
            operation, *parents = graph[stack[-1]]
            missing = [p for p in parents if p not in data]
            if missing:
                stack += missing
                continue
            values = [data[p] for p in parents]
            if operation == "+":
                number = sum(values)
            elif operation == "*":
                number = values[0] * values[1]
            elif operation == "max":
                number = max(values)
            else:
                number = 0.5 + 0.5 * math.tanh(values[0] / 2)
            data[stack.pop()] = number
    return data


def backward__plain(graph, data, output):
    uses = dict.fromkeys(data, 0)
    for node in graph.values():
        for parent in node[1:]:
            uses[parent] += 1
    grad = dict.fromkeys(data, 0.0)
    grad[output] = 1.0
    ready = [name for name in data if uses[name] == 0]
    while ready:
        name = ready.pop()
        if name not in graph:
            continue
        operation, *parents = graph[name]
        values = [data[p] for p in parents]
        if operation == "+":
            slope = [1, 1]
        elif operation == "*":
            slope = [values[1], values[0]]
        elif operation == "max":
            slope = [0.5 + 0.5 * np.sign(values[0] - values[1])]
            slope.append(1 - slope[0])
        else:
            slope = [data[name] * (1 - data[name])]
        for i in range(len(parents)):
            grad[parents[i]] += slope[i] * grad[name]
            uses[parents[i]] -= 1
            if uses[parents[i]] == 0:
                ready.append(parents[i])
    return grad


def backward__gathered(graph, data, output):
    users = {name: [] for name in data}
    for name, (operation, *parents) in graph.items():
        for parent, slope in zip(parents, slopes(operation, [data[p] for p in parents])):  # noqa: B905, F821
            users[parent].append((name, slope))
    order = topological_order(graph)  # noqa: F821
    grad = {}
    for name in [*reversed(order), *(n for n in data if n not in graph)]:
        grad[name] = float(name == output) + sum(grad[user] * slope for user, slope in users[name])
    return grad


def numerical_gradient__plain(f, x, step=1e-5):
    gradient = np.empty_like(x)
    for i, _ in np.ndenumerate(x):
        above, below = x.copy(), x.copy()
        above[i] += step
        below[i] -= step
        gradient[i] = (f(above) - f(below)) / (2 * step)
    return gradient


def numerical_gradient__in_place(f, x, step=1e-5):
    it = np.nditer(x, flags=["multi_index"])
    gradient = np.zeros(x.shape)
    while not it.finished:
        i = it.multi_index
        old = x[i]
        x[i] = old + step
        above = f(x)
        x[i] = old - step
        below = f(x)
        x[i] = old
        gradient[i] = (above - below) / 2 / step
        it.iternext()
    return gradient


def wrong_entries__plain(gradient, measured, tolerance=1e-4):
    places = []
    for i in np.ndindex(gradient.shape):
        a, b = gradient[i], measured[i]
        if np.isnan(a) or np.isnan(b) or abs(a - b) / max(abs(a), abs(b), 1e-4) > tolerance:
            places.append(i)
    return places


def wrong_entries__where(gradient, measured, tolerance=1e-4):
    scale = np.fmax(np.fmax(np.abs(gradient), np.abs(measured)), 1e-4)
    error = np.abs(gradient - measured) / scale
    return list(zip(*np.where((error > tolerance) | np.isnan(error))))  # noqa: B905


def network_forward__plain(X, W1, b1, W2, b2):
    z1 = np.dot(X, W1) + b1
    h = np.where(z1 > 0, z1, 0)
    return z1, h, np.dot(h, W2) + b2


def network_gradient__plain(X, T, W1, b1, W2, b2):
    N = len(X)
    z1 = X @ W1 + b1
    h = np.maximum(z1, 0)
    z2 = h @ W2 + b2
    dz2 = (2 / N) * (z2 - T)
    dW2 = h.T @ dz2
    db2 = dz2.sum(axis=0)
    dh = dz2 @ W2.T
    dz1 = dh.copy()
    dz1[z1 <= 0] = 0
    dW1 = X.T @ dz1
    db1 = np.sum(dz1, axis=0)
    return dW1, db1, dW2, db2


def network_gradient__einsum(X, T, W1, b1, W2, b2):
    z1, h, z2 = network_forward(X, W1, b1, W2, b2)  # noqa: F821
    d = 2 * (z2 - T) / T.shape[0]
    back = np.einsum("nc,uc->nu", d, W2) * np.heaviside(z1, 0)
    ones = np.ones(len(X))
    return [np.einsum("nd,nu->du", X, back), ones @ back, np.einsum("nu,nc->uc", h, d), ones @ d]


def train_network__plain(X, T, hidden=32, batch_size=32, lr=0.1, epochs=20, seed=0):
    rng = np.random.default_rng(seed)
    D, C = X.shape[1], T.shape[1]
    W1 = rng.normal(size=(D, hidden)) / np.sqrt(D)
    W2 = rng.normal(size=(hidden, C)) / np.sqrt(hidden)
    b1, b2 = np.zeros(hidden), np.zeros(C)
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X), batch_size):
            x, t = X[order[start : start + batch_size]], T[order[start : start + batch_size]]
            z1 = x @ W1 + b1
            h = np.maximum(0, z1)
            dz2 = 2 * (h @ W2 + b2 - t) / len(x)
            dz1 = (dz2 @ W2.T) * (z1 > 0)
            W2 = W2 - lr * (h.T @ dz2)
            b2 = b2 - lr * dz2.sum(axis=0)
            W1 = W1 - lr * (x.T @ dz1)
            b1 = b1 - lr * dz1.sum(axis=0)
    return W1, b1, W2, b2


def train_network__calls_the_gradient(X, T, hidden=32, batch_size=32, lr=0.1, epochs=20, seed=0):
    rng = np.random.default_rng(seed)

    def weights(inputs, outputs):
        return rng.normal(size=(inputs, outputs)) / np.sqrt(inputs)

    p = [weights(X.shape[1], hidden), np.zeros(hidden)]
    p += [weights(hidden, T.shape[1]), np.zeros(T.shape[1])]
    for _epoch in range(epochs):
        order = rng.permutation(X.shape[0])
        for batch in np.array_split(order, range(batch_size, len(order), batch_size)):
            for parameter, d in zip(p, network_gradient(X[batch], T[batch], *p)):  # noqa: B905, F821
                parameter -= lr * d
    return p


WRONG = {
    "apart": """
every = [(row, column) for row in range(2) for column in range(3)]
wrong = {
    "shared": [(0, 0)],
    "gated": [(1, 1), (1, 2)],
    "squashed": [],
    "crossed": every,
    "centred": [],
}
""",
    "the functions above": """
wrong = {}
for name in suspects:
    function, claimed = suspects[name]
    measured = numerical_gradient(function, point)
    wrong[name] = wrong_entries(claimed(point), measured)
""",
}
CLASSIFY = {
    "apart": """
rng = np.random.default_rng(3)
A, a = rng.normal(0, 0.12, (64, 100)), np.zeros(100)
B, b = rng.normal(0, 0.1, (100, 10)), np.zeros(10)
pixels, T = images / 16, np.eye(10)[labels]
for step in range(600):
    batch = rng.integers(0, 1000, 100)
    z1 = pixels[batch] @ A + a
    h = np.maximum(0, z1)
    d = (h @ B + b - T[batch]) / 50
    back = d @ B.T * (z1 > 0)
    A, a = A - 0.15 * pixels[batch].T @ back, a - 0.15 * back.sum(axis=0)
    B, b = B - 0.15 * h.T @ d, b - 0.15 * d.sum(axis=0)


def classify(images):
    return np.argmax(np.maximum(0, images / 16 @ A + a) @ B + b, axis=1)
""",
    "the functions above": """
T = np.zeros((1000, 10))
T[np.arange(1000), labels] = 1
network = train_network(images / 16.0, T, hidden=100, epochs=50)


def classify(images):
    scores = network_forward(images / 16.0, *network)[-1]
    return np.array([int(np.argmax(row)) for row in scores])
""",
}
