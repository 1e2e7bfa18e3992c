"""Right answers to assignment 3 in styles that the assignment's author did not choose.

They were written from the released notebook alone. `function__style` answers `function`.
"""

import numpy as np


def zero_pad__plain(x, pad):
    n, c, h, w = x.shape
    padded = np.zeros((n, c, h + 2 * pad, w + 2 * pad), x.dtype)
    padded[:, :, pad : pad + h, pad : pad + w] = x
    return padded


def output_size__plain(size, kernel_size, stride=1, pad=0):
    room = size + 2 * pad - kernel_size
    if room < 0:
        raise ValueError("no place")
    return room // stride + 1


def conv2d_loops__plain(x, w, b, stride=1, pad=0):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    k, ell = w.shape[2:]
    rows, columns = (x.shape[2] - k) // stride + 1, (x.shape[3] - ell) // stride + 1
    y = np.zeros((len(x), len(w), rows, columns))
    for n, o, i, j in np.ndindex(*y.shape):
        window = x[n, :, i * stride : i * stride + k, j * stride : j * stride + ell]
        y[n, o, i, j] = np.sum(window * w[o]) + b[o]
    return y


def conv2d_forward__plain(x, w, b, stride=1, pad=0):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    y = np.einsum("ncijkl,ockl->noij", windows[:, :, ::stride, ::stride], w)
    return y + b[:, None, None]


def conv2d_backward__plain(dy, x, w, stride=1, pad=0):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    height, width = stride * dy.shape[2], stride * dy.shape[3]
    for k, ell in np.ndindex(*w.shape[2:]):
        down = np.arange(k, k + height, stride)[:, None]
        right = np.arange(ell, ell + width, stride)
        dx[:, :, down, right] += np.einsum("noij,oc->ncij", dy, w[..., k, ell])
        dw[..., k, ell] = np.einsum("noij,ncij->oc", dy, x[:, :, down, right])
    dx = dx[:, :, pad : x.shape[2] - pad, pad : x.shape[3] - pad]
    return dx, dw, dy.sum(axis=(0, 2, 3))


def zero_pad__recursion(x, pad):
    if pad == 0:
        return x.copy()
    n, c, h, w = x.shape
    ring = np.zeros((n, c, h + 2, w + 2), x.dtype)
    ring[:, :, 1:-1, 1:-1] = x
    return zero_pad(ring, pad - 1)  # noqa: F821 (its name in the notebook)


def output_size__recursion(size, kernel_size, stride=1, pad=0):
    def places(room):
        return 0 if room < kernel_size else 1 + places(room - stride)

    if not places(size + 2 * pad):
        raise ValueError("the kernel is larger than the picture")
    return places(size + 2 * pad)


def zero_pad__concatenate(x, pad):
    n, c, h, _ = x.shape
    side = np.zeros((n, c, h, pad))
    wide = np.concatenate([side, x, side], axis=-1)
    edge = np.zeros((n, c, pad, wide.shape[-1]))
    return np.concatenate([edge, wide, edge], axis=-2)


def output_size__counted(size, kernel_size, stride=1, pad=0):
    starts = range(0, size + 2 * pad - kernel_size + 1, stride)
    if len(starts) == 0:
        raise ValueError(f"kernel {kernel_size} does not fit into {size} + 2 * {pad}")
    return len(starts)


def zero_pad__single_precision(x, pad):
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))).astype(np.float32)


def conv2d_loops__single_precision(x, w, b, stride=1, pad=0):
    x, w, b = (a.astype(np.float32) for a in (x, w, b))
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    k, ell = w.shape[2:]
    rows, columns = (x.shape[2] - k) // stride + 1, (x.shape[3] - ell) // stride + 1
    y = np.empty((len(x), len(w), rows, columns), np.float32)
    for n, o, i, j in np.ndindex(*y.shape):
        window = x[n, :, i * stride : i * stride + k, j * stride : j * stride + ell]
        y[n, o, i, j] = (window * w[o]).sum() + b[o]
    return y


def conv2d_forward__single_precision(x, w, b, stride=1, pad=0):
    x, w, b = (a.astype(np.float32) for a in (x, w, b))
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    return np.einsum("ncijkl,ockl->noij", windows, w) + b[:, None, None]


