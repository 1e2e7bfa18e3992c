"""The definitions, written as loops: slow, and plain enough to be believed.

The lectures show them, and the tests hold the fast layers against them. Images may be of any type:
whole numbers and booleans are added up in int64, float16 in float32, and so are the results.
"""

import math
from typing import Any

import numpy as np

from cnnkit.layers.windows import Pair, output_size, pair


def correlate2d(
    image: Any, kernel: Any, stride: int = 1, padding: int = 0, dilation: int = 1
) -> np.ndarray:
    """(f ⋆ I)[i,j] = Σ_{k,l} f[k,l] · I[i·S + k·D, j·S + l·D]: the kernel f slid over the
    image I; S is the stride, D the dilation.

    `image` (H, W), zero-padded by P = `padding` on each side, and `kernel` (K_h, K_w) give
    (⌊(H + 2P − D·(K_h − 1) − 1) / S⌋ + 1, likewise for W); whole numbers stay
    whole, as int64. ValueError: not two-dimensional, or a kernel larger than the padded image.
    """
    image, kernel = np.asarray(image), np.asarray(kernel)
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError(
            "expected an image (H, W) and a kernel (K_h, K_w), "
            f"got {image.shape} and {kernel.shape}"
        )
    x, weight = image[None, None], kernel[None, None]
    return conv2d_loops(x, weight, None, stride, padding, dilation)[0, 0]


def convolve2d(image: Any, kernel: Any, stride: int = 1, padding: int = 0) -> np.ndarray:
    """(f ∗ I)[i,j] = Σ_{k,l} f[k,l] · I[i·S + K_h−1−k, j·S + K_w−1−l], S the stride.

    The convolution of mathematics: `correlate2d` with the kernel turned by 180°.
    """
    return correlate2d(image, np.asarray(kernel)[::-1, ::-1], stride, padding)


def conv2d_loops(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None = None,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
) -> np.ndarray:
    """`cnnkit.layers.Conv2d` by its definition: x (N, C, H, W), weight (O, C/groups, K_h, K_w)."""
    stride, dilation = pair(stride, "stride", 1), pair(dilation, "dilation", 1)
    top, left = pair(padding, "padding", 0)
    dtype = _sum_type(x, weight)
    x = np.pad(x.astype(dtype), ((0, 0), (0, 0), (top, top), (left, left)))
    size = _sizes(x, weight.shape[2:], stride, dilation)
    y = np.zeros((len(x), len(weight), *size), dtype)
    for n, o, i, j in np.ndindex(*y.shape):
        first = o // (len(weight) // groups) * weight.shape[1]  # this group's first input channel
        for c, k, l in np.ndindex(*weight.shape[1:]):
            row = i * stride[0] + k * dilation[0]
            column = j * stride[1] + l * dilation[1]
            y[n, o, i, j] += weight[o, c, k, l] * x[n, first + c, row, column]
    return y if bias is None else y + bias[:, None, None]


def max_pool2d_loops(
    x: np.ndarray,
    kernel_size: int | Pair,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
) -> np.ndarray:
    """`cnnkit.layers.MaxPool2d` by its definition: the padding is −∞."""
    if x.dtype == bool:
        lowest: float = False
    else:
        lowest = -math.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    return _pool_loops(x, kernel_size, stride, padding, lowest, np.max)


def avg_pool2d_loops(
    x: np.ndarray,
    kernel_size: int | Pair,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
) -> np.ndarray:
    """`cnnkit.layers.AvgPool2d` by its definition: the padding is 0 and counts."""
    return _pool_loops(x.astype(_sum_type(x)), kernel_size, stride, padding, 0, np.mean)


def sum_pool2d_loops(
    x: np.ndarray,
    kernel_size: int | Pair,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
) -> np.ndarray:
    """`cnnkit.layers.SumPool2d` by its definition: the padding is 0."""
    return _pool_loops(x.astype(_sum_type(x)), kernel_size, stride, padding, 0, np.sum)


def lp_pool2d_loops(
    x: np.ndarray, norm_type: float, kernel_size: int | Pair, stride: int | Pair | None = None
) -> np.ndarray:
    """`cnnkit.layers.LPPool2d` by its definition; L2 pooling is `norm_type` 2."""
    powers = x.astype(_sum_type(x)) ** norm_type
    return sum_pool2d_loops(powers, kernel_size, stride) ** (1 / norm_type)


