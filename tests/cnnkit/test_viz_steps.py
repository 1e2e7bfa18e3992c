"""What happens step by step is computed as the library does it, and drawn as it is computed."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnnkit import data, models, viz
from cnnkit.data import synthetic
from cnnkit.graph import Value
from cnnkit.models.pretrained import IMAGENET
from cnnkit.viz.graphs import graph_sentence, graph_steps
from cnnkit.viz.learning import SURFACES

PIXELS = np.arange(16.0).reshape(4, 4)


def texts(picture):
    return [text.get_text() for axes in picture.axes for text in axes.texts if text.get_text()]


def gate(labels):
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    return data.Dataset(corners, np.array(labels), ("0", "1"))


@pytest.mark.parametrize(
    ("points", "most"), [(gate((1, 1, 1, 0)), 60), (gate((0, 1, 1, 0)), 20), (None, 40)]
)
def test_the_perceptrons_steps_are_rosenblatts_passes(points, most):
    points = points or synthetic.blobs(12, 2, 0.3, seed=1)
    run = viz.perceptron_run(points, most)
    net = models.perceptron(2).double()
    net.linear.weight.data, net.linear.bias.data = np.zeros((1, 2)), np.zeros(1)
    for end in range(len(points.images) - 1, len(run), len(points.images)):
        wrong = models.rosenblatt_step(net, points.images.astype(float), points.labels)
        np.testing.assert_array_equal(run[end].new_weight, net.linear.weight.data[0])
        assert run[end].new_bias == net.linear.bias.data[0]
        epoch = run[end + 1 - len(points.images) : end + 1]
        assert sum(step.output != step.target for step in epoch) == wrong
    assert len(run) == most or not wrong


def test_a_step_of_the_perceptron_is_said_in_full():
    points = gate((1, 1, 1, 0))
    step = viz.perceptron_run(points)[3]
    assert step.sentence(points.images[3]) == (
        "Pass 1: w·x + b = 0·1 + 0·1 + 1 = 1 > 0, so the output is 1. Wrong, it should be 0: x is "
        "subtracted from w, 1 subtracted from b; now w = (−1, −1), b = 0."
    )


@pytest.mark.parametrize("points", [synthetic.blobs(9, 3), data.load("digits").take(range(3))])
def test_a_perceptron_wants_two_classes_in_the_plane(points):
    with pytest.raises(ValueError, match="points \\(N, 2\\) of the classes 0 and 1"):
        viz.perceptron_run(points)


@pytest.mark.parametrize("name", SURFACES)
@settings(derandomize=True, max_examples=20)
@given(st.floats(-2, 2), st.floats(-2, 2))
def test_a_surfaces_gradient_is_its_losss(name, x, y):
    surface, h = SURFACES[name], 1e-5
    numeric = (
        (surface.loss(x + h, y) - surface.loss(x - h, y)) / (2 * h),
        (surface.loss(x, y + h) - surface.loss(x, y - h)) / (2 * h),
    )
    np.testing.assert_allclose(surface.gradient(x, y), numeric, rtol=1e-4, atol=1e-4)


def test_a_path_is_the_optimizers():
    surface = SURFACES["ravine"]
    paths = viz.descend(surface, 0.1, 5)
    w = np.array(surface.start)
    for place in paths["SGD"][1:]:
        w = w - 0.1 * np.array(surface.gradient(*w))
        np.testing.assert_allclose(place, w)
    assert all(path.shape == (6, 2) for path in paths.values())
    assert len({tuple(path[-1]) for path in paths.values()}) == len(paths) == 5


def test_a_path_that_leaves_for_infinity_stays_drawable():
    path = viz.descend(SURFACES["Rosenbrock's valley"], 1.1, 50)["momentum 0.9"]
    assert np.isfinite(path).all()


def product():
    x, y, z = Value(-2, "x"), Value(5, "y"), Value(-4, "z")
    f = (x + y) * z
    f.backward()
    return f


def test_a_graph_fills_with_values_and_then_with_gradients():
    f = product()
    counts = [texts(viz.graph_picture(f, step)).count("?") for step in range(graph_steps(f))]
    assert counts == [4, 3, 2, 1, 0, 0, 0, 0, 0, 0]
    assert "×(−4)" in texts(viz.graph_picture(f, 7))
    with pytest.raises(ValueError, match="a step from 0 to 9, got 10"):
        viz.graph_picture(f, 10)


def test_a_graph_without_gradients_says_so_instead_of_showing_zeros():
    f = Value(2, "x") * 3
    assert not any("= 0" in text for text in texts(viz.graph_picture(f)))
    with pytest.raises(ValueError, match="call backward"):
        viz.graph_picture(f, 3)


def test_what_is_used_twice_in_one_operation_passes_both_slopes():
    x = Value(3, "x")
    f = x * x
    f.backward()
    assert graph_sentence(f, 3) == "Backward: ∂v₁/∂x = 3 + 3 = 6"
    assert "×(3 + 3)" in texts(viz.graph_picture(f, 3))


def test_each_step_of_a_graph_is_said_in_full():
    f = product()
    said = [graph_sentence(f, step) for step in range(graph_steps(f))]
    assert said[2] == "Forward: v₁ = x + y = (−2) + 5 = 3"
    assert said[5] == "Backward: ∂v₂/∂v₂ = 1"
    assert said[6] == "Backward: ∂v₂/∂z = 3"
    assert said[9] == "Backward: ∂v₂/∂x = ∂v₂/∂v₁ · ∂v₁/∂x = (−4) · 1 = −4"


@pytest.mark.parametrize("film", [viz.convolution_film(PIXELS, np.ones((3, 3))),
                                  viz.pooling_film(PIXELS)])  # fmt: skip
def test_a_film_has_a_picture_for_each_position_and_rests_on_the_last(film):
    shown = Image.open(BytesIO(film.png(60)))
    assert shown.n_frames == len(film.stills) == 4
    times = []
    for frame in range(shown.n_frames):
        shown.seek(frame)
        times.append(shown.info["duration"])
    assert times == [1000, 1000, 1000, 3000]
    assert shown.info["loop"] == 0
    assert "in the end, output, 2×2" in film.alt


def pooled(*indices):
    return [viz.pooling_step(PIXELS, index=index) for index in indices]


def test_a_strip_has_a_row_for_each_step_and_its_titles_once():
    steps = [viz.convolution_step(PIXELS, np.ones((3, 3)), index=i) for i in (0, 3)]
    picture = viz.strip_picture(steps)
    assert texts(picture).count("kernel ⋆ input") == 1
    assert [text for text in texts(picture) if text.startswith("sum")] == ["sum: 45", "sum: 90"]
    assert picture.alt.startswith("h[0, 0] = 0·1 + 1·1")
    assert texts(picture).count("⋮") == 3
    assert "⋮" not in texts(viz.strip_picture(pooled(0, 1)))
    with pytest.raises(ValueError, match="at least one step"):
        viz.strip_picture([])


def test_the_cells_that_a_dilated_kernel_sees_are_framed():
    step = viz.convolution_step(np.ones((5, 5)), np.ones((2, 3)), index=1, dilation=2)
    frames = [p for p in viz.convolution_step_picture(step).axes[0].patches if not p.get_fill()]
    assert len(frames) == 6 + 1  # and the output's cell


def test_a_path_that_comes_back_is_drawn_to_its_end_and_one_that_does_not_is_cut():
    limits = (0.0, 1.0, 0.0, 1.0)
    back = np.array([[0.5, 0.5], [3.0, 0.5], [0.6, 0.6]])
    away = np.array([[0.5, 0.5], [3.0, 0.5], [9.0, 9.0]])
    picture = viz.surface_picture(lambda x, y: x + y, {"back": back, "away": away}, limits)
    drawn = {line.get_label(): line.get_xdata() for line in picture.axes[0].lines}
    assert drawn["back"].tolist() == [0.5, 3.0, 0.6]
    assert drawn["away"].tolist() == [0.5, 3.0]


def test_an_image_comes_back_from_what_the_network_is_shown():
    pretrained = IMAGENET["squeezenet1_1"]
    photo = data.crop_and_resize(data.photograph("cat"), 224, margin=256 / 224)
    x = pretrained.preprocess(data.photograph("cat"))
    np.testing.assert_array_equal(pretrained.image(x), photo)
    black, white = pretrained.limits()
    assert (pretrained.image(np.broadcast_to(black, x.shape)) == 0).all()
    assert (pretrained.image(np.broadcast_to(white, x.shape)) == 255).all()
    assert (pretrained.image(np.broadcast_to(white + 1, x.shape)) == 255).all()


def test_an_arrow_over_several_columns_stays_inside_of_the_picture():
    x, y, z = Value(3, "x"), Value(-4, "y"), Value(2, "z")
    f = (x * y).maximum(z) + x
    f.backward()
    [axes] = viz.graph_picture(f).axes
    tops = [patch.get_window_extent().y1 for patch in axes.patches]
    assert len(tops) == 6
    assert max(tops) < axes.bbox.y1


def test_the_derivatives_on_crossing_arrows_stand_apart():
    a, b = Value(2, "a"), Value(3, "b")
    c, d = a + b, a * b
    y = (c + d) + c * d
    y.backward()
    picture = viz.graph_picture(y)
    picture.draw_without_rendering()
    boxes = [t.get_window_extent() for t in picture.axes[0].texts if t.get_text()[:1] == "×"]
    assert len(boxes) == 10
    assert not [1 for i, one in enumerate(boxes) for other in boxes[:i] if one.overlaps(other)]


def test_a_line_that_left_the_picture_is_said_to_be_outside():
    points = gate((1, 1, 1, 0))
    for step in viz.perceptron_run(points):
        [axes] = viz.perceptron_picture(points, step).axes
        named = [text.get_text() for text in axes.get_legend().get_texts()]
        corners = [(x, y) for x in axes.get_xlim() for y in axes.get_ylim()]
        sides = {bool(step.new_weight @ corner + step.new_bias > 0) for corner in corners}
        if step.new_weight.any():
            assert ("after" if len(sides) == 2 else "after (outside)") in named


def test_a_whole_graph_has_its_local_derivative_on_every_arrow():
    assert [t for t in texts(viz.graph_picture(product())) if t.startswith("×")] == [
        *("×1", "×1", "×(−4)", "×3"),
    ]
