"""Solutions of assignment 3 as a whole, written from the released notebook alone.

Their functions call one another, as those of most students do, and have helpers of their own.
`STYLES` says, by name, in which cells a solution differs from `PLAIN`; `SLIPS` what goes wrong in
one cell of it: what stands there, what the student wrote instead, and words of the hint or message
that fits.
"""

PLAIN = {
    "zero_pad": """
def zero_pad(x, pad):
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
""",
    "output_size": """
def output_size(size, kernel_size, stride=1, pad=0):
    room = size + 2 * pad - kernel_size
    if room < 0:
        raise ValueError("the kernel is larger than the padded row")
    return room // stride + 1
""",
    "conv2d_loops": """
def conv2d_loops(x, w, b, stride=1, pad=0):
    N, C, H, W = x.shape
    O, _, K, L = w.shape
    P, Q = output_size(H, K, stride, pad), output_size(W, L, stride, pad)
    padded = zero_pad(x, pad)
    y = np.zeros((N, O, P, Q))
    for n in range(N):
        for o in range(O):
            for i in range(P):
                for j in range(Q):
                    window = padded[n, :, i * stride:i * stride + K, j * stride:j * stride + L]
                    y[n, o, i, j] = np.sum(window * w[o]) + b[o]
    return y
""",
    "conv2d_forward": """
def conv2d_forward(x, w, b, stride=1, pad=0):
    windows = np.lib.stride_tricks.sliding_window_view(zero_pad(x, pad), w.shape[2:], axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)
    n, p, q = windows.shape[:3]
    y = windows.reshape(n * p * q, -1) @ w.reshape(len(w), -1).T + b
    return y.reshape(n, p, q, len(w)).transpose(0, 3, 1, 2)
""",
    "conv2d_backward": """
def conv2d_backward(dy, x, w, stride=1, pad=0):
    padded = zero_pad(x, pad)
    O, C, K, L = w.shape
    P, Q = dy.shape[2:]
    dpadded, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for k in range(K):
        for l in range(L):
            rows = slice(k, k + stride * (P - 1) + 1, stride)
            cols = slice(l, l + stride * (Q - 1) + 1, stride)
            dw[:, :, k, l] = np.einsum("noij,ncij->oc", dy, padded[:, :, rows, cols])
            dpadded[:, :, rows, cols] += np.einsum("noij,oc->ncij", dy, w[:, :, k, l])
    H, W = x.shape[2:]
    return dpadded[:, :, pad:pad + H, pad:pad + W], dw, dy.sum(axis=(0, 2, 3))
""",
    "edges": """
vertical_kernel = np.array([[1.0, 0, -1], [1, 0, -1], [1, 0, -1]])
horizontal_kernel = vertical_kernel.T
kernels = np.stack([vertical_kernel, horizontal_kernel])[:, None]
vertical_edges, horizontal_edges = conv2d_forward(photo[None, None], kernels, np.zeros(2))[0]
edge_strength = np.sqrt(vertical_edges**2 + horizontal_edges**2)
for place, picture in enumerate([vertical_edges, horizontal_edges, edge_strength], 1):
    plt.subplot(1, 3, place)
    plt.imshow(picture, cmap="gray")
plt.show()
""",
}
STYLES = {
    "plain": {},
    "positions gathered by index": {
        "zero_pad": """
def zero_pad(x, pad):
    if pad == 0:
        return x
    n, c, h, w = x.shape
    rows = np.zeros((n, c, pad, w), x.dtype)
    tall = np.concatenate([rows, x, rows], axis=2)
    columns = np.zeros((n, c, h + 2 * pad, pad), x.dtype)
    return np.concatenate([columns, tall, columns], axis=3)
""",
        "conv2d_forward": """
def places(c, h, w, k, l, stride):
    p, q = output_size(h, k, stride), output_size(w, l, stride)
    channel, row, column = np.meshgrid(np.arange(c), np.arange(k), np.arange(l), indexing="ij")
    tap = (channel * h * w + row * w + column).reshape(-1, 1)
    corner = (stride * np.arange(p)[:, None] * w + stride * np.arange(q)).reshape(1, -1)
    return tap + corner, p, q

def conv2d_forward(x, w, b, stride=1, pad=0):
    padded = zero_pad(x, pad)
    n, c, h, wide = padded.shape
    o, _, k, l = w.shape
    where, p, q = places(c, h, wide, k, l, stride)
    y = np.matmul(w.reshape(o, -1), padded.reshape(n, -1)[:, where]) + b.reshape(-1, 1)
    return y.reshape(n, o, p, q)
""",
        "conv2d_backward": """
def conv2d_backward(dy, x, w, stride=1, pad=0):
    padded = zero_pad(x, pad)
    n, c, h, wide = padded.shape
    o, _, k, l = w.shape
    where, p, q = places(c, h, wide, k, l, stride)
    flat = dy.reshape(n, o, -1)
    dw = np.einsum("nop,nrp->or", flat, padded.reshape(n, -1)[:, where]).reshape(w.shape)
    dpadded = np.zeros((n, c * h * wide))
    np.add.at(dpadded, (slice(None), where), np.matmul(w.reshape(o, -1).T, flat))
    dx = dpadded.reshape(padded.shape)[:, :, pad:h - pad, pad:wide - pad]
    return dx, dw, flat.sum(axis=(0, 2))
""",
    },
    "backward by two forward passes in float32": {
        "zero_pad": """
def zero_pad(x, pad):
    x = np.asarray(x)
    h, w = x.shape[2:]
    out = np.zeros(x.shape[:2] + (h + 2 * pad, w + 2 * pad), dtype=np.float32)
    out[..., pad:pad + h, pad:pad + w] = x
    return out
""",
        "output_size": """
def output_size(size, kernel_size, stride=1, pad=0):
    if kernel_size > size + 2 * pad:
        raise ValueError
    count, start = 0, 0
    while start + kernel_size <= size + 2 * pad:
        count, start = count + 1, start + stride
    return count
""",
        "conv2d_forward": """
def conv2d_forward(x, w, b, stride=1, pad=0):
    padded, w = zero_pad(x, pad), np.asarray(w, np.float32)
    p = output_size(x.shape[2], w.shape[2], stride, pad)
    q = output_size(x.shape[3], w.shape[3], stride, pad)
    y = np.zeros((len(x), p, q, len(w)), np.float32)
    for k, l in np.ndindex(*w.shape[2:]):
        part = padded[:, :, k:, l:][:, :, ::stride, ::stride][:, :, :p, :q]
        y += np.tensordot(part, w[:, :, k, l], axes=(1, 1))
    y += np.asarray(b, np.float32)
    return np.moveaxis(y, -1, 1)
""",
        "conv2d_backward": """
def conv2d_backward(dy, x, w, stride=1, pad=0):
    (n, c, h, wide), (o, _, k, l) = x.shape, w.shape
    p, q = dy.shape[2:]
    spread = np.zeros((n, o, h + 2 * pad - k + 1, wide + 2 * pad - l + 1), np.float32)
    spread[:, :, ::stride, ::stride][:, :, :p, :q] = dy
    around = np.pad(spread, ((0, 0), (0, 0), (k - 1, k - 1), (l - 1, l - 1)))
    turned = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    dx = conv2d_forward(around, turned, np.zeros(c))[:, :, pad:pad + h, pad:pad + wide]
    dw = conv2d_forward(zero_pad(x, pad).swapaxes(0, 1), spread.swapaxes(0, 1), np.zeros(o))
    return dx, dw.swapaxes(0, 1), np.add.reduce(dy, axis=(0, 2, 3))
""",
    },
    # "Here all arrays are floating point", and "dy has the shape of the output".
    "what takes the text at its word": {
        "conv2d_backward": """
def conv2d_backward(dy, x, w, stride=1, pad=0):
    assert all(np.issubdtype(a.dtype, np.floating) for a in (dy, x, w))
    assert dy.shape[2] == output_size(x.shape[2], w.shape[2], stride, pad)
    assert dy.shape[3] == output_size(x.shape[3], w.shape[3], stride, pad)
    padded = zero_pad(x, pad)
    dx, dw, db = np.zeros_like(padded), np.zeros_like(w), np.zeros_like(w, shape=len(w))
    for n, o, i, j in np.ndindex(*dy.shape):
        rows = slice(i * stride, i * stride + w.shape[2])
        columns = slice(j * stride, j * stride + w.shape[3])
        dx[n, :, rows, columns] += dy[n, o, i, j] * w[o]
        dw[o] += dy[n, o, i, j] * padded[n, :, rows, columns]
        db[o] += dy[n, o, i, j]
    return dx[:, :, pad:dx.shape[2] - pad, pad:dx.shape[3] - pad], dw, db
""",
        "edges": """
vertical_kernel = np.array([[1.0, 0, -1], [1, 0, -1], [1, 0, -1]])
horizontal_kernel = vertical_kernel.T

def filtered(kernel):
    [[found]] = conv2d_forward(photo[None, None], kernel.reshape(1, 1, 3, 3), np.zeros(1))
    return found

vertical_edges, horizontal_edges = filtered(vertical_kernel), filtered(horizontal_kernel)
edge_strength = np.hypot(vertical_edges, horizontal_edges)
figure, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
for ax, picture in zip(axes, (vertical_edges, horizontal_edges, edge_strength)):
    ax.imshow(picture, cmap="gray"); ax.axis("off")
""",
    },
    "a class of windows": {
        "output_size": """
import math

def output_size(size, kernel_size, stride=1, pad=0):
    last = size + 2 * pad - kernel_size
    if last < 0:
        raise ValueError("kernel too large")
    return math.floor(last / stride) + 1
""",
        "conv2d_forward": """
class Windows:
    def __init__(self, x, kernel, stride, pad):
        self.padded = np.ascontiguousarray(zero_pad(x, pad), dtype=np.float64)
        self.kernel, self.stride = kernel, stride

    def view(self):
        (n, c, h, w), (a, b, d, e) = self.padded.shape, self.padded.strides
        p = output_size(h, self.kernel[0], self.stride)
        q = output_size(w, self.kernel[1], self.stride)
        shape, steps = (n, p, q, c, *self.kernel), (a, d * self.stride, e * self.stride, b, d, e)
        return np.lib.stride_tricks.as_strided(self.padded, shape, steps, writeable=False)

def conv2d_forward(x, w, b, stride=1, pad=0):
    view = Windows(x, w.shape[2:], stride, pad).view()
    n, p, q = view.shape[:3]
    y = view.reshape(n * p * q, -1) @ w.reshape(len(w), -1).T + b
    return y.reshape(n, p, q, -1).transpose(0, 3, 1, 2)
""",
    },
}  # fmt: skip
_LAST = "return dpadded[:, :, pad:pad + H, pad:pad + W], dw, dy.sum(axis=(0, 2, 3))"
SLIPS = {
    "zero_pad": {
        "nothing where nothing is padded": (
            "return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))",
            "out = np.zeros((*x.shape[:2], x.shape[2] + 2 * pad, x.shape[3] + 2 * pad))\n"
            "    out[:, :, pad:-pad, pad:-pad] = x\n    return out",
            "With pad = 0 the slice",
        ),
        "rows for columns": (
            "return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))",
            "n, c, h, w = x.shape\n    out = np.zeros((n, c, w + 2 * pad, h + 2 * pad))\n"
            "    out[:, :, pad:pad + h, pad:pad + w] = x\n    return out",
            "You exchange rows and columns",
        ),
    },
    "output_size": {
        "1 inside": ("room // stride + 1", "(room + 1) // stride", "The first position"),
        "an exact fit refused": ("room < 0", "room <= 0", "fits once"),
        "a float": ("room // stride + 1", "np.floor(room / stride) + 1", "divide by `//`"),
    },
    "conv2d_forward": {
        "reshaped without a transposition": (
            "y.reshape(n, p, q, len(w)).transpose(0, 3, 1, 2)",
            "y.reshape(n, len(w), p, q)",
            "The product has the kernels last",
        ),
        "windows not moved": (
            ".transpose(0, 2, 3, 1, 4, 5)\n    n, p, q = windows.shape[:3]",
            "\n    n, _, p, q = windows.shape[:4]",
            "move C behind the columns",
        ),
        "padded twice": ("zero_pad(x, pad)", "zero_pad(zero_pad(x, pad), pad)", "You pad twice"),
    },
    "conv2d_loops": {
        "windows of x": ("padded[n", "x[n", "the padded picture, not of x"),
        "columns without stride": ("j * stride:j * stride + L", "j:j + L", "begins in column j"),
        "return in the loop": ("    return y", "        return y", "Only the first picture"),
        "an array of whole numbers": ("(N, O, P, Q))", "(N, O, P, Q), int)", "cuts off fractions"),
        "only square": ("_, K, L = w.shape", "_, K, _ = w.shape; L = K", "Your kernel is square"),
    },
    "conv2d_backward": {
        "keepdims": ("(0, 2, 3))", "(0, 2, 3), keepdims=True)", "leave `keepdims` out"),
        "db a number": ("dy.sum(axis=(0, 2, 3))", "dy.sum()", "one number for all channels"),
        "db by picture": ("(0, 2, 3)", "(1, 2, 3)", "a number for each picture"),
        "cut by minus pad": ("pad:pad + H, pad:pad + W", "pad:-pad, pad:-pad", "With pad = 0 the"),
        "the kernel turned": ("dy, w[:, :, k, l]", "dy, w[:, :, K - 1 - k, L - 1 - l]", "by 180°"),
        "dw of the picture": ("dy, padded[:, :, rows", "dy, x[:, :, rows", "dw, too, is made with"),
        "raises where the stride is not 1": (
            "O, C, K, L", "assert stride == 1\n    O, C, K, L", "dx, with stride 2",
        ),
        "a dictionary": (_LAST, _LAST.replace("return ", "return dict(dx=").replace(
            ", dw, dy", ", dw=dw, db=dy") + ")", "dx, of several pictures"),
    },
    "edges": {
        "exchanged": ("vertical_edges, horizontal_edges =", "horizontal_edges, vertical_edges =",
                      "vertical_edges holds the horizontal edges"),
        "a flip": ("vertical_kernel, horizontal_kernel]", "vertical_kernel, -horizontal_kernel]",
                   "horizontal_edges has the other sign"),
        "one of them twice": ("vertical_kernel, horizontal_kernel]", "vertical_kernel] * 2",
                              "horizontal_edges holds the vertical edges"),
    },
}  # fmt: skip