def conv2d_backward__single_precision(dy, x, w, stride=1, pad=0):
    dy, x, w = (a.astype(np.float32) for a in (dy, x, w))
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    height, width = dy.shape[2] * stride, dy.shape[3] * stride
    for k, ell in np.ndindex(*w.shape[2:]):
        here = np.s_[:, :, k : k + height : stride, ell : ell + width : stride]
        seen = x[here][:, :, : dy.shape[2], : dy.shape[3]]
        dw[:, :, k, ell] = np.tensordot(dy, seen, ((0, 2, 3), (0, 2, 3)))
        dx[here][:, :, : dy.shape[2], : dy.shape[3]] += np.einsum(
            "noij,oc->ncij", dy, w[..., k, ell]
        )
    h, wide = x.shape[2] - pad, x.shape[3] - pad
    return dx[:, :, pad:h, pad:wide], dw, dy.sum((0, 2, 3))


def conv2d_loops__pure_python(x, w, b, stride=1, pad=0):
    import itertools

    pictures, channels, height, width = x.shape
    outs, _, k, ell = w.shape
    rows = (height + 2 * pad - k) // stride + 1
    columns = (width + 2 * pad - ell) // stride + 1
    y = [
        [[[float(b[o]) for _ in range(columns)] for _ in range(rows)] for o in range(outs)]
        for _ in range(pictures)
    ]
    for n, o, i, j in itertools.product(*map(range, (pictures, outs, rows, columns))):
        for c, p, q in itertools.product(range(channels), range(k), range(ell)):
            r, s = i * stride + p - pad, j * stride + q - pad
            if 0 <= r < height and 0 <= s < width:
                y[n][o][i][j] += x[n, c, r, s] * w[o, c, p, q]
    return np.array(y)


def conv2d_forward__im2col(x, w, b, stride=1, pad=0):
    def columns_of(x, k, ell, rows, columns):
        n, c = x.shape[:2]
        lying = np.empty((n, c, k, ell, rows, columns), x.dtype)
        for p in range(k):
            for q in range(ell):
                last = p + stride * rows, q + stride * columns
                lying[:, :, p, q] = x[:, :, p : last[0] : stride, q : last[1] : stride]
        return lying.reshape(n, c * k * ell, rows * columns)

    n = len(x)
    o, _, k, ell = w.shape
    x = np.pad(x, [(0, 0)] * 2 + [(pad, pad)] * 2)
    rows, columns = (x.shape[2] - k) // stride + 1, (x.shape[3] - ell) // stride + 1
    y = w.reshape(o, -1) @ columns_of(x, k, ell, rows, columns) + b.reshape(-1, 1)
    return y.reshape(n, o, rows, columns)


def conv2d_forward__stride_tricks(x, w, b, stride=1, pad=0):
    x = np.ascontiguousarray(np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))))
    n, c, height, width = x.shape
    k, ell = w.shape[2:]
    rows, columns = (height - k) // stride + 1, (width - ell) // stride + 1
    to_picture, to_channel, to_row, to_column = x.strides
    windows = np.lib.stride_tricks.as_strided(
        x,
        (n, c, rows, columns, k, ell),
        (to_picture, to_channel, to_row * stride, to_column * stride, to_row, to_column),
        writeable=False,
    )
    y = np.tensordot(windows, w, axes=((1, 4, 5), (1, 2, 3)))
    return np.moveaxis(y, -1, 1) + b.reshape(1, -1, 1, 1)


def conv2d_forward__fourier(x, w, b, stride=1, pad=0):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    size = x.shape[2:]
    product = np.einsum("nchw,ochw->nohw", np.fft.rfft2(x, size), np.fft.rfft2(w, size).conj())
    y = np.fft.irfft2(product, size)
    rows, columns = size[0] - w.shape[2] + 1, size[1] - w.shape[3] + 1
    return y[:, :, :rows:stride, :columns:stride] + b[None, :, None, None]


def conv2d_forward__tap_sums(x, w, b, stride=1, pad=0):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    k, ell = w.shape[-2:]
    down, right = x.shape[2] - k + 1, x.shape[3] - ell + 1
    taps = (
        np.tensordot(w[:, :, p, q], x[:, :, p : p + down : stride, q : q + right : stride], (1, 1))
        for p in range(k)
        for q in range(ell)
    )
    return sum(taps).swapaxes(0, 1) + b[:, np.newaxis, np.newaxis]


