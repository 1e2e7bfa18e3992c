"""What convolution computes, and its gradients, as products of arrays.

`weight` (O, C / groups, K_h, K_w), `image` (N, C, H, W), `out` (N, O, H', W'), H'·W' being the
number of windows. `correlate` is linear in the weight and in the image; the other two are its
adjoints. A transposed convolution is made of the same three.

Dense layers lay the windows out as columns, so that all is one matrix product (im2col: Chellapilla,
Puri, Simard, High Performance Convolutional Neural Networks for Document Processing, 2006). Where
each group has one channel (depthwise) that would be a product with a vector; there each tap is
multiplied and added by itself, measured 3 times faster.
"""

import math

import numpy as np

from cnnkit.arithmetic import wide
from cnnkit.layers.parameter import Shape
from cnnkit.layers.windows import Windows


def correlate(weight: np.ndarray, image: np.ndarray, windows: Windows, groups: int) -> np.ndarray:
    """out[n,o,i,j] = Σ_{c,k,l} weight[o,c,k,l] · (what window i, j of image n sees at c, k, l)."""
    shape = (len(image), len(weight), *windows.size)
    if not _depthwise(weight.shape, groups):
        return (_matrix(weight, groups) @ _columns(image, windows, groups)).reshape(shape)
    out = np.zeros(shape, image.dtype)
    by_group = _by_group(out, groups)
    for (k, l), tap in windows.taps(image):
        by_group += tap[:, :, None] * _of_tap(weight, groups, k, l)
    return out


def image_gradient(
    weight: np.ndarray, dout: np.ndarray, windows: Windows, groups: int, shape: Shape
) -> np.ndarray:
    """dimage (of `shape`): each pixel adds up weight · dout over the windows that see it."""
    if _depthwise(weight.shape, groups):
        by_group = _by_group(dout, groups)

        def values(k: int, l: int) -> np.ndarray:
            weighted = by_group * _of_tap(weight, groups, k, l)
            return weighted.sum(axis=2) if weighted.shape[2] > 1 else weighted[:, :, 0]
    else:
        dcolumns = _matrix(weight, groups).swapaxes(1, 2) @ _flat(dout, groups)
        dcolumns = dcolumns.reshape(len(dout), shape[1], *windows.kernel, *windows.size)

        def values(k: int, l: int) -> np.ndarray:
            return dcolumns[:, :, k, l]

    return windows.add(values, shape, dout.dtype)


def weight_gradient(
    image: np.ndarray, dout: np.ndarray, windows: Windows, groups: int
) -> np.ndarray:
    """dweight[o,c,k,l] = Σ_{n,i,j} dout[n,o,i,j] · (what window i, j of n sees at c, k, l)."""
    shape = (dout.shape[1], image.shape[1] // groups, *windows.kernel)
    flat = _flat(dout, groups)
    if not _depthwise(shape, groups):
        columns = _columns(image, windows, groups)
        return wide(flat @ columns.swapaxes(2, 3)).sum(axis=0).reshape(shape)
    dweight = wide(np.empty((*flat.shape[1:3], *windows.kernel), dout.dtype))
    for (k, l), tap in windows.taps(image):
        dweight[:, :, k, l] = wide(np.vecdot(flat, _flat(tap, groups))).sum(axis=0)
    return dweight.reshape(shape)


def _columns(image: np.ndarray, windows: Windows, groups: int) -> np.ndarray:
    """What the windows see: (N, groups, C / groups · K · L, H'·W')."""
    if windows.kernel == (1, 1):
        [(_, tap)] = windows.taps(image)
        return _flat(tap, groups)
    columns = np.empty((*image.shape[:2], *windows.kernel, *windows.size), image.dtype)
    for (k, l), tap in windows.taps(image):
        columns[:, :, k, l] = tap
    return columns.reshape(len(image), groups, -1, math.prod(windows.size))


def _depthwise(weight_shape: Shape, groups: int) -> bool:
    return weight_shape[1] == 1 < groups


def _matrix(weight: np.ndarray, groups: int) -> np.ndarray:
    """(groups, O / groups, C / groups · K · L)"""
    return weight.reshape(groups, len(weight) // groups, -1)


def _of_tap(weight: np.ndarray, groups: int, k: int, l: int) -> np.ndarray:
    """A depthwise weight's values at one tap, for `_by_group`: (groups, O / groups, 1, 1)"""
    return weight[:, 0, k, l].reshape(groups, -1, 1, 1)


def _by_group(out: np.ndarray, groups: int) -> np.ndarray:
    """(N, groups, O / groups, H', W')"""
    return out.reshape(len(out), groups, out.shape[1] // groups, *out.shape[2:])


def _flat(out: np.ndarray, groups: int) -> np.ndarray:
    """(N, groups, O / groups, H'·W')"""
    return out.reshape(len(out), groups, out.shape[1] // groups, math.prod(out.shape[2:]))
