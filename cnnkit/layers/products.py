"""What convolution computes, and its gradients, as products of arrays.

`weight` (O, C / groups, K_h, K_w), `image` (N, C, H, W), `out` (N, O, H', W'), H'·W' being the
number of windows. `correlate` is linear in the weight and in the image; the other two are its
adjoints. A transposed convolution is made of the same three.

Dense layers lay the windows out as columns, so that all is one matrix product (im2col:
Chellapilla, Puri, Simard, High Performance Convolutional Neural Networks for Document Processing,
2006), for some images or some rows of one at a time: so the columns stay in the cache. Where each
group has one channel (depthwise) that would be a product with a vector; there each tap is
multiplied and added by itself, measured 3 times faster. Kernels of 3×3 with stride 1 and many
channels take fewer products (winograd.py).
"""

import functools
import math
from collections.abc import Iterator

import numpy as np

from cnnkit.arithmetic import wide
from cnnkit.layers import winograd
from cnnkit.layers.blocks import over_maps
from cnnkit.layers.parameter import Shape
from cnnkit.layers.windows import Windows

COLUMN_BYTES = 2**20  # what stays in a core's cache; 16 MB measured up to 1.6 times slower


def correlate(weight: np.ndarray, image: np.ndarray, windows: Windows, groups: int) -> np.ndarray:
    """out[n,o,i,j] = Σ_{c,k,l} weight[o,c,k,l] · (what window i, j of image n sees at c, k, l)."""
    if winograd.fits(weight.shape, len(image), windows, image.dtype, groups):
        out = winograd.correlate(weight, image, windows)
        if np.isfinite(out).all():
            return out
    out = np.zeros((len(image), len(weight), *windows.size), image.dtype)
    if _depthwise(weight.shape, groups):

        def add_taps(image: np.ndarray, weight: np.ndarray, out: np.ndarray) -> None:
            for (k, l), tap in windows.taps(image):
                out += tap[:, :, None] * weight[:, :, :, k, l, None, None]

        over_maps(add_taps, image, _for_each(weight, image, groups), _by_group(out, groups))
        return out
    matrix = _matrix(weight, groups)
    for some, rows, seen, part in _parts(image.shape, weight, windows):
        product = matrix @ _columns(image[some, :, seen], part, groups)
        out[some, :, rows] = product.reshape(len(product), len(weight), *part.size)
    return out


def image_gradient(
    weight: np.ndarray, dout: np.ndarray, windows: Windows, groups: int, shape: Shape
) -> np.ndarray:
    """dimage (of `shape`): each pixel adds up weight · dout over the windows that see it."""
    if winograd.fits(weight.shape, len(dout), windows, dout.dtype, groups):
        back = windows.back((shape[2], shape[3]))
        if min(map(min, back.sides)) >= 0:
            turned = weight[:, :, ::-1, ::-1].swapaxes(0, 1)
            dimage = winograd.correlate(turned, dout, back)
            if np.isfinite(dimage).all():
                return dimage
    dimage = np.zeros(shape, dout.dtype)
    if _depthwise(weight.shape, groups):

        def spread(dout: np.ndarray, weight: np.ndarray, dimage: np.ndarray) -> None:
            def values(k: int, l: int) -> np.ndarray:
                weighted = dout * weight[:, :, :, k, l, None, None]
                return weighted.sum(axis=2) if weighted.shape[2] > 1 else weighted[:, :, 0]

            dimage[...] = windows.add(values, dimage.shape, dimage.dtype)

        over_maps(spread, _by_group(dout, groups), _for_each(weight, dout, groups), dimage)
        return dimage
    transposed = _matrix(weight, groups).swapaxes(1, 2)
    for some, rows, seen, part in _parts(shape, weight, windows):
        here = dimage[some, :, seen]
        dcolumns = transposed @ _flat(dout[some, :, rows], groups)
        dcolumns = dcolumns.reshape(len(here), shape[1], *part.kernel, *part.size)
        here += part.add(functools.partial(_tap_of, dcolumns), here.shape, here.dtype)
    return dimage


