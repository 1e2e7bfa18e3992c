"""Wrong answers to assignment 2, as students give them, written from the released notebook alone.

By function: what went wrong, the answer that it is an edit of (in `a2_right.py`), what stands
there, what the student wrote instead, and words of the hint or message that fits; "" where none
says more than which assertion failed.
"""

VALUE_OF = {
    "the difference": ("plain", "return a + b", "return a - b", "−2 + 5: expected 3.0, got -7"),
    "the larger by size": ("plain", "a if a > b", "a if abs(a) > abs(b)", "a maximum"),
    "cut at 20": ("plain", "s = values[0]", "s = max(min(values[0], 20), -20)", ""),
    "a list": ("plain", "return a * b", "return [a * b]", "expected a number"),
    "the hyperbolic tangent": ("plain", "1 / (1 + math.exp(-s))", "math.tanh(s)", ""),
}
SLOPES = {
    "the sigmoid at the wrong sign": ("plain", "[y * (1 - y)]", "[y * (y - 1)]", "slope of σ"),
    "a number for a list": (
        "plain",
        "return [y * (1 - y)]",
        "return y * (1 - y)",
        "expected a list",
    ),
    "the smaller wins": ("plain", "values[0] > values[1]", "-values[0] > -values[1]", "max(2, 5)"),
    "both of a sum halved": ("plain", "return [1, 1]", "return [0.5, 0.5]", "the slopes of −2 + 5"),
    "a product by division": (
        "plain",
        "return [values[1], values[0]]",
        "y = values[0] * values[1]\n        return [y / values[0], y / values[1]]",
        "one factor is 0",
    ),
    "equal where small": (
        "plain",
        "if values[0] > values[1]:",
        "if abs(sum(values)) < 9:\n        return [0.5, 0.5]\n    if values[0] > values[1]:",
        "of a maximum",
    ),
    "the list turned round": ("signs", "list(values[::-1])", "values.reverse() or values", "list"),
}
TOPOLOGICAL_ORDER = {
    "twice in the list": ("plain", "if name not in done:", "if True:", ""),
    "the first parent alone": ("plain", "graph[name][1:]", "graph[name][1:2]", "before one of its"),
    "from the last node alone": (
        "plain",
        "in graph:\n        stack",
        "in [*graph][:1]:\n        stack",
        "",
    ),
    "a tuple": ("plain", "return order", "return tuple(order)", "a list of names"),
    "parents before, once": (
        "plain",
        "stack.extend(missing)",
        "order += missing\n                done.update(missing)",
        "before one of its parents",
    ),
    "sorted by name": ("plain", "return order", "return sorted(order)", ""),
    "the deepest first": ("from_the_outputs", "backwards[::-1]", "backwards", "parents come first"),
}
FORWARD = {
    "the difference": ("plain", "sum(values)", "values[0] - values[1]", "q of line"),
    "inputs as 0": (
        "plain",
        "data = dict(inputs)",
        "data = dict.fromkeys(inputs, 0.0)",
        "q of line",
    ),
    "the last number": ("plain", "return data", "return number", "object is not iterable"),
    "a maximum with 0": ("plain", "max(values)", "max(0.0, values[0])", "max(x, x · x)"),
    "no inputs without nodes": ("plain", "return data", "return data if graph else {}", "alone"),
}
BACKWARD = {
    "the larger part": (
        "plain",
        "grad[parents[i]] += slope[i] * grad[name]",
        "grad[parents[i]] = max(grad[parents[i]], slope[i] * grad[name], key=abs)",
        "",
    ),
    "added to the slope": ("plain", "slope[i] * grad[name]", "slope[i] + grad[name]", ""),
    "passed on at once": (
        "plain",
        "if uses[parents[i]] == 0:",
        "if True:",
        "",
    ),
    "passed on at the first": (
        "plain",
        "            uses[parents[i]] -= 1\n            if uses[parents[i]] == 0:",
        "            uses[parents[i]], seen = 0, uses[parents[i]]\n            if seen:",
        "",
    ),
    "the sigmoid of the value": (
        "plain",
        "data[name] * (1 - data[name])",
        "values[0] * (1 - values[0])",
        "a unit",
    ),
    "1 for all outputs": (
        "plain",
        "    grad[output] = 1.0\n",
        "    grad.update({name: 1.0 for name in data if not uses[name]})\n",
        "an output in the middle",
    ),
    "a set of parents": (
        "plain",
        "for i in range(len(parents)):",
        "for i in range(len(set(parents))):",
        "x of x · x",
    ),
    "the winner alone": (
        "plain",
        "0.5 + 0.5 * np.sign(values[0] - values[1])",
        "float(values[0] >= values[1])",
        "one of equal numbers",
    ),
}
NUMERICAL_GRADIENT = {
    "one axis": ("plain", "np.ndenumerate(x)", "zip(np.ndindex(len(x)), x)", ""),
    "backwards": ("plain", "f(above) - f(below)", "f(below) - f(above)", "with steps of 0.5"),
    "a step of its own": (
        "plain",
        "above, below =",
        "step = 1e-5\n        above, below =",
        "steps",
    ),
    "a tiny step": (
        "plain",
        "gradient = np.empty_like(x)",
        "step = step * 1e-9\n    gradient = np.empty_like(x)",
        "",
    ),
    "one array for both": ("plain", "x.copy(), x.copy()", "[x.copy()] * 2", ""),
    "below at x": ("plain", "below[i] -= step", "below[i] = x[i]", ""),
    "flattened": ("plain", "return gradient", "return gradient.ravel()", "one to three axes"),
}
WRONG_ENTRIES = {
    "divided by the measured": ("plain", "max(abs(a), abs(b), 1e-4)", "max(abs(b), 1e-4)", ""),
    "divided by the sum": ("plain", "max(abs(a), abs(b), 1e-4)", "(abs(a) + abs(b) + 1e-4)", ""),
    "without signs": ("plain", "abs(a - b) /", "abs(abs(a) - abs(b)) /", "wrong sign"),
    "one NaN alone": ("plain", "np.isnan(a) or ", "", "NaN"),
    "its own tolerance": ("plain", "> tolerance", "> 1e-4", "a tolerance of 0.1"),
    "an array of places": ("plain", "return places", "return np.array(places)", "expected a list"),
    "the first alone": ("plain", "places.append(i)", "return [i]", ""),
    "1 added": ("plain", "max(abs(a), abs(b), 1e-4)", "(max(abs(a), abs(b)) + 1)", ""),
    "by columns": (
        "where",
        "list(zip(*np.where((error > tolerance) | np.isnan(error))))",
        "[(i, *k) for *k, i in zip(*np.where(~(error.T <= tolerance)))]",
        "",
    ),
}
WRONG = {
    "a suspect left out": ("apart", '    "centred": [],\n', "", "each of the five"),
    "one that is right": ("apart", '"centred": []', '"centred": every', "the five suspects"),
    "a sign for the gate": ("apart", "[(1, 1), (1, 2)]", "[(0, 1), (1, 1)]", "the five suspects"),
    "numbers": ("apart", '"squashed": []', '"squashed": 0', "squashed: a list is asked for"),
    "half of it": ("apart", '"crossed": every', '"crossed": every[:3]', "the five suspects"),
    "nothing": ("apart", "[(0, 0)]", "[]", "the five suspects"),
}
NETWORK_FORWARD = {
    "leaky": ("plain", "np.where(z1 > 0, z1, 0)", "np.where(z1 > 0, z1, 0.1 * z1)", "h: values"),
    "the gate": ("plain", "np.where(z1 > 0, z1, 0)", "np.where(z1 > 0, 1.0, 0)", "h: values"),
    "cut above": ("plain", "np.where(z1 > 0, z1, 0)", "np.clip(z1, 0, 1)", "h: values"),
    "the scores alone": ("plain", "return z1, h, ", "return ", ""),
    "h for z1": ("plain", "return z1, h", "return h, h", "z1: values"),
    "z1 changed": ("plain", "h = np.where(z1 > 0, z1, 0)", "z1[z1 < 0] = 0\n    h = z1", "z1"),
    "the first biases twice": ("plain", "np.dot(h, W2) + b2", "np.dot(h, W2) + b2 + b1[0]", "z2"),
}
NETWORK_GRADIENT = {
    "weights not turned": ("plain", "dz2 @ W2.T", "dz2 @ W2.reshape(W2.T.shape)", ""),
    "the gate of h's gradient": ("plain", "dz1[z1 <= 0] = 0", "dz1[dh <= 0] = 0", ""),
    "the gate left out of the biases": (
        "plain",
        "np.sum(dz1, axis=0)",
        "np.sum(dh, axis=0)",
        "db1",
    ),
    "z1 for h": ("plain", "dW2 = h.T @ dz2", "dW2 = z1.T @ dz2", "dW2"),
    "one bias": ("plain", "db2 = dz2.sum(axis=0)", "db2 = dz2.sum()", "db2"),
    "biases in a row": ("plain", "dz2.sum(axis=0)", "dz2.sum(axis=0, keepdims=True)", "db2"),
    "divided by the scores, too": ("plain", "(2 / N)", "(2 / N / T.shape[1])", ""),
    "of z2 without its bias": ("plain", "z2 = h @ W2 + b2", "z2 = h @ W2", ""),
    "targets added": ("plain", "(z2 - T)", "(z2 + T)", ""),
    "dW2 by X": ("plain", "dW1 = X.T @ dz1", "X -= X.mean(axis=0)\n    dW1 = X.T @ dz1", ""),
}
TRAIN_NETWORK = {
    "a seed in each epoch": (
        "plain",
        "        order = rng",
        "        rng = np.random.default_rng(seed)\n        order = rng",
        "",
    ),
    "W2 drawn first": (
        "plain",
        "    W1 = rng",
        "    rng.normal(size=(hidden, C))\n    W1 = rng",
        "the first of W1",
    ),
    "one scale for both": ("plain", "/ np.sqrt(hidden)", "/ np.sqrt(D)", "the first of W2"),
    "drawn for the biases, too": ("plain", "np.zeros(hidden)", "rng.normal(size=hidden)", ""),
    "changed before it is used": (
        "plain",
        "            dz1 = (dz2 @ W2.T)",
        "            W2 = W2 - lr * (h.T @ dz2)\n            dz1 = (dz2 @ W2.T)",
        "",
    ),
    "divided by the batch size": ("plain", "/ len(x)", "/ batch_size", "b2"),
    "a half of the rate": ("plain", "b2 = b2 - lr *", "b2 = b2 - lr / 2 *", "b2 after two steps"),
    "an epoch less": ("plain", "range(epochs)", "range(epochs - 1)", "b2 after two steps"),
    "drawn with other settings": ("plain", "default_rng(seed)", "default_rng(0)", ""),
}
CLASSIFY = {
    "the first sixty": (
        "apart",
        "rng.integers(0, 1000, 100)",
        "rng.integers(0, 60, 100)",
        "are needed",
    ),
    "linear": (
        "apart",
        "np.argmax(np.maximum(0, images / 16 @ A + a)",
        "np.argmax((images / 16 @ A + a)",
        "",
    ),
    "ten steps": ("apart", "range(600)", "range(10)", "are needed"),
    "nine digits": ("apart", "@ B + b, axis=1)", "@ B[:, :9] + b[:9], axis=1)", "are needed"),
    "over the pictures": ("apart", "axis=1", "axis=0", "shape"),
    "the labels learned by heart": (
        "apart",
        "    return np.argmax(np.maximum(0, images / 16 @ A + a) @ B + b, axis=1)",
        "    return np.resize(labels.astype(int), len(images))",
        "less than 85 %",
    ),
}
