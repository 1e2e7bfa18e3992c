"""The table of layers: one row, and forward, backward, counting, saving and translating are tested.

`build` is called with `cnnkit.layers` and with `TORCH`: names, argument names, their order and their
defaults are the same in both.
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
    Case("sequential, empty", lambda m: m.Sequential(), (2, 3), (2, 3)),
    Case("sequential, nested", small_net, (3, 2, 7, 5), (3, 3), 219),
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
