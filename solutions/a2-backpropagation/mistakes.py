"""Wrong answers that students really give, each with its hint (autograder/sessions/mistakes.py)."""

import graphlib
import math

import numpy as np

_rng = np.random.default_rng(1)
_twice = {  # y = e + f with e = c + d, f = c d, c = a + b, d = a b
    "y": ("+", "e", "f"),
    "f": ("*", "c", "d"),
    "e": ("+", "c", "d"),
    "d": ("*", "a", "b"),
    "c": ("+", "a", "b"),
}
_data = {"a": 2.0, "b": 3.0, "c": 5.0, "d": 6.0, "e": 11.0, "f": 30.0, "y": 41.0}
_square = {"s": ("*", "x", "x"), "y": ("max", "s", "x")}
_chain = {f"n{k}": ("+", f"n{k - 1}" if k else "x", "x") for k in _rng.permutation(1500)}
_matrix = np.array([[1.0, 2.0, 0.0], [3e-7, -4.0, 5.0]])
_measured = np.array([[1.1, 2.0, 3e-9], [1e-7, 4.0, np.nan]])
_X, _T = _rng.normal(size=(6, 3)), _rng.normal(size=(6, 2))
_network = [_rng.normal(size=shape) for shape in ((3, 4), (4,), (4, 2), (2,))]
_at_zero = [
    np.zeros((2, 3)),
    np.ones((2, 2)),
    np.eye(3, 4),
    np.zeros(4),
    np.ones((4, 2)),
    np.ones(2),
]


def _order_of(graph, answer):
    """Whether an order has inputs, how long it is, and how often a node stands before a parent."""
    order = answer(graph)
    place = {name: number for number, name in enumerate(order)}
    edges = [(p, name) for name in graph for p in graph[name][1:] if p in graph]
    early = sum(place.get(p, -1) > place.get(name, -1) for p, name in edges)
    return [sum(name not in graph for name in order), len(order), early]


def _by_name(numbers):
    if not isinstance(numbers, dict):
        return numbers
    return [sorted(numbers), [numbers[name] for name in sorted(numbers)]]


def _afterwards(answer, given, *others):
    """What it answers, and what it was given as it is then."""
    given = given.copy()
    got = answer(given, *others)
    return [got, given] if isinstance(given, np.ndarray) else [_by_name(got), _by_name(given)]


PROBES = {
    "value_of": [
        *(lambda f, o=operation: f(o, [-2.0, 3.0]) for operation in ("+", "*", "max")),
        *(lambda f, s=score: f("sigmoid", [s]) for score in (0.7, -1000.0)),
    ],
    "slopes": [
        *(lambda f, o=operation: f(o, [-2.0, 3.0]) for operation in ("+", "*", "max")),
        lambda f: f("max", [4.0, 4.0]),
        lambda f: f("sigmoid", [0.7]),
    ],
    "topological_order": [lambda f: _order_of(_twice, f), lambda f: _order_of(_chain, f)],
    "forward": [
        lambda f: _afterwards(lambda inputs: f(_twice, inputs), {"a": 2.0, "b": 3.0}),
    ],
    "backward": [
        lambda f: _by_name(f(_twice, _data, "y")),
        lambda f: _by_name(f(_twice, _data, "c")),
        lambda f: _by_name(f(_square, {"x": 3.0, "s": 9.0, "y": 9.0}, "y")),
    ],
    "numerical_gradient": [
        lambda f: _afterwards(lambda x: f(lambda x: np.sum(x**3), x, 0.5), _matrix),
    ],
    "wrong_entries": [
        lambda f: [f(_matrix[:, :2], _measured[:, :2])],
        lambda f: [f(_matrix, _measured)],
    ],
    "network_forward": [lambda f: f(_X, *_network)],
    "network_gradient": [lambda f: f(_X, _T, *_network), lambda f: f(*_at_zero)],
    "train_network": [lambda f, size=size: f(_X, _T, 4, size, 0.05, 2, 1) for size in (6, 4)],
}


def _nothing(*arguments, **options):
    """Your function ends without `return`, so that it gives None."""


for _function in PROBES:
    globals()[f"{_function}__nothing"] = _nothing


def _slip(right, name, hint, **differs):
    """A mistake that is the right answer, `_function`, but for one thing."""

    def answer(*given, **options):
        return right(*given, **options, **differs)

    answer.__doc__ = hint
    globals()[f"{right.__name__[1:]}__{name}"] = answer


def _sigmoid(s):
    return 0.5 + 0.5 * math.tanh(s / 2)


def _value_of(operation, values, sigmoid=_sigmoid):
    if operation == "sigmoid":
        return sigmoid(values[0])
    return {"+": sum, "*": math.prod, "max": max}[operation](values)


_slip(_value_of, "overflow", "For a very negative score e^−s is too large a number: treat the two "
      "signs apart.", sigmoid=lambda s: 1 / (1 + math.exp(-s)))  # fmt: skip
_slip(_value_of, "sign", "The sign of the exponent: a large score has to come near 1, a very "
      "negative one near 0.", sigmoid=lambda s: _sigmoid(-s))  # fmt: skip


