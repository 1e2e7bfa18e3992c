"""Wrong answers that students really give, each with its hint (autograder/sessions/mistakes.py).

Here those about optimisers, early stopping, augmentation and the network.
"""

import numpy as np

_rng = np.random.default_rng(6)
_weights, _slope, _a = _rng.normal(size=(3, 2, 4))
_d = _rng.random((2, 4))
_images = _rng.normal(size=(3, 2, 4, 5))
_down, _right = np.array([1, -2, 0]), np.array([-1, 2, 0])
_mirrored = np.array([True, False, True])
_x, _labels, _u = _rng.normal(size=(6, 4)), np.array([0, 1, 2, 2, 1, 0]), _rng.random((6, 5))
_parameters = [_rng.normal(size=shape) for shape in ((4, 5), (5,), (5,), (5, 3), (3,))]
_running = [_rng.normal(size=5), _rng.random(5)]
_part = (_rng.random((9, 1, 4, 4)), np.arange(9), _rng.random((6, 1, 4, 4)), np.arange(6))
_NAN = float("nan")

PROBES = {
    "momentum_step": [lambda f: f(_weights, _slope, _a, 0.1, 0.7)],
    "adam_step": [
        lambda f: f(_weights, _slope, _a, _d, 3, 0.1, 0.7, 0.9, 0.3),
        lambda f: f(_weights, _slope, 0 * _a, 0 * _d, 1, 0.1, 0.7, 0.9),
    ],
    "early_stopping": [
        *(
            lambda f, losses=losses, patience=patience: list(f(losses, patience))
            for losses in ([3.0, 1.0, 2.0, 1.5, 1.0, 1.2], [2.0, _NAN, 1.0], [1.0, 2.0, 3.0])
            for patience in (1, 2, 3, 4)
        ),
    ],
    "augment": [
        lambda f: f(_images, 0 * _down, 0 * _right, _mirrored),
        lambda f: f(_images, _down, _right, _mirrored),
    ],
    "network_in_use": [lambda f: f(_x, _parameters, _running)],
    "network_gradient": [
        lambda f: (lambda got: [got[0], *got[1]])(f(_x, _labels, _parameters, _u, 0.4)),
    ],
    "train": [lambda f: _told(f(*_part, 3, 0.5, 4, 12, 2, method="momentum"))],
}


def _told(trained):
    """The parameters, running means and losses of a training, in one list."""
    parameters, running, losses = trained
    return [*parameters, *running, list(losses)]


def _slip(right, name, hint, **differs):
    """A mistake that is the right answer, `_function`, but for one thing."""

    def answer(*given, **options):
        with np.errstate(all="ignore"):
            return right(*given, **options, **differs)

    answer.__doc__ = hint
    globals()[f"{right.__name__[1:]}__{name}"] = answer


def _momentum_step(w, slope, a, lr, rho=0.9, share=lambda rho: 1, sign=1):
    a = rho * a + share(rho) * slope
    return w - sign * lr * a, a


_slip(_momentum_step, "averaged", "Your a is a running mean, as Adam's is; momentum adds the "
      "gradients up.", share=lambda rho: 1 - rho)  # fmt: skip
_slip(_momentum_step, "uphill", "You walk uphill: a step goes against the gradient.", sign=-1)


def _adam_step(w, slope, a, d, tau, lr, rho1=0.9, rho2=0.999, eps=1e-8, correct=1, root=np.sqrt,
               below=lambda root, d, eps: root(d) + eps):  # fmt: skip
    a, d = rho1 * a + (1 - rho1) * slope, rho2 * d + (1 - rho2) * slope**2
    a_hat = a / (1 - rho1**tau) if correct else a
    d_hat = d / (1 - rho2**tau) if correct else d
    return w - lr * a_hat / below(root, d_hat, eps), a, d


_slip(_adam_step, "uncorrected", "Your first steps are too long: what of a and d is still missing "
      "after one step, as both begin at 0?", correct=0)  # fmt: skip
_slip(_adam_step, "no_root", "You divide by the mean of the squares: which power of it has the "
      "size of a gradient?", root=lambda d: d)  # fmt: skip
_slip(_adam_step, "eps_in_root", "Your ε is added below the root: where does it stand in the "
      "formula?", below=lambda root, d, eps: root(d + eps))  # fmt: skip


def adam_step__hats_kept(w, slope, a, d, tau, lr, rho1=0.9, rho2=0.999, eps=1e-8):
    """You hand the corrected means on: what does the next step's correction do to them?"""
    w, a, d = _adam_step(w, slope, a, d, tau, lr, rho1, rho2, eps)
    return w, a / (1 - rho1**tau), d / (1 - rho2**tau)


def _early_stopping(losses, patience, choose=lambda v: int(np.nanargmin(v)), late=0):
    best = choose(np.array(losses))
    return best, len(losses) - 1 - best >= patience + late


_slip(_early_stopping, "last_of_equal", "Of equally small losses you take the last: is as good as "
      "before an improvement?",
      choose=lambda v: len(v) - 1 - int(np.nanargmin(v[::-1])))  # fmt: skip
_slip(_early_stopping, "one_late", "You wait for one epoch more than patience.", late=1)
_slip(_early_stopping, "nan_wins", "Your best loss is NaN: how does NumPy's argmin treat it?",
      choose=lambda v: int(np.argmin(v)))  # fmt: skip


