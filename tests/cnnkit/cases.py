"""The table of layers: of each row forward, backward, counting, saving and translating are tested.

`build` is called with `cnnkit.layers` and with `TORCH`: names, argument names, their order and
their defaults are the same in both.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cnnkit import functional
from cnnkit.pytorch import twins


class _Torch:
    """PyTorch's layers and the twins of those that it lacks, under one name."""

    def __getattr__(self, name: str) -> Any:
        return twins.find(name)


TORCH = _Torch()


class Case(NamedTuple):
    """A layer, an input shape (with the batch), and what must come of them."""

    name: str
    build: Callable[[Any], Any]
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int = 0
    loops: Callable[[Any, np.ndarray], np.ndarray] | None = None


def conv_loops(layer: Any, x: np.ndarray) -> np.ndarray:
    bias = None if layer.bias is None else layer.bias.data
    options = (layer.stride, layer.padding, layer.dilation, layer.groups)
    return functional.conv2d_loops(x, layer.weight.data, bias, *options)


def max_loops(layer: Any, x: np.ndarray) -> np.ndarray:
    return functional.max_pool2d_loops(x, layer.kernel_size, layer.stride, layer.padding)


def avg_loops(layer: Any, x: np.ndarray) -> np.ndarray:
    return functional.avg_pool2d_loops(x, layer.kernel_size, layer.stride, layer.padding)


def small_net(m: Any) -> Any:
    trunk = m.Sequential(m.Conv2d(2, 4, 3, padding=1), m.ReLU(), m.MaxPool2d(3, 2))
    return m.Sequential(trunk, m.Flatten(), m.Linear(4 * 3 * 2, 5), m.Tanh(), m.Linear(5, 3))


def transposed_loops(layer: Any, x: np.ndarray) -> np.ndarray:
    bias = None if layer.bias is None else layer.bias.data
    options = (layer.stride, layer.padding, layer.output_padding, layer.groups, layer.dilation)
    return functional.conv_transpose2d_loops(x, layer.weight.data, bias, *options)


def lp_loops(layer: Any, x: np.ndarray) -> np.ndarray:
    return functional.lp_pool2d_loops(x, layer.norm_type, layer.kernel_size, layer.stride)


def norm_loops(layer: Any, x: np.ndarray) -> np.ndarray:
    return functional.batch_norm_loops(x, layer.weight.data, layer.bias.data, layer.eps)


def unpooled(*options: Any) -> Callable[[Any], Any]:
    def build(m: Any) -> Any:
        pool = m.MaxPool2d(*options)
        return m.Sequential(pool, m.MaxUnpool2d(pool))

    return build


def segnet(m: Any) -> Any:
    """Down, twice, and up again, with odd sizes on the way."""
    outer, inner = m.MaxPool2d((2, 3)), m.MaxPool2d(2)
    within = m.Sequential(inner, m.Conv2d(4, 4, 1), m.MaxUnpool2d(inner))
    trunk = m.Sequential(m.Conv2d(2, 4, 1), outer, within, m.MaxUnpool2d(outer), m.Tanh())
    return m.Sequential(trunk, m.Conv2d(4, 2, 3, padding=1))


def stretched(m: Any) -> Any:
    """Sums, so that some values are beyond 6."""
    return m.Sequential(m.SumPool2d(4, 1), m.ReLU6())


def inception(m: Any) -> Any:
    reduced = m.Sequential(m.Conv2d(3, 2, 1), m.ReLU(), m.Conv2d(2, 4, 3, padding=1))
    pooled = m.Sequential(m.MaxPool2d(3, 1, 1), m.Conv2d(3, 2, 1))
    return m.Concat(m.Conv2d(3, 3, 1), reduced, pooled)