def _slopes(operation, values, product=lambda a, b: [b, a], larger=lambda a, b: [a > b, b > a],
            tie=(0.5, 0.5), of=_sigmoid):  # fmt: skip
    if operation == "sigmoid":
        return [of(values[0]) * (1 - of(values[0]))]
    if operation == "max":
        return [float(s) for s in (tie if values[0] == values[1] else larger(*values))]
    return product(*values) if operation == "*" else [1.0, 1.0]


_slip(_slopes, "not_swapped", "By how much does a product change when its first factor changes by "
      "1?", product=lambda a, b: [a, b])  # fmt: skip
_slip(_slopes, "values_routed", "A maximum passes on the change of the larger parent, not its "
      "number: what is its slope?", larger=lambda a, b: [a * (a > b), b * (b > a)])  # fmt: skip
_slip(_slopes, "tie_to_the_first", "Of two equal values you choose the first; each gets one half.",
      tie=(1, 0))  # fmt: skip
_slip(_slopes, "tie_to_the_second", "Of two equal values you choose the second; each gets one "
      "half.", tie=(0, 1))  # fmt: skip
_slip(_slopes, "tie_to_both", "Two equal values get a slope of 1 each from you; together they "
      "should get no more than one does elsewhere.", tie=(1, 1))  # fmt: skip
_slip(_slopes, "tie_to_none", "Two equal values get nothing from you: what does `>` say of them?",
      tie=(0, 0))  # fmt: skip
_slip(_slopes, "of_the_score", "σ′ = σ (1 − σ) has the sigmoid's value; you use what goes into it.",
      of=lambda s: s)  # fmt: skip


def _topological_order(graph, told=lambda order, graph: [n for n in order if n in graph]):
    parents = {name: parents for name, (_, *parents) in graph.items()}
    return told([*graphlib.TopologicalSorter(parents).static_order()], graph)


_slip(_topological_order, "as_it_stands", "You give the order of the dictionary, which may be any: "
      "whom does each node wait for?", told=lambda order, graph: [*graph])  # fmt: skip
_slip(_topological_order, "backwards", "Your order begins with the output; parents come first.",
      told=lambda order, graph: [n for n in order[::-1] if n in graph])  # fmt: skip
_slip(_topological_order, "with_inputs", "The inputs are in your list; which names are keys of the "
      "dictionary?", told=lambda order, graph: order)  # fmt: skip


def topological_order__recursion(graph):
    """Your function calls itself once for each node, and Python ends that at about 1,000: keep the
    nodes that wait in a list of your own."""
    if len(graph) > 1000:
        raise RecursionError
    return _topological_order(graph)


def _forward(graph, inputs, told=lambda data, inputs: data):
    data = dict(inputs)
    for name in _topological_order(graph):
        operation, *parents = graph[name]
        data[name] = _value_of(operation, [data[parent] for parent in parents])
    return told(data, inputs)


_slip(_forward, "without_inputs", "The inputs are missing in what you give; they count, too.",
      told=lambda data, inputs: {n: data[n] for n in data if n not in inputs})  # fmt: skip
_slip(_forward, "in_place", "You write into the caller's dictionary of inputs: begin with a copy.",
      told=lambda data, inputs: inputs.update(data) or inputs)  # fmt: skip


def _backward(graph, data, output, into=lambda old, new: old + new, passed=lambda g: g,
              turned=reversed, told=lambda grad: grad):  # fmt: skip
    grad = dict.fromkeys(data, 0.0) | {output: 1.0}
    for name in turned(_topological_order(graph)):
        operation, *parents = graph[name]
        slopes = _slopes(operation, [data[parent] for parent in parents])
        for parent, slope in zip(parents, slopes, strict=True):
            grad[parent] = into(grad[parent], passed(grad[name]) * slope)
    return told(grad)


_slip(_backward, "overwritten", "What a node gets from one use replaces what it had from another: "
      "look at a node that is used twice.", into=lambda old, new: new)  # fmt: skip
_slip(_backward, "slopes_alone", "You add up slopes; by what does the chain rule multiply each?",
      passed=lambda g: 1.0)  # fmt: skip
_slip(_backward, "forwards", "You go through the nodes from the inputs on; where does a gradient "
      "come from?", turned=list)  # fmt: skip
_slip(_backward, "without_zeros", "What the output does not depend on is missing; its gradient is "
      "0.", told=lambda grad: {n: g for n, g in grad.items() if g})  # fmt: skip


def _numerical_gradient(f, x, step=1e-5, below=1, apart=2, all_of=lambda x: np.ndindex(x.shape)):
    gradient = np.zeros(x.shape)
    for i in all_of(x):
        moved = np.zeros(x.shape)
        moved[i] = step
        gradient[i] = (f(x + moved) - f(x - below * moved)) / (apart * step)
    return gradient


_slip(_numerical_gradient, "one_sided", "Your difference is one-sided; the central one goes to "
      "both sides of x.", below=0, apart=1)  # fmt: skip
_slip(_numerical_gradient, "not_halved", "How far apart are x + ε and x − ε?", apart=1)
_slip(_numerical_gradient, "all_at_once", "You move all entries together; the others have to stay.",
      all_of=lambda x: [...])  # fmt: skip


