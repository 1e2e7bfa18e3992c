"""The loop forms on the course's worked examples (lectures 6 and 8), by hand."""

import numpy as np
import pytest
import torch
from cases import normal

from cnnkit.functional import (
    avg_pool2d_loops,
    batch_norm_loops,
    conv2d_loops,
    conv_transpose2d_loops,
    convolve2d,
    correlate2d,
    local_response_norm_loops,
    lp_pool2d_loops,
    max_pool2d_loops,
    softmax_loops,
    sum_pool2d_loops,
)

VERTICAL = [[1, 0, -1]] * 3


def test_box_filter_of_the_lecture():
    image = np.zeros((10, 10))
    image[2:7, 3:8] = 90
    image[5, 4] = 0
    image[8, 2] = 90
    h = correlate2d(image, np.ones((3, 3)) / 9)
    assert np.allclose(h[0], [0, 10, 20, 30, 30, 30, 20, 10])
    assert any(np.allclose(row, [0, 30, 50, 80, 80, 90, 60, 30]) for row in h)


def test_correlation_does_not_flip_and_convolution_does():
    edge = [[10, 10, 10, 0, 0, 0]] * 6
    assert correlate2d(edge, VERTICAL).tolist() == [[0, 30, 30, 0]] * 4
    assert convolve2d(edge, VERTICAL).tolist() == [[0, -30, -30, 0]] * 4
    impulse = np.zeros((5, 5), int)
    impulse[2, 2] = 1
    kernel = np.arange(9).reshape(3, 3)
    assert convolve2d(impulse, kernel).tolist() == kernel.tolist()
    assert correlate2d(impulse, kernel).tolist() == kernel[::-1, ::-1].tolist()


def test_edges_of_the_lectures_6_by_6_image():
    image = [
        [3, 0, 1, 2, 7, 4],
        [1, 5, 8, 9, 3, 1],
        [2, 7, 2, 5, 1, 3],
        [0, 1, 3, 1, 7, 8],
        [4, 2, 1, 6, 2, 8],
        [2, 4, 5, 2, 3, 9],
    ]
    expected = [[-5, -4, 0, 8], [-10, -2, 2, 3], [0, -2, -4, -7], [-3, -2, -3, -16]]
    h = correlate2d(image, VERTICAL)
    assert h.tolist() == expected
    assert h.dtype.kind == "i"


def test_stride_and_padding():
    image = np.arange(35).reshape(5, 7)
    assert correlate2d(image, np.ones((3, 3)), padding=1).shape == (5, 7)
    assert correlate2d(image, [[1]], stride=3).tolist() == [[0, 3, 6], [21, 24, 27]]
    assert correlate2d(image, [[1, 0], [0, 0]], padding=1)[0].tolist() == [0] * 8


def test_maximum_and_average_of_the_lectures_examples():
    four = np.array([[1, 0, 2, 3], [4, 6, 6, 8], [3, 1, 1, 0], [1, 2, 2, 4]])[None, None]
    assert max_pool2d_loops(four, 2)[0, 0].tolist() == [[6, 8], [3, 4]]
    assert max_pool2d_loops(-four, 3, 3, 1)[0, 0].tolist() == [[0, -2], [-1, 0]]
    assert avg_pool2d_loops(four, 2)[0, 0].tolist() == [[2.75, 4.75], [1.75, 1.75]]
    five = [[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]]
    five = np.array(five, float)[None, None]
    assert max_pool2d_loops(five, 3, 1)[0, 0].tolist() == [[3, 3, 3], [3, 3, 3], [3, 2, 3]]
    assert avg_pool2d_loops(five, 5)[0, 0].tolist() == [[pytest.approx(five.mean())]]
    assert max_pool2d_loops(-five, 2, 2, 1)[0, 0, 0].tolist() == [-3, -2, 0]


