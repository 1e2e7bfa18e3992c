"""From one channel to a layer and back, windows that fit, neurons, the square of equivariance: what
is drawn is what the definitions give."""

import numpy as np
import pytest
from matplotlib.patches import Circle

from cnnkit import viz
from cnnkit.functional import conv2d_loops, correlate2d
from cnnkit.gradcheck import numerical_gradient
from cnnkit.layers import Conv2d, Linear
from cnnkit.viz.style import number

RNG = np.random.default_rng(10)
X, W, B = RNG.integers(-3, 4, (3, 5, 6)), RNG.integers(-2, 3, (2, 3, 3, 3)), np.array([2, -1])
DELTA = RNG.integers(-2, 3, (2, 3, 4))


@pytest.mark.parametrize("index", [0, 5, 12, 23])
def test_a_layers_step_is_its_window_its_products_their_sums_and_the_bias(index):
    step = viz.layer_step(X, W, B, index)
    y = conv2d_loops(X[None], W, B)[0]
    np.testing.assert_array_equal(step.y, y)
    o, i, j = np.unravel_index(index, y.shape)
    assert step.place == (o, i, j)
    for c in range(3):
        np.testing.assert_array_equal(step.window[c], X[c, i : i + 3, j : j + 3])
        assert step.sums[c] == correlate2d(X[c], W[o, c])[i, j]
    assert step.sums.sum() + B[o] == y[o, i, j]
    assert step.sentence.startswith(f"y[{o}, {i}, {j}] = ")
    assert step.sentence.endswith(f"= {number(y[o, i, j])}")


@pytest.mark.parametrize("index", [0, 12, 23])
def test_run_backwards_the_gradients_are_those_of_all_outputs_so_far(index):
    step = viz.layer_step(X, W, B, index, DELTA)
    x, w, b = (array.astype(float) for array in (X, W, B))

    def loss(_):
        y = conv2d_loops(x[None], w, b)[0]
        return (DELTA.ravel() * y.ravel())[: index + 1].sum()

    for got, array in [(step.dx, x), (step.dw, w), (step.db, b)]:
        np.testing.assert_allclose(got, numerical_gradient(loss, array), atol=1e-6)


def written(picture):
    return {text.get_text() for axes in picture.axes for text in axes.texts}


def test_both_pictures_write_down_what_the_step_holds():
    step = viz.layer_step(X, W, B, 17, DELTA)
    forward, back = written(viz.layer_step_picture(step)), written(viz.layer_backward_picture(step))
    assert {"x[2]", "w[1, 0]", "y[0]", "y[1]", "b[1] = −1", step.sentence} <= forward
    assert {number(value) for value in step.products.flat} <= forward
    assert {"∂L/∂x[2]", "∂L/∂w[1, 0]", "δ[1]", f"∂L/∂b[1] = {number(step.db[1])}"} <= back
    assert {number(value) for value in step.dw[1].flat} <= back


@pytest.mark.parametrize(
    ("x", "w", "b", "index"),
    [(X[0], W, B, 0), (X, W[:, :2], B, 0), (X, W, B[:1], 0), (X, W[..., :2], B, 0),
     (X, W, B, 24), (X, W, B, -1), (X[:, :2], W, B, 0)],
)  # fmt: skip
def test_what_is_no_layer_or_no_output_of_it_is_refused(x, w, b, index):
    with pytest.raises(ValueError, match=r"expected|kernel"):
        viz.layer_step(x, w, b, index)


def test_a_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"expected gradients \(2, 3, 4\)"):
        viz.layer_step(X, W, B, 0, DELTA[:, :2])


@pytest.mark.parametrize(("size", "kernel"), [(7, 3), (8, 3), (11, 4), (5, 5)])
def test_the_windows_are_as_many_as_the_layers_outputs_and_what_is_left_over_is_said(size, kernel):
    picture = viz.windows_fit_picture(size, kernel, (1, 2, 3))
    for stride in (1, 2, 3):
        count = Conv2d(1, 1, kernel, stride=stride).output_shape((1, size, size))[1]
        left_over = size - (count - 1) * stride - kernel
        [line] = [text for text in written(picture) if text.startswith(f"stride {stride}:")]
        assert f": {count} window" in line
        assert (f"{left_over} pixel" in line) == (left_over > 0)
    with pytest.raises(ValueError, match="a kernel of at most"):
        viz.windows_fit_picture(3, 4, (1,))


def test_the_neurons_have_the_weights_that_layers_have():
    picture = viz.connections_picture(7, 3)
    titles = [axes.get_title() for axes in picture.axes]
    full, local, shared = (int(title.split("\n")[1].split()[0]) for title in titles)
    assert full == Linear(7, 5, bias=False).weight.size
    assert shared == Conv2d(1, 1, (1, 3), bias=False).weight.size
    for axes, lines in zip(picture.axes, (full, local, local), strict=True):
        assert len(axes.lines) == lines
        assert sum(isinstance(patch, Circle) for patch in axes.patches) == 12
    assert len({line.get_color() for line in picture.axes[2].lines}) == shared
    for kernel in (0, 8):
        with pytest.raises(ValueError, match="expected a kernel of 1 to 7"):
            viz.connections_picture(7, kernel)


@pytest.mark.parametrize(("down", "right"), [(0, 0), (1, 2), (-1, 0), (2, -3), (9, 0)])
def test_what_is_shifted_moves_and_zeros_come_in(down, right):
    image = np.arange(1, 21).reshape(4, 5)
    moved = viz.shifted(image, down, right)
    for i, j in np.ndindex(4, 5):
        inside = 0 <= i - down < 4 and 0 <= j - right < 5
        assert moved[i, j] == (image[i - down, j - right] if inside else 0)


def test_the_square_says_whether_both_ways_lead_to_the_same():
    pattern = np.zeros((7, 7), int)
    pattern[2:4, 2:4] = 5
    edges = viz.KERNELS["vertical edges"]
    assert viz.commuting_square_picture(pattern, edges, 1, 1).alt.endswith("are the same.")
    beyond = viz.commuting_square_picture(pattern, edges, 0, 4)
    corner = correlate2d(viz.shifted(pattern, 0, 4), edges, padding=1)
    wrong = corner != viz.shifted(correlate2d(pattern, edges, padding=1), 0, 4)
    assert beyond.alt.endswith(f"differ in {wrong.sum()} cells.")
    assert wrong.any()
