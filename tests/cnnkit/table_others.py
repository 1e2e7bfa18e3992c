"""Rows of the table of layers: what works point by point, on channels, vectors and whole maps."""

from typing import Any

import numpy as np
from cases import Case

from cnnkit import functional


def small_net(m: Any) -> Any:
    trunk = m.Sequential(m.Conv2d(2, 4, 3, padding=1), m.ReLU(), m.MaxPool2d(3, 2))
    return m.Sequential(trunk, m.Flatten(), m.Linear(4 * 3 * 2, 5), m.Tanh(), m.Linear(5, 3))


def norm_loops(layer: Any, x: np.ndarray) -> np.ndarray:
    return functional.batch_norm_loops(x, layer.weight.data, layer.bias.data, layer.eps)


def stretched(m: Any) -> Any:
    """Sums, so that some values are beyond 6."""
    return m.Sequential(m.SumPool2d(4, 1), m.ReLU6())


def inception(m: Any) -> Any:
    reduced = m.Sequential(m.Conv2d(3, 2, 1), m.ReLU(), m.Conv2d(2, 4, 3, padding=1))
    pooled = m.Sequential(m.MaxPool2d(3, 1, 1), m.Conv2d(3, 2, 1))
    return m.Concat(m.Conv2d(3, 3, 1), reduced, pooled)


CASES = [
    Case("linear", lambda m: m.Linear(7, 5), (4, 7), (4, 5), 40),
    Case("linear, no bias", lambda m: m.Linear(7, 5, False), (4, 7), (4, 5), 35),
    Case("linear, one by one", lambda m: m.Linear(1, 1), (3, 1), (3, 1), 2),
    Case("flatten", lambda m: m.Flatten(), (3, 2, 4, 5), (3, 40)),
    Case("shrink", lambda m: m.Shrink(2, 3), (3, 2, 5, 4), (3, 5, 3, 2)),
    Case("relu", lambda m: m.ReLU(), (3, 2, 4, 5), (3, 2, 4, 5)),
    Case("tanh", lambda m: m.Tanh(), (3, 2, 4, 5), (3, 2, 4, 5)),
    Case("scaled tanh", lambda m: m.ScaledTanh(), (3, 2, 4, 5), (3, 2, 4, 5)),
    Case("scaled tanh, options", lambda m: m.ScaledTanh(0.5, -2.0), (3, 7), (3, 7)),
    Case("standardize", lambda m: m.Standardize((3,)), (4, 3, 5, 6), (4, 3, 5, 6)),
    Case("standardize, mean image", lambda m: m.Standardize((3, 5, 6)), (4, 3, 5, 6), (4, 3, 5, 6)),
    Case("select", lambda m: m.Select((2, 0, 2)), (3, 4, 2, 5), (3, 3, 2, 5)),
    Case("rbf", lambda m: m.RBF(7, 4), (3, 7), (3, 4)),
    Case("sigmoid", lambda m: m.Sigmoid(), (3, 7), (3, 7)),
    Case("feature L2", lambda m: m.FeatureL2Pool(2), (3, 6, 4, 5), (3, 3, 4, 5)),
    Case("feature L2 of vectors", lambda m: m.FeatureL2Pool(4), (3, 8), (3, 2)),
    Case("adaptive, global", lambda m: m.AdaptiveAvgPool2d(1), (3, 4, 5, 6), (3, 4, 1, 1)),
    Case("adaptive", lambda m: m.AdaptiveAvgPool2d((3, 4)), (2, 3, 7, 6), (2, 3, 3, 4)),
    Case("adaptive, larger", lambda m: m.AdaptiveAvgPool2d((7, 2)), (2, 3, 3, 4), (2, 3, 7, 2)),
    Case(
        "adaptive, one side", lambda m: m.AdaptiveAvgPool2d((None, 2)), (2, 3, 3, 5), (2, 3, 3, 2)
    ),
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
