"""Pictures and explorers: what they compute, without a browser."""

import base64
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from matplotlib.backends.backend_agg import FigureCanvasAgg

from cnnkit import explorers, viz
from cnnkit.explorers.sliding import CHOICES, IMAGE, LARGEST
from cnnkit.functional import correlate2d
from cnnkit.viz.style import number

whole = st.integers(-9, 9).map(float)
images = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=7), elements=whole)
kernels = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=4), elements=whole)


def fits(image, kernel, padding):
    return all(k <= n + 2 * padding for n, k in zip(image.shape, kernel.shape, strict=True))


@settings(derandomize=True)
@given(images, kernels, st.integers(1, 3), st.integers(0, 2), st.integers(1, 3), st.data())
def test_a_step_shows_the_correlation_as_far_as_it_goes(
    image, kernel, stride, padding, dilation, data
):
    spread = np.ones([dilation * (side - 1) + 1 for side in kernel.shape])
    assume(fits(image, spread, padding))
    expected = correlate2d(image, kernel, stride, padding, dilation)
    index = data.draw(st.integers(0, expected.size - 1))
    step = viz.convolution_step(image, kernel, stride, padding, index, dilation)
    assert step.positions == expected.size
    assert step.total == expected[step.row, step.column] == expected.flat[index]
    assert (step.products == step.window * step.kernel).all()
    assert step.output.shape == expected.shape
    assert (step.output.flat[: index + 1] == expected.flat[: index + 1]).all()
    assert np.isnan(step.output.flat[index + 1 :]).all()
    assert (step.padded == np.pad(image, padding)).all()


@settings(derandomize=True)
@given(images, kernels, st.integers(1, 3), st.integers(0, 2))
def test_unseen_rows_and_columns_do_not_change_the_output(image, kernel, stride, padding):
    assume(fits(image, kernel, padding))
    last = viz.convolution_step(image, kernel, stride, padding)
    last = viz.convolution_step(image, kernel, stride, padding, last.positions - 1)
    rows, columns = last.unseen
    height, width = last.padded.shape
    seen = last.padded[: height - rows, : width - columns]
    assert (correlate2d(seen, kernel, stride) == last.output).all()
    bottom = last.row * stride + kernel.shape[0]
    right = last.column * stride + kernel.shape[1]
    assert seen.shape == (bottom, right)


@settings(derandomize=True)
@given(images, st.integers(0, 2), st.integers(1, 3), st.booleans())
def test_a_kernel_that_does_not_fit_is_refused_in_words(image, padding, excess, tall):
    height, width = (n + 2 * padding for n in image.shape)
    kernel = np.ones((height + excess, 1) if tall else (1, width + excess))
    with pytest.raises(ValueError, match=f"does not fit: the image is {height}×{width} with its"):
        viz.convolution_step(image, kernel, padding=padding)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image": [1, 2, 3]}, r"expected an image \(H, W\)"),
        ({"image": np.zeros((0, 3))}, r"expected an image \(H, W\)"),
        ({"stride": 0}, "a stride of at least 1"),
        ({"padding": -1}, "a padding of at least 0"),
        ({"dilation": 0}, "a dilation of at least 1"),
        ({"index": 9}, "a position from 0 to 8, got 9"),
        ({"index": -1}, "a position from 0 to 8, got -1"),
    ],
)
def test_a_step_that_cannot_be_had_is_refused_in_words(arguments, message):
    with pytest.raises(ValueError, match=message):
        viz.convolution_step(**{"image": IMAGE, "kernel": CHOICES["cross"], **arguments})


def test_the_sentence_is_the_sum_in_full():
    step = viz.convolution_step([[1, 2], [3, 4.5]], [[1, -1], [0, 1 / 9]])
    assert step.sentence == "h[0, 0] = 1·1 + 2·(−1) + 3·0 + 4.5·(1/9) = −0.5"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (-3.0, "−3"),
        (-0.0, "0"),
        (1e-12, "0"),
        (0.5, "0.5"),
        (0.25, "1/4"),
        (-1 / 9, "−1/9"),
        (1 / 16, "1/16"),
        (0.12345, "0.123"),
        (1.239, "1.24"),
        (1000, "1000"),
        (-250000, "−2.5e+05"),
        (np.nan, ""),
    ],
)
def test_numbers_are_short(value, text):
    assert number(value) == text


def test_the_named_kernels_keep_brightness_or_answer_to_change():
    for name, kernel in viz.KERNELS.items():
        assert kernel.shape == (3, 3)
        assert round(float(kernel.sum()), 12) in (0, 1), name


PICTURES = {
    "matrix": lambda: viz.matrix([[1, -2.5], [np.nan, 0]], window=(0, 0, 1, 2), title="a title"),
    "zeros": lambda: viz.matrix(np.zeros((2, 2))),
    "matrices": lambda: viz.matrices({"a": np.eye(3), "b": [[1, 2]]}, symbols="="),
    "filtering": lambda: viz.filtering(IMAGE, CHOICES["cross"], 2, 1, window=(0, 0, 3, 3)),
    "gallery": lambda: viz.filter_gallery(np.arange(90.0).reshape(9, 10), viz.KERNELS),
    "even gallery": lambda: viz.filter_gallery(np.ones((9, 9)), {"V": [[1, -1]]}),
    "step": lambda: viz.convolution_step_picture(viz.convolution_step(IMAGE, np.eye(2), 2, 1, 3)),
}


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES.keys())
def test_a_picture_shows_itself(picture):
    from matplotlib.figure import Figure

    figure = picture()
    assert isinstance(figure, Figure)
    data, metadata = figure._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert metadata["image/png"]["width"] <= 960  # a notebook's column