def weight_gradient(
    image: np.ndarray, dout: np.ndarray, windows: Windows, groups: int
) -> np.ndarray:
    """dweight[o,c,k,l] = Σ_{n,i,j} dout[n,o,i,j] · (what window i, j of n sees at c, k, l)."""
    shape = (dout.shape[1], image.shape[1] // groups, *windows.kernel)
    if winograd.fits(shape, len(image), windows, image.dtype, groups):
        dweight = winograd.weight_gradient(image, dout, windows)
        if np.isfinite(dweight).all():
            return dweight
    if _depthwise(shape, groups):
        of_each = (len(image), groups, shape[0] // groups, *windows.kernel)
        dweights = wide(np.empty(of_each, dout.dtype))

        def dot_taps(image: np.ndarray, dout: np.ndarray, dweight: np.ndarray) -> None:
            flat = dout.reshape(*dout.shape[:3], -1)
            for (k, l), tap in windows.taps(image):
                dweight[..., k, l] = np.vecdot(flat, tap.reshape(*tap.shape[:2], 1, -1))

        over_maps(dot_taps, image, _by_group(dout, groups), dweights)
        return dweights.sum(axis=0).reshape(shape)
    dweight = wide(np.zeros((groups, shape[0] // groups, math.prod(shape[1:])), dout.dtype))
    for some, rows, seen, part in _parts(image.shape, dweight, windows):
        columns = _columns(image[some, :, seen], part, groups)
        dweight += wide(_flat(dout[some, :, rows], groups) @ columns.swapaxes(2, 3)).sum(axis=0)
    return dweight.reshape(shape)


def _parts(
    shape: Shape, weight: np.ndarray, windows: Windows
) -> Iterator[tuple[slice, slice, slice, Windows]]:
    """Some images each, or some rows of one, whose columns fit COLUMN_BYTES or, where that is more,
    take as much as the weight, which each part reads: the images, the rows of windows, the rows of
    the image that they see, and these windows."""
    (count, channels, height, _), (rows, width) = shape, windows.size
    column = channels * math.prod(windows.kernel) * weight.itemsize
    room = max(COLUMN_BYTES, weight.nbytes)
    images = max(1, room // max(1, column * rows * width))
    # The columns of a 1×1 kernel are the image itself: whole images are not copied.
    some_rows = rows if windows.kernel == (1, 1) else max(1, room // max(1, column * width))
    for start in range(0, count, images):
        for first in range(0, rows, some_rows):
            taken = slice(first, min(first + some_rows, rows))
            seen, part = windows.of_rows(taken, height)
            yield slice(start, start + images), taken, seen, part


def _columns(image: np.ndarray, windows: Windows, groups: int) -> np.ndarray:
    """What the windows see: (N, groups, C / groups · K · L, H'·W')."""
    if windows.kernel == (1, 1):
        [(_, tap)] = windows.taps(image)
        return _flat(tap, groups)
    columns = np.empty((*image.shape[:2], *windows.kernel, *windows.size), image.dtype)
    for (k, l), tap in windows.taps(image):
        columns[:, :, k, l] = tap
    return columns.reshape(len(image), groups, -1, math.prod(windows.size))


def _tap_of(columns: np.ndarray, k: int, l: int) -> np.ndarray:
    return columns[:, :, k, l]


def _depthwise(weight_shape: Shape, groups: int) -> bool:
    return weight_shape[1] == 1 < groups


def _matrix(weight: np.ndarray, groups: int) -> np.ndarray:
    """(groups, O / groups, C / groups · K · L)"""
    return weight.reshape(groups, len(weight) // groups, -1)


def _for_each(weight: np.ndarray, maps: np.ndarray, groups: int) -> np.ndarray:
    """A depthwise weight beside each image: (N, groups, O / groups, K_h, K_w)"""
    by_group = weight.reshape(groups, -1, *weight.shape[2:])
    return np.broadcast_to(by_group, (len(maps), *by_group.shape))


def _by_group(out: np.ndarray, groups: int) -> np.ndarray:
    """(N, groups, O / groups, H', W')"""
    return out.reshape(len(out), groups, out.shape[1] // groups, *out.shape[2:])


def _flat(out: np.ndarray, groups: int) -> np.ndarray:
    """(N, groups, O / groups, H'·W')"""
    return out.reshape(len(out), groups, out.shape[1] // groups, math.prod(out.shape[2:]))
