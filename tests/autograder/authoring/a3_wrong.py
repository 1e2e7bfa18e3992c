"""Wrong answers to assignment 3, as students give them, written from the released notebook alone.

By function: what went wrong, the answer that it is an edit of (in `a3_right.py`, or below), what
stands there, what the student wrote instead, and words of the hint or message that fits; "" where
none says more than which assertion failed.
"""

import numpy as np


def conv2d_forward__loops(x, w, b, stride=1, pad=0):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    k, ell = w.shape[2:]
    y = np.zeros((len(x), len(w), (x.shape[2] - k) // stride + 1, (x.shape[3] - ell) // stride + 1))
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            window = x[:, :, i * stride : i * stride + k, j * stride : j * stride + ell]
            y[:, :, i, j] = np.tensordot(window, w, ((1, 2, 3), (1, 2, 3))) + b
    return y


ZERO_PAD = {
    "columns not padded": ("concatenate", "[side, x, side]", "[x]", "You pad rows or columns"),
    "picture in the corner": (
        "plain",
        "pad : pad + h, pad : pad + w",
        ":h, :w",
        "only after the last row",
    ),
    "no return": ("plain", "return padded", "padded", "ends without `return`"),
    "the border copied": (
        "single_precision",
        "(pad, pad))",
        '(pad, pad)), "edge"',
        "You repeat the border",
    ),
    "all axes": (
        "single_precision",
        "((0, 0), (0, 0), (pad, pad), (pad, pad))",
        "pad",
        "pads the batch",
    ),
    "the picture's own border set to 0": (
        "plain",
        "    return padded",
        "    x[:, :, 0] = 0\n    return padded",
        "should stay as it was",
    ),
    "the shape changed in place": (
        "plain",
        "    return padded",
        "    x.shape = n * c, h, w\n    return padded",
        "the shape of an array that it was given",
    ),
}
OUTPUT_SIZE = {
    "int of a fraction": (
        "plain",
        '    if room < 0:\n        raise ValueError("no place")\n    return room // stride + 1',
        "    if (n := int(room / stride) + 1) < 1:\n        raise ValueError\n    return n",
        "`int` cuts towards 0",
    ),
    "int, and no error": (
        "plain",
        '    if room < 0:\n        raise ValueError("no place")\n    return room // stride + 1',
        "    return int(room / stride) + 1",
        "has to raise a ValueError",
    ),
    "rounded": ("plain", "room // stride", "round(room / stride)", "`round` counts a last step"),
    "rounded up": ("plain", "room // stride", "-(-room // stride)", "round down, not up"),
    "no error": ("plain", "room < 0", "False", "has to raise a ValueError"),
    "None for an error": ("plain", 'raise ValueError("no place")', "return None", "does not fit"),
    "an error of another kind": ("plain", "ValueError", "TypeError", "your code raised TypeError"),
    "padding on one side": ("plain", "2 * pad", "pad", "it counts twice"),
    "the first position forgotten": ("plain", "// stride + 1", "// stride", "the first position"),
    "a fraction": ("plain", "// stride", "/ stride", "expected whole numbers"),
    "the kernel after the stride": (
        "plain",
        "room // stride + 1",
        "(size + 2 * pad) // stride - kernel_size + 1",
        "comes off before the division",
    ),
}
CONV2D_LOOPS = {
    "flipped left to right": ("plain", "* w[o]", "* w[o, :, :, ::-1]", "from left to right"),
    "flipped upside down": ("plain", "* w[o]", "* w[o, :, ::-1]", "upside down"),
    "the picture's dtype": ("plain", "columns))", "columns), x.dtype)", "dtype of the picture"),
    "both dtypes, but not the bias's": (
        "plain",
        "columns))",
        "columns), np.result_type(x, w))",
        "whole numbers, but for the bias",
    ),
    "the kernel's dtype": ("plain", "columns))", "columns), w.dtype)", "kernels of whole numbers"),
    "no bias": ("plain", " + b[o]", "", "The bias is missing"),
    "windows without stride": ("plain", "i * stride : i * stride", "i : i", "begins in row i"),
    "the bias once a channel": ("plain", "+ b[o]", "+ len(w[o]) * b[o]", "for every input channel"),
    "the first channel alone": (
        "plain",
        "window * w[o]",
        "window[0] * w[o, 0]",
        "first channel of",
    ),
    "the bias of the picture": ("plain", "b[o]", "b[n % len(b)]", ""),
    "square windows": ("plain", "w.shape[2:]", "w.shape[2], w.shape[2]", "Your kernel is square"),
    "no return": ("plain", "return y", "y", "ends without `return`"),
    "no padding": ("plain", "(pad, pad), (pad, pad)", "(0, 0), (0, 0)", "You do not pad"),
}
CONV2D_FORWARD = {
    "stride in rows alone": ("plain", "::stride, ::stride", "::stride", "for the rows alone"),
    "the bias along the columns": ("plain", "b[:, None, None]", "b", "along the last axis"),
    "the bias along the rows": ("plain", "b[:, None, None]", "b[:, None]", "along axis 2"),
    "the picture's dtype": (
        "plain",
        "y + b[:, None, None]",
        "(y + b[:, None, None]).astype(x.dtype)",
        "dtype of the picture",
    ),
    "flipped": ("plain", "stride], w)", "stride], w[..., ::-1, ::-1])", "You flip the kernel"),
    "no return": ("plain", "return y", "y = y", "ends without `return`"),
    "a loop over rows and columns": ("loops", "", "", "a loop over the rows"),
    "a loop over columns": (
        "plain",
        "    return y + b[:, None, None]",
        "    return np.stack([y[..., j] + b[:, None] for j in range(y.shape[3])], axis=3)",
        "a loop over the columns",
    ),
    "a loop over pictures": (
        "plain",
        "    return y + b[:, None, None]",
        "    return np.stack([picture + b[:, None, None] for picture in y])",
        "a loop over the pictures",
    ),
}
CONV2D_BACKWARD = {
    "= for +=": ("plain", "right] +=", "right] =", "you overwrite"),
    "no stride": (
        "plain",
        "height, stride)[:, None]\n        right = np.arange(ell, ell + width, stride)",
        "dy.shape[2])[:, None]\n        right = np.arange(ell, ell + dy.shape[3])",
        "You do not use the stride",
    ),
    "dw averaged": ("plain", "return dx, dw,", "return dx, dw / len(x),", "You average dw"),
    "dw and db averaged": (
        "plain",
        "return dx, dw, dy",
        "return dx, dw / len(x), dy / len(x)",
        "",
    ),
    "dw of the first picture": (
        "plain",
        "dy, x[:, :, down, right])",
        "dy[:1], x[:1, :, down, right])",
        "of the first picture alone",
    ),
    "db over the pictures alone": ("plain", "axis=(0, 2, 3)", "axis=0", "every row and column"),
    "db over the wrong axes": ("plain", "(0, 2, 3)", "(0, 1, 2)", "the axis of the columns"),
    "db averaged": ("plain", "dy.sum", "dy.mean", "You average dy for db"),
    "db in a row": ("plain", "(0, 2, 3))", "(0, 2, 3))[None]", "more than one axis"),
    "dx flipped left to right": (
        "plain",
        "ell])\n        dw",
        "-1 - ell])\n        dw",
        "from right to left",
    ),
    "not cut": (
        "plain",
        "dx[:, :, pad : x.shape[2] - pad, pad : x.shape[3] - pad]",
        "dx",
        "still has the padding",
    ),
    "cut at the wrong end": (
        "plain",
        "pad : x.shape[2] - pad, pad : x.shape[3] - pad",
        ": x.shape[2] - 2 * pad, : x.shape[3] - 2 * pad",
        "behind the picture alone",
    ),
    "in another order": ("plain", "return dx, dw", "return dw, dx", "in another order"),
    "no return": ("plain", "return dx", "dx", "ends without `return`"),
    "dw built in the kernel": (
        "plain",
        "    return dx, dw",
        "    w[...] = dw\n    return dx, w",
        "You write dw into w",
    ),
}
EDGES = {
    "the sum of both": ("apart", "np.hypot(v, h)", "abs(v) + abs(h)", "edge_strength is |v| + |h|"),
    "no root": ("apart", "np.hypot(v, h)", "v**2 + h**2", "lacks the square root"),
    "the mean of both": ("apart", "np.hypot(v, h)", "(v + h) / 2", "edge_strength, pixel by pixel"),
    "exchanged": ("apart", "v, h\n", "h, v\n", "vertical_edges[100, 50]"),
}
