"""Wrong answers that students really give, each with its hint (autograder/sessions/mistakes.py)."""

import numpy as np

_rng = np.random.default_rng(3)
_x, _w, _b = _rng.normal(size=(2, 3, 6, 5)), _rng.normal(size=(4, 3, 3, 3)), _rng.normal(size=4)
_square = _x[:, :, :4, :4]  # 4×4, as many rows and columns as kernels: a bias fits along them all
_narrow = _w[..., :2]  # not square
_pixels = np.arange(2 * 3 * 4 * 4, dtype=np.uint8).reshape(2, 3, 4, 4)


def _and_afterwards(answer, *given):
    """What it answers, and what it was given as it is then."""
    given = [array.copy() for array in given]
    return [answer(*given), *given]


_convolutions = [
    lambda conv: conv(_x, _w, _b, 1, 1),
    lambda conv: conv(_x, _w, _b, 2, 1),
    lambda conv: conv(_square, _w, _b, 1, 1),
    lambda conv: conv(_pixels, _w, _b, 1, 1),
    lambda conv: conv(_x, _w, _b, 1, 0),
    lambda conv: conv(_x, _narrow, _b, 1, 1),
]
PROBES = {
    "zero_pad": [
        lambda zero_pad: _and_afterwards(lambda x: zero_pad(x, 2), _x),
        lambda zero_pad: _and_afterwards(lambda x: zero_pad(x, 0), _x),
    ],
    "output_size": [
        lambda output_size: output_size(2, 3, 1, 0),
        lambda output_size: output_size(2, 3, 2, 0),
        lambda output_size: [
            output_size(n, 3, s, p) for n in (7, 8, 9) for s in (1, 3, 4) for p in (0, 1)
        ],
        lambda output_size: output_size(3, 3, 1, 0),
        lambda output_size: isinstance(output_size(7, 3, 2, 0), float),
    ],
    "conv2d_loops": _convolutions,
    "conv2d_forward": _convolutions,
}


def _nothing(*arguments, **options):
    """Your function ends without `return`, so that it gives None."""


for _function in PROBES:
    globals()[f"{_function}__nothing"] = _nothing


# The right answers that the wrong ones are made from.
def _padded(x, pad):
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def _output_size(size, kernel_size, stride=1, pad=0, divide=lambda a, b: a // b):
    if size + 2 * pad < kernel_size:
        raise ValueError("it does not fit")
    return divide(size + 2 * pad - kernel_size, stride) + 1


def zero_pad__after_only(x, pad):
    """You pad only after the last row and column; the border goes around all four sides."""
    return np.pad(x, ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad)))


def zero_pad__all_axes(x, pad):
    """`np.pad(x, pad)` pads the batch and the channels too; give one pair for each axis."""
    return np.pad(x, pad)


def zero_pad__one_axis(x, pad):
    """You pad rows or columns; the border goes around all four sides."""
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (0, 0)))


def zero_pad__border_copied(x, pad):
    """You repeat the border of the picture; the padding is zeros."""
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="edge")


def zero_pad__nothing_left(x, pad):
    """With pad = 0 the slice `pad:-pad` is empty: end it at `pad + height` and `pad + width`."""
    if pad == 0:
        raise ValueError("could not broadcast")
    return _padded(x, pad)


def zero_pad__rows_for_columns(x, pad):
    """You exchange rows and columns: the result is (N, C, H + 2 * pad, W + 2 * pad)."""
    (n, c, h, w), ends = x.shape, 2 * pad
    padded = np.zeros((n, c, w + ends, h + ends))
    padded[:, :, pad : pad + h, pad : pad + w] = x
    return padded


def output_size__off_by_one(size, kernel_size, stride=1, pad=0):
    """You count the steps between the positions; the first position counts as well: + 1."""
    return _output_size(size, kernel_size, stride, pad) - 1


def output_size__padded_once(size, kernel_size, stride=1, pad=0):
    """The padding stands on both sides of the picture: it counts twice."""
    return _output_size(size + pad, kernel_size, stride, 0)


