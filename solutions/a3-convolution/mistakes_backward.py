"""Wrong answers to `conv2d_backward`, each with its hint (autograder/sessions/mistakes.py)."""

import numpy as np

_rng = np.random.default_rng(3)
_x, _w = _rng.normal(size=(2, 3, 6, 5)), _rng.normal(size=(4, 3, 3, 3))
_dy1, _dy2 = _rng.normal(size=(2, 4, 6, 5)), _rng.normal(size=(2, 4, 3, 3))
_narrow, _dy0 = _w[..., :2], _rng.normal(size=(2, 4, 4, 4))  # not square; without padding
_without_padding = _dy0, _x[:, :, :5], _w[:, :, :2, :2]


def _and_afterwards(answer, *given):
    """What it answers, and what it was given as it is then."""
    given = [array.copy() for array in given]
    return [answer(*given), *given]


PROBES = {
    "conv2d_backward": [
        lambda backward: _and_afterwards(lambda *given: backward(*given, 1, 1), _dy1, _x, _w),
        lambda backward: _and_afterwards(lambda *given: backward(*given, 2, 1), _dy2, _x, _w),
        lambda backward: _and_afterwards(lambda *given: backward(*given, 1, 0), *_without_padding),
        lambda backward: _and_afterwards(lambda *given: backward(*given, 1, 0), _dy0, _x, _narrow),
    ],
}


def _nothing(*arguments, **options):
    """Your function ends without `return`, so that it gives None."""


for _function in PROBES:
    globals()[f"{_function}__nothing"] = _nothing


def _padded(x, pad):
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


_BACK = slice(None, None, -1)


def _gradients(dy, x, w, stride, pad, add=True, flip=()):
    """dx with its padding, and dw. `add`: whether gradients that meet are added; `flip`: in what
    order dx takes the rows and columns of the kernel."""
    rows, columns = dy.shape[2:]
    padded, kernel = _padded(x, pad), w[:, :, *flip]
    dpadded, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for i, j in np.ndindex(*w.shape[2:]):
        taps = np.s_[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride]
        part = np.einsum("noij,oc->ncij", dy, kernel[:, :, i, j])
        dpadded[taps] = dpadded[taps] + part if add else part
        dw[:, :, i, j] = np.einsum("noij,ncij->oc", dy, padded[taps][:, :, :rows, :columns])
    return dpadded, dw


def _backward(dy, x, w, stride=1, pad=0, **how):
    dpadded, dw = _gradients(dy, x, w, stride, pad, **how)
    height, width = x.shape[2:]
    return dpadded[:, :, pad : pad + height, pad : pad + width], dw, dy.sum(axis=(0, 2, 3))


def conv2d_backward__overwritten(dy, x, w, stride=1, pad=0):
    """Where windows overlap you overwrite the input's gradient; gradients that meet add up."""
    return _backward(dy, x, w, stride, pad, add=False)


def conv2d_backward__stride_forgotten(dy, x, w, stride=1, pad=0):
    """You do not use the stride: dy[i, j] belongs to the window at (i · stride, j · stride)."""
    return _backward(dy, x, w, 1, pad)


def conv2d_backward__one_picture(dy, x, w, stride=1, pad=0):
    """dw is that of the last picture alone: `=` where `+=` should add up over all pictures."""
    dx, _, db = _backward(dy, x, w, stride, pad)
    return dx, _backward(dy[-1:], x[-1:], w, stride, pad)[1], db


def conv2d_backward__first_picture(dy, x, w, stride=1, pad=0):
    """dw is that of the first picture alone; the products add up over all pictures."""
    dx, _, db = _backward(dy, x, w, stride, pad)
    return dx, _backward(dy[:1], x[:1], w, stride, pad)[1], db


def conv2d_backward__averaged(dy, x, w, stride=1, pad=0):
    """You average over the batch; that is the loss's business, the layer adds up."""
    dx, dw, db = _backward(dy, x, w, stride, pad)
    return dx, dw / len(x), db / len(x)


def conv2d_backward__all_averaged(dy, x, w, stride=1, pad=0):
    """You average over the batch; that is the loss's business, the layer adds up."""
    return _backward(dy / len(x), x, w, stride, pad)


def conv2d_backward__weights_averaged(dy, x, w, stride=1, pad=0):
    """You average dw over the batch; that is the loss's business, the layer adds up."""
    dx, dw, db = _backward(dy, x, w, stride, pad)
    return dx, dw / len(x), db


def conv2d_backward__bias_averaged(dy, x, w, stride=1, pad=0):
    """You average dy for db; a bias has a part in every output, and these parts add up."""
    return *_backward(dy, x, w, stride, pad)[:2], dy.mean(axis=(0, 2, 3))


def conv2d_backward__bias_not_summed(dy, x, w, stride=1, pad=0):
    """The bias has a part in every picture and position: sum dy over axes 0, 2 and 3."""
    return *_backward(dy, x, w, stride, pad)[:2], dy.sum(axis=(2, 3))