def test_conv2d_loops_agrees_with_pytorch():
    x, weight, bias = normal((2, 4, 6, 5)), normal((6, 2, 3, 2)), normal((6,))
    options = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "groups": 2}
    tensors = (torch.from_numpy(a) for a in (x, weight, bias))
    theirs = torch.nn.functional.conv2d(*tensors, **options).numpy()
    assert np.allclose(conv2d_loops(x, weight, bias, **options), theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: correlate2d(np.ones((2, 5)), np.ones((3, 3))), "kernel .* is larger than"),
        (lambda: correlate2d(np.ones(5), np.ones((3, 3))), r"got \(5,\) and \(3, 3\)"),
        (lambda: correlate2d(np.ones((5, 5)), np.ones(3)), r"got \(5, 5\) and \(3,\)"),
        (lambda: correlate2d(np.ones((5, 5)), [[1]], stride=0), "stride: expected at least 1"),
        (lambda: max_pool2d_loops(np.ones((1, 1, 2, 2)), 3), "kernel .* is larger than"),
    ],
)
def test_impossible_examples_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


WHITE = {np.uint8: 255, np.int8: 127, bool: True, np.uint16: 65535, np.int32: 2**29}


@pytest.mark.parametrize("dtype", WHITE, ids=lambda dtype: np.dtype(dtype).name)
def test_sums_of_small_whole_numbers_do_not_wrap(dtype):
    value = int(WHITE[dtype])
    white = np.full((3, 3), value, dtype)
    for kernel in (white, np.ones((3, 3), dtype), np.ones((3, 3), np.int8)):
        for function in (correlate2d, convolve2d):
            h = function(white, kernel)
            assert h.dtype == np.int64
            assert h.item() == 9 * value * int(kernel[0, 0])
    maps, kernels = white[None, None], white[None, None]
    bias = np.array([WHITE[dtype]], dtype)
    assert conv2d_loops(maps, kernels, bias).item() == 9 * value**2 + value
    assert conv_transpose2d_loops(maps, kernels)[0, 0, 2, 2] == 9 * value**2
    assert sum_pool2d_loops(maps, 3).item() == 9 * value
    assert avg_pool2d_loops(maps, 3).item() == pytest.approx(value)
    assert lp_pool2d_loops(maps, 2, 3).item() == pytest.approx(3 * value)
    assert max_pool2d_loops(maps, 3, 2, 1).tolist() == np.full((1, 1, 2, 2), value).tolist()


def test_a_kernel_of_floats_keeps_its_precision_on_an_image_of_bytes():
    image = np.full((4, 4), 255, np.uint8)
    assert correlate2d(image, np.ones((3, 3), np.float32)).dtype == np.float32
    assert correlate2d(image, np.ones((3, 3))).dtype == np.float64


def test_sums_of_half_precision_hold_what_a_half_cannot():
    h = correlate2d(np.full((3, 3), 30000, np.float16), np.ones((3, 3), np.float16))
    assert h.tolist() == [[9 * float(np.float16(30000))]]


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, bool])
def test_what_is_divided_is_no_whole_number(dtype):
    x = np.array([[0, 1, 1, 0], [1, 0, 1, 1]], dtype)
    maps, exact = x[:, :, None, None], x.astype(np.float64)
    np.testing.assert_allclose(softmax_loops(x), softmax_loops(exact), rtol=1e-6)
    one, zero = np.ones(4), np.zeros(4)
    for function, options in [(batch_norm_loops, (one, zero)), (local_response_norm_loops, (3,))]:
        got = function(maps, *options)
        np.testing.assert_allclose(got, function(maps.astype(np.float64), *options), rtol=1e-6)
        assert got.any()


def test_squares_of_bytes_do_not_wrap_in_response_normalisation():
    x = np.full((1, 1, 1, 1), 200, np.uint8)
    assert local_response_norm_loops(x, 1, 1.0, 1.0, 0.0).item() == pytest.approx(1 / 200)
