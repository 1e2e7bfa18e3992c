"""Wrong answers that students really give, each with its hint (autograder/sessions/mistakes.py).

Here those about the loss, batch normalisation and dropout; `mistakes_training.py` has the others.
"""

import numpy as np

_rng = np.random.default_rng(5)
_s, _labels = _rng.normal(size=(4, 3)), np.array([2, 0, 1, 1])
_large = _s * np.array([[1e3], [1.0], [2e3], [1.0]])
_units, _maps = _rng.normal(2, 3, (6, 3)), _rng.normal(2, 3, (2, 3, 2, 4))
_dunits, _dmaps = _rng.normal(size=_units.shape), _rng.normal(size=_maps.shape)
_w, _b, _mean = _rng.normal(size=(3, 3))
_var, _u = _rng.random(3), _rng.random((6, 3))

PROBES = {
    "softmax_cross_entropy": [
        *(lambda f, s=scores: f(s, _labels) for scores in (_s, _large, _s * 1e3, _s + 5e3)),
    ],
    "batch_norm": [
        lambda f: f(_units, _w, _b, 0.3),
        lambda f: [np.shape(part) for part in f(_maps, _w, _b)],
        lambda f: f(_maps, _w, _b, 0.3),
    ],
    "running_step": [lambda f: f(_mean, _b), lambda f: f(_mean, _b, 0.4)],
    "batch_norm_in_use": [lambda f: f(_units, _w, _b, _mean, _var, 0.3)],
    "batch_norm_backward": [
        lambda f: f(_dunits, _units, _w, 0.3),
        lambda f: f(_dmaps, _maps, _w, 0.3),
    ],
    "dropout": [lambda f: f(_units, _u, 0.3), lambda f: f(_units, _u, 0.0)],
}


def _slip(right, name, hint, **differs):
    """A mistake that is the right answer, `_function`, but for one thing."""

    def answer(*given, **options):
        with np.errstate(all="ignore"):
            return right(*given, **options, **differs)

    answer.__doc__ = hint
    globals()[f"{right.__name__[1:]}__{name}"] = answer


def _log_softmax(s):
    shifted = s - s.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _log_of_softmax(s, largest=lambda s: s.max(axis=1, keepdims=True)):
    p = np.exp(s - largest(s))
    return np.log(p / p.sum(axis=1, keepdims=True))


def _softmax_cross_entropy(
    s, labels, log=_log_softmax, mean=np.mean, slope=lambda p, t: (p - t) / len(p)
):
    log_p, t = log(s), np.eye(s.shape[1])[labels]
    return -mean(log_p[np.arange(len(s)), labels]), slope(np.exp(log_p), t)


_slip(_softmax_cross_entropy, "overflow", "exp(1000) is infinite, and ∞/∞ is NaN: what may be "
      "subtracted from all scores of a picture without changing its p?",
      log=lambda s: _log_of_softmax(s, lambda s: 0))  # fmt: skip
_slip(_softmax_cross_entropy, "log_of_zero", "A p that is too small becomes 0, and its logarithm "
      "infinite: can you write ln p without computing p first?", log=_log_of_softmax)  # fmt: skip
_slip(_softmax_cross_entropy, "summed", "Your J is a sum over the pictures, your gradient that of "
      "their mean.", mean=np.sum)  # fmt: skip
_slip(_softmax_cross_entropy, "not_divided", "Your gradient is that of the sum over the pictures; "
      "J is their mean.", slope=lambda p, t: p - t)  # fmt: skip
_slip(_softmax_cross_entropy, "turned", "Your gradient points downhill: should J grow or fall when "
      "the score of the true class grows?", slope=lambda p, t: (t - p) / len(p))  # fmt: skip


def _beside(values, x):
    return values.reshape(-1, *[1] * (x.ndim - 2))


def _all_but_channels(x):
    return (0, 2, 3)[: x.ndim - 1]


def _batch_norm(x, w, b, eps=1e-5, axes=_all_but_channels, rest=0, root=np.sqrt, outside=0):
    mean, var = x.mean(axis=axes(x)), x.var(axis=axes(x), ddof=rest)
    if mean.shape != w.shape:  # a mean for each picture, or for each place
        mean, var = x.mean(axis=axes(x), keepdims=True), x.var(axis=axes(x), keepdims=True)
        normal = (x - mean) / np.sqrt(var + eps)
        return normal * _beside(w, x) + _beside(b, x), mean[0], var[0]
    below = root(var + (0 if outside else eps)) + outside * eps
    return (x - _beside(mean, x)) / _beside(below, x) * _beside(w, x) + _beside(b, x), mean, var


_slip(_batch_norm, "unbiased", "You divide the squares by one less than there are; within the "
      "batch the variance is their plain mean.", rest=1)  # fmt: skip
_slip(_batch_norm, "by_variance", "You divide by the variance: which power of it has the unit of "
      "x?", root=lambda v: v)  # fmt: skip
_slip(_batch_norm, "eps_outside", "Your ε is added to the root: where does it stand in the "
      "formula?", outside=1)  # fmt: skip
_slip(_batch_norm, "each_picture", "You normalise each picture by its own numbers; here each unit "
      "is normalised over the pictures.", axes=lambda x: tuple(range(1, x.ndim)))  # fmt: skip
_slip(_batch_norm, "places_apart", "Your maps have a mean for each place. How many means does a "
      "channel have?", axes=lambda x: 0)  # fmt: skip


def running_step__turned(running, batch, momentum=0.1):
    """Your momentum is the share of the old: of which is it here?"""
    return momentum * running + (1 - momentum) * batch


def batch_norm_in_use__of_the_batch(x, w, b, mean, var, eps=1e-5):
    """You still normalise with the batch's own mean and variance: what are `mean` and `var` for?"""
    return _batch_norm(x, w, b, eps)[0]


def _batch_norm_backward(
    dy, x, w, eps=1e-5, by_mean=1, by_var=1, count=lambda n: n, by=lambda normal, x: normal
):
    axes = _all_but_channels(x)
    root = np.sqrt(x.var(axis=axes) + eps)
    normal = (x - _beside(x.mean(axis=axes), x)) / _beside(root, x)
    dw, db = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    n = count(x.size // len(w))
    through = by_mean * _beside(db / n, x) + by_var * normal * _beside(dw / n, x)
    return (dy - through) * _beside(w / root, x), (dy * by(normal, x)).sum(axis=axes), db


_slip(_batch_norm_backward, "constants", "You treat mean and variance as constants: does neither "
      "change when a number of x does?", by_mean=0, by_var=0)  # fmt: skip
_slip(_batch_norm_backward, "constant_variance", "Two of the three ways are there. What else "
      "changes for the whole unit when one of its numbers moves away from μ?",
      by_var=0)  # fmt: skip
_slip(_batch_norm_backward, "not_averaged", "What comes back through μ and var is too large: by "
      "how much does a mean change when one of its numbers grows by 1?",
      count=lambda n: 1)  # fmt: skip
_slip(_batch_norm_backward, "dw_of_x", "Your dw is made with x: what does w multiply?",
      by=lambda normal, x: x)  # fmt: skip


def _dropout(x, u, drop, kept=lambda u, drop: u >= drop, share=lambda drop: 1 - drop):
    return x * kept(u, drop) / share(drop)


_slip(_dropout, "historical", "What is kept stays as it was: how much arrives on average then?",
      share=lambda drop: 1)  # fmt: skip
_slip(_dropout, "turned", "You keep where u is small: which share of the numbers is that?",
      kept=lambda u, drop: u < drop)  # fmt: skip