def conv2d_backward__bias_of_pictures(dy, x, w, stride=1, pad=0):
    """The bias has a part in every row and column as well: sum dy over axes 0, 2 and 3."""
    return *_backward(dy, x, w, stride, pad)[:2], dy.sum(axis=0)


def conv2d_backward__bias_of_columns(dy, x, w, stride=1, pad=0):
    """db keeps the axis of the columns; a bias belongs to axis 1: sum dy over axes 0, 2 and 3."""
    return *_backward(dy, x, w, stride, pad)[:2], dy.sum(axis=(0, 1, 2))


def conv2d_backward__bias_in_a_row(dy, x, w, stride=1, pad=0):
    """db has more than one axis; the biases are (O,), and so is their gradient."""
    return *_backward(dy, x, w, stride, pad)[:2], dy.sum(axis=(0, 2, 3))[None]


def conv2d_backward__bias_by_picture(dy, x, w, stride=1, pad=0):
    """db has a number for each picture; a bias belongs to axis 1: sum dy over axes 0, 2 and 3."""
    return *_backward(dy, x, w, stride, pad)[:2], dy.sum(axis=(1, 2, 3))


def conv2d_backward__bias_with_all_axes(dy, x, w, stride=1, pad=0):
    """db keeps the axes that were summed; the biases are (O,): leave `keepdims` out."""
    return *_backward(dy, x, w, stride, pad)[:2], dy.sum(axis=(0, 2, 3), keepdims=True)


def conv2d_backward__bias_a_number(dy, x, w, stride=1, pad=0):
    """db is one number for all channels; each has its own: sum dy over axes 0, 2 and 3 alone."""
    return *_backward(dy, x, w, stride, pad)[:2], dy.sum()


def conv2d_backward__flipped(dy, x, w, stride=1, pad=0):
    """dx takes the kernel's columns from right to left: w[k, l] goes back to where it came from."""
    return _backward(dy, x, w, stride, pad, flip=(slice(None), _BACK))


def conv2d_backward__flipped_upside_down(dy, x, w, stride=1, pad=0):
    """dx takes the kernel's rows from below: w[k, l] goes back to where it came from."""
    return _backward(dy, x, w, stride, pad, flip=(_BACK,))


def conv2d_backward__turned(dy, x, w, stride=1, pad=0):
    """dx takes the kernel turned by 180°: where w[k, l] met x[i + k, j + l], its gradient goes."""
    return _backward(dy, x, w, stride, pad, flip=(_BACK, _BACK))


def conv2d_backward__not_cut(dy, x, w, stride=1, pad=0):
    """dx still has the padding: cut `pad` rows and columns off on all four sides."""
    return *_gradients(dy, x, w, stride, pad), dy.sum(axis=(0, 2, 3))


def conv2d_backward__cut_at_one_end(dy, x, w, stride=1, pad=0):
    """You cut the padding off behind the picture alone; dx begins at row and column `pad`."""
    (dpadded, dw), (height, width) = _gradients(dy, x, w, stride, pad), x.shape[2:]
    return dpadded[:, :, :height, :width], dw, dy.sum(axis=(0, 2, 3))


def conv2d_backward__nothing_left(dy, x, w, stride=1, pad=0):
    """With pad = 0 the slice `pad:-pad` is empty: end it at `pad + height` and `pad + width`."""
    dpadded, dw = _gradients(dy, x, w, stride, pad)
    return dpadded[:, :, pad:-pad, pad:-pad], dw, dy.sum(axis=(0, 2, 3))


def conv2d_backward__padding_forgotten(dy, x, w, stride=1, pad=0):
    """With padding your function stops: dw, too, is made with the padded picture, not with x."""
    if pad:
        raise ValueError("operands could not be broadcast together")
    return _backward(dy, x, w, stride, pad)


def conv2d_backward__square_kernels(dy, x, w, stride=1, pad=0):
    """Your kernel is square; it may have more rows than columns: w is (O, C, K, L)."""
    w[:, :, :, w.shape[2] - 1]
    return _backward(dy, x, w, stride, pad)


def conv2d_backward__in_another_order(dy, x, w, stride=1, pad=0):
    """The gradients are in another order: return dx, dw, db."""
    dx, dw, db = _backward(dy, x, w, stride, pad)
    return dw, dx, db


def conv2d_backward__in_the_kernel(dy, x, w, stride=1, pad=0):
    """You write dw into w, which the caller still needs: make an array of its own for it."""
    gradients = _backward(dy, x, w, stride, pad)
    w[...] = gradients[1]
    return gradients


def conv2d_backward__in_the_picture(dy, x, w, stride=1, pad=0):
    """You write dx into x, which the caller still needs: make an array of its own for it."""
    gradients = _backward(dy, x, w, stride, pad)
    x[...] = gradients[0]
    return gradients
