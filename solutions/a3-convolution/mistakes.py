"""Wrong answers that students really give, each with its hint (autograder/sessions/mistakes.py)."""

import numpy as np

_rng = np.random.default_rng(3)
_x, _w, _b = _rng.normal(size=(2, 3, 6, 5)), _rng.normal(size=(4, 3, 3, 3)), _rng.normal(size=4)
_dy1, _dy2 = _rng.normal(size=(2, 4, 6, 5)), _rng.normal(size=(2, 4, 3, 3))

_convolutions = [
    lambda conv: conv(_x, _w, _b, 1, 1),
    lambda conv: conv(_x, _w, _b, 2, 1),
]
PROBES = {
    "zero_pad": [lambda zero_pad: zero_pad(_x, 2)],
    "output_size": [
        lambda output_size: [
            output_size(n, 3, s, p) for n in (7, 8) for s in (1, 3) for p in (0, 1)
        ]
    ],
    "conv2d_loops": _convolutions,
    "conv2d_forward": _convolutions,
    "conv2d_backward": [
        lambda backward: backward(_dy1, _x, _w, 1, 1),
        lambda backward: backward(_dy2, _x, _w, 2, 1),
    ],
}


# The right answers that the wrong ones are made from.
def zero_pad(x, pad):
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def output_size(size, kernel_size, stride=1, pad=0):
    return (size + 2 * pad - kernel_size) // stride + 1


def zero_pad__after_only(x, pad):
    """You pad only after the last row and column; the border goes around all four sides."""
    return np.pad(x, ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad)))


def zero_pad__all_axes(x, pad):
    """`np.pad(x, pad)` pads the batch and the channels too; give one pair for each axis."""
    return np.pad(x, pad)


def output_size__off_by_one(size, kernel_size, stride=1, pad=0):
    """You count the steps between the positions; the first position counts as well: + 1."""
    if size + 2 * pad < kernel_size:
        raise ValueError("it does not fit")
    return (size + 2 * pad - kernel_size) // stride


def output_size__padded_once(size, kernel_size, stride=1, pad=0):
    """The padding stands on both sides of the picture: it counts twice."""
    if size + 2 * pad < kernel_size:
        raise ValueError("it does not fit")
    return (size + pad - kernel_size) // stride + 1


def output_size__rounded_up(size, kernel_size, stride=1, pad=0):
    """A last step that does not fit is left out: round down, not up."""
    if size + 2 * pad < kernel_size:
        raise ValueError("it does not fit")
    return -(-(size + 2 * pad - kernel_size) // stride) + 1


def conv2d_loops__kernel_flipped(x, w, b, stride=1, pad=0):
    """You flip the kernel, as mathematicians do; a network's convolution does not flip it."""
    return conv2d_loops__bias_forgotten(x, w[:, :, ::-1, ::-1], b, stride, pad) + b[:, None, None]


def conv2d_loops__bias_forgotten(x, w, b, stride=1, pad=0):
    """The bias is missing: add b[o] to every output of channel o."""
    k, l = w.shape[2:]
    windows = np.lib.stride_tricks.sliding_window_view(zero_pad(x, pad), (k, l), axis=(2, 3))
    return np.einsum("ncijkl,ockl->noij", windows[:, :, ::stride, ::stride], w)


def conv2d_loops__padding_forgotten(x, w, b, stride=1, pad=0):
    """You do not pad: with pad=1 and a 3×3 kernel the output is as large as the input."""
    return conv2d_loops__bias_forgotten(x, w, b, stride) + b[:, None, None]


def conv2d_loops__stride_forgotten(x, w, b, stride=1, pad=0):
    """You do not use the stride: output (i, j) looks at the window at (i · stride, j · stride)."""
    return conv2d_loops__bias_forgotten(x, w, b, 1, pad) + b[:, None, None]


def conv2d_forward__kernel_flipped(x, w, b, stride=1, pad=0):
    """You flip the kernel, as mathematicians do; a network's convolution does not flip it."""
    return conv2d_loops__kernel_flipped(x, w, b, stride, pad)


def conv2d_forward__bias_forgotten(x, w, b, stride=1, pad=0):
    """The bias is missing: add b[o] to every output of channel o."""
    return conv2d_loops__bias_forgotten(x, w, b, stride, pad)


def conv2d_forward__padding_forgotten(x, w, b, stride=1, pad=0):
    """You do not pad: with pad=1 and a 3×3 kernel the output is as large as the input."""
    return conv2d_loops__padding_forgotten(x, w, b, stride, pad)


def _taps(dy, x, w, stride, pad, add):
    """dx and dw, tap by tap; `add` says whether gradients that meet are added."""
    rows, columns = dy.shape[2:]
    padded = zero_pad(x, pad)
    dpadded, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            taps = np.s_[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride]
            part = np.einsum("noij,oc->ncij", dy, w[:, :, i, j])
            dpadded[taps] = dpadded[taps] + part if add else part
            dw[:, :, i, j] = np.einsum("noij,ncij->oc", dy, padded[taps])
    height, width = x.shape[2:]
    return dpadded[:, :, pad : pad + height, pad : pad + width], dw


def conv2d_backward__overwritten(dy, x, w, stride=1, pad=0):
    """Where windows overlap you overwrite the input's gradient; gradients that meet add up."""
    return *_taps(dy, x, w, stride, pad, add=False), dy.sum(axis=(0, 2, 3))


def conv2d_backward__averaged(dy, x, w, stride=1, pad=0):
    """You average over the batch; that is the loss's business, the layer adds up."""
    dx, dw = _taps(dy, x, w, stride, pad, add=True)
    return dx, dw / len(x), dy.sum(axis=(0, 2, 3)) / len(x)


def conv2d_backward__bias_not_summed(dy, x, w, stride=1, pad=0):
    """The bias has a part in every picture and position: sum dy over axes 0, 2 and 3."""
    return *_taps(dy, x, w, stride, pad, add=True), dy.sum(axis=(2, 3))