def output_size__rounded_up(size, kernel_size, stride=1, pad=0):
    """A last step that does not fit is left out: round down, not up."""
    return _output_size(size, kernel_size, stride, pad, lambda a, b: -(-a // b))


def output_size__rounded(size, kernel_size, stride=1, pad=0):
    """`round` counts a last step that fits by more than half; it is left out: use `//`."""
    return _output_size(size, kernel_size, stride, pad, lambda a, b: round(a / b))


def output_size__cut(size, kernel_size, stride=1, pad=0):
    """`int` cuts towards 0, so that −1/2 becomes 0: ask first whether the kernel fits at all."""
    if (result := int((size + 2 * pad - kernel_size) / stride) + 1) < 1:
        raise ValueError("it does not fit")
    return result


def output_size__cut_without_an_error(size, kernel_size, stride=1, pad=0):
    """A kernel that does not fit has to raise a ValueError; and `int` cuts −1/2 to 0: use `//`."""
    return int((size + 2 * pad - kernel_size) / stride) + 1


def output_size__no_error(size, kernel_size, stride=1, pad=0):
    """A kernel that is larger than the padded picture has to raise a ValueError."""
    return (size + 2 * pad - kernel_size) // stride + 1


def output_size__one_divided(size, kernel_size, stride=1, pad=0):
    """The first position counts 1 whatever the stride is: add it after the division."""
    return _output_size(size, kernel_size, stride, pad, lambda a, b: (a + 1) // b - 1)


def output_size__kernel_not_divided(size, kernel_size, stride=1, pad=0):
    """The kernel's size comes off before the division by the stride, not after it."""
    _output_size(size, kernel_size, stride, pad)
    return (size + 2 * pad) // stride - kernel_size + 1


def output_size__exact_fit_refused(size, kernel_size, stride=1, pad=0):
    """A kernel as large as the padded row fits once: that is no error."""
    return _output_size(size - 1, kernel_size, stride, pad) and _output_size(
        size, kernel_size, stride, pad
    )


def output_size__floating_point(size, kernel_size, stride=1, pad=0):
    """The number is a float, as `/` and `np.floor` give it: divide by `//`, which gives an int."""
    return float(_output_size(size, kernel_size, stride, pad))


def _correlated(x, w, stride=1, pad=0):
    """Without the bias; the stride of rows and columns, or one for both."""
    down, right = stride if isinstance(stride, tuple) else (stride, stride)
    windows = np.lib.stride_tricks.sliding_window_view(_padded(x, pad), w.shape[2:], axis=(2, 3))
    return np.einsum("ncijkl,ockl->noij", windows[:, :, ::down, ::right], w)


def conv2d_loops__kernel_flipped(x, w, b, stride=1, pad=0):
    """You flip the kernel, as mathematicians do; a network's convolution does not flip it."""
    return _correlated(x, w[:, :, ::-1, ::-1], stride, pad) + b[:, None, None]


def conv2d_loops__flipped_left_to_right(x, w, b, stride=1, pad=0):
    """You flip the kernel from left to right; a network's convolution does not flip it."""
    return _correlated(x, w[:, :, :, ::-1], stride, pad) + b[:, None, None]


def conv2d_loops__flipped_upside_down(x, w, b, stride=1, pad=0):
    """You flip the kernel upside down; a network's convolution does not flip it."""
    return _correlated(x, w[:, :, ::-1], stride, pad) + b[:, None, None]


def conv2d_loops__bias_forgotten(x, w, b, stride=1, pad=0):
    """The bias is missing: add b[o] to every output of channel o."""
    return _correlated(x, w, stride, pad)


def conv2d_loops__bias_in_each_channel(x, w, b, stride=1, pad=0):
    """You add the bias for every input channel; it counts once for each output."""
    return _correlated(x, w, stride, pad) + len(w[0]) * b[:, None, None]


def conv2d_loops__bias_along_columns(x, w, b, stride=1, pad=0):
    """You add the bias along the last axis, the columns; it belongs to axis 1: b[:, None, None]."""
    return _correlated(x, w, stride, pad) + b


def conv2d_loops__bias_along_rows(x, w, b, stride=1, pad=0):
    """You add the bias along axis 2, the rows; it belongs to axis 1: b[:, None, None]."""
    return _correlated(x, w, stride, pad) + b[:, None]


def conv2d_loops__padding_forgotten(x, w, b, stride=1, pad=0):
    """You do not pad: with pad=1 and a 3×3 kernel the output is as large as the input."""
    return _correlated(x, w, stride) + b[:, None, None]


def conv2d_loops__stride_forgotten(x, w, b, stride=1, pad=0):
    """You do not use the stride: output (i, j) looks at the window at (i · stride, j · stride)."""
    return _correlated(x, w, 1, pad) + b[:, None, None]


def conv2d_loops__stride_of_rows_alone(x, w, b, stride=1, pad=0):
    """You use the stride for the rows alone; the columns are passed over in the same steps."""
    return _correlated(x, w, (stride, 1), pad) + b[:, None, None]


def conv2d_loops__stride_of_columns_alone(x, w, b, stride=1, pad=0):
    """You use the stride for the columns alone; the rows are passed over in the same steps."""
    return _correlated(x, w, (1, stride), pad) + b[:, None, None]


def _at_positions(x, w, down, right, stride, pad):
    """As many outputs as with the stride, of windows that are `down` and `right` apart."""
    rows, columns = _correlated(x, w, stride, pad).shape[2:]
    return _correlated(x, w, (down, right), pad)[:, :, :rows, :columns]


def conv2d_loops__windows_without_stride(x, w, b, stride=1, pad=0):
    """Output (i, j) looks at the window at (i · stride, j · stride), yours at that at (i, j)."""
    return _at_positions(x, w, 1, 1, stride, pad) + b[:, None, None]


def conv2d_loops__columns_without_stride(x, w, b, stride=1, pad=0):
    """The window of output (i, j) begins in column j · stride, yours in column j."""
    return _at_positions(x, w, stride, 1, stride, pad) + b[:, None, None]


def conv2d_loops__rows_without_stride(x, w, b, stride=1, pad=0):
    """The window of output (i, j) begins in row i · stride, yours in row i."""
    return _at_positions(x, w, 1, stride, stride, pad) + b[:, None, None]


def conv2d_loops__padded_twice(x, w, b, stride=1, pad=0):
    """You pad twice: a picture that `zero_pad` has padded needs no padding any more."""
    return _correlated(x, w, stride, 2 * pad) + b[:, None, None]


def conv2d_loops__size_alone_padded(x, w, b, stride=1, pad=0):
    """With padding your function stops: the windows are those of the padded picture, not of x."""
    if pad:
        raise ValueError("operands could not be broadcast together")
    return _correlated(x, w, stride, pad) + b[:, None, None]


def conv2d_loops__square_kernels(x, w, b, stride=1, pad=0):
    """Your kernel is square; it may have more rows than columns: w is (O, C, K, L)."""
    if w.shape[2] != w.shape[3]:
        raise ValueError("operands could not be broadcast together")
    return _correlated(x, w, stride, pad) + b[:, None, None]


def conv2d_loops__first_channel(x, w, b, stride=1, pad=0):
    """You use the first channel of the picture alone; an output is a sum over all channels."""
    return _correlated(x[:, :1], w[:, :1], stride, pad) + b[:, None, None]


def conv2d_loops__whole_numbers(x, w, b, stride=1, pad=0):
    """Your output is an array of whole numbers, which cuts off fractions: make one of floats."""
    return np.trunc(_correlated(x, w, stride, pad) + b[:, None, None])


def conv2d_loops__dtype_of_the_picture(x, w, b, stride=1, pad=0):
    """Your output has the dtype of the picture, so that pixels that are bytes cut it to bytes."""
    return (_correlated(x, w, stride, pad) + b[:, None, None]).astype(x.dtype)


# What goes wrong in the loops goes wrong in the fast form, too.
for _name in [name for name in globals() if name.startswith("conv2d_loops__")]:
    globals()[_name.replace("loops", "forward", 1)] = globals()[_name]


def conv2d_loops__returned_early(x, w, b, stride=1, pad=0):
    """Only the first picture is done: `return` stands in the loop over the pictures."""
    y = _correlated(x, w, stride, pad) + b[:, None, None]
    y[1:] = 0
    return y


def conv2d_forward__channels_not_moved(x, w, b, stride=1, pad=0):
    """The product has the kernels last: reshape to (N, rows, columns, O), then move O forward."""
    y = _correlated(x, w, stride, pad) + b[:, None, None]
    return y.transpose(0, 2, 3, 1).reshape(y.shape)


def conv2d_forward__windows_not_moved(x, w, b, stride=1, pad=0):
    """The windows are (N, C, rows, columns, K, L): move C behind the columns before you reshape."""
    windows = np.lib.stride_tricks.sliding_window_view(_padded(x, pad), w.shape[2:], axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    n, _, rows, columns = windows.shape[:4]
    y = windows.reshape(n * rows * columns, -1) @ w.reshape(len(w), -1).T + b
    return y.reshape(n, rows, columns, len(w)).transpose(0, 3, 1, 2)
