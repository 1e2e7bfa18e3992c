"""Rows of the table of layers: what slides a window over an image."""

from collections.abc import Callable
from typing import Any

import numpy as np
from cases import Case

from cnnkit import functional


def conv_loops(layer: Any, x: np.ndarray) -> np.ndarray:
    bias = None if layer.bias is None else layer.bias.data
    options = (layer.stride, layer.padding, layer.dilation, layer.groups)
    return functional.conv2d_loops(x, layer.weight.data, bias, *options)


def max_loops(layer: Any, x: np.ndarray) -> np.ndarray:
    return functional.max_pool2d_loops(x, layer.kernel_size, layer.stride, layer.padding)


def avg_loops(layer: Any, x: np.ndarray) -> np.ndarray:
    return functional.avg_pool2d_loops(x, layer.kernel_size, layer.stride, layer.padding)


def transposed_loops(layer: Any, x: np.ndarray) -> np.ndarray:
    bias = None if layer.bias is None else layer.bias.data
    options = (layer.stride, layer.padding, layer.output_padding, layer.groups, layer.dilation)
    return functional.conv_transpose2d_loops(x, layer.weight.data, bias, *options)


def lp_loops(layer: Any, x: np.ndarray) -> np.ndarray:
    return functional.lp_pool2d_loops(x, layer.norm_type, layer.kernel_size, layer.stride)


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


CASES_OF_TRANSPOSED = [
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
    Case("unpool", unpooled(2), (2, 3, 6, 4), (2, 3, 6, 4), 0),
    Case("unpool, odd size", unpooled(2), (2, 3, 7, 5), (2, 3, 7, 5), 0),
    Case("unpool, overlapping", unpooled(3, 2, 1), (2, 3, 8, 7), (2, 3, 8, 7), 0),
    Case("unpool, work between", segnet, (2, 2, 6, 9), (2, 2, 6, 9), 106),
    *CASES_OF_TRANSPOSED,
]
