"""Right answers to assignment 4 in styles that the assignment's author did not choose.

They were written from the released notebook alone. `function__style` answers `function`; no plain
one, and none that stands "apart", calls another.
"""

import numpy as np


def max_pool__plain(x, size, stride, pad=0):
    rows = (x.shape[2] + 2 * pad - size) // stride + 1
    columns = (x.shape[3] + 2 * pad - size) // stride + 1
    y = np.zeros((x.shape[0], x.shape[1], rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride - pad, j * stride - pad  # what slices cut off is the border
            window = x[:, :, max(top, 0) : top + size, max(left, 0) : left + size]
            y[:, :, i, j] = window.max(axis=(2, 3))
    return y


def max_pool__taps(x, size, stride, pad=0):
    framed = np.full((*x.shape[:2], x.shape[2] + 2 * pad, x.shape[3] + 2 * pad), -np.inf)
    framed[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]] = x
    rows, columns = (framed.shape[2] - size) // stride + 1, (framed.shape[3] - size) // stride + 1
    y = None
    for k in range(size):
        for c in range(size):
            tap = framed[:, :, k:, c:][:, :, ::stride, ::stride][:, :, :rows, :columns]
            y = tap.copy() if y is None else np.maximum(y, tap)
    return y


def max_pool__rows_then_columns(x, size, stride, pad=0):
    def along(a, axis):
        border = [(pad, pad) if n == axis else (0, 0) for n in range(4)]
        a = np.moveaxis(np.pad(a, border, constant_values=np.finfo(a.dtype).min), axis, 0)
        steps = range(0, len(a) - size + 1, stride)
        return np.moveaxis(np.stack([a[i : i + size].max(axis=0) for i in steps]), 0, axis)

    return along(along(x, 2), 3)


def max_pool__one_by_one(x, size, stride, pad=0):
    n, c, h, w = x.shape
    y = np.empty((n, c, (h + 2 * pad - size) // stride + 1, (w + 2 * pad - size) // stride + 1))
    for place in np.ndindex(y.shape):
        picture, channel, i, j = place
        seen = [
            x[picture, channel, u, v]
            for u in range(i * stride - pad, i * stride - pad + size)
            for v in range(j * stride - pad, j * stride - pad + size)
            if 0 <= u < h and 0 <= v < w
        ]
        y[place] = max(seen)
    return y


def max_pool_backward__plain(dy, x, size, stride, pad=0):
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dy.shape):
        best, where = None, None
        for u in range(i * stride - pad, i * stride - pad + size):
            for v in range(j * stride - pad, j * stride - pad + size):
                if not (0 <= u < x.shape[2] and 0 <= v < x.shape[3]):
                    continue
                if best is None or x[n, c, u, v] > best:
                    best, where = x[n, c, u, v], (n, c, u, v)
        dx[where] += dy[n, c, i, j]
    return dx


def max_pool_backward__taken(dy, x, size, stride, pad=0):
    """Who has won is taken out of the race, tap by tap."""
    y = max_pool(x, size, stride, pad)  # noqa: F821
    frame = ((0, 0), (0, 0), (pad, pad), (pad, pad))
    framed = np.pad(x, frame, constant_values=np.nan)
    back, open_ = np.zeros(framed.shape), np.ones(dy.shape, bool)
    for k in range(size):
        for c in range(size):
            here = np.s_[:, :, k : k + stride * dy.shape[2] : stride]
            there = np.s_[:, :, :, c : c + stride * dy.shape[3] : stride]
            won = open_ & (framed[here][there] == y)
            back[here][there] += np.where(won, dy, 0)
            open_ &= ~won
    return back[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]


def max_pool_backward__add_at(dy, x, size, stride, pad=0):
    n, c, _h, _w = x.shape
    dx = np.zeros_like(x)
    rows, columns = dy.shape[2:]
    for i in range(rows):
        for j in range(columns):
            top, left = max(i * stride - pad, 0), max(j * stride - pad, 0)
            window = x[:, :, top : i * stride - pad + size, left : j * stride - pad + size]
            wide = window.shape[3]
            place = window.reshape(n, c, -1).argmax(axis=2)
            at = (*np.ogrid[:n, :c], top + place // wide, left + place % wide)
            np.add.at(dx, at, dy[:, :, i, j])
    return dx


def average_pool__plain(x, size, stride, pad=0):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    return windows[:, :, ::stride, ::stride].mean(axis=(-1, -2))


def average_pool__summed_up(x, size, stride, pad=0):
    """By differences of running sums."""
    sums = np.pad(x, ((0, 0), (0, 0), (pad + 1, pad), (pad + 1, pad))).cumsum(axis=2).cumsum(axis=3)
    boxes = sums[:, :, size:] - sums[:, :, :-size]
    boxes = boxes[:, :, :, size:] - boxes[:, :, :, :-size]
    return boxes[:, :, ::stride, ::stride] / (size * size)


def average_pool_backward__plain(dy, x, size, stride, pad=0):
    n, c, h, w = x.shape
    dx = np.zeros((n, c, h + 2 * pad, w + 2 * pad))
    for i in range(dy.shape[2]):
        for j in range(dy.shape[3]):
            share = dy[:, :, i, j] / (size * size)
            dx[:, :, i * stride :, j * stride :][:, :, :size, :size] += share[:, :, None, None]
    return dx[:, :, pad : pad + h, pad : pad + w]


def average_pool_backward__matrices(dy, x, size, stride, pad=0):
    def part(inputs, outputs):
        """How much of each input is in each output, along one axis."""
        first = stride * np.arange(outputs)[:, None] - pad
        places = np.arange(inputs)
        return ((places >= first) & (places < first + size)) / size

    rows, columns = part(x.shape[2], dy.shape[2]), part(x.shape[3], dy.shape[3])
    return np.einsum("ncij,iu,jv->ncuv", dy, rows, columns)


def l2_pool__plain(x, size, stride, pad=0):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    return np.linalg.norm(windows[:, :, ::stride, ::stride], axis=(4, 5))


def l2_pool__of_averages(x, size, stride, pad=0):
    return np.sqrt(average_pool(np.square(x), size, stride, pad) * size * size)  # noqa: F821


def l2_pool_backward__plain(dy, x, size, stride, pad=0):
    _n, _c, h, w = x.shape
    framed = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx = np.zeros_like(framed)
    for i in range(dy.shape[2]):
        for j in range(dy.shape[3]):
            at = np.s_[:, :, i * stride : i * stride + size, j * stride : j * stride + size]
            y = np.sqrt((framed[at] ** 2).sum(axis=(2, 3), keepdims=True))
            y[y == 0] = np.inf
            dx[at] += dy[:, :, i : i + 1, j : j + 1] * framed[at] / y
    return dx[:, :, pad : h + pad, pad : w + pad]


def l2_pool_backward__divided_as_it_is(dy, x, size, stride, pad=0):
    y = l2_pool(x, size, stride, pad)  # noqa: F821
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nan_to_num(dy / y, nan=0.0, posinf=0.0, neginf=0.0)
    return average_pool_backward(share * size**2, x, size, stride, pad) * x  # noqa: F821


CONVOLUTION = {
    "plain": """
def conv2d_forward(x, w, b, stride=1, pad=0):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    y = np.tensordot(windows[:, :, ::stride, ::stride], w, axes=((1, 4, 5), (1, 2, 3)))
    return y.transpose(0, 3, 1, 2) + b.reshape(-1, 1, 1)


def conv2d_backward(dy, x, w, stride=1, pad=0):
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for k in range(w.shape[2]):
        for m in range(w.shape[3]):
            rows = slice(k, k + stride * dy.shape[2], stride)
            columns = slice(m, m + stride * dy.shape[3], stride)
            dw[:, :, k, m] = np.tensordot(dy, xp[:, :, rows, columns], ((0, 2, 3), (0, 2, 3)))
            dxp[:, :, rows, columns] += np.tensordot(w[:, :, k, m], dy, (0, 1)).swapaxes(0, 1)
    dx = dxp[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]
    return dx, dw, dy.sum(axis=(0, 2, 3))
""",
    "with helpers": """
def zero_pad(x, pad):
    return np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])


def columns_of(x, kernel, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)
    return windows.shape[:3], windows.reshape(np.prod(windows.shape[:3]), -1)


def conv2d_forward(x, w, b, stride=1, pad=0):
    shape, X = columns_of(zero_pad(x, pad), w.shape[2:], stride)
    return np.moveaxis((X @ w.reshape(len(w), -1).T + b).reshape(*shape, len(w)), 3, 1)


def conv2d_backward(dy, x, w, stride=1, pad=0):
    xp = zero_pad(x, pad)
    _, X = columns_of(xp, w.shape[2:], stride)
    flat = np.moveaxis(dy, 1, 3).reshape(-1, len(w))
    dX = (flat @ w.reshape(len(w), -1)).reshape(*dy[:, 0].shape, *w.shape[1:])
    dxp = np.zeros(xp.shape)
    for k in range(w.shape[2]):
        for m in range(w.shape[3]):
            part = dX[..., k, m].transpose(0, 3, 1, 2)
            dxp[:, :, k:, m:][:, :, ::stride, ::stride][:, :, : dy.shape[2], : dy.shape[3]] += part
    gradient = dxp[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]
    return [gradient, (flat.T @ X).reshape(w.shape), flat.sum(axis=0)]
""",
}