TRANSPOSED = [
    Case(f"transposed conv, {name}", build, input_shape, output_shape, parameters, transposed_loops)
    for name, build, input_shape, output_shape, parameters in [
        ("plain", lambda m: m.ConvTranspose2d(3, 4, 3), (2, 3, 4, 5), (2, 4, 6, 7), 112),
        (
            "positional",
            lambda m: m.ConvTranspose2d(4, 6, 3, 2, 1, 1, 2, False, 2),
            (2, 4, 4, 3),
            (2, 6, 10, 8),
            108,
        ),
        (
            "doubling",
            lambda m: m.ConvTranspose2d(3, 2, 4, stride=2, padding=1),
            (2, 3, 4, 3),
            (2, 2, 8, 6),
            98,
        ),
        (
            "depthwise",
            lambda m: m.ConvTranspose2d(3, 3, 3, 2, groups=3, bias=False),
            (2, 3, 4, 3),
            (2, 3, 9, 7),
            27,
        ),
        (
            "gaps",
            lambda m: m.ConvTranspose2d(2, 3, (1, 2), stride=3),
            (2, 2, 3, 2),
            (2, 3, 7, 5),
            15,
        ),
        (
            "batch in parts",
            lambda m: m.ConvTranspose2d(4, 3, 3),
            (60, 4, 12, 13),
            (60, 3, 14, 15),
            111,
        ),
    ]
]