def conv2d_forward__index_arrays(x, w, b, stride=1, pad=0):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    k, ell = w.shape[2:]
    top = np.arange(0, x.shape[2] - k + 1, stride)[:, None, None, None]
    left = np.arange(0, x.shape[3] - ell + 1, stride)[None, :, None, None]
    windows = x[:, :, top + np.arange(k)[:, None], left + np.arange(ell)]
    return np.einsum("ncijkl,ockl->noij", windows, w, optimize=True) + b[None, :, None, None]


def conv2d_backward__a_namedtuple(dy, x, w, stride=1, pad=0):
    from typing import NamedTuple

    class Gradients(NamedTuple):
        dx: np.ndarray
        dw: np.ndarray
        db: np.ndarray

    x_padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    rows, columns = dy.shape[2:]
    dx, dw = np.zeros(x_padded.shape), np.zeros(w.shape)
    for i in range(rows):  # windows, not taps: slow, and right
        for j in range(columns):
            window = np.s_[
                :, :, i * stride : i * stride + w.shape[2], j * stride : j * stride + w.shape[3]
            ]
            dx[window] += np.einsum("no,ockl->nckl", dy[:, :, i, j], w)
            dw += np.einsum("no,nckl->ockl", dy[:, :, i, j], x_padded[window])
    height, width = x.shape[2:]
    dx = dx[:, :, pad : pad + height, pad : pad + width]
    return Gradients(dx, dw, np.einsum("noij->o", dy))


def conv2d_backward__collections_namedtuple(dy, x, w, stride=1, pad=0):
    import collections

    gradients = collections.namedtuple("gradients", ["dx", "dw", "db"])
    height, width = x.shape[2:]
    k, ell = w.shape[2:]
    top = stride * np.arange(dy.shape[2])[:, None, None, None] + np.arange(k)[:, None]
    left = stride * np.arange(dy.shape[3])[None, :, None, None] + np.arange(ell)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx = np.zeros_like(x, dtype=float)
    np.add.at(dx, np.s_[:, :, top, left], np.einsum("noij,ockl->ncijkl", dy, w))
    dw = np.einsum("noij,ncijkl->ockl", dy, x[:, :, top, left])
    crop = dx[:, :, pad : pad + height, pad : pad + width]
    return gradients(db=dy.sum(axis=(0, 2, 3)), dw=dw, dx=crop)


def conv2d_backward__a_full_correlation(dy, x, w, stride=1, pad=0):
    """Both gradients as correlations at stride 1: of dy with zeros between its rows and columns."""
    k, ell = w.shape[2:]
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    sparse = np.zeros((*dy.shape[:2], x.shape[2] - k + 1, x.shape[3] - ell + 1))
    sparse[:, :, ::stride, ::stride] = dy
    windows = np.lib.stride_tricks.sliding_window_view
    dw = np.tensordot(sparse, windows(x, sparse.shape[2:], (2, 3)), ((0, 2, 3), (0, 4, 5)))
    around = np.pad(sparse, ((0, 0), (0, 0), (k - 1, k - 1), (ell - 1, ell - 1)))
    dx = np.einsum("noijkl,ockl->ncij", windows(around, (k, ell), (2, 3)), w[:, :, ::-1, ::-1])
    inside = slice(pad, x.shape[2] - pad), slice(pad, x.shape[3] - pad)
    return [dx[:, :, *inside], dw, dy.sum(3).sum(2).sum(0)]


EDGES = {
    "at once": """
vertical_kernel = np.array([[1.0, 0, -1], [1, 0, -1], [1, 0, -1]])
both = np.stack([vertical_kernel, vertical_kernel.T])[:, None]
[[vertical_edges, horizontal_edges]] = conv2d_forward(photo[None, None], both, np.zeros(2))
edge_strength = np.hypot(vertical_edges, horizontal_edges)
figure, axes = plt.subplots(ncols=3)
for axis, picture in zip(axes, (vertical_edges, horizontal_edges, edge_strength)):
    axis.imshow(picture, cmap="gray")
""",
    "apart": """
v = sum(photo[i : i + 254, :254] - photo[i : i + 254, 2:] for i in range(3))
h = sum(photo[:254, j : j + 254] - photo[2:, j : j + 254] for j in range(3))
vertical_edges, horizontal_edges = v, h
edge_strength = np.hypot(v, h)
""",
}
