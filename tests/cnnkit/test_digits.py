"""Features made by hand, digits in photographs, and the pictures and explorers of both."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.feature import hog

from cnnkit import data, explorers, viz
from cnnkit.explorers.digits import digits, kept


@pytest.mark.parametrize("cell", [4, 7, 14])
def test_histograms_of_directions_are_those_of_scikit_image(cell):
    for name in ("a 2", "a 8"):
        image = digits()[name][0]
        ours = data.cell_histograms(image, cell)
        ours = ours / np.maximum(np.abs(ours).sum(axis=2, keepdims=True), 1e-9)
        options = {"pixels_per_cell": (cell, cell), "cells_per_block": (1, 1), "block_norm": "L1"}
        theirs = hog(image, orientations=8, feature_vector=False, **options)[:, :, 0, 0]
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_a_pixels_change_goes_to_the_bin_of_its_direction():
    image = np.array([[0, 20, 0], [10, 0, 40], [0, 60, 0]], np.uint8)  # an arrow (30, 40), 53°
    assert data.cell_histograms(image, 3)[0, 0, 2] == 50
    halves = np.repeat([[0, 0, 9, 9]], 4, axis=0)
    assert data.cell_histograms(halves, 4)[0, 0].tolist() == [72, 0, 0, 0, 0, 0, 0, 0]
    turned = data.cell_histograms(halves.T, 4)[0, 0]
    assert (turned.argmax(), turned.sum()) == (4, 72)
    assert (data.cell_histograms(9 - halves, 4) == data.cell_histograms(halves, 4)).all()


def test_pixels_that_fill_no_cell_are_left_out_and_too_small_an_image_is_refused():
    assert data.cell_histograms(np.ones((9, 13)), 4).shape == (2, 3, 8)
    with pytest.raises(ValueError, match="at least one cell of 4×4, got 3×9"):
        data.cell_histograms(np.ones((3, 9)), 4)


def test_similarity_is_a_cosine():
    assert data.similarity([3, 4], [6, 8]) == pytest.approx(1)
    assert data.similarity([[1, 0]], [[0, 1]]) == 0
    assert data.similarity([1, 1], [1, 0]) == pytest.approx(0.5**0.5)
    assert data.similarity([0, 0], [1, 2]) == 0
    white = np.full(784, 255, np.uint8)  # squares of bytes fit into no byte
    assert data.similarity(white, white) == pytest.approx(1)


def test_directions_forgive_a_shift_that_pixels_do_not():
    for digit in digits().values():
        alike = [kept(digit[0], cell, 3) for cell in (7, 14)]
        assert alike[0]["pixels"] < alike[0]["directions"] < alike[1]["directions"]


def sheet(digit, scale, top, left, light=True):
    """A digit, larger, somewhere on a sheet of paper."""
    drawn = np.kron(digit, np.ones((scale, scale), np.uint8))
    paper = np.zeros((3, 240, 320), np.uint8)
    paper[:, top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    return 255 - paper if light else paper


@settings(max_examples=40)  # the first loads the digits and the network
@given(st.integers(0, 9), st.integers(2, 6), st.integers(0, 60), st.integers(0, 140), st.booleans())
def test_a_digit_on_a_sheet_of_paper_is_read_wherever_and_however_large(
    label, scale, top, left, light
):
    image = data.as_digit(sheet(digits()[f"a {label}"][0], scale, top, left, light))
    assert image.shape == (1, 28, 28)
    assert image.dtype == np.uint8
    assert explorers.read(image).argmax() == label


def test_a_digit_is_twenty_pixels_long_and_its_centre_of_mass_is_in_the_middle():
    stroke = np.full((3, 100, 60), 250, np.uint8)
    stroke[:, 10:70, 20:30] = 10
    [image] = data.as_digit(stroke)
    rows, columns = np.nonzero(image)
    assert np.ptp(rows) + 1 == 20
    assert abs(rows.mean() + 0.5 - 14) <= 0.5
    assert abs(columns.mean() + 0.5 - 14) <= 0.5
    assert image.max() == 255


def test_shadow_is_paper_and_an_empty_sheet_is_refused():
    shaded = sheet(digits()["a 5"][0], 5, 20, 40).astype(int)
    shaded = np.clip(shaded - np.linspace(0, 40, 320).astype(int), 0, 255).astype(np.uint8)
    assert explorers.read(data.as_digit(shaded)).argmax() == 5
    with pytest.raises(ValueError, match="one digit on plain paper"):
        data.as_digit(np.full((3, 50, 50), 240, np.uint8))


def test_the_readers_own_picture_is_read_and_what_is_none_is_said(tmp_path):
    from PIL import Image

    path = tmp_path / "mine.png"
    Image.fromarray(sheet(digits()["a 7"][0], 5, 20, 40).transpose(1, 2, 0)).save(path)
    explorer = explorers.digit()
    assert "A 3: the network reads <b>3</b>" in explorer.sentence
    upload(explorer, path.read_bytes())
    assert "Your digit: the network reads <b>7</b>" in explorer.sentence
    upload(explorer, b"no picture")
    assert "Your file is no picture" in explorer.sentence
    explorer.digit.value = "a 9"  # takes the place of the file
    assert "A 9: the network reads <b>9</b>" in explorer.sentence


def upload(explorer, content):
    file = {"name": "mine.png", "type": "image/png", "size": len(content), "content": content}
    explorer.upload.value = ({**file, "last_modified": datetime.now(UTC)},)


def test_an_explorers_sentence_says_what_its_bars_show():
    explorer = explorers.features()
    explorer.digit.value, explorer.cell.value = "a 4", 14
    explorer.step.value = 3
    alike = kept(digits()["a 4"][0], 14, 3)
    assert f"{alike['pixels']:.2f} for the 784 pixels" in explorer.sentence
    assert f"{alike['directions']:.2f} for the 32 numbers" in explorer.sentence
    assert f"directions {alike['directions']:.2f}" in explorer.still()["alt"]
    explorer.step.value = 1
    assert "Moved by 1 pixel," in explorer.sentence


def test_lines_are_drawn_where_they_were_measured():
    lines = {"one": [0.1, 0.4, 0.9], "two": [0.2, 0.3, 0.35]}
    picture = viz.lines_picture([100, 300, 1000], {"right": lines}, "digits", log=True)
    for drawn, values in zip(picture.axes[0].lines, lines.values(), strict=True):
        assert drawn.get_xdata().tolist() == [100, 300, 1000]
        assert drawn.get_ydata().tolist() == values
    assert "one goes from 0.1 to 0.9" in picture.alt


def test_the_strokes_lie_along_the_edges():
    edge = np.zeros((14, 14))
    edge[:, 7:] = 255  # upright
    cells = data.cell_histograms(edge, 14)
    picture = viz.directions_picture({"an edge": (edge, cells)}, {"itself": 1.0})
    [[start, end]] = picture.axes[0].collections[-1].get_segments()
    assert abs(end[0] - start[0]) < 0.25 * abs(end[1] - start[1])
    assert 0.9 * 14 < np.hypot(*(end - start)) < 14  # nearly as long as the cell
