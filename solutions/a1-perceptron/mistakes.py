"""Wrong answers that students really give, each with its hint (autograder/sessions/mistakes.py)."""

import numpy as np

_rng = np.random.default_rng(1)
_x, _w, _b = _rng.normal(size=(8, 3)), _rng.normal(size=3), 0.4
_t = np.array([0, 1, 1, 0, 1, 0, 0, 1])
_corners = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
_nand, _xor = np.array([1, 1, 1, 0]), np.array([0, 1, 1, 0])


def _variants(function, right, table):
    """Mistakes that are the right answer but for one thing: by name, the hint and what differs."""
    for name, (hint, differs) in table.items():

        def answer(*given, _differs=differs, **options):
            return right(*given, **options, **_differs)

        answer.__doc__ = hint
        globals()[f"{function}__{name}"] = answer


def _and_afterwards(answer, *given):
    """What it answers, and what it was given as it is then."""
    given = [array.copy() for array in given]
    return [answer(*given), *given]


PROBES = {
    "predict": [
        lambda predict: predict(_x, _w, _b),
        lambda predict: predict(_x, _w, 1.0),
        lambda predict: predict(_corners, np.array([1.0, -1]), 0.0),
        lambda predict: np.asarray(predict(_x, _w, _b)).dtype.kind == "b",
    ],
    "perceptron_pass": [
        lambda one: _and_afterwards(lambda x, t, w: one(x, t, w, _b), _x, _t, _w),
        lambda one: one(_corners, _nand, np.array([-1.0, -1]), 0.0),
    ],
    "train_perceptron": [
        lambda train: train(_corners, _nand),
        lambda train: train(_corners, _xor, 3),
    ],
    "convergence_bound": [
        lambda bound: bound(_corners, _nand, np.array([-2.0, -2]), 3.0),
        lambda bound: bound(_corners, _nand, np.array([-4.0, -4]), 6.0),
        lambda bound: bound(_corners, _nand, np.array([1.0, 1]), 0.5),
        lambda bound: bound(_corners, _nand, np.array([-2.0, -1]), 3.0),
        lambda bound: bound(_corners, np.ones(4, int), np.array([-2.0, -1]), 3.0),
    ],
}


def _nothing(*arguments, **options):
    """Your function ends without `return`, so that it gives None."""


for _function in PROBES:
    globals()[f"{_function}__nothing"] = _nothing


def predict__zero_is_one(x, w, b):
    """A score of exactly 0 is answered by 0; yours answers 1."""
    return (x @ w + b >= 0).astype(int)


def predict__bias_forgotten(x, w, b):
    """The bias is not used: it is added to every score."""
    return (x @ w > 0).astype(int)


def predict__truth(x, w, b):
    """Your answers are True and False; whole numbers, 0 and 1, are asked for."""
    return x @ w + b > 0


def predict__scores(x, w, b):
    """You give the scores; the answers are 1 where a score is above 0, and else 0."""
    return x @ w + b


def _pass(x, t, w, b, sign=1, decide=lambda z: int(z > 0), bias=1, count=abs):
    mistakes = 0
    for example, target in zip(x, t, strict=True):
        error = sign * (target - decide(example @ w + b))
        w, b, mistakes = w + error * example, b + bias * error, mistakes + count(error)
    return w, b, mistakes


_variants(
    "perceptron_pass",
    _pass,
    {
        "signs": (
            "The changes go the wrong way: a missed 1 adds the example, a missed 0 subtracts it.",
            {"sign": -1},
        ),
        "bias_forgotten": (
            "The bias never changes; it learns like a weight whose input is always 1.",
            {"bias": 0},
        ),
        "zero_is_one": (
            "You answer a score of exactly 0 by 1; a unit answers 1 only above 0.",
            {"decide": lambda z: int(z >= 0)},
        ),
        "scores": (
            "You take the target minus the score; the rule has the target minus the answer.",
            {"decide": lambda z: z},
        ),
        "errors_added_up": (
            "A missed 1 and a missed 0 cancel in your count; each of them is one mistake.",
            {"count": int},
        ),
    },
)


def perceptron_pass__all_at_once(x, t, w, b):
    """You judge all examples with the same weights; a change counts for the next one already."""
    error = t - (x @ w + b > 0)
    return w + error @ x, b + error.sum(), int(abs(error).sum())


def perceptron_pass__counted_afterwards(x, t, w, b):
    """You count who is wrong after the pass; count each example when it is shown."""
    w, b, _ = _pass(x, t, w, b)
    return w, b, int(((x @ w + b > 0) != t).sum())


def perceptron_pass__in_place(x, t, w, b):
    """You write into the caller's `w`: `w += …` changes that array, `w = w + …` makes a new one."""
    new, b, mistakes = _pass(x, t, w, b)
    w[...] = new
    return w, b, mistakes


def _trained(x, t, max_passes=100, told=lambda mistakes, most: mistakes):
    w, b, mistakes = np.zeros(x.shape[1]), 0.0, []
    while len(mistakes) < max_passes and (not mistakes or mistakes[-1]):
        w, b, wrong = _pass(x, t, w, b)
        mistakes.append(wrong)
    return w, b, told(mistakes, max_passes)


_variants(
    "train_perceptron",
    _trained,
    {
        "never_stops_early": (
            "You go on after a pass without a mistake; that pass is the last.",
            {"told": lambda mistakes, most: mistakes + [0] * (most - len(mistakes))},
        ),
        "last_pass_left_out": (
            "The list lacks the pass without a mistake; it was made, and so it counts.",
            {"told": lambda mistakes, _: mistakes if mistakes[-1] else mistakes[:-1]},
        ),
        "total": (
            "You give all mistakes together; a list with one number for each pass is asked for.",
            {"told": lambda mistakes, _: sum(mistakes)},
        ),
    },
)


def _bound(x, t, w, b, one=1.0, refused=lambda margin, right: margin <= 0, length=np.linalg.norm,
           power=2):  # fmt: skip
    extended, scores = np.column_stack([x, np.full(len(x), one)]), x @ w + b
    margin = ((2 * t - 1) * scores).min() / length(np.append(w, b))
    if refused(margin, ((scores > 0) == t).all()):
        raise ValueError("no margin")
    return (np.linalg.norm(extended, axis=1).max() / margin) ** power


_variants(
    "convergence_bound",
    _bound,
    {
        "not_squared": ("That is R/γ; the bound is its square.", {"power": 1}),
        "without_the_one": (
            "R is the length of the longest (x, 1): the bias's own input belongs to it.",
            {"one": 0.0},
        ),
        "not_a_unit": (
            "Weights that are twice as long have to give the same bound: what is u divided by?",
            {"length": lambda u: 1.0},
        ),
        "length_without_bias": (
            "You divide by the length of w alone; u has the bias as one more entry.",
            {"length": lambda u: np.linalg.norm(u[:-1])},
        ),
        "no_error": (
            "Weights that do not separate the classes prove nothing: raise a ValueError.",
            {"refused": lambda margin, right: False},
        ),
        "zero_accepted": (
            "A margin of exactly 0 proves nothing either: raise a ValueError for it, too.",
            {"refused": lambda margin, right: margin < 0},
        ),
        "answers_asked": (
            "You ask whether all answers are right; a score of 0 may be right without a margin.",
            {"refused": lambda margin, right: not right},
        ),
    },
)
