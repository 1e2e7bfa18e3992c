"""Wrong answers to assignment 6, as students give them, written from the released notebook alone.

By cell: what went wrong, the answer that it is an edit of (in `a6_right.py` and
`a6_right_modules.py`), what stands there, what the student wrote instead, and words of the hint or
message that fits; "" where none says more than which assertion failed.
"""

from tests.autograder.authoring.a6_wrong_modules import *  # noqa: F403 (of modules)

RECEPTIVE_FIELD = {
    "all strides at once": ("plain", "r = (r - 1) * S + K", "r = r * S + K - 1", ""),
    "from the picture": ("plain", "reversed(windows)", "windows", ""),
    "the window for one less": ("products", "(K - 1)", "K", "three 3×3"),
    "its own stride, too": ("products", "strides[:k]", "strides[: k + 1]", "further apart by it?"),
    "begins with 0": ("plain", "    r = 1\n", "    r = 0\n", "three 3×3"),
}
LAYER_COST = {
    "biases by place": (
        "plain",
        "weights * rows * columns,",
        "(weights + layer['bias'] * layer['O']) * rows * columns,",
        "padding 2",
    ),
    "groups once more": ("plain", "(channels // layer", "(channels * layer", "in 2 groups"),
    "groups left out": ("plain", '(channels // layer["G"])', "channels", "where there are"),
    "padding on one side": ("plain", "border * 2", "border", "padding 2"),
    "square maps": (
        "plain",
        "columns = 1 + (columns + border",
        "columns = 1 + (rows + border",
        "",
    ),
    "channels of the maps alone": ("plain", "int(np.prod(shape))", "shape[0]", "from maps"),
    "multiplications by hand": (
        "plain",
        "return shape[0] * 2, 0",
        "return shape[0] * 2, int(np.prod(shape))",
        "",
    ),
    "one number a channel": ("plain", "return shape[0] * 2", "return shape[0]", "normalisation"),
    "a list of three maps": ("plain", "(units,)", "units", "fully connected"),
}
NETWORK_COST = {
    "the same shape for all": (
        "with_layer_cost",
        "*cost, shape = ",
        "*cost, _ = ",
        "LeNet-5",
    ),
    "the last layer alone": ("with_layer_cost", "costs += cost", "costs[:] = cost", "LeNet-5"),
    "normalisation for nothing": ("plain", "total += 2 * O", "total += 0", "MobileNet"),
    "groups left out": ("plain", 'layer.get("G", 1)', "1", "AlexNet with its groups"),
}
TRAIN = {
    "the gradients added": ("plain", "            sgd.zero_grad()\n", "", "before `backward`?"),
    "no momentum": ("plain", "lr, momentum=0.9", "lr", ""),
    "a seed for each epoch": (
        "plain",
        "order = torch.randperm(len(x), generator=draw)",
        "order = torch.randperm(len(x), generator=draw.manual_seed(seed))",
        "",
    ),
    "not shuffled": ("plain", "torch.randperm(len(x), generator=draw)", "torch.arange(len(x))", ""),
    "in use": ("plain", "    net.train()\n", "    net.eval()\n", ""),
    "as it was": ("plain", "    net.train()\n", "", ""),
    "the rest left out": (
        "plain",
        "range(0, len(x), batch_size)",
        "range(0, len(x) - batch_size + 1, batch_size)",
        "",
    ),
    "the mean of means": ("tensors_that_are_summed", " * batch.numel()", " * batch_size", ""),
    "after the step": (
        "plain",
        "losses[chosen] = each.detach()",
        "losses[chosen] = F.cross_entropy(net(x[chosen]), labels[chosen]).item()",
        "before the step",
    ),
    "the sum of the losses": ("plain", "each.mean().backward()", "each.sum().backward()", ""),
}
COMPARE = {
    "exchanged": (
        "apart",
        "losses(residual=False), losses(residual=True)",
        "losses(residual=True), losses(residual=False)",
        "more slowly",
    ),
    "twice plain": ("apart", "losses(residual=True)", "losses(residual=False)", "more slowly"),
    "one epoch": ("apart", "for _ in range(2)", "for _ in range(1)", "two epochs"),
    "one seed for ever": (
        "apart",
        "torch.manual_seed(seed)\n        layers",
        "torch.manual_seed(0)\n        layers",
        "",
    ),
    "no seed": ("apart", "        torch.manual_seed(seed)\n", "", "the same seed"),
    "the last alone": ("apart", "return found", "return found[-1]", ""),
}
LOAD_WEIGHTS = {
    "what fits": (
        "what_is_missing",
        "said.unexpected_keys or counters != said.missing_keys",
        "not net",
        "`strict`",
    ),
    "names that are missing": (
        "what_is_missing",
        " or counters != said.missing_keys",
        "",
        "`strict`",
    ),
    "other shapes": (
        "plain",
        '        raise ValueError("a shape is not that of the net")',
        '        print("a shape is not that of the net")',
        "of another shape",
    ),
    "the counters, too": ("plain", ' if not name.endswith("num_batches_tracked")', "", ""),
    "half a net": (
        "plain",
        "            own[name].copy_(torch.from_numpy(array.astype(np.float32)))",
        "            own[name].copy_(torch.from_numpy(array.astype(np.float32)))\n    net.half()",
        "",
    ),
    "means left out": (
        "plain",
        "in weights.items():\n            own",
        "in weights.items():\n          if 'running' not in name:\n            own",
        "",
    ),
}
CLASSIFY = {
    "not divided": ("plain", " / 255", "", ""),
    "the deviation forgotten": ("plain", " / 0.353", "", ""),
    "in training": ("plain", "    net.eval()\n", "", "no statistics of its own"),
    "the number": (
        "plain",
        "return KINDS[scores[0].tolist().index(max(scores[0].tolist()))]",
        "return int(scores.argmax())",
        "a white photograph",
    ),
    "the least": ("plain", "max(scores", "min(scores", ""),
    "without a channel": ("plain", ".reshape(1, 1, 28, 28)", "[None]", ""),
    "turned round": ("without_gradients", "x.div(255)", "(255 - x).div(255)", "photograph"),
}
