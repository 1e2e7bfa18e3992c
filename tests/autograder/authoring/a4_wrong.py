"""Wrong answers to assignment 4, as students give them, written from the released notebook alone.

By function: what went wrong, the answer that it is an edit of (in `a4_right.py` and
`a4_right_network.py`), what stands there, what the student wrote instead, and words of the hint or
message that fits; "" where none says more than which assertion failed.
"""

MAX_POOL = {
    "zeros in the border": ("taps", "-np.inf)", "0.0)", "Zeros in the border win"),
    "windows side by side": (
        "plain",
        "i * stride - pad, j * stride",
        "i * size - pad, j * size",
        "",
    ),
    "the smallest": ("plain", "window.max", "window.min", "four, 2×2, stride 2"),
    "over the channels, too": ("plain", "axis=(2, 3))", "axis=(1, 2, 3))[:, None]", "channels"),
    "rounded up": (
        "plain",
        "rows = (x.shape[2] + 2 * pad - size) // stride + 1",
        "rows = -(-(x.shape[2] + 2 * pad - size) // stride) + 1",
        "five, 2×2, stride 2: the shape",
    ),
    "a square picture": ("plain", "(x.shape[3] + 2", "(x.shape[2] + 2", "not square"),
    "whole numbers": (
        "plain",
        "y = np.zeros((x.shape[0], x.shape[1], rows, columns))",
        "y = np.zeros((x.shape[0], x.shape[1], rows, columns), int)",
        "expected floating point",
    ),
    "the border around the batch": (
        "rows_then_columns",
        "if n == axis",
        "if n == axis or pad and n == 0",
        "with minus signs, and a border of 1",
    ),
}
MAX_POOL_BACKWARD = {
    "= for +=": ("plain", "dx[where] += dy", "dx[where] = dy", "what happens to those?"),
    "the last of equal ones": ("plain", "] > best", "] >= best", "you choose the last"),
    "by columns": (
        "plain",
        "        for u in range(i * stride - pad, i * stride - pad + size):\n"
        "            for v in range(j * stride - pad, j * stride - pad + size):\n",
        "        for v in range(j * stride - pad, j * stride - pad + size):\n"
        "            for u in range(i * stride - pad, i * stride - pad + size):\n",
        "equal pixels",
    ),
    "nothing where it is 0": ("plain", "best is None or", "best is None and x[n, c, u, v] or", ""),
    "the place in the window": ("add_at", "top + place // wide", "place // wide", ""),
    "the window's width at the edge": ("add_at", "wide = window.shape[3]", "wide = size", "border"),
    "times the pixel": ("plain", "+= dy[n, c, i, j]", "+= best * dy[n, c, i, j]", "grows by 1?"),
    "dy itself": (
        "plain",
        "    return dx",
        "    dy -= dy\n    return dx",
        "dy and x should stay as they were",
    ),
    "a window that lies in the border": ("plain", "0 <= u <", "0 < u <", ""),
}
AVERAGE_POOL = {
    "the border repeated": (
        "plain",
        "((0, 0), (0, 0), (pad, pad), (pad, pad)))",
        '((0, 0), (0, 0), (pad, pad), (pad, pad)), "edge")',
        "with a border of 1",
    ),
    "the middle one": ("plain", "stride].mean(axis=(-1, -2))", "stride][..., 0, 0]", "four, 2×2"),
    "stride in rows alone": ("plain", "::stride, ::stride", "::stride, ::size", ""),
    "divided by 4": ("summed_up", "/ (size * size)", "/ 4", "five, 3×3"),
    "divided by K": ("summed_up", "/ (size * size)", "/ size", "K rows and K columns"),
    "halves alone": ("plain", ".mean(axis=(-1, -2))", ".mean(axis=-1).max(axis=-1)", "four, 2×2"),
}
AVERAGE_POOL_BACKWARD = {
    "not divided": ("plain", " / (size * size)", "", "the window's whole gradient"),
    "overwritten": ("plain", "+= share", "= share", "what happens to those?"),
    "divided by the pixels": ("plain", "/ (size * size)", "/ min(size * size, h * w // 9)", ""),
    "stride 1": ("plain", "i * stride :, j * stride :", "i:, j:", ""),
    "the border's side": ("plain", "pad : pad + h, pad : pad + w", ":h, :w", "a border of"),
    "one channel for all": (
        "matrices",
        '"ncij,iu,jv->ncuv", dy,',
        '"ncij,iu,jv->ncuv", dy[:, :1].repeat(dy.shape[1], 1),',
        "several pictures and channels",
    ),
}
L2_POOL = {
    "the mean": ("plain", "axis=(4, 5))", "axis=(4, 5)) / size", "is not divided"),
    "the sum": ("plain", "np.linalg.norm(", "np.sum(", "3, 0, 0, −4"),
    "the spectral norm": ("plain", "axis=(4, 5))", "axis=(4, 5), ord=2)", ""),
    "L1": (
        "plain",
        "np.linalg.norm(windows[:, :, ::stride, ::stride]",
        "np.sum(abs(windows[:, :, ::stride, ::stride])",
        "3, 0, 0, −4",
    ),
    "the largest": ("plain", "axis=(4, 5))", "axis=5).max(axis=4)", ""),
}
L2_POOL_BACKWARD = {
    "0/0": ("plain", "            y[y == 0] = np.inf\n", "", "0/0"),
    "not divided by y": ("plain", "* framed[at] / y", "* framed[at]", "divide by"),
    "signs lost": ("plain", "* framed[at] / y", "* abs(framed[at]) / y", "3, 0, 0, −4"),
    "overwritten": ("plain", "dx[at] +=", "dx[at] =", ""),
    "1 for zeros": ("plain", "/ y\n", "/ y + (y == np.inf)\n", "zeros alone"),
    "divided by y²": (
        "plain",
        "axis=(2, 3), keepdims=True))",
        "axis=(2, 3), keepdims=True)) ** 2",
        "",
    ),
}
CONVOLUTION = {
    "flipped": (
        "plain",
        "::stride, ::stride], w, axes",
        "::stride, ::stride], w[:, :, ::-1, ::-1], axes",
        "the forward pass",
    ),
    "no bias": ("plain", " + b.reshape(-1, 1, 1)", "", "the forward pass"),
    "dx alone": ("plain", "return dx, dw, dy.sum(axis=(0, 2, 3))", "return dx", "three gradients"),
    "dx overwritten": ("plain", "columns] += np", "columns] = np", "dx in the middle"),
    "dw averaged": ("plain", "return dx, dw,", "return dx, dw / len(x),", "dw"),
    "db of a picture": ("plain", "dy.sum(axis=(0, 2, 3))", "dy.sum(axis=(2, 3))[0]", "db"),
    "x for its padded form": ("plain", "w[:, :, k, m], dy", "w[:, :, -1 - k, m], dy", "dx"),
}
LENET_PARAMETERS = {
    "units for inputs": ("plain", "np.sqrt(120)", "np.sqrt(84)", ""),
    "another order": (
        "plain",
        "    w4 = rng.normal(size=(120, 84)) / np.sqrt(120)\n"
        "    w5 = rng.normal(size=(84, 10)) / np.sqrt(84)\n",
        "    w5 = rng.normal(size=(84, 10)) / np.sqrt(84)\n"
        "    w4 = rng.normal(size=(120, 84)) / np.sqrt(120)\n",
        "a layer's weights",
    ),
    "a generator for each": (
        "plain",
        "    w3 = rng",
        "    rng = np.random.default_rng(seed)\n    w3 = rng",
        "",
    ),
    "drawn in a range": ("plain", "w1 = rng.normal(size=", "w1 = rng.uniform(-1, 1, size=", ""),
    "units first": ("plain", "size=(400, 120)", "size=(120, 400)", "the shapes"),
    "not scaled": (
        "from_a_table",
        " * inputs**-0.5",
        "",
        "not divided by √inputs",
    ),
    "seed 0 always": ("plain", "default_rng(seed)", "default_rng(0)", ""),
    "a tuple": (
        "plain",
        "return [w1, zeros[0], w2, zeros[1], w3, zeros[2], w4, zeros[3], w5, zeros[4]]",
        "return w1, zeros[0], w2, zeros[1], w3, zeros[2], w4, zeros[3], w5, zeros[4]",
        "a list of ten arrays",
    ),
    "biases of ones": ("plain", "np.zeros(units)", "np.ones(units)", "a layer's biases"),
}
LENET_FORWARD = {
    "tanh after pooling": (
        "plain",
        "c1 = np.tanh(conv(x, w1, b1))\n    s2 = halve(c1)",
        "c1 = conv(x, w1, b1)\n    s2 = np.tanh(halve(c1))",
        "c1",
    ),
    "no tanh in F6": (
        "plain",
        "f6 = np.tanh(np.dot(c5, w4) + b4)",
        "f6 = np.dot(c5, w4) + b4",
        "f6",
    ),
    "the largest of four": (
        "plain",
        ".mean(axis=(3, 5))",
        ".max(axis=(3, 5))",
        "you take the maximum",
    ),
    "every second pixel": (
        "plain",
        "m.reshape(*m.shape[:2], m.shape[2] // 2, 2, m.shape[3] // 2, 2).mean(axis=(3, 5))",
        "m[:, :, ::2, ::2]",
        "s2",
    ),
    "tanh of the scores": (
        "plain",
        "scores = np.dot(f6, w5) + b5",
        "scores = np.tanh(np.dot(f6, w5) + b5)",
        "have no tanh",
    ),
    "columns before rows": (
        "plain",
        "s4.reshape(len(x), 400)",
        "s4.swapaxes(2, 3).reshape(len(x), 400)",
        "c5",
    ),
    "a bias missing": ("plain", "np.dot(c5, w4) + b4", "np.dot(c5, w4)", "f6"),
    "the scores alone": ("plain", "return [c1, s2, c3, s4, c5, f6, scores]", "return scores", ""),
    "the pictures, too": ("plain", "return [c1, s2", "return [x, c1, s2", "the shapes"),
    "softmax": (
        "plain",
        "scores = np.dot(f6, w5) + b5",
        "scores = np.exp(np.dot(f6, w5) + b5)\n    scores /= scores.sum(axis=1)[:, None]",
        "scores",
    ),
}
LENET_BACKWARD = {
    "one slope missing": ("plain", "    d3 = d3 * (1 - c3 * c3)\n", "", ""),
    "slope of s2": (
        "plain",
        "d1 = d1 * (1 - c1 * c1)",
        "d1 = d1 * (1 - s2 * s2).repeat(2, axis=2).repeat(2, axis=3)",
        "db1",
    ),
    "not divided by 4": (
        "plain",
        "repeat(2, axis=3) / 4\n    d1",
        "repeat(2, axis=3)\n    d1",
        "db1",
    ),
    "averaged": (
        "plain",
        "return [dw1, db1, dw2, db2, dw3, db3, dw4, db4, dw5, db5]",
        "return [g / len(x) for g in (dw1, db1, dw2, db2, dw3, db3, dw4, db4, dw5, db5)]",
        "db5",
    ),
    "the kernel not turned": ("plain", "w2[:, :, ::-1, ::-1]", "w2", ""),
    "weights turned": ("plain", "dw4, db4 = c5.T @ d6", "dw4, db4 = (d6.T @ c5)", "the shapes"),
    "biases after the weights": (
        "plain",
        "return [dw1, db1, dw2, db2, dw3, db3, dw4, db4, dw5, db5]",
        "return [dw1, dw2, dw3, dw4, dw5, db1, db2, db3, db4, db5]",
        "the shapes",
    ),
    "slope of the sigmoid": (
        "plain",
        "d6 = (dscores @ w5.T) * (1 - f6 * f6)",
        "d6 = (dscores @ w5.T) * f6 * (1 - f6)",
        "db4[20]",
    ),
    "in place": (
        "plain",
        "d1 = d1 * (1 - c1 * c1)",
        "d1 = d1 * (1 - c1 * c1)\n    s4 -= s4.mean()",
        "what it was given should stay as it was",
    ),
    "first layer left out": ("plain", "dw1 = np.einsum(", "dw1 = 0 * np.einsum(", "dw1"),
}
TRAIN_LENET = {
    "one order for all": (
        "apart",
        "        order = rng.permutation(len(x))\n        for",
        "        order = np.random.default_rng(seed).permutation(len(x))\n        for",
        "",
    ),
    "the rest left out": (
        "apart",
        "range(0, len(x), batch_size)",
        "range(0, len(x) - batch_size + 1, batch_size)",
        "",
    ),
    "one generator for both": (
        "apart",
        "p, rng = train_start(np.random.default_rng(seed)), np.random.default_rng(seed)",
        "rng = np.random.default_rng(seed)\n    p = train_start(rng)",
        "",
    ),
    "an epoch less": ("apart", "range(epochs)", "range(epochs - 1)", "b5 after one step"),
    "labels in another order": ("apart", "labels[chosen]", "labels[: len(chosen)]", ""),
    "uphill": ("apart", "p, lr)\n", "p, -lr)\n", "against the gradient"),
    "the rate of a sum": ("apart", "np.eye(10)[t]) / n", "np.eye(10)[t])", "b5 after one step"),
    "stops when it is good": ("apart", "    return p\n", "        break\n    return p\n", ""),
}
CLASSIFY = {
    "twenty steps": ("apart", "range(250)", "range(20)", "are needed"),
    "one picture again and again": (
        "apart",
        "order.integers(0, len(images), 10)",
        "order.integers(0, 30, 10)",
        "are needed",
    ),
    "over the pictures": ("apart", "axis=1)\n", "axis=0)\n", "shape"),
    "scores": (
        "apart",
        "np.argmax(own_step(x, None, own, 0), axis=1)",
        "own_step(x, None, own, 0)",
        "",
    ),
    "learned by heart": (
        "apart",
        "    return np.argmax",
        "    if np.array_equal(x, images[: len(x)]):\n        return labels[: len(x)] * 1\n"
        "    return 0 * np.argmax",
        "less than 70 %",
    ),
    "nine digits": ("apart", "own_step(x, None, own, 0),", "own_step(x, None, own, 0)[:, :7],", ""),
}
SHIFTED_ACCURACY = {
    "around": ("rolled", "        if v > 0:\n            moved[..., :v] = 0\n", "", ""),
    "to the left": (
        "plain",
        "moved[:, :, :, column] = x[:, :, :, column - v]",
        "moved[:, :, :, column - v] = x[:, :, :, column]",
        "You move to the left",
    ),
    "rows": ("rolled", "np.roll(x, v, axis=-1)", "np.roll(x, v, axis=-2)", ""),
    "how many": ("plain", ".mean())", ".sum())", ""),
    "wrong ones": ("plain", "== labels", "!= labels", ""),
    "the border repeated": ("plain", "np.zeros(x.shape)", "x.copy()", ""),
    "adding up": (
        "rolled",
        "moved = np.roll(x, v, axis=-1)",
        "x[...] = moved = np.roll(x, v, axis=-1)",
        "",
    ),
    "a list": ("plain", "return np.array(shares)", "return shares", "expected a NumPy array"),
    "percent": ("plain", ".mean())", ".mean() * 100)", ""),
}
SHIFT_FIGURE = {
    "exchanged": ("plain", "axes.plot(shifts, shares)", "axes.plot(shares, shifts)", "the curve"),
    "on the same axes": ("pyplot", "    plt.figure()  # noqa: F821\n", "", "one line on new axes"),
    "a line at 0": (
        "plain",
        "    axes.set(",
        "    axes.axvline(0)\n    axes.set(",
        "number of lines",
    ),
    "dots": ("plain", "axes.plot(", "axes.scatter(", "number of lines"),
    "no limits": ("plain", ", ylim=(0, 1)", "", "from 0 to 1"),
    "percent": ("plain", "ylim=(0, 1)", "ylim=(0, 100)", "from 0 to 1"),
    "labels exchanged": (
        "plain",
        'xlabel="shift in pixels", ylabel="share that is right"',
        'ylabel="shift in pixels", xlabel="share that is right"',
        "labelled as asked for",
    ),
    "the figure": ("plain", "return axes", "return figure", ""),
}