def drawn_texts(picture):
    return [text.get_text() for axes in picture.axes for text in axes.texts if text.get_text()]


def test_filtering_draws_a_correlation_as_kernel_star_image():
    texts = drawn_texts(viz.filtering([[1, 2, 3]], [[10, 1]]))
    assert texts == ["10", "1", "kernel f", "⋆", "1", "2", "3", "image I", "=", "12", "23",
                     "output h"]  # fmt: skip


LONG = {"two digits": [[-30, -18], [-27, -16]], "sixteenths": [[1 / 16, -3 / 16]] * 2,
        "three digits": np.arange(348, 448).reshape(10, 10), "small": [[-0.125, 0.333]] * 2,
        "large": [[-250000, 250000]] * 2}  # fmt: skip


@pytest.mark.parametrize("values", LONG.values(), ids=LONG)
def test_numbers_never_touch_those_of_the_next_cell(values):
    for picture in (viz.matrix(values), viz.matrices(dict.fromkeys("ab", values), "=")):
        renderer = FigureCanvasAgg(picture).get_renderer()
        [axes] = picture.axes
        side = axes.transData.transform((1, 0))[0] - axes.transData.transform((0, 0))[0]
        for text in axes.texts:
            if text.get_text()[-1:].isdigit():
                assert text.get_window_extent(renderer).width < 0.85 * side, text.get_text()


def test_cells_not_yet_computed_are_empty():
    steps = [viz.convolution_step(IMAGE, np.ones((4, 4)), index=i) for i in range(4)]
    counts = [len(drawn_texts(viz.convolution_step_picture(step))) for step in steps]
    assert np.diff(counts).tolist() == [1, 1, 1]


@pytest.mark.parametrize("window", [(0, 0, 1, 1), (1, 2, 3, 2)])
def test_the_window_is_framed_where_it_is(window):
    (frame,) = [p for p in viz.matrix(IMAGE, window).axes[0].patches if not p.get_fill()]
    row, column, height, width = window
    corner = np.array(frame.get_xy()) - viz.matrix(IMAGE).axes[0].patches[0].get_xy()
    assert np.allclose(corner, (column, row))
    assert (frame.get_width(), frame.get_height()) == (width, height)


@pytest.mark.parametrize("values", [3, [1, 2], np.zeros((2, 2, 2)), np.zeros((0, 2))])
def test_what_is_no_matrix_is_refused(values):
    with pytest.raises(ValueError, match=r"expected a matrix \(H, W\)"):
        viz.matrix(values)


def test_the_explorer_begins_at_the_first_window():
    explorer = explorers.convolution()
    assert "h[0, 0] = 1·1 + 1·0 + 1·1" in explorer.sentence
    assert "= 4<" in explorer.sentence
    assert "3×3" in explorer.sentence
    assert explorer.step.max == 8
    assert explorer.still()["png"].startswith(b"\x89PNG")


def test_the_explorer_can_be_found_in_a_page():
    explorer = explorers.convolution()
    assert "convolution-explorer" in explorer._dom_classes
    assert "explorer-step" in explorer.step._dom_classes


def test_moving_the_window_changes_sum_and_picture():
    explorer = explorers.convolution()
    expected, pictures = correlate2d(IMAGE, CHOICES["cross"]), set()
    for index, total in enumerate(expected.flat):
        explorer.step.value = index
        m, n = divmod(index, 3)
        assert f"h[{m}, {n}]" in explorer.sentence
        assert f"= {total}<" in explorer.sentence
        pictures.add(explorer.still()["png"])
    assert len(pictures) == 9


def test_stride_padding_and_kernel_change_the_positions_and_begin_again():
    explorer = explorers.convolution()
    explorer.step.value = 8
    explorer.padding.value = 1
    assert (explorer.step.value, explorer.step.max) == (0, 24)
    explorer.stride.value = 2
    assert explorer.step.max == 8
    explorer.step.value = 5
    explorer.kernel.value = "4×4, all ones"
    assert (explorer.step.value, explorer.step.max) == (0, 3)
    assert "2×2" in explorer.sentence


def test_the_explorer_says_what_no_window_reaches():
    explorer = explorers.convolution(np.ones((6, 5)))
    assert "No window" not in explorer.sentence
    explorer.stride.value = 2
    assert "the last row of the input" in explorer.sentence
    explorer.stride.value = 3
    assert "the last 2 columns of the input" in explorer.sentence


def test_impossible_settings_give_a_message_and_can_be_left():
    explorer = explorers.convolution(np.ones((2, 3)))
    assert "The 3×3 kernel does not fit: the image is 2×3" in explorer.sentence
    assert explorer.still()["png"] == b""
    assert explorer.step.disabled
    explorer.padding.value = 1
    assert "h[0, 0]" in explorer.sentence
    assert explorer.still()["png"].startswith(b"\x89PNG")
    assert not explorer.step.disabled


@pytest.mark.parametrize("shape", [(LARGEST + 1, 2), (3,), (2, 3, 4)])
def test_an_image_that_cannot_be_shown_is_refused(shape):
    with pytest.raises(ValueError, match="expected"):
        explorers.convolution(np.ones(shape))


def test_viz_needs_neither_pyplot_nor_torch():
    code = "import sys; from cnnkit import explorers; explorers.convolution(); print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "matplotlib" in modules
    assert not {"matplotlib.pyplot", "torch"} & set(modules)