def conv_transpose2d_loops(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None = None,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    output_padding: int | Pair = 0,
    groups: int = 1,
    dilation: int | Pair = 1,
) -> np.ndarray:
    """`cnnkit.layers.ConvTranspose2d` by its definition: every input pixel lays its kernel down.

    x (N, C, H, W), weight (C, O/groups, K_h, K_w).
    """
    stride, dilation = pair(stride, "stride", 1), pair(dilation, "dilation", 1)
    top, left = pair(padding, "padding", 0)
    more = pair(output_padding, "output_padding", 0)
    options = zip(x.shape[2:], weight.shape[2:], stride, dilation, more, strict=True)
    height, width = ((n - 1) * s + d * (k - 1) + 1 + o for n, k, s, d, o in options)
    dtype = _sum_type(x, weight)
    x, weight = x.astype(dtype), weight.astype(dtype)
    y = np.zeros((len(x), weight.shape[1] * groups, height, width), dtype)
    for n, c, i, j in np.ndindex(*x.shape):
        first = c // (len(weight) // groups) * weight.shape[1]  # this group's first output channel
        for o, k, l in np.ndindex(*weight.shape[1:]):
            row = i * stride[0] + k * dilation[0]
            column = j * stride[1] + l * dilation[1]
            y[n, first + o, row, column] += x[n, c, i, j] * weight[c, o, k, l]
    y = y[:, :, top : height - top, left : width - left]
    return y if bias is None else y + bias[:, None, None]


def batch_norm_loops(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray, eps: float = 1e-5
) -> np.ndarray:
    """`cnnkit.layers.BatchNorm2d` in training by its definition, channel by channel."""
    x = x.astype(np.result_type(_sum_type(x), np.float32))
    y = np.zeros(x.shape, x.dtype)
    for c in range(x.shape[1]):
        values = x[:, c]
        mean = values.sum() / values.size
        var = ((values - mean) ** 2).sum() / values.size
        y[:, c] = weight[c] * (values - mean) / math.sqrt(var + eps) + bias[c]
    return y


def local_response_norm_loops(
    x: np.ndarray, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> np.ndarray:
    """`cnnkit.layers.LocalResponseNorm` by its definition, channel by channel."""
    x = x.astype(np.result_type(_sum_type(x), np.float32))
    y = np.zeros(x.shape, x.dtype)
    for c in range(x.shape[1]):
        first, last = max(0, c - size // 2), min(x.shape[1] - 1, c + (size - 1) // 2)
        squares = np.zeros(x[:, c].shape)
        for j in range(first, last + 1):
            squares += x[:, j] ** 2
        y[:, c] = x[:, c] / (k + alpha / size * squares) ** beta
    return y


def softmax_loops(x: np.ndarray) -> np.ndarray:
    """`cnnkit.layers.Softmax` of scores (N, classes) by its definition."""
    x = x.astype(np.result_type(_sum_type(x), np.float32))
    y = np.zeros(x.shape, x.dtype)
    for n in range(len(x)):
        total = sum(math.exp(score) for score in x[n])
        for c in range(x.shape[1]):
            y[n, c] = math.exp(x[n, c]) / total
    return y


def upsample_nearest_loops(x: np.ndarray, scale_factor: int) -> np.ndarray:
    """`cnnkit.layers.Upsample(scale_factor=…)` by its definition: every pixel repeated."""
    *batch, height, width = x.shape
    y = np.zeros((*batch, height * scale_factor, width * scale_factor), x.dtype)
    for n, c, i, j in np.ndindex(*y.shape):
        y[n, c, i, j] = x[n, c, i // scale_factor, j // scale_factor]
    return y


def _sum_type(*arrays: np.ndarray) -> np.dtype:
    dtype = np.result_type(*arrays)
    return np.dtype(np.int64) if dtype.kind in "bui" else np.result_type(dtype, np.float32)


def _pool_loops(
    x: np.ndarray,
    kernel_size: int | Pair,
    stride: int | Pair | None,
    padding: int | Pair,
    fill: float,
    reduce: Any,
) -> np.ndarray:
    kernel = pair(kernel_size, "kernel_size", 1)
    step = pair(kernel_size if stride is None else stride, "stride", 1)
    top, left = pair(padding, "padding", 0)
    x = np.pad(x, ((0, 0), (0, 0), (top, top), (left, left)), constant_values=fill)
    dtype = reduce(np.ones(1, x.dtype)).dtype  # the average of whole numbers is no whole number
    y = np.zeros((*x.shape[:2], *_sizes(x, kernel, step, (1, 1))), dtype)
    for n, c, i, j in np.ndindex(*y.shape):
        row, column = i * step[0], j * step[1]
        y[n, c, i, j] = reduce(x[n, c, row : row + kernel[0], column : column + kernel[1]])
    return y


def _sizes(padded: np.ndarray, kernel: tuple[int, ...], stride: Pair, dilation: Pair) -> list[int]:
    options = zip(padded.shape[2:], kernel, stride, dilation, strict=True)
    sizes = [output_size(n, k, s, 0, d) for n, k, s, d in options]
    if min(sizes) < 1:
        raise ValueError(f"the kernel {kernel} is larger than the padded image {padded.shape[2:]}")
    return sizes
