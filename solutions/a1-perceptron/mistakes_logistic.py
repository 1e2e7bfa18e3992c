"""Wrong answers about logistic regression, each with its hint (autograder/sessions/mistakes.py)."""

import numpy as np

_rng = np.random.default_rng(1)
_x, _w, _b = _rng.normal(size=(8, 3)), _rng.normal(size=3), 0.4
_t = np.array([0, 1, 1, 0, 1, 0, 0, 1])
_far = np.array([[1000.0], [-1000], [40]])


def _variants(function, right, table):
    """Mistakes that are the right answer but for one thing: by name, the hint and what differs."""
    for name, (hint, differs) in table.items():

        def answer(*given, _differs=differs, **options):
            return right(*given, **options, **_differs)

        answer.__doc__ = hint
        globals()[f"{function}__{name}"] = answer


PROBES = {
    "sigmoid": [lambda sigmoid: sigmoid(_x), lambda sigmoid: sigmoid(_far)],
    "logistic_cost": [
        lambda cost: cost(_x, _t, _w, _b),
        lambda cost: cost(_x, _t, _w, _b, 0.6),
        lambda cost: cost(_far, np.array([0, 1, 1]), np.ones(1), 0.0),
    ],
    "logistic_gradient": [
        lambda gradient: gradient(_x, _t, _w, _b),
        lambda gradient: gradient(_x, _t, _w, _b, 0.6),
    ],
    "train_logistic": [
        lambda train: train(_x, _t, 3, 0.5, 1),
        lambda train: train(_x, _t, 4, 0.5, 3, 0.2, 1),
    ],
}


def _nothing(*arguments, **options):
    """Your function ends without `return`, so that it gives None."""


for _function in PROBES:
    globals()[f"{_function}__nothing"] = _nothing


def _sigmoid(z):
    return 0.5 + 0.5 * np.tanh(z / 2)


def sigmoid__overflow(z):
    """For large scores you divide ∞ by ∞: divide both by e^z first, or treat the signs apart."""
    return np.exp(z) / (1 + np.exp(z))


def sigmoid__sign(z):
    """The sign of the exponent: a large score has to come near 1, a very negative one near 0."""
    return _sigmoid(-z)


def _stable(z, t):
    return np.logaddexp(0, z) - t * z


def _by_p(z, t, least=0.0):
    p = _sigmoid(z)
    return -t * np.log(p + least) - (1 - t) * np.log(1 - p + least)


def _cost(x, t, w, b, weight_decay=0.0, losses=_stable, share=np.mean,
          penalty=lambda w, b, count: w @ w / 2):  # fmt: skip
    return share(losses(x @ w + b, t)) + weight_decay * penalty(w, b, len(x))


_variants(
    "logistic_cost",
    _cost,
    {
        "overflow": (
            "The logarithm of 0 is −∞, and 0 · ∞ is NaN: write the loss with the score, without p.",
            {"losses": _by_p},
        ),
        "clipped": (
            "What is added inside of the logarithm hides how wrong an example is: write the loss "
            "with the score, without p.",
            {"losses": lambda z, t: _by_p(z, t, 1e-12)},
        ),
        "sum": ("You add the losses up; the cost has their mean.", {"share": np.sum}),
        "sign": (
            "The minus sign is missing: a cost is to be made small, and log p is negative.",
            {"losses": lambda z, t: -_stable(z, t)},
        ),
        "no_decay": (
            "You do not use weight_decay: the length of the weights costs something as well.",
            {"penalty": lambda w, b, count: 0.0},
        ),
        "decay_not_halved": (
            "The penalty is twice too large: compare it with the formula.",
            {"penalty": lambda w, b, count: w @ w},
        ),
        "decay_of_the_bias": (
            "You penalise the bias, too; it is left out.",
            {"penalty": lambda w, b, count: (w @ w + b * b) / 2},
        ),
    },
)


