"""Right answers to assignment 1 in styles that the assignment's author did not choose.

They were written from the released notebook alone. `function__style` answers `function`; no plain
one calls another.
"""

import numpy as np


def predict__plain(x, w, b):
    return np.where(np.dot(x, w) + b > 0, 1, 0)


def predict__loop(x, w, b):
    answers = []
    for example in x:
        score = b
        for weight, value in zip(w, example, strict=True):
            score += weight * value
        answers.append(1 if score > 0 else 0)
    return np.array(answers)


def predict__heaviside(x, w, b):
    return np.heaviside(np.einsum("nd,d->n", x, w) + b, 0).astype(np.int32)


def predict__comprehension(x, w, b):
    return np.array([int((row * w).sum() + b > 0) for row in x])


def perceptron_pass__plain(x, t, w, b):
    w, wrong = w.copy(), 0
    for n in range(x.shape[0]):
        y = 1 if w @ x[n] + b > 0 else 0
        if y != t[n]:
            w = w + (t[n] - y) * x[n]
            b = b + (t[n] - y)
            wrong = wrong + 1
    return w, b, wrong


def perceptron_pass__calls_predict(x, t, w, b):
    wrong = 0
    for row, target in zip(x, t, strict=True):
        change = target - predict(row.reshape(1, -1), w, b).item()  # noqa: F821
        w, b = w + change * row, b + change
        wrong += change**2
    return w, b, wrong


def perceptron_pass__two_branches(x, t, w, b):
    w = np.array(w)
    mistakes = []
    for n, row in enumerate(x):
        fires = np.sum(row * w) > -b
        if fires and t[n] == 0:
            w -= row
            b -= 1
            mistakes.append(n)
        elif not fires and t[n] == 1:
            w += row
            b += 1
            mistakes.append(n)
    return w, b, len(mistakes)


def perceptron_pass__one_vector(x, t, w, b):
    both, rows = np.append(w, b), np.hstack([x, np.ones((len(x), 1))])
    wrong = 0
    for row, sign in zip(rows, np.where(t == 1, 1, -1), strict=True):
        if (row @ both > 0) != (sign > 0):
            both, wrong = both + sign * row, wrong + 1
    return both[:-1], both[-1], wrong


def train_perceptron__plain(x, t, max_passes=100):
    w, b, history = np.zeros(x.shape[1]), 0, []
    for _ in range(max_passes):
        wrong = 0
        for example, target in zip(x, t, strict=True):
            error = target - (example @ w + b > 0)
            w = w + error * example
            b = b + error
            wrong += int(abs(error))
        history.append(wrong)
        if wrong == 0:
            return w, b, history
    return w, b, history


def train_perceptron__calls_the_pass(x, t, max_passes=100):
    w, b = np.zeros(x.shape[1]), 0.0
    mistakes = []
    while len(mistakes) < max_passes:
        w, b, count = perceptron_pass(x, t, w, b)  # noqa: F821
        mistakes += [count]
        if not count:
            break
    return w, b, mistakes


def train_perceptron__recursive(x, t, max_passes=100):
    def go_on(w, b, done):
        if len(done) == max_passes or (done and done[-1] == 0):
            return w, b, done
        w, b, wrong = perceptron_pass(x, t, w, b)  # noqa: F821
        return go_on(w, b, [*done, int(wrong)])

    return go_on(np.zeros(len(x[0])), 0.0, [])


def convergence_bound__plain(x, t, w, b):
    length = np.sqrt(np.sum(w**2) + b**2)
    scores = (x @ w + b) / length
    margins = np.where(t == 1, scores, -scores)
    if np.min(margins) <= 0:
        raise ValueError("not separated")
    radius = np.max(np.sqrt(np.sum(x**2, axis=1) + 1))
    return (radius / np.min(margins)) ** 2


def convergence_bound__loops(x, t, w, b):
    gamma, radius = float("inf"), 0.0
    for row, target in zip(x.tolist(), t.tolist(), strict=True):
        score = sum(a * c for a, c in zip(row, w.tolist(), strict=True)) + b
        gamma = min(gamma, score if target else -score)
        radius = max(radius, sum(a * a for a in row) + 1)
    if not gamma > 0:
        raise ValueError(gamma)
    return radius * (sum(c * c for c in w.tolist()) + b * b) / gamma**2


def convergence_bound__unit_vector(x, t, w, b):
    u = np.concatenate([w, [b]])
    u = u / np.linalg.norm(u) if u.any() else u
    rows = np.c_[x, np.ones(len(x))] * (2 * t - 1)[:, None]
    gamma = (rows @ u).min()
    if gamma <= 0:
        raise ValueError(f"margin {gamma}")
    return np.square(np.linalg.norm(rows, axis=1).max() / gamma)


def sigmoid__plain(z):
    return 1 / (1 + np.exp(-z))


def sigmoid__tanh(z):
    return (np.tanh(z / 2) + 1) / 2


def sigmoid__two_cases(z):
    result = np.empty_like(z)
    positive = z >= 0
    result[positive] = 1 / (1 + np.exp(-z[positive]))
    result[~positive] = np.exp(z[~positive]) / (1 + np.exp(z[~positive]))
    return result


def sigmoid__logaddexp(z):
    return np.exp(-np.logaddexp(0, -z))


def logistic_cost__plain(x, t, w, b, weight_decay=0.0):
    z = x @ w + b
    return np.mean(np.logaddexp(0, z) - t * z) + weight_decay * np.sum(w**2) / 2


def logistic_cost__signs(x, t, w, b, weight_decay=0.0):
    s = 2 * t - 1
    losses = np.logaddexp(0, -s * (x @ w + b))
    return float(losses.sum() / len(losses) + weight_decay / 2 * np.linalg.norm(w) ** 2)


