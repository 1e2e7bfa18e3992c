"""Wrong answers that students really give, each with its hint (autograder/sessions/mistakes.py)."""

import numpy as np

_rng = np.random.default_rng(4)
_x, _dark = _rng.normal(size=(2, 2, 7, 6)), _rng.normal(size=(2, 2, 6, 6)) - 9
_ties = np.zeros((1, 2, 4, 4))
_half = np.pad(_rng.normal(size=(1, 2, 4, 2)), ((0, 0), (0, 0), (0, 0), (2, 0)))
_overlap, _border, _apart = (_rng.normal(size=(2, 2, n, n)) for n in (3, 4, 2))
_tied = _rng.normal(size=(1, 2, 2, 2))
_pictures, _labels = _rng.uniform(size=(5, 1, 32, 32)), np.array([3, 1, 4, 1, 5])
_SHAPES = [(6, 1, 5, 5), (6,), (16, 6, 5, 5), (16,), (400, 120), (120,), (120, 84), (84,)]
_SHAPES += [(84, 10), (10,)]
_parameters = [_rng.normal(size=shape) / 9 for shape in _SHAPES]
_maps = [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120,), (84,), (10,)]
_maps = [_rng.uniform(-1, 1, size=(2, *shape)) for shape in _maps]
_dscores = _rng.normal(size=(2, 10))
_FEW = 7  # of the numbers of a large array; all of them would have to cross for each probe


