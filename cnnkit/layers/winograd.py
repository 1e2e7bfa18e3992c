"""3×3 convolution with 4 products where the definition has 9.

Two outputs of a filter g of three taps, next to each other, need 6 products of its definition:
y0 = d0 g0 + d1 g1 + d2 g2 and y1 = d1 g0 + d2 g1 + d3 g2. Four are enough, of sums of what is seen
and sums of the filter:

    m0 = (d0 − d2) g0                       y0 = m0 + m1 + m2
    m1 = (d1 + d2) (g0 + g1 + g2) / 2       y1 = m1 − m2 − m3
    m2 = (d2 − d1) (g0 − g1 + g2) / 2
    m3 = (d1 − d3) g2

(multiply them out). Written y = Aᵀ[(G g) · (Bᵀ d)]; the same along rows and columns gives
Y = Aᵀ[(G g Gᵀ) · (Bᵀ d B)]A: 2×2 outputs from a tile of 4×4 pixels by 16 products instead of 36.
The sums of the filter are formed once, those of a tile once for all filters, and those of the
products once for all channels, so with many channels the products are what takes time: one matrix
product for each of the 16 places. Winograd, Arithmetic Complexity of Computations, 1980; Lavin and
Gray, Fast Algorithms for Convolutional Neural Networks, 2016, sections 4.1 and 5.

Rounding errors grow by these sums, about twofold. No output is made of a pixel that its window
does not see, but one that sees ∞ may become NaN (∞ − ∞): there the definition is to be followed.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np

from cnnkit.arithmetic import wide
from cnnkit.layers.blocks import in_parts
from cnnkit.layers.parameter import Shape
from cnnkit.layers.windows import Windows, pad

G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
LEAST = 128  # channels on both sides: with fewer the sums take as long as what they save
TILES = 128  # with fewer, forming the filters' sums takes longer than what they save
ROOM = 2**21  # bytes of tiles at a time
BLOCK = 2**17  # bytes of maps whose tiles a core forms at a time


def fits(weight: Shape, images: int, windows: Windows, dtype: np.dtype, groups: int) -> bool:
    """Whether this is the faster way. Halves are too coarse for its sums."""
    plain = windows.kernel == (3, 3) and windows.stride == windows.dilation == (1, 1)
    tiles = images * math.prod(-(-n // 2) for n in windows.size)
    large = min(weight[:2]) >= LEAST and tiles >= TILES
    return plain and large and groups == 1 and dtype.itemsize >= 4


def correlate(weight: np.ndarray, image: np.ndarray, windows: Windows) -> np.ndarray:
    """As `products.correlate`; what it gives where something is not finite is not to be used."""
    out = np.empty((len(image), len(weight), *windows.size), image.dtype)
    with np.errstate(invalid="ignore", over="ignore"):
        filters = _filters(weight)
        for some, rows, seen, part in _parts(image.shape, filters, windows):
            _put(filters @ _tiles(image[some, :, seen], part), out[some, :, rows])
    return out


def weight_gradient(image: np.ndarray, dout: np.ndarray, windows: Windows) -> np.ndarray:
    """As `products.weight_gradient`: the adjoint of `correlate`, with the same tiles."""
    shape = (dout.shape[1], image.shape[1], 3, 3)
    dfilters = wide(np.zeros((16, *shape[:2]), dout.dtype))
    with np.errstate(invalid="ignore", over="ignore"):
        for some, rows, seen, part in _parts(image.shape, dfilters, windows):
            tiles = _tiles(image[some, :, seen], part)
            dfilters += _spread(dout[some, :, rows]) @ tiles.swapaxes(1, 2)
        sums = _sums_of_filters(dfilters.dtype).T @ dfilters.reshape(16, -1)
    return np.ascontiguousarray(sums.T).reshape(shape)


def _filters(weight: np.ndarray) -> np.ndarray:
    """G g Gᵀ of each filter: (16, O, C)"""
    sums = _sums_of_filters(weight.dtype) @ weight.reshape(-1, 9).T
    return sums.reshape(16, *weight.shape[:2])


def _sums_of_filters(dtype: np.dtype) -> np.ndarray:
    """What makes of the 9 numbers of g, row by row, the 16 of G g Gᵀ."""
    return np.kron(G, G).astype(dtype)


def _parts(
    shape: Shape, filters: np.ndarray, windows: Windows
) -> Iterator[tuple[slice, slice, slice, Windows]]:
    """Some images each, or some rows of one, as in `products`, which take as much room as the
    filters, or ROOM; always a pair of rows together."""
    (count, channels, height, _), (rows, width) = shape, windows.size
    # Of tiles or of their products, whichever are more.
    row = 16 * max(channels, *filters.shape[1:]) * -(-width // 2) * filters.itemsize
    room = max(ROOM, filters.nbytes)
    images = max(1, room // (row * -(-rows // 2)))
    some_rows = 2 * max(1, room // row)
    for start in range(0, count, images):
        for first in range(0, rows, some_rows):
            taken = slice(first, min(first + some_rows, rows))
            seen, part = windows.of_rows(taken, height)
            yield slice(start, start + images), taken, seen, part


def _tiles(image: np.ndarray, windows: Windows) -> np.ndarray:
    """Bᵀ d B of each tile: (16, C, tiles)"""
    (top, bottom), (left, right) = windows.sides
    height, width = windows.size
    sides = (top, bottom + height % 2), (left, right + width % 2)
    places = (len(image), -(-height // 2), -(-width // 2))
    tiles = np.empty((4, 4, image.shape[1], *places), image.dtype)

    def form(some: slice) -> None:
        d = pad(image[:, some], sides).swapaxes(0, 1)
        even, odd = (np.ascontiguousarray(d[..., first::2]) for first in (0, 1))
        columns = _sums((even[..., :-1], odd[..., :-1], even[..., 1:], odd[..., 1:]))
        for j, column in enumerate(columns):
            above, below = column[..., :-2, :], column[..., 2:, :]
            rows = (
                above[..., ::2, :],
                above[..., 1::2, :],
                below[..., ::2, :],
                below[..., 1::2, :],
            )
            _sums(rows, tiles[:, j, some])

    _by_channel(form, image)
    return tiles.reshape(16, image.shape[1], -1)


def _sums(d: tuple[np.ndarray, ...], out: np.ndarray | None = None) -> np.ndarray:
    """Bᵀ d"""
    out = np.empty((4, *d[0].shape), d[0].dtype) if out is None else out
    np.subtract(d[0], d[2], out=out[0])
    np.add(d[1], d[2], out=out[1])
    np.subtract(d[2], d[1], out=out[2])
    np.subtract(d[1], d[3], out=out[3])
    return out


def _put(products: np.ndarray, out: np.ndarray) -> None:
    """Aᵀ m A of each tile, into `out` (N, O, H', W')."""
    count, channels, height, width = out.shape
    m = products.reshape(4, 4, channels, count, -(-height // 2), -(-width // 2))

    def finish(some: slice) -> None:
        y = out[:, some].swapaxes(0, 1)
        both = [_ends(m[:, j, some]) for j in range(4)]
        for k in (0, 1):
            for l, values in enumerate(_ends([column[k] for column in both])):
                place = y[..., k::2, l::2]
                place[...] = values[..., : place.shape[-2], : place.shape[-1]]

    _by_channel(finish, out)


def _ends(m: np.ndarray | list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Aᵀ m"""
    first, second = m[0] + m[1], m[1] - m[2]
    first += m[2]
    second -= m[3]
    return first, second


def _spread(dout: np.ndarray) -> np.ndarray:
    """A dy Aᵀ of each tile, the adjoint of `_put`: (16, O, tiles)"""
    count, channels, height, width = dout.shape
    dm = np.empty((4, 4, channels, count, -(-height // 2), -(-width // 2)), dout.dtype)

    def form(some: slice) -> None:
        dy = pad(dout[:, some], ((0, height % 2), (0, width % 2))).swapaxes(0, 1)
        columns = _four(*(np.ascontiguousarray(dy[..., first::2]) for first in (0, 1)))
        for j, column in enumerate(columns):
            for i, value in enumerate(_four(column[..., 0::2, :], column[..., 1::2, :])):
                dm[i, j, some] = value

    _by_channel(form, dout)
    return dm.reshape(16, channels, -1)


def _four(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, ...]:
    """A dy"""
    return first, first + second, first - second, -second


def _by_channel(work: Callable[[slice], None], maps: np.ndarray) -> None:
    channel = max(1, maps.nbytes // max(1, maps.shape[1]))
    in_parts(work, maps.shape[1], max(1, BLOCK // channel))
