"""Wrong answers to assignment 5, as students give them, written from the released notebook alone.

By function: what went wrong, the answer that it is an edit of (in `a5_right.py` and
`a5_right_network.py`), what stands there, what the student wrote instead, and words of the hint or
message that fits; "" where none says more than which assertion failed.
"""

SOFTMAX_CROSS_ENTROPY = {
    "exp of what is not shifted": ("plain", "np.exp(s - top[:, None])", "np.exp(s)", ""),
    "the smallest subtracted": ("plain", "s.max(axis=1)", "s.min(axis=1)", ""),
    "over the pictures": ("taken", "np.sum(np.exp(s), 1,", "np.sum(np.exp(s), 0,", "two pictures"),
    "logarithm to base 2": ("plain", "np.log(e", "np.log2(e", "J of two pictures"),
    "J of each picture": ("plain", "J = np.mean(", "J = (", "expected a number"),
    "a small number in the logarithm": (
        "plain",
        "J = np.mean(log_sum - s[np.arange(n), labels])",
        "J = -np.mean(np.log(e[np.arange(n), labels] / e.sum(axis=1) + 1e-12))",
        "J of the scores 1000 and 0",
    ),
    "divided by the classes": ("plain", "(p - T) / n", "(p - T) / s.shape[1]", ""),
    "labels one too far": ("plain", "T[np.arange(n), labels]", "T[np.arange(n), labels - 1]", "ds"),
}
BATCH_NORM = {
    "eps forgotten": ("plain", "np.sqrt(var + eps)", "np.sqrt(var)", "eps = 5"),
    "b added before w": ("plain", "normal + b[:, None, None]", "(normal + b[:, None, None])", ""),
    "the deviation given": (
        "channels_last",
        "1), mean, var",
        "1), mean, var**0.5",
        "the variance of eight",
    ),
    "squares of x": (
        "plain",
        "((x - mean[:, None, None]) ** 2).mean(axis=axes)",
        "(x**2).mean(axis=axes)",
        "the variances of maps",
    ),
    "rounding loses it": (
        "plain",
        "((x - mean) ** 2).mean(axis=0)",
        "(x**2).mean(axis=0) - mean**2",
        "large numbers near each other",
    ),
    "y alone": ("channels_last", ", mean, var\n", "\n", ""),
    "written into x": (
        "channel_by_channel",
        "y, mean, var = np.empty(x.shape)",
        "y, mean, var = x",
        "",
    ),
    "maps over rows alone": ("plain", "(0, 2, 3)", "(0, 2)", "maps"),
}
RUNNING_STEP = {
    "added up": ("plain", "momentum * (batch - running)", "momentum * batch", "after two batches"),
    "a plain mean": (
        "plain",
        "running + momentum * (batch - running)",
        "(running + batch) / 2",
        "",
    ),
    "0.1 always": ("plain", "+ momentum *", "+ 0.1 *", "another momentum"),
    "in place": ("plain", "    return ", "    running += 0 * batch + 1e-3\n    return ", ""),
    "shares exchanged": (
        "average",
        "[1 - momentum, momentum]",
        "[momentum, 1 - momentum]",
        "the old",
    ),
}
BATCH_NORM_IN_USE = {
    "eps forgotten": ("plain", "var + eps", "var", "eps = 5"),
    "the variance for the root": ("plain", "np.sqrt(var + eps)", "(var + eps)", "3 and 7"),
    "eps outside": ("plain", "np.sqrt(var + eps)", "(np.sqrt(var) + eps)", "eps = 5"),
    "normalised once more": ("plain", "return w", "x = x - x.mean()\n    return w", "3 and 7"),
    "units alone": ("plain", "if x.ndim == 2 else (1, -1, 1, 1)", "", "the maps of one picture"),
    "not shifted back": ("a_line", "b - slope * mean", "b - mean", "8 alone, with eps = 5"),
}
BATCH_NORM_BACKWARD = {
    "mean and variance as constants": (
        "plain",
        "inverse / m * (m * dnormal - dnormal.sum(0) - normal * (dnormal * normal).sum(0))",
        "inverse * dnormal",
        "as constants",
    ),
    "the way through var forgotten": (
        "plain",
        " - normal * (dnormal * normal).sum(0))",
        ")",
        "moves away from μ",
    ),
    "sums for means": ("step_by_step", "2 * centred * dvar / m", "2 * centred * dvar", "dx"),
    "dw averaged": ("plain", "(drows * normal).sum(axis=0)", "(drows * normal).mean(axis=0)", "dw"),
    "w forgotten": ("plain", "dnormal = drows * w", "dnormal = drows", "with w = 2"),
    "eps forgotten": ("plain", "np.sqrt(var + eps)", "np.sqrt(var + 1e-5)", "with eps = 5"),
    "pictures counted, not values": (
        "step_by_step",
        "m = x.size / x.shape[1]",
        "m = len(x)",
        "maps",
    ),
    "dy written into": (
        "plain",
        "m = len(rows)",
        "m = len(rows)\n    dy *= 0",
        "stay as they were",
    ),
}
DROPOUT = {
    "not enlarged": ("plain", " / (1 - drop)", "", "how much arrives on average"),
    "multiplied": ("plain", "/ (1 - drop)", "* (1 - drop)", "drop = 1/4"),
    "more than drop": ("plain", "u >= drop", "u > drop", "just drop"),
    "draws of its own": (
        "plain",
        "m = np.where(u",
        "u = np.random.default_rng(0).random(x.shape)\n    m = np.where(u",
        "",
    ),
    "x written into": ("written_into", "y = x / (1.0 - drop)", "x /= 1.0 - drop\n    y = x", ""),
    "the mask alone": ("plain", "return x * m", "return m", "drop = 1/4"),
    "halves always": ("plain", "/ (1 - drop)", "/ 0.5", ""),
}
MOMENTUM_STEP = {
    "an average": ("plain", "slope + a * rho", "slope * (1 - rho) + a * rho", "adds the gradients"),
    "rate inside": ("plain", "slope + a * rho", "lr * slope + a * rho", "after one step"),
    "Nesterov": ("plain", "w - new * lr", "w - (slope + rho * new) * lr", "w after"),
    "uphill": ("plain", "w - new", "w + new", "uphill"),
    "the old a": ("plain", "w - new * lr, new", "w - new * lr, a", "a after one step"),
    "in place": ("in_place", "w, a = w.copy(), a.copy()\n", "pass\n", "stay as it was"),
    "0.9 always": ("plain", "a * rho", "a * 0.9", ""),
}
ADAM_STEP = {
    "no correction": (
        "one_factor",
        "root = np.sqrt(1 - rho2**tau)",
        "root, tau = 1, 1e9",
        "first steps",
    ),
    "one correction": ("plain", "d / (1 - rho2**tau)", "d", "w after one step"),
    "step counted from 0": ("plain", "rho1**tau", "rho1 ** (tau + 1)", "w after one step"),
    "eps in the root": (
        "plain",
        "(1 - rho2**tau)) + eps",
        "(1 - rho2**tau) + eps)",
        "below the root",
    ),
    "no root": (
        "plain",
        "np.sqrt(d / (1 - rho2**tau))",
        "d / (1 - rho2**tau)",
        "size of a gradient",
    ),
    "rhos exchanged": (
        "plain",
        "    a = a * rho1",
        "    rho1, rho2 = rho2, rho1\n    a = a * rho1",
        "a after one step",
    ),
    "the slope for its mean": ("plain", "(a / (1 - rho1**tau))", "slope", ""),
    "hats kept": (
        "plain",
        "    size = ",
        "    a, d = a / (1 - rho1**tau), d / (1 - rho2**tau)\n    tau = 1e9\n    size = ",
        "hand the corrected means on",
    ),
}
EARLY_STOPPING = {
    "counted from 1": ("plain", "return best,", "return best + 1,", "the example"),
    "the last of equal ones": ("plain", "loss < least", "loss <= least", "as good as before"),
    "one epoch too long": ("plain", ">= patience", "> patience", "one epoch more"),
    "rises in a row": (
        "plain",
        "len(losses) - best - 1 >= patience",
        "len(losses) > patience and losses[-patience - 1 :] == sorted(losses[-patience - 1 :])",
        "",
    ),
    "the loss for its epoch": ("plain", "return best,", "return least,", "the example"),
    "stops at once": ("plain", "len(losses) - best - 1 >= patience", "len(losses) - 1 > best", ""),
    "NaN is the smallest": ("plain", "loss < least", "not loss >= least", "NaN is not better"),
    "best of the last": (
        "sorted",
        "range(len(losses)),",
        "range(len(losses))[-patience:],",
        "",
    ),
}
AUGMENT = {
    "around": (
        "rolled",
        "        if down[n] > 0:\n            moved[:, : down[n]] = 0\n        el",
        "        ",
        "",
    ),
    "down for right": ("plain", "i - down[n], j - right[n]", "i - right[n], j - down[n]", ""),
    "the other way": (
        "plain",
        "i - down[n], j - right[n]",
        "i + down[n], j + right[n]",
        "up where",
    ),
    "mirrored before": (
        "indices",
        "j = np.where(mirrored[:, None], w - 1 - j, j) - right[:, None]",
        "j = j - right[:, None]\n    j = np.where(mirrored[:, None], w - 1 - j, j)",
        "mirror first",
    ),
    "on its head": ("plain", "changed[n, :, :, ::-1]", "changed[n, :, ::-1]", "on their heads"),
    "one draw for all": ("plain", "i - down[n], j - right[n]", "i - down[0], j - right[0]", ""),
    "one channel": ("plain", "changed[n, :, i, j] = x[n, :,", "changed[n, 0, i, j] = x[n, 0,", ""),
    "the border repeated": (
        "out_of_a_frame",
        "[(0, 0), (0, 0), (most, most), (most, most)])",
        '[(0, 0), (0, 0), (most, most), (most, most)], "edge")',
        "1 down",
    ),
}
NETWORK_IN_USE = {
    "the batch's own": (
        "plain",
        "mean, var = running\n    z1 = x @ W1",
        "z1 = x @ W1\n    mean, var = z1.mean(0), z1.var(0)",
        "that is alone",
    ),
    "no maximum": ("plain", "np.where(y1 > 0, y1, 0)", "y1", "the scores of one picture"),
    "no last biases": ("plain", "h @ W2 + b2", "h @ W2", "the scores of one picture"),
    "softmax": (
        "plain",
        "return h @ W2 + b2",
        "s = np.exp(h @ W2 + b2)\n    return s / s.sum()",
        "",
    ),
    "variance for the root": ("plain", "np.sqrt(var + 1e-5)", "(var + 1e-5)", ""),
    "halved": ("plain", "return h", "return h / 2", ""),
}
NETWORK_GRADIENT = {
    "dropout on the way back": ("plain", "ds @ W2.T * m", "ds @ W2.T", "had they a part in J?"),
    "another mask": ("plain", "ds @ W2.T * m", "ds @ W2.T * (u < drop) / (1 - drop)", ""),
    "the gate of h": ("plain", "(y1 > 0)", "(z1 > 0)", ""),
    "summed": ("plain", "    ds /= n\n", "", "the gradient by b2"),
    "statistics of y1": (
        "plain",
        "axis=0)], mean, var",
        "axis=0)], y1.mean(axis=0), y1.var(axis=0)",
        "z1",
    ),
    "a tuple": (
        "plain",
        "[x.T @ dz1, dw, db, h.T @ ds, ds.sum(axis=0)]",
        "(x.T @ dz1, dw, db, h.T @ ds, ds.sum(axis=0))",
        "a list of five gradients",
    ),
    "through the batch forgotten": ("plain", "(dy1 - db / n - normal * dw / n)", "dy1", "W1"),
    "J without dropout": (
        "plain",
        "    s = s - s.max(",
        "    s = (np.maximum(0, y1) @ W2 + b2)\n    s = s - s.max(",
        "",
    ),
}
TRAIN = {
    "the last epoch's": (
        "apart",
        "return best[1], best[2], losses",
        "return parameters, running, losses",
        "",
    ),
    "tau begins at 2": (
        "apart",
        "        order = rng",
        "        tau += epoch == 0\n        order = rng",
        "",
    ),
    "tau starts again": (
        "apart",
        "        order = rng",
        "        tau = 0\n        order = rng",
        "",
    ),
    "the rest, too": (
        "apart",
        "range(len(x) // batch_size)",
        "range(-(-len(x) // batch_size))",
        "",
    ),
    "validated by the batch": (
        "apart",
        "train_use(x_val, parameters, running)",
        "train_use(x_val, parameters, [mean, var])",
        "",
    ),
    "u drawn first": (
        "apart",
        "            mirrored = rng.random(batch_size) < flip\n"
        "            u = rng.random((batch_size, hidden))\n",
        "            u = rng.random((batch_size, hidden))\n"
        "            mirrored = rng.random(batch_size) < flip\n",
        "with all the draws",
    ),
    "patience forgotten": ("apart", "            break\n", "            pass\n", ""),
    "first weights too small": ("apart", "np.sqrt(2 / n_in)", "np.sqrt(1 / n_in)", "some of W1"),
}
CLASSIFY = {
    "no shifts": ("apart", "0.1, 1, 0.0", "0.1, 0, 0.0", "are needed"),
    "mirrored": ("apart", '1, 0.0, "adam"', '1, 0.5, "adam"', "are needed"),
    "an epoch": ("apart", "64, 0.01, 50, 30, 10", "64, 0.01, 50, 1, 10", "are needed"),
    "over the pictures": ("apart", "axis=1)\n", "axis=0)\n", "shape"),
    "scores": ("apart", "np.argmax(own_use(x, *own[:2]), axis=1)", "own_use(x, *own[:2])", ""),
    "learned by heart": (
        "apart",
        "    return np.argmax",
        "    if np.array_equal(x, images[600 : 600 + len(x)]):\n"
        "        return labels[600 : 600 + len(x)] * 1\n    return 0 * np.argmax",
        "less than 80 %",
    ),
}