def _gradient(x, t, w, b, weight_decay=0.0, decay=1.0, bias=0.0, count=len, given=_sigmoid,
              steep=lambda p: 1.0):  # fmt: skip
    p = given(x @ w + b)
    error = steep(p) * (p - t) / count(x)
    return error @ x + decay * weight_decay * w, error.sum() + bias * weight_decay * b


_variants(
    "logistic_gradient",
    _gradient,
    {
        "sum": (
            "You add up over the examples; the cost has their mean, and so has its gradient.",
            {"count": lambda x: 1},
        ),
        "sign": (
            "You give the direction downhill, (t − p) x; the gradient points uphill.",
            {"steep": lambda p: -1.0},
        ),
        "no_decay": (
            "You do not use weight_decay: the penalty has a derivative as well.",
            {"decay": 0.0},
        ),
        "decay_halved": (
            "The penalty's derivative is wrong by a factor: what is the derivative of a square?",
            {"decay": 0.5},
        ),
        "decay_of_the_bias": (
            "Your derivative by the bias has a penalty; the bias is left out.",
            {"bias": 1.0},
        ),
        "of_the_square": (
            "There is a factor p (1 − p) too many; in the logistic loss it cancels.",
            {"steep": lambda p: p * (1 - p)},
        ),
        "of_the_answers": (
            "You take the answers, 0 or 1; the gradient has the probabilities.",
            {"given": lambda z: (z > 0).astype(float)},
        ),
    },
)


def logistic_gradient__other_order(x, t, w, b, weight_decay=0.0):
    """The derivatives are in another order: first that by w, then that by b."""
    return _gradient(x, t, w, b, weight_decay)[::-1]


def _descended(
    x, t, batch_size=32, lr=0.5, epochs=10, weight_decay=0.0, seed=0, shuffle=True, again=True,
    rest=True,
):  # fmt: skip
    """`shuffle`: whether the order is random, `again`: in each epoch anew; `rest`: whether what
    does not fill a batch is used."""
    rng, w, b = np.random.default_rng(seed), np.zeros(x.shape[1]), 0.0
    order = np.arange(len(x))
    for epoch in range(epochs):
        if shuffle and (again or not epoch):
            order = rng.permutation(len(x))
        for first in range(0, len(x) if rest else len(x) - batch_size + 1, batch_size):
            batch = order[first : first + batch_size]
            dw, db = _gradient(x[batch], t[batch], w, b, weight_decay)
            w, b = w - lr * dw, b - lr * db
    return w, b


_variants(
    "train_logistic",
    _descended,
    {
        "not_shuffled": (
            "You take the examples in the order of their rows; each epoch has a random order.",
            {"shuffle": False},
        ),
        "shuffled_once": (
            "All of your epochs have the same order; draw a new one for each.",
            {"again": False},
        ),
        "rest_dropped": (
            "You leave out the examples that do not fill a batch; they are the last, smaller one.",
            {"rest": False},
        ),
    },
)


def train_logistic__all_examples(x, t, batch_size=32, lr=0.5, epochs=10, *others, **options):
    """Your steps use all examples; each belongs to its own batch."""
    steps = epochs * -(-len(x) // batch_size)
    return _descended(x, t, len(x), lr, steps, *others, **options)


def train_logistic__one_epoch(x, t, batch_size=32, lr=0.5, epochs=10, *others, **options):
    """You go through the examples once; `epochs` says how often."""
    return _descended(x, t, batch_size, lr, 1, *others, **options)


def train_logistic__no_decay(x, t, batch_size=32, lr=0.5, epochs=10, weight_decay=0.0, seed=0):
    """You do not hand weight_decay on to the gradient."""
    return _descended(x, t, batch_size, lr, epochs, 0.0, seed)


def train_logistic__uphill(x, t, batch_size=32, lr=0.5, *others, **options):
    """You walk uphill: a step goes against the gradient."""
    return _descended(x, t, batch_size, -lr, *others, **options)