CASES = [
    Case("linear", lambda m: m.Linear(7, 5), (4, 7), (4, 5), 40),
    Case("linear, no bias", lambda m: m.Linear(7, 5, False), (4, 7), (4, 5), 35),
    Case("linear, one by one", lambda m: m.Linear(1, 1), (3, 1), (3, 1), 2),
    Case("flatten", lambda m: m.Flatten(), (3, 2, 4, 5), (3, 40)),
    Case("relu", lambda m: m.ReLU(), (3, 2, 4, 5), (3, 2, 4, 5)),
    Case("tanh", lambda m: m.Tanh(), (3, 2, 4, 5), (3, 2, 4, 5)),
    Case("sigmoid", lambda m: m.Sigmoid(), (3, 7), (3, 7)),
    Case("conv", lambda m: m.Conv2d(3, 4, 3), (2, 3, 7, 6), (2, 4, 5, 4), 112, conv_loops),
    Case(
        "conv, positional",
        lambda m: m.Conv2d(4, 6, 3, 2, 1, 2, 2, False),
        (2, 4, 9, 8),
        (2, 6, 4, 3),
        108,
        conv_loops,
    ),
    Case(
        "conv, no bias",
        lambda m: m.Conv2d(2, 3, 2, bias=False),
        (2, 2, 4, 5),
        (2, 3, 3, 4),
        24,
        conv_loops,
    ),
    Case("conv, 1×1", lambda m: m.Conv2d(5, 3, 1), (2, 5, 4, 3), (2, 3, 4, 3), 18, conv_loops),
    Case(
        "conv, kernel not square",
        lambda m: m.Conv2d(2, 3, (1, 5), padding=(0, 2)),
        (2, 2, 4, 6),
        (2, 3, 4, 6),
        33,
        conv_loops,
    ),
    Case(
        "conv, strides that don't divide",
        lambda m: m.Conv2d(2, 3, (3, 2), stride=(2, 3), padding=(1, 0)),
        (2, 2, 8, 9),
        (2, 3, 4, 3),
        39,
        conv_loops,
    ),
    Case(
        "conv, stride beyond kernel",
        lambda m: m.Conv2d(2, 3, 2, stride=3),
        (2, 2, 9, 7),
        (2, 3, 3, 2),
        27,
        conv_loops,
    ),
    Case(
        "conv, wide padding",
        lambda m: m.Conv2d(2, 2, 2, stride=2, padding=3),
        (2, 2, 3, 4),
        (2, 2, 4, 5),
        18,
        conv_loops,
    ),
    Case(
        "conv, dilated",
        lambda m: m.Conv2d(2, 3, 3, padding=2, dilation=(2, 3)),
        (2, 2, 6, 8),
        (2, 3, 6, 6),
        57,
        conv_loops,
    ),
    Case(
        "conv, groups",
        lambda m: m.Conv2d(6, 4, 3, padding=1, groups=2),
        (2, 6, 5, 4),
        (2, 4, 5, 4),
        112,
        conv_loops,
    ),
    Case(
        "conv, depthwise",
        lambda m: m.Conv2d(3, 6, 3, stride=2, groups=3),
        (2, 3, 7, 6),
        (2, 6, 3, 2),
        60,
        conv_loops,
    ),
    Case(
        "conv, whole image",
        lambda m: m.Conv2d(3, 5, (4, 3)),
        (6, 3, 4, 3),
        (6, 5, 1, 1),
        185,
        conv_loops,
    ),
    Case(
        "conv, same, odd",
        lambda m: m.Conv2d(2, 3, (3, 5), padding="same"),
        (2, 2, 5, 6),
        (2, 3, 5, 6),
        93,
    ),
    Case(
        "conv, same, even and dilated",
        lambda m: m.Conv2d(2, 3, (2, 4), padding="same", dilation=(3, 1)),
        (2, 2, 5, 6),
        (2, 3, 5, 6),
        51,
    ),
    Case(
        "conv, batch in parts",  # 34 kB of columns an image in float64: 30 images in 1 MB
        lambda m: m.Conv2d(3, 4, 3, padding=1),
        (70, 3, 12, 13),
        (70, 4, 12, 13),
        112,
    ),
    Case("max", lambda m: m.MaxPool2d(2), (2, 3, 6, 4), (2, 3, 3, 2), 0, max_loops),
    Case("max, overlapping", lambda m: m.MaxPool2d(3, 1), (2, 3, 6, 5), (2, 3, 4, 3), 0, max_loops),
    Case(
        "max, positional",
        lambda m: m.MaxPool2d((3, 2), (2, 1), (1, 0), 2),
        (2, 3, 8, 6),
        (2, 3, 3, 4),
    ),
    Case(
        "max, padded, doesn't divide",
        lambda m: m.MaxPool2d(3, 2, 1),
        (2, 3, 8, 7),
        (2, 3, 4, 4),
        0,
        max_loops,
    ),
    Case("max, gaps", lambda m: m.MaxPool2d(2, 3), (2, 3, 8, 7), (2, 3, 3, 2), 0, max_loops),
    Case("max, ceil", lambda m: m.MaxPool2d(3, 2, ceil_mode=True), (2, 3, 8, 6), (2, 3, 4, 3)),
    Case(
        "max, ceil, window in the padding left out",
        lambda m: m.MaxPool2d(2, 3, 1, ceil_mode=True),
        (2, 3, 5, 4),
        (2, 3, 2, 2),
    ),
    Case("avg", lambda m: m.AvgPool2d(2), (2, 3, 6, 4), (2, 3, 3, 2), 0, avg_loops),
    Case("avg, overlapping", lambda m: m.AvgPool2d(3, 1), (2, 3, 6, 5), (2, 3, 4, 3), 0, avg_loops),
    Case(
        "avg, padded, doesn't divide",
        lambda m: m.AvgPool2d((3, 2), 2, (1, 0)),
        (2, 3, 8, 7),
        (2, 3, 4, 3),
        0,
        avg_loops,
    ),
    Case(
        "avg, positional",
        lambda m: m.AvgPool2d(3, 2, 1, True, False),
        (2, 3, 8, 7),
        (2, 3, 5, 4),
    ),
    Case(
        "avg, ceil",
        lambda m: m.AvgPool2d(3, 2, 1, ceil_mode=True),
        (2, 3, 8, 6),
        (2, 3, 5, 4),
    ),
    Case(
        "avg, padding not counted",
        lambda m: m.AvgPool2d(3, 1, 1, count_include_pad=False),
        (2, 3, 5, 4),
        (2, 3, 5, 4),
    ),
    Case(
        "sum",
        lambda m: m.SumPool2d((3, 2), (2, 1), (1, 0)),
        (2, 3, 7, 6),
        (2, 3, 4, 5),
        0,
        lambda p, x: functional.sum_pool2d_loops(x, p.kernel_size, p.stride, p.padding),
    ),
    Case("sum, ceil", lambda m: m.SumPool2d(2, ceil_mode=True), (2, 3, 5, 7), (2, 3, 3, 4)),
    Case("lp, L2", lambda m: m.LPPool2d(2, 3, 2), (2, 3, 8, 7), (2, 3, 3, 3), 0, lp_loops),
    Case("lp, sum", lambda m: m.LPPool2d(1, 2), (2, 3, 4, 6), (2, 3, 2, 3), 0, lp_loops),
    Case("lp, L4", lambda m: m.LPPool2d(4, (2, 3), 1), (2, 3, 4, 5), (2, 3, 3, 3), 0, lp_loops),
    Case("lp, ceil", lambda m: m.LPPool2d(2, 2, 2, True), (2, 3, 5, 7), (2, 3, 3, 4)),
    Case("feature L2", lambda m: m.FeatureL2Pool(2), (3, 6, 4, 5), (3, 3, 4, 5)),
    Case("feature L2 of vectors", lambda m: m.FeatureL2Pool(4), (3, 8), (3, 2)),
    Case("adaptive, global", lambda m: m.AdaptiveAvgPool2d(1), (3, 4, 5, 6), (3, 4, 1, 1)),
    Case("adaptive", lambda m: m.AdaptiveAvgPool2d((3, 4)), (2, 3, 7, 6), (2, 3, 3, 4)),
    Case("adaptive, larger", lambda m: m.AdaptiveAvgPool2d((7, 2)), (2, 3, 3, 4), (2, 3, 7, 2)),
    Case(
        "adaptive, one side", lambda m: m.AdaptiveAvgPool2d((None, 2)), (2, 3, 3, 5), (2, 3, 3, 2)
    ),
    Case("unpool", unpooled(2), (2, 3, 6, 4), (2, 3, 6, 4), 0),
    Case("unpool, odd size", unpooled(2), (2, 3, 7, 5), (2, 3, 7, 5), 0),
    Case("unpool, overlapping", unpooled(3, 2, 1), (2, 3, 8, 7), (2, 3, 8, 7), 0),
    Case("unpool, work between", segnet, (2, 2, 6, 9), (2, 2, 6, 9), 106),
    Case(
        "upsample",
        lambda m: m.Upsample(scale_factor=3),
        (2, 3, 4, 5),
        (2, 3, 12, 15),
        0,
        lambda _, x: functional.upsample_nearest_loops(x, 3),
    ),
    Case("upsample, to a size", lambda m: m.Upsample((7, 3)), (2, 3, 4, 5), (2, 3, 7, 3)),
    Case(
        "upsample, bilinear",
        lambda m: m.Upsample(scale_factor=(2, 1.5), mode="bilinear"),
        (2, 3, 4, 6),
        (2, 3, 8, 9),
    ),
    Case(
        "upsample, bilinear, corners",
        lambda m: m.Upsample((9, 5), None, "bilinear", True),
        (2, 3, 4, 6),
        (2, 3, 9, 5),
    ),
    Case("batch norm", lambda m: m.BatchNorm2d(3), (4, 3, 5, 6), (4, 3, 5, 6), 6, norm_loops),
    Case("batch norm 1d", lambda m: m.BatchNorm1d(5), (7, 5), (7, 5), 10, norm_loops),
    Case(
        "batch norm 1d, sequences", lambda m: m.BatchNorm1d(3), (4, 3, 5), (4, 3, 5), 6, norm_loops
    ),
    Case(
        "batch norm, options",
        lambda m: m.BatchNorm2d(2, 1e-3, None, False),
        (3, 2, 4, 5),
        (3, 2, 4, 5),
    ),
    Case(
        "local response",
        lambda m: m.LocalResponseNorm(5, 0.5, 0.75, 2.0),
        (2, 7, 3, 4),
        (2, 7, 3, 4),
        0,
        lambda p, x: functional.local_response_norm_loops(x, p.size, p.alpha, p.beta, p.k),
    ),
    Case(
        "local response, even, wide",
        lambda m: m.LocalResponseNorm(4, alpha=1.0),
        (2, 3, 5),
        (2, 3, 5),
        0,
        lambda p, x: functional.local_response_norm_loops(x, p.size, p.alpha, p.beta, p.k),
    ),
    Case("unit vectors", lambda m: m.L2Normalize(), (4, 6), (4, 6)),
    Case("unit vectors along rows", lambda m: m.L2Normalize(-1), (2, 3, 4, 5), (2, 3, 4, 5)),
    Case("dropout, p 0", lambda m: m.Dropout(0.0), (3, 4, 5), (3, 4, 5)),
    Case("historical dropout, p 0", lambda m: m.HistoricalDropout(0.0), (3, 4), (3, 4)),
    Case("step", lambda m: m.Step(), (3, 2, 4, 5), (3, 2, 4, 5)),
    Case("relu6", stretched, (3, 2, 7, 8), (3, 2, 4, 5)),
    Case("leaky relu", lambda m: m.LeakyReLU(), (3, 2, 4, 5), (3, 2, 4, 5)),
    Case("leaky relu, steep", lambda m: m.LeakyReLU(0.3), (3, 7), (3, 7)),
    Case("prelu", lambda m: m.PReLU(), (3, 2, 4, 5), (3, 2, 4, 5), 1),
    Case("prelu, by channel", lambda m: m.PReLU(4, 0.1), (3, 4, 2, 5), (3, 4, 2, 5), 4),
    Case("prelu of vectors", lambda m: m.PReLU(4), (3, 4), (3, 4), 4),
    Case("elu", lambda m: m.ELU(), (3, 2, 4, 5), (3, 2, 4, 5)),
    Case("elu, alpha", lambda m: m.ELU(0.5), (3, 7), (3, 7)),
    Case("silu", lambda m: m.SiLU(), (3, 2, 4, 5), (3, 2, 4, 5)),
    Case("maxout", lambda m: m.Maxout(2), (3, 6), (3, 3)),
    Case("maxout of maps", lambda m: m.Maxout(3), (2, 6, 4, 5), (2, 2, 4, 5)),
    Case(
        "softmax",
        lambda m: m.Softmax(1),
        (4, 6),
        (4, 6),
        0,
        lambda _, x: functional.softmax_loops(x),
    ),
    Case("softmax along rows", lambda m: m.Softmax(dim=-1), (2, 3, 4, 5), (2, 3, 4, 5)),
    Case("log softmax", lambda m: m.LogSoftmax(1), (4, 6), (4, 6)),
    Case("log softmax by pixel", lambda m: m.LogSoftmax(dim=1), (2, 5, 3, 4), (2, 5, 3, 4)),
    Case("reshape", lambda m: m.Reshape((3, 2, -1)), (2, 4, 6), (2, 3, 2, 4)),
    Case("zero pad", lambda m: m.ZeroPad2d(2), (2, 3, 4, 5), (2, 3, 8, 9)),
    Case("zero pad, four sides", lambda m: m.ZeroPad2d((0, 1, 2, 3)), (2, 3, 4, 5), (2, 3, 9, 6)),
    Case("identity", lambda m: m.Identity(), (3, 2, 4), (3, 2, 4)),
    *TRANSPOSED,
    Case("sequential, empty", lambda m: m.Sequential(), (2, 3), (2, 3)),
    Case("sequential, nested", small_net, (3, 2, 7, 5), (3, 3), 219),
    Case(
        "residual",
        lambda m: m.Residual(m.Sequential(m.Conv2d(3, 3, 3, padding=1), m.ReLU())),
        (2, 3, 5, 4),
        (2, 3, 5, 4),
        84,
    ),
    Case(
        "residual, shortcut",
        lambda m: m.Residual(
            m.Sequential(m.Conv2d(3, 4, 3, 2, 1, bias=False), m.BatchNorm2d(4), m.Tanh()),
            m.Conv2d(3, 4, 1, 2),
        ),
        (2, 3, 5, 6),
        (2, 4, 3, 3),
        132,
    ),
    Case("concat", inception, (2, 3, 5, 6), (2, 9, 5, 6), 104),
    Case("concat of vectors", lambda m: m.Concat(m.Linear(4, 3), m.Identity()), (5, 4), (5, 7), 15),
    Case("auxiliary", lambda m: m.Auxiliary(m.Tanh(), m.Flatten()), (2, 3, 4), (2, 3, 4)),
]


def tie_free(shape: tuple[int, ...], dtype: Any = np.float64, seed: int = 0) -> np.ndarray:
    """Values in (−2, 2), no two equal, none 0: away from the kinks of max and ReLU."""
    count = int(np.prod(shape))
    order = np.random.default_rng(seed).permutation(count)
    return ((order - count // 2 + 0.5) * (4 / (count + 1))).reshape(shape).astype(dtype)


def normal(shape: tuple[int, ...], dtype: Any = np.float64, seed: int = 1) -> np.ndarray:
    """Random upstream gradients: no two the same, so that nothing cancels."""
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def relative_error(got: np.ndarray, reference: np.ndarray) -> float:
    """max|Δ| / max|reference|; shapes must be equal."""
    assert got.shape == reference.shape
    difference = np.abs(got - reference).max(initial=0)
    return float(difference / (np.abs(reference).max(initial=0) or 1))