def _augment(x, down, right, mirrored, sign=1, around=False, axis=3, first=False):
    changed = np.zeros_like(x)
    most = max(x.shape[2:])
    for n in range(len(x)):
        picture = np.flip(x[n], axis - 1) if first and mirrored[n] else x[n]
        u, v = sign * int(down[n]), sign * int(right[n])
        if around:
            picture = np.roll(picture, (u, v), (1, 2))
        else:
            wide = np.pad(picture, ((0, 0), (most, most), (most, most)))
            picture = np.roll(wide, (u, v), (1, 2))[:, most:-most, most:-most]
        changed[n] = np.flip(picture, axis - 1) if mirrored[n] and not first else picture
    return changed


_slip(_augment, "around", "What leaves the picture comes in again at the other side.",
      around=True)  # fmt: skip
_slip(_augment, "backwards", "You move up where `down` is positive, and to the left where `right` "
      "is.", sign=-1)  # fmt: skip
_slip(_augment, "mirrored_first", "You mirror first and move then: in which direction does a "
      "mirrored picture move?", first=True)  # fmt: skip
_slip(_augment, "upside_down", "Your mirrored pictures stand on their heads: which axis has the "
      "columns?", axis=2)  # fmt: skip


def _normal(z, mean, var):
    return (z - mean) / np.sqrt(var + 1e-5)


def _network_in_use(x, parameters, running):
    W1, w, b, W2, b2 = parameters
    return np.maximum(0, _normal(x @ W1, *running) * w + b) @ W2 + b2


def network_in_use__of_the_batch(x, parameters, running):
    """You normalise with the batch that you are given: what does a picture get that is alone?"""
    z1 = x @ parameters[0]
    return _network_in_use(x, parameters, [z1.mean(axis=0), z1.var(axis=0)])


def _cross_entropy(s, labels):
    log_p = s - s.max(axis=1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    ds = (np.exp(log_p) - np.eye(s.shape[1])[labels]) / len(s)
    return -log_p[np.arange(len(s)), labels].mean(), ds


def _network_gradient(x, labels, parameters, u, drop, again=1, gate=lambda y1: y1 > 0):
    W1, w, b, W2, b2 = parameters
    kept, z1 = (u >= drop) / (1 - drop), x @ W1
    mean, var = z1.mean(axis=0), z1.var(axis=0)
    normal = _normal(z1, mean, var)
    y1 = w * normal + b
    h = np.maximum(0, y1)
    J, ds = _cross_entropy(h * kept @ W2 + b2, labels)
    dy1 = ds @ W2.T * (kept if again else 1) * gate(y1)
    dw, db = (dy1 * normal).sum(axis=0), dy1.sum(axis=0)
    dz1 = w / np.sqrt(var + 1e-5) * (dy1 - db / len(x) - normal * dw / len(x))
    return J, [x.T @ dz1, dw, db, (h * kept).T @ ds, ds.sum(axis=0)], mean, var


_slip(_network_gradient, "dropout_forgotten", "On the way back, units that were left out get a "
      "gradient: had they a part in J?", again=0)  # fmt: skip
_slip(_network_gradient, "gate_forgotten", "Your gradient passes where the maximum was 0: what is "
      "its slope there?", gate=lambda y1: 1)  # fmt: skip


def _train(x, labels, x_val, labels_val, hidden=32, lr=0.003, batch_size=50, epochs=30, patience=5,
           drop=0.0, shift=0, flip=0.0, method="adam", seed=0, last=0, shuffle=1):  # fmt: skip
    """Momentum alone, without augmentation: that of the probe, whose draws come first."""
    rng, inputs = np.random.default_rng(seed), x[0].size
    W1 = rng.normal(size=(inputs, hidden)) * np.sqrt(2 / inputs)
    W2 = rng.normal(size=(hidden, 10)) / np.sqrt(hidden)
    parameters = [W1, np.ones(hidden), np.zeros(hidden), W2, np.zeros(10)]
    running, sums = [np.zeros(hidden), np.ones(hidden)], [0.0] * 5
    losses, after, best = [], [], 0
    while len(losses) < epochs and len(losses) - 1 - best < patience:
        order = rng.permutation(len(x)) if shuffle else np.arange(len(x))
        for batch in order[: len(x) // batch_size * batch_size].reshape(-1, batch_size):
            rng.integers(-shift, shift + 1, size=(2, batch_size)), rng.random(batch_size)
            u, rows = rng.random((batch_size, hidden)), x[batch].reshape(batch_size, -1)
            _, slopes, *moments = _network_gradient(rows, labels[batch], parameters, u, drop)
            running = [0.9 * r + 0.1 * m for r, m in zip(running, moments, strict=True)]
            sums = [0.9 * a + slope for a, slope in zip(sums, slopes, strict=True)]
            parameters = [p - lr * a for p, a in zip(parameters, sums, strict=True)]
        scores = _network_in_use(x_val.reshape(len(x_val), -1), parameters, running)
        losses.append(_cross_entropy(scores, labels_val)[0])
        after.append((parameters, running))
        best = int(np.argmin(losses))
    return *after[-1 if last else best], losses


_slip(_train, "last_epoch", "Your parameters are those of the last epoch: which epoch had the "
      "smallest validation loss?", last=1)  # fmt: skip
_slip(_train, "not_shuffled", "You take the pictures in the order of their rows; each epoch has "
      "one of its own.", shuffle=0)  # fmt: skip