def logistic_cost__loop(x, t, w, b, weight_decay=0.0):
    import math

    total = 0.0
    for row, target in zip(x, t, strict=True):
        z = float(row @ w) + b
        z = -z if target == 1 else z  # log(1 + e^z) is to be added
        total += max(z, 0.0) + math.log1p(math.exp(-abs(z)))
    return total / len(t) + 0.5 * weight_decay * float(w.dot(w))


def logistic_cost__where(x, t, w, b, weight_decay=0.0):
    z = np.where(t == 1, x @ w + b, -(x @ w + b))
    calm = np.maximum(z, -50)
    losses = np.where(z < -50, -z, np.log1p(np.exp(-calm)))
    return losses.mean() + weight_decay / 2 * np.inner(w, w)


def logistic_gradient__plain(x, t, w, b, weight_decay=0.0):
    p = 1 / (1 + np.exp(-(x @ w + b)))
    return x.T @ (p - t) / len(t) + weight_decay * w, np.mean(p - t)


def logistic_gradient__calls_sigmoid(x, t, w, b, weight_decay=0.0):
    error = sigmoid(x @ w + b) - t  # noqa: F821
    dw = (error[:, None] * x).mean(axis=0) + weight_decay * w
    return dw, error.mean()


def logistic_gradient__loop(x, t, w, b, weight_decay=0.0):
    dw, db = weight_decay * w, 0.0
    for row, target in zip(x, t, strict=True):
        error = np.tanh((row @ w + b) / 2) / 2 + 0.5 - target
        dw = dw + error * row / len(x)
        db += error / len(x)
    return [dw, db]


def train_logistic__plain(x, t, batch_size=32, lr=0.5, epochs=10, weight_decay=0.0, seed=0):
    rng = np.random.default_rng(seed)
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch_size):
            rows, targets = (
                x[order[start : start + batch_size]],
                t[order[start : start + batch_size]],
            )
            error = 1 / (1 + np.exp(-(rows @ w + b))) - targets
            w = w - lr * (rows.T @ error / len(rows) + weight_decay * w)
            b = b - lr * error.mean()
    return w, b


def train_logistic__calls_the_gradient(
    x, t, batch_size=32, lr=0.5, epochs=10, weight_decay=0.0, seed=0
):
    rng, w, b = np.random.default_rng(seed), np.zeros(x.shape[1]), 0.0
    for _epoch in range(epochs):
        order = rng.permutation(len(x))
        shuffled = x[order], t[order]
        begin = 0
        while begin < len(x):
            part = [a[begin : begin + batch_size] for a in shuffled]
            dw, db = logistic_gradient(*part, w, b, weight_decay)  # noqa: F821
            w, b, begin = w - lr * dw, b - lr * db, begin + batch_size
    return w, b


def train_logistic__one_vector(x, t, batch_size=32, lr=0.5, epochs=10, weight_decay=0.0, seed=0):
    rng = np.random.default_rng(seed)
    rows = np.column_stack([x, np.ones(len(x))])
    both, shrink = np.zeros(rows.shape[1]), np.full(rows.shape[1], weight_decay)
    shrink[-1] = 0
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for batch in np.array_split(order, range(batch_size, len(x), batch_size)):
            p = np.exp(-np.logaddexp(0, -(rows[batch] @ both)))
            both -= lr * ((p - t[batch]) @ rows[batch] / len(batch) + shrink * both)
    return both[:-1], both[-1]


CLASSIFY = {
    "apart": """
W, B = np.zeros((64, 10)), np.zeros(10)
for step in range(300):
    error = (1 / (1 + np.exp(-(images / 16 @ W + B))) - np.eye(10)[labels]) / len(images)
    W, B = W - 5 * (images / 16).T @ error, B - 5 * error.sum(axis=0)


def classify(images):
    return np.argmax(images / 16 @ W + B, axis=1)
""",
    "the functions above, at their defaults": """
units = [train_logistic(images / 16, (labels == k) * 1) for k in range(10)]


def classify(images):
    return np.array([[x @ w + b for w, b in units] for x in images / 16]).argmax(axis=1)
""",
    "by the sigmoid, with weight decay": """
units = {}
for k in range(10):
    units[k] = train_logistic(images / 16.0, (labels == k).astype(int), lr=2.0, weight_decay=1e-4)


def classify(images):
    p = np.stack([sigmoid(images / 16.0 @ units[k][0] + units[k][1]) for k in units])
    return p.argmax(axis=0)
""",
}
BOUNDARY_FIGURE = {
    "apart": """
def boundary_figure(x, t, w, b):
    fig = plt.figure()
    ax = fig.add_subplot()
    ax.scatter(x[t == 0, 0], x[t == 0, 1], c="tab:blue")
    ax.scatter(x[t == 1, 0], x[t == 1, 1], c="tab:red", marker="x")
    grid = np.linspace(x[:, 0].min(), x[:, 0].max(), 50)
    ax.plot(grid, (-b - w[0] * grid) / w[1])
    ax.set(xlabel="x1", ylabel="x2", title="two classes")
    return ax
""",
    "pyplot": """
def boundary_figure(x, t, w, b):
    plt.figure(figsize=(4, 4))
    plt.scatter(*x[np.where(t == 0)[0]].T)
    plt.scatter(*x[np.where(t == 1)[0]].T)
    left, right = min(x[:, 0]), max(x[:, 0])
    plt.plot([left, right], [-(w[0] * left + b) / w[1], -(w[0] * right + b) / w[1]], "k--")
    plt.xlabel("x1")
    plt.ylabel("x2")
    return plt.gca()
""",
}
