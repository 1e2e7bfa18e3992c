"""Wrong answers to assignment 1, as students give them, written from the released notebook alone.

By function: what went wrong, the answer that it is an edit of (in `a1_right.py`), what stands
there, what the student wrote instead, and words of the hint or message that fits; "" where none
says more than which assertion failed.
"""

PREDICT = {
    "above a half": ("plain", "+ b > 0", "+ b > 0.5", ""),
    "the bias subtracted": ("plain", "+ b > 0", "- b > 0", ""),
    "minus one for zero": ("plain", "1, 0)", "1, -1)", "expected 0, got -1"),
    "floating point": ("heaviside", ".astype(np.int32)", "", "expected whole numbers"),
    "a list": ("comprehension", "np.array([int(", "([int(", "expected a NumPy array"),
    "zero is one": ("plain", "> 0", ">= 0", "answered by 0; yours answers 1"),
}
PERCEPTRON_PASS = {
    "changed when it is right, too": ("plain", "if y != t[n]:", "if True:", ""),
    "missed ones alone": ("plain", "if y != t[n]:", "if y < t[n]:", ""),
    "a rate of a half": ("plain", "w + (t[n] - y) * x[n]", "w + 0.5 * (t[n] - y) * x[n]", ""),
    "the bias learns the sum of x": ("plain", "b + (t[n] - y)", "b + (t[n] - y) * x[n].sum()", ""),
    "the examples sorted in place": ("plain", "w.copy(), 0", "w.copy(), 0\n    x.sort(axis=0)", ""),
    "stops at the first mistake": ("plain", "wrong = wrong + 1", "return w, b, 1", ""),
    "a list of the wrong ones": ("two_branches", "len(mistakes)", "mistakes", "expected a number"),
    "from the last to the first": ("plain", "range(x.shape[0])", "range(x.shape[0])[::-1]", ""),
}
TRAIN_PERCEPTRON = {
    "one pass too few": ("plain", "range(max_passes)", "range(max_passes - 1)", ""),
    "ends where mistakes stop falling": (
        "plain",
        "if wrong == 0:",
        "if wrong == 0 or history[-2:-1] == [wrong]:",
        "",
    ),
    "begins at 1": ("plain", "np.zeros(x.shape[1]), 0, []", "np.ones(x.shape[1]), 0, []", ""),
    "the bias at 0 in each pass": ("plain", "        wrong = 0\n", "        wrong, b = 0, 0\n", ""),
    "an array": ("plain", "w, b, history\n", "w, b, np.array(history)\n", "expected a list"),
    "answers compared with the next target": (
        "plain",
        "in zip(x, t,",
        "in zip(x, np.roll(t, 1),",
        "",
    ),
}
CONVERGENCE_BOUND = {
    "the smallest of the lengths": ("plain", "np.max(np.sqrt", "np.min(np.sqrt", ""),
    "the margin on average": ("plain", "np.min(margins)) ** 2", "np.mean(margins)) ** 2", ""),
    "without signs": (
        "plain",
        "scores, -scores)",
        "scores, scores)",
        "your code raised ValueError",
    ),
    "rounded down": (
        "plain",
        "return (radius / np.min(margins)) ** 2",
        "return float(int((radius / np.min(margins)) ** 2))",
        "",
    ),
    "an error of another kind": ("plain", "ValueError", "RuntimeError", "RuntimeError"),
    "infinity for an error": (
        "plain",
        'raise ValueError("not separated")',
        "return np.inf",
        "a ValueError",
    ),
    "the sum of the lengths": ("plain", "np.sum(w**2) + b**2", "np.sum(abs(w)) ** 2 + b**2", ""),
}
SIGMOID = {
    "cut at 30": ("plain", "-z)", "-np.clip(z, -15, 15))", ""),
    "the first alone": (
        "plain",
        "return 1 / (1 + np.exp(-z))",
        "return 1 / (1 + np.exp(-z.flat[0]))",
        "",
    ),
    "the hyperbolic tangent": ("tanh", "(np.tanh(z / 2) + 1) / 2", "np.tanh(z)", ""),
    "half as steep": ("plain", "-z)", "-z / 2)", ""),
    "the argument changed": ("plain", "return", "z.sort()\n    return", ""),
}
LOGISTIC_COST = {
    "the root of the sum": ("plain", "np.sum(w**2) / 2", "np.sum(abs(w)) / 2", ""),
    "the decay of the mean": ("plain", "np.sum(w**2)", "np.mean(w**2)", ""),
    "targets turned round": ("plain", "- t * z", "- (1 - t) * z", ""),
    "base 2": (
        "plain",
        "np.logaddexp(0, z) - t * z",
        "(np.logaddexp(0, z) - t * z) / np.log(2)",
        "",
    ),
    "overflow where it is wrong": ("plain", "np.logaddexp(0, z)", "np.log(1 + np.exp(z))", ""),
    "cut at 30": ("plain", "np.logaddexp(0, z)", "np.logaddexp(0, np.clip(z, -30, 30))", ""),
    "an array of losses": (
        "plain",
        "np.mean(np.logaddexp(0, z) - t * z)",
        "(np.logaddexp(0, z) - t * z)",
        "expected a number",
    ),
    "the squared error": (
        "plain",
        "np.logaddexp(0, z) - t * z",
        "(1 / (1 + np.exp(-z)) - t) ** 2",
        "",
    ),
}
LOGISTIC_GRADIENT = {
    "db added up": ("plain", "np.mean(p - t)", "np.sum(p - t)", "db"),
    "dw added up": ("plain", "(p - t) / len(t)", "(p - t)", "dw"),
    "divided by the inputs": ("plain", "/ len(t)", "/ len(w)", ""),
    "the bias decays by λ": ("plain", "np.mean(p - t)", "np.mean(p - t) + weight_decay", "db"),
    "the decay's sign": ("plain", "+ weight_decay * w", "- weight_decay * w", "weight decay"),
    "without the bias": ("plain", "x @ w + b", "x @ w", ""),
    "a column": ("plain", "x.T @ (p - t) / len(t)", "x.T @ (p - t)[:, None] / len(t)", ""),
    "one array": ("plain", "weight_decay * w, np.mean(p - t)", "weight_decay * w", ""),
}
TRAIN_LOGISTIC = {
    "begins at random": ("plain", "np.zeros(x.shape[1])", "rng.normal(size=x.shape[1])", ""),
    "a seed in each epoch": (
        "plain",
        "        order = rng",
        "        rng = np.random.default_rng(seed)\n        order = rng",
        "",
    ),
    "divided by the batch size": ("plain", "error / len(rows)", "error / batch_size", ""),
    "the mean of all": ("plain", "error / len(rows)", "error / len(x)", ""),
    "one batch an epoch": (
        "plain",
        "            b = b - lr * error.mean()",
        "            b = b - lr * error.mean()\n            break",
        "",
    ),
    "the decay not times lr": ("plain", "+ weight_decay * w)", ") - weight_decay * w", ""),
    "the bias without the rate": ("plain", "b - lr * error", "b - error", ""),
    "the rate halved in each epoch": (
        "plain",
        "        order = rng",
        "        lr = lr / 2\n        order = rng",
        "",
    ),
}
CLASSIFY = {
    "pixels as they are, once": (
        "apart",
        "np.argmax(images / 16 @ W + B",
        "np.argmax(images @ W + 400 * B",
        "",
    ),
    "the lowest score": ("apart", "np.argmax", "np.argmin", "are needed"),
    "one step": ("apart", "range(300)", "range(1)", "are needed"),
    "nine units": ("apart", "@ W + B, axis=1)", "@ W[:, :8] + B[:8], axis=1)", "are needed"),
    "over the pictures": ("apart", "axis=1", "axis=0", "shape"),
    "the labels learned by heart": (
        "apart",
        "    return np.argmax(images / 16 @ W + B, axis=1)",
        "    return np.resize(labels.astype(int), len(images))",
        "less than 80 %",
    ),
}
BOUNDARY_FIGURE = {
    "classes exchanged": (
        "apart",
        "t == 0, 0], x[t == 0, 1]",
        "t == 1, 0], x[t == 1, 1]",
        "class 0",
    ),
    "one scatter": (
        "apart",
        '    ax.scatter(x[t == 1, 0], x[t == 1, 1], c="tab:red", marker="x")\n',
        "",
        "scatters",
    ),
    "the bias's sign": ("apart", "(-b - w[0]", "(b - w[0]", "the line"),
    "weights exchanged": ("apart", "w[0] * grid) / w[1]", "w[1] * grid) / w[0]", ""),
    "no names": ("apart", 'xlabel="x1", ylabel="x2", ', "", "the axes are labelled"),
    "the figure": ("apart", "return ax", "return fig", ""),
    "from 0 to 1": ("apart", "x[:, 0].min(), x[:, 0].max()", "0, 1", ""),
    "one figure for all": (
        "apart",
        "fig = plt.figure()\n    ax = fig.add_subplot()",
        "ax = plt.gca()",
        "",
    ),
}