def numerical_gradient__left_moved(f, x, step=1e-5):
    """Your x stays moved after an entry: what does the next one see, and the caller?"""
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        x[i] += step
        above = f(x)
        x[i] -= 2 * step
        gradient[i] = (above - f(x)) / (2 * step)
    return gradient


def _wrong_entries(gradient, measured, tolerance=1e-4, tiny=1e-4, to=lambda scale: scale,
                   flaw=lambda error, most: ~(error <= most), told=np.argwhere):  # fmt: skip
    scale = to(np.maximum(np.maximum(abs(gradient), abs(measured)), tiny))
    return told(flaw(abs(gradient - measured) / scale, tolerance)).tolist()


_slip(_wrong_entries, "absolute", "You compare the difference itself: what is it divided by?",
      to=lambda scale: 1)  # fmt: skip
_slip(_wrong_entries, "nan_is_right", "A NaN passes as right, since NaN > tolerance is False: "
      "turn the question round.", flaw=lambda error, most: error > most)  # fmt: skip
_slip(_wrong_entries, "without_tiny", "You call rounded zeros wrong: what is the least divisor?",
      tiny=1e-300)  # fmt: skip
_slip(_wrong_entries, "flat", "You give one number for a place; it has an index for each axis.",
      told=np.flatnonzero)  # fmt: skip


def _network_forward(X, W1, b1, W2, b2, bias=1, h=lambda z: np.maximum(0, z), last=lambda z: z):
    z1 = X @ W1 + bias * b1
    return z1, h(z1), last(h(z1) @ W2 + bias * b2)


_slip(_network_forward, "linear", "Your h is z1 itself: where is the maximum?", h=lambda z: z)
_slip(_network_forward, "no_biases", "The biases are not added.", bias=0)
_slip(_network_forward, "last_activated", "The second layer has no maximum: its scores may be "
      "negative.", last=lambda z: np.maximum(0, z))  # fmt: skip


def _network_gradient(X, T, W1, b1, W2, b2, factor=2, count=len, gate=lambda z: z > 0, of=np.sum,
                      told=lambda *gradients: gradients):  # fmt: skip
    z1, h, z2 = _network_forward(X, W1, b1, W2, b2)
    dz2 = factor * (z2 - T) / count(X)
    dz1 = dz2 @ W2.T * gate(z1)
    return told(X.T @ dz1, of(dz1, axis=0), h.T @ dz2, of(dz2, axis=0))


_slip(_network_gradient, "sum", "The cost is a mean over the pictures: is your gradient one, too?",
      count=lambda X: 1)  # fmt: skip
_slip(_network_gradient, "factor", "What is the derivative of a square? A factor is missing.",
      factor=1)  # fmt: skip
_slip(_network_gradient, "sign", "You give the way downhill; a gradient points uphill.", factor=-2)
_slip(_network_gradient, "no_gate", "Each unit passes the gradient on: does one whose z1 is "
      "negative?", gate=lambda z: 1)  # fmt: skip
_slip(_network_gradient, "open_at_zero", "Where z1 is exactly 0 the slope is to be 0; yours is 1.",
      gate=lambda z: z >= 0)  # fmt: skip
_slip(_network_gradient, "times_h", "You multiply by h: is that the slope of the maximum?",
      gate=lambda z: np.maximum(0, z))  # fmt: skip
_slip(_network_gradient, "mean_of_biases", "You average for the biases what has been divided by N "
      "already.", of=np.mean)  # fmt: skip
_slip(_network_gradient, "other_order", "Your derivatives come in another order than asked for.",
      told=lambda W1, b1, W2, b2: (W2, b2, W1, b1))  # fmt: skip


def _train_network(X, T, hidden=32, batch_size=32, lr=0.1, epochs=20, seed=0, shuffle=True, sign=1,
                   rest=True, by=np.sqrt):  # fmt: skip
    rng, sizes = np.random.default_rng(seed), [(X.shape[1], hidden), (hidden, T.shape[1])]
    W1, W2 = (rng.normal(size=size) / by(size[0]) for size in sizes)
    network, order = [W1, np.zeros(hidden), W2, np.zeros(T.shape[1])], np.arange(len(X))
    for _ in range(epochs):
        order = rng.permutation(len(X)) if shuffle else order
        for first in range(0, len(X) if rest else len(X) - batch_size + 1, batch_size):
            batch = order[first : first + batch_size]
            changes = _network_gradient(X[batch], T[batch], *network)
            network = [p - sign * lr * g for p, g in zip(network, changes, strict=True)]
    return network


_slip(_train_network, "not_shuffled", "You take the pictures in the order of their rows; each "
      "epoch has one of its own.", shuffle=False)  # fmt: skip
_slip(_train_network, "rest_dropped", "You leave out the last, smaller batch.", rest=False)
_slip(_train_network, "uphill", "You walk uphill: a step goes against the gradient.", sign=-1)
_slip(_train_network, "not_scaled", "Your first weights are not divided by √inputs.",
      by=lambda inputs: 1)  # fmt: skip