def _few(arrays):
    """Of each array its shape, its sum, and some of its numbers."""
    if not isinstance(arrays, tuple | list):
        return arrays
    arrays = [np.asarray(a) for a in arrays]
    return [[list(a.shape), a.sum(), a.ravel()[: a.size : a.size // _FEW + 1]] for a in arrays]


def _brightest(x):
    return x.max(axis=(1, 2)).argmax(axis=1)


_FORWARD = [lambda f: f(_x, 2, 2), lambda f: f(_x, 3, 2), lambda f: f(_dark, 2, 2, 1)]
_BACKWARD = [
    lambda f: f(_overlap[:, :, :, :2], _x[:, :, :5, :4], 3, 1),
    lambda f: f(_border, _dark, 2, 2, 1),
    lambda f: f(_apart, _x[:, :, :4, :4], 2, 2),
    lambda f: f(_tied, _ties[:, :, :4, :4], 2, 2),
    lambda f: f(_tied, _half, 2, 2),
]
PROBES = {
    "max_pool": _FORWARD,
    "max_pool_backward": _BACKWARD,
    "average_pool": _FORWARD,
    "average_pool_backward": _BACKWARD,
    "l2_pool": _FORWARD,
    "l2_pool_backward": _BACKWARD,
    "lenet_parameters": [lambda f: _few(f(3))],
    "lenet_forward": [lambda f: _few(f(_pictures[:2], _parameters))],
    "lenet_backward": [lambda f: _few(f(_dscores, _pictures[:2], _maps, _parameters))],
    "train_lenet": [lambda f: _few(f(_pictures, _labels, 3, 0.1, 2, 1))],
    "shifted_accuracy": [
        lambda f: f(_brightest, _pictures[:, :, :4, :6], np.array([0, 1, 2, 3, 4]), range(-4, 5)),
    ],
}


def _slip(right, name, hint, **differs):
    """A mistake that is the right answer, `_function`, but for one thing."""

    def answer(*given, **options):
        return right(*given, **options, **differs)

    answer.__doc__ = hint
    globals()[f"{right.__name__[1:]}__{name}"] = answer


def _framed(x, pad, value=0.0):
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=value)


def _windows(framed, size, stride):
    """(N, C, H', W', K·K)."""
    windows = np.lib.stride_tricks.sliding_window_view(framed, (size, size), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    return windows.reshape(*windows.shape[:4], -1)


def _spread(shares, x, size, stride, pad, into=np.add, cut=lambda dx, p: dx[:, :, p:-p, p:-p],
            turned=1):  # fmt: skip
    """The gradient by x, from what each window gives each of its places, (N, C, H', W', K·K)."""
    rows, columns = shares.shape[2:4]
    dx = np.zeros(_framed(x, pad).shape)
    for place in range(size * size)[::turned]:  # turned: later windows come last
        k, l = divmod(place, size)
        taps = np.s_[:, :, k : k + stride * rows : stride, l : l + stride * columns : stride]
        dx[taps] = into(dx[taps], shares[..., place])
    return cut(dx, pad) if pad else dx


def _latest(old, new):
    return np.where(new != 0, new, old)


def _max_pool(x, size, stride, pad=0, border=-np.inf, of=np.max, step=lambda s: s):
    return of(_windows(_framed(x, pad, border), size, step(stride)), axis=-1)


_slip(_max_pool, "border_of_zeros", "Zeros in the border win against negative numbers: what is "
      "smaller than all of them?", border=0.0)  # fmt: skip
_slip(_max_pool, "average", "You give the mean; the largest number is asked for.", of=np.mean)
_slip(_max_pool, "by_size", "You compare without the signs: −5 is not larger than 2.",
      of=lambda w, axis: abs(w).max(axis))  # fmt: skip
_slip(_max_pool, "stride_ignored", "You do not use the stride: where does the next window begin?",
      step=lambda s: 1)  # fmt: skip


def _winner(windows):
    return windows.argmax(-1)[..., None] == np.arange(windows.shape[-1])


def _last(windows):
    return _winner(windows[..., ::-1])[..., ::-1]


def _equal(windows):
    return windows == windows.max(axis=-1, keepdims=True)


def _max_pool_backward(dy, x, size, stride, pad=0, to=_winner, border=-np.inf, **how):
    windows = _windows(_framed(x, pad, border), size, stride)
    return _spread(dy[..., None] * to(windows), x, size, stride, pad, **how)


_REPLACED = "What one window gives a pixel replaces what others gave it: what happens to those?"
_slip(_max_pool_backward, "overwritten", _REPLACED, into=_latest, turned=-1)
_slip(_max_pool_backward, "overwritten_by_taps", _REPLACED, into=lambda old, new: new)
_slip(_max_pool_backward, "to_all_equal", "Equal pixels get the whole gradient each; there is one "
      "winner.", to=_equal)  # fmt: skip
_slip(_max_pool_backward, "shared", "Equal pixels share the gradient; there is one winner.",
      to=lambda w: _equal(w) / _equal(w).sum(-1, keepdims=True))  # fmt: skip
_slip(_max_pool_backward, "to_the_last", "Of equal pixels you choose the last.", to=_last)
_slip(_max_pool_backward, "border_of_zeros", "In the backward pass, too, zeros in the border win "
      "against negative numbers.", border=0.0)  # fmt: skip
_slip(_max_pool_backward, "not_cut", "Your gradient still has the border.", cut=lambda dx, p: dx)
_slip(_max_pool_backward, "to_the_window", "You give the gradient to all pixels of the window; on "
      "how many of them does its maximum depend?", to=np.ones_like)  # fmt: skip
_slip(_max_pool_backward, "times_x", "You multiply by the pixel itself: by how much does the "
      "maximum grow when its pixel grows by 1?",
      to=lambda w: np.where(_winner(w), w, 0))  # fmt: skip


def _average_pool(x, size, stride, pad=0, count=lambda w, pixels: w.shape[-1]):
    windows = _windows(_framed(x, pad), size, stride)
    pixels = _windows(_framed(np.ones(x.shape), pad), size, stride).sum(axis=-1)
    return windows.sum(axis=-1) / count(windows, pixels)


_slip(_average_pool, "pixels_alone", "At the border you divide by the number of pixels; here the "
      "zeros count, too.", count=lambda w, pixels: pixels)  # fmt: skip
_slip(_average_pool, "sum", "You give the sum: what makes a mean of it?",
      count=lambda w, pixels: 1)  # fmt: skip
_slip(_average_pool, "divided_by_size", "How many numbers are in a window of K rows and K columns?",
      count=lambda w, pixels: w.shape[-1] ** 0.5)  # fmt: skip


def _average_pool_backward(dy, x, size, stride, pad=0, count=lambda size: size**2, **how):
    shares = np.repeat(dy[..., None] / count(size), size**2, axis=-1)
    return _spread(shares, x, size, stride, pad, **how)


_slip(_average_pool_backward, "whole", "Each pixel gets the window's whole gradient; by how much "
      "does a mean grow when one of its numbers grows by 1?", count=lambda size: 1)  # fmt: skip
_slip(_average_pool_backward, "overwritten", _REPLACED, into=lambda old, new: new, turned=-1)
_slip(_average_pool_backward, "overwritten_by_taps", _REPLACED, into=lambda old, new: new)


def _l2_pool(x, size, stride, pad=0, of=lambda w: np.sqrt((w**2).sum(-1))):
    return of(_windows(_framed(x, pad), size, stride))


_slip(_l2_pool, "no_root", "The root is missing.", of=lambda w: (w**2).sum(-1))
_slip(_l2_pool, "mean", "You take the mean of the squares; here the sum is not divided.",
      of=lambda w: np.sqrt((w**2).mean(-1)))  # fmt: skip


def _l2_pool_backward(dy, x, size, stride, pad=0, slope=lambda w, y: w / np.where(y, y, 1), **how):
    windows = _windows(_framed(x, pad), size, stride)
    with np.errstate(invalid="ignore"):
        slopes = slope(windows, _l2_pool(x, size, stride, pad)[..., None])
    return _spread(dy[..., None] * slopes, x, size, stride, pad, **how)


_slip(_l2_pool_backward, "nan", "A window of zeros alone gives NaN: 0/0. Its pixels get 0.",
      slope=lambda w, y: w / y)  # fmt: skip
_slip(_l2_pool_backward, "not_divided", "You leave out y: what does the root's derivative divide "
      "by?", slope=lambda w, y: w)  # fmt: skip
_slip(_l2_pool_backward, "twice", "Your gradient is twice too large: what does the root's "
      "derivative do to the 2 of the square?",
      slope=lambda w, y: 2 * w / np.where(y, y, 1))  # fmt: skip


def _lenet_parameters(
    seed=0, inputs=lambda shape: np.prod(shape[1:] if len(shape) > 2 else shape[:1])
):
    rng, parameters = np.random.default_rng(seed), []
    for shape in _SHAPES[::2]:
        units = shape[0] if len(shape) > 2 else shape[1]
        parameters += [rng.normal(size=shape) / np.sqrt(inputs(shape)), np.zeros(units)]
    return parameters


_slip(_lenet_parameters, "not_scaled", "Your weights are not divided by √inputs.",
      inputs=lambda shape: 1)  # fmt: skip
_slip(_lenet_parameters, "scaled_by_places", "A unit of C3 sees 5×5 places of how many maps?",
      inputs=lambda shape: 25 if len(shape) > 2 else shape[0])  # fmt: skip


def _correlated(x, w, b):
    windows = np.lib.stride_tricks.sliding_window_view(x, (5, 5), axis=(2, 3))
    return np.tensordot(windows, w, ((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2) + b[:, None, None]


def _lenet_forward(x, parameters, act=np.tanh, last=lambda z: z, pool=_average_pool,
                   row=lambda s4: s4.reshape(len(s4), -1)):  # fmt: skip
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = parameters
    c1 = act(_correlated(x, w1, b1))
    s2 = pool(c1, 2, 2)
    c3 = act(_correlated(s2, w2, b2))
    s4 = pool(c3, 2, 2)
    c5 = act(row(s4) @ w3 + b3)
    f6 = act(c5 @ w4 + b4)
    return [c1, s2, c3, s4, c5, f6, last(f6 @ w5 + b5)]


_slip(_lenet_forward, "relu", "You cut at 0; LeNet-5's activation is tanh.",
      act=lambda z: np.maximum(z, 0))  # fmt: skip
_slip(_lenet_forward, "no_tanh", "Without tanh all layers together are one linear layer.",
      act=lambda z: z)  # fmt: skip
_slip(_lenet_forward, "tanh_of_scores", "The scores have no tanh.", last=np.tanh)
_slip(_lenet_forward, "max_pooling", "S2 and S4 take the mean; you take the maximum.",
      pool=_max_pool)  # fmt: skip
_slip(_lenet_forward, "channels_last", "Your row of 400 goes through the maps first: all of the "
      "first map comes first.",
      row=lambda s4: s4.transpose(0, 2, 3, 1).reshape(len(s4), -1))  # fmt: skip


def _conv_gradients(dy, x, w):
    """(dx, dw, db)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (5, 5), axis=(2, 3))
    around = np.pad(dy, ((0, 0), (0, 0), (4, 4), (4, 4)))
    back = w[:, :, ::-1, ::-1].swapaxes(0, 1)
    dw = np.tensordot(dy, windows, ((0, 2, 3), (0, 2, 3)))
    return _correlated(around, back, np.zeros(len(back))), dw, dy.sum(axis=(0, 2, 3))


def _lenet_backward(ds, x, maps, parameters, slope=lambda y: 1 - y**2, turned=lambda g: g):
    (c1, s2, c3, s4, c5, f6, _), (_, _, w2, _, w3, _, w4, _, w5, _) = maps, parameters
    dz6 = ds @ w5.T * slope(f6)
    dz5 = dz6 @ w4.T * slope(c5)
    dz3 = _average_pool_backward((dz5 @ w3.T).reshape(s4.shape), c3, 2, 2) * slope(c3)
    ds2, dw2, db2 = _conv_gradients(dz3, s2, w2)
    dz1 = _average_pool_backward(ds2, c1, 2, 2) * slope(c1)
    gradients = [*_conv_gradients(dz1, x, parameters[0])[1:], dw2, db2]
    for h, dz in [(s4.reshape(len(x), -1), dz5), (c5, dz6), (f6, ds)]:
        gradients += [h.T @ dz, dz.sum(axis=0)]
    return turned(gradients)


_slip(_lenet_backward, "no_slopes", "The slopes of tanh are missing.", slope=lambda y: 1)
_slip(_lenet_backward, "slope_of_outputs", "You take tanh once more: the maps have gone through it "
      "already.", slope=lambda y: 1 - np.tanh(y) ** 2)  # fmt: skip
_slip(_lenet_backward, "sigmoid", "y (1 − y) is the slope of the sigmoid; what is that of tanh?",
      slope=lambda y: y * (1 - y))  # fmt: skip
_slip(_lenet_backward, "last_first", "Your gradients come in the order in which you met them; w1 "
      "comes first.",
      turned=lambda g: [a for k in (8, 6, 4, 2, 0) for a in g[k : k + 2]])  # fmt: skip


def _cost_slope(scores, labels):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return (p - np.eye(10)[labels]) / len(scores)


def _train_lenet(x, labels, batch_size=10, lr=0.02, epochs=1, seed=0, sign=1, shuffle=True):
    parameters, rng, order = _lenet_parameters(seed), np.random.default_rng(seed), np.arange(len(x))
    for _ in range(epochs):
        order = rng.permutation(len(x)) if shuffle else order
        for first in range(0, len(x), batch_size):
            batch = order[first : first + batch_size]
            maps = _lenet_forward(x[batch], parameters)
            changes = _lenet_backward(
                _cost_slope(maps[-1], labels[batch]), x[batch], maps, parameters
            )
            parameters = [p - sign * lr * g for p, g in zip(parameters, changes, strict=True)]
    return parameters


_slip(_train_lenet, "not_shuffled", "You take the pictures in the order of their rows; each epoch "
      "has one of its own.", shuffle=False)  # fmt: skip
_slip(_train_lenet, "uphill", "You walk uphill: a step goes against the gradient.", sign=-1)


def _shifted_accuracy(classify, x, labels, shifts, sign=1, around=False):
    shares, width = [], x.shape[3]
    for v in shifts:
        moved = np.roll(x, sign * v, axis=3)
        if not around:
            columns = np.arange(width) - sign * v
            moved[..., (columns < 0) | (columns >= width)] = 0
        shares.append(np.mean(classify(moved) == labels))
    return np.array(shares)


_slip(_shifted_accuracy, "around", "What leaves the picture comes in again at the other side.",
      around=True)  # fmt: skip
_slip(_shifted_accuracy, "to_the_left", "You move to the left where v is positive.", sign=-1)
