"""Pictures of functions and of what is inside a network show the values that they are given."""

import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch

from cnnkit import models, viz
from cnnkit.data import synthetic
from cnnkit.layers import Linear, ReLU, Sequential, Sigmoid, Tanh
from cnnkit.models.facts import FACTS
from cnnkit.viz import maps
from cnnkit.viz.diagrams import LEGEND, SCALE, WAYS
from cnnkit.viz.slabs import span

RNG = np.random.default_rng(0)


def pixels(picture):
    [axes] = picture.axes
    return np.asarray(axes.images[0].get_array())


def test_filters_of_three_channels_are_colours_around_grey():
    weight = np.zeros((2, 3, 3, 3))
    weight[0, 0] = 2.0  # red, as strong as anything in this filter
    weight[1, :, 1, 1] = -0.1
    sheet = pixels(viz.filters_picture(weight, columns=2))
    # A pixel of a filter is 8 of the sheet's, a line is 1.
    assert sheet[12, 12, :3].tolist() == [1.0, 0.5, 0.5]
    assert sheet[12, 25 + 12, :3].tolist() == [0.0, 0.0, 0.0]
    assert sheet[12, 25 + 4, :3].tolist() == [0.5, 0.5, 0.5]


def test_other_filters_are_a_column_of_tiles_for_each():
    picture = viz.filters_picture(RNG.normal(size=(4, 5, 3, 3)))
    assert pixels(picture).shape[:2] == (5 * 25 - 1, 4 * 25 - 1)
    with pytest.raises(ValueError, match=r"expected filters \(O, C, K_h, K_w\)"):
        viz.filters_picture(np.zeros((3, 3)))
    with pytest.raises(ValueError, match="tiles are more than can be seen"):
        viz.filters_picture(np.zeros((512, 512, 3, 3)))


def test_feature_maps_stand_under_their_layers_on_one_scale_each():
    values = np.abs(RNG.normal(size=(3, 24, 24)))
    signed = RNG.normal(size=(2, 24, 24))
    maps = {"relu": values, "conv": signed, "none": np.zeros((40, 2, 2))}
    picture = viz.feature_maps_picture(maps)
    titles = [text.get_text() for text in picture.texts]
    assert titles == [
        *("relu: 3 maps of 24×24", "conv: 2 maps of 24×24, blue positive, orange negative"),
        "none: 40 maps of 2×2, the first 32",
    ]
    grey, coloured, _ = (np.asarray(axes.images[0].get_array()) for axes in picture.axes)
    np.testing.assert_allclose(grey[:24, 25:49, 0], values[1] / values.max(), atol=1e-6)
    expected = viz.style.tint(signed[1], np.abs(signed).max())
    np.testing.assert_allclose(coloured[:24, 25:49], expected, atol=1e-6)
    with pytest.raises(ValueError, match=r"fc: expected maps \(C, H, W\)"):
        viz.feature_maps_picture({"fc": np.zeros(10)})


def test_the_words_for_heat_say_where_it_is():
    image = np.full((1, 8, 8), 90, np.uint8)
    places = {"at the top left": (0, 0), "in the middle": (1, 1), "at the bottom right": (2, 2)}
    for words, place in (places | {"at the right": (1, 2)}).items():
        heat = np.zeros((3, 3))
        heat[place] = 1
        assert viz.heat_picture(image, {"it": heat}).alt.endswith(f"it: most {words}.")
    assert viz.heat_picture(image, {"it": np.ones((1, 1))}).alt.endswith("it: most nowhere.")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "value", [np.int8(-128), np.uint8(200), np.float16(60000)], ids=lambda value: value.dtype.name
)
def test_pictures_of_small_types_are_those_of_their_values(value):
    def drawn(values):
        grey, colours = values[:, :2], values
        pictures = [viz.filters_picture(grey), viz.filters_picture(colours)]
        pictures.append(viz.feature_maps_picture({"a": values[0]}))
        pictures.append(viz.heat_picture(np.zeros((1, 4, 4), np.uint8), {"a": values[0, 0]}))
        images = [axes.images[-1].get_array() for p in pictures for axes in p.axes]
        return [*images, maps.gradient_as_image(values[0])]

    values = np.zeros((2, 3, 3, 3), value.dtype)
    values[..., 0], values[..., 1] = value, value // 2
    for one, other in zip(drawn(values), drawn(values.astype(np.float64)), strict=True):
        assert np.isfinite(one).all()
        np.testing.assert_array_equal(one, other)


@pytest.mark.filterwarnings("error")
def test_pictures_of_a_network_that_broke_are_drawn():
    broken = np.full((3, 2, 2), np.nan)
    viz.feature_maps_picture({"a": np.array([[[1, np.inf, np.nan]]])})
    assert "most nowhere" in viz.heat_picture(np.zeros((1, 4, 4), np.uint8), {"a": broken[0]}).alt
    assert (maps.gradient_as_image(broken) == 128).all()
    assert viz.filters_picture(np.zeros((2, 3, 3, 3), np.float16)).alt


def test_a_confusion_matrix_without_mistakes_names_none():
    alt = viz.confusion_picture(np.diag([5, 6]), ["a", "b"]).alt
    assert alt == "Confusion matrix of 2 classes: 100.0% right."


@pytest.mark.parametrize(
    "draw",
    [
        lambda: viz.images_picture({}),
        lambda: viz.feature_maps_picture({}),
        lambda: viz.heat_picture(np.zeros((1, 4, 4), np.uint8), {}),
        lambda: viz.activations_picture({}),
        lambda: viz.matrices({}),
        lambda: viz.filter_gallery(np.ones((9, 9)), {}),
        lambda: viz.surface_picture(np.add, {}, (0, 1, 0, 1)),
    ],
)
def test_nothing_to_draw_is_refused(draw):
    with pytest.raises(ValueError, match=r"expected at least one .+, got none"):
        draw()


def test_heat_lies_over_the_whole_picture_strongest_where_it_is_largest():
    heat = np.zeros((4, 4))
    heat[1, 2] = 3.0
    image = np.full((3, 40, 60), 90, np.uint8)
    picture = viz.heat_picture(image, {"a": heat})
    scale, first, second = picture.axes
    assert [axes.get_title("left") for axes in (first, second)] == ["the picture", "a"]
    assert [text.get_text() for text in picture.texts] == ["matters little", "matters most"]
    assert (np.diff(scale.images[0].get_array()[0]) > 0).all()  # the colours of the scale
    over = second.images[1]
    assert list(over.get_extent()) == [-0.5, 59.5, 39.5, -0.5]
    strength = np.asarray(over.get_alpha())
    assert np.unravel_index(strength.argmax(), strength.shape) == (1, 2)
    assert strength[0, 0] == 0


def test_a_gradient_is_grey_where_it_is_nothing():
    gradient = np.zeros((3, 10, 10))
    gradient[0, 2, 3], gradient[1, 5, 5] = 1, -1
    image = maps.gradient_as_image(gradient)
    assert (image.dtype, image[2, 0, 0]) == (np.uint8, 128)
    assert image[0, 2, 3] == 255
    assert image[1, 5, 5] == 0


def test_activations_are_drawn_with_their_gradients():
    picture = viz.activations_picture({"ReLU": ReLU(), "sigmoid": Sigmoid(), "tanh": Tanh()})
    assert [axes.get_title() for axes in picture.axes] == ["ReLU", "sigmoid", "tanh"]
    for axes, slope in zip(picture.axes, (0, 0.25, 1), strict=True):
        gradient = next(line for line in axes.lines if line.get_label() == "dy/dx")
        assert np.isclose(gradient.get_ydata()[200], slope)


@pytest.mark.parametrize("torch_too", [False, True])
def test_the_plane_is_coloured_as_the_model_decides(torch_too):
    net = Sequential(Linear(2, 2))
    net[0].weight.data = [[-5.0, 0], [5.0, 0]]
    net[0].bias.data = [0, 0]
    points = synthetic.xor(80)
    picture = viz.decision_picture(net.to_torch() if torch_too else net, points, fineness=50)
    axes = picture.axes[0]
    shown = np.asarray(axes.images[0].get_array())
    left, right = shown[25, 0], shown[25, -1]
    assert left[2] > left[0]  # blue is class 0
    assert right[0] > right[2]
    assert sum(len(dots.get_offsets()) for dots in axes.collections) == 80
    with pytest.raises(ValueError, match=r"expected points \(N, 2\)"):
        viz.decision_picture(net, synthetic.shapes(20))


def test_paths_go_over_the_surface_from_the_ring_to_the_cross():
    path = np.stack([np.linspace(-2, 0, 20), np.linspace(1, 0, 20)], axis=1)
    bowl = lambda a, b: a**2 + 3 * b**2  # noqa: E731
    picture = viz.surface_picture(bowl, {"SGD": path, "Adam": path / 2}, (-3, 3, -2, 2))
    [axes] = picture.axes
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["SGD", "Adam", "start", "end"]
    lines = [line for line in axes.lines if line.get_label() == "SGD"]
    np.testing.assert_array_equal(lines[0].get_xdata(), path[:, 0])
    assert picture.png().startswith(b"\x89PNG")


def labels(picture):
    """What is written, on one line each, without the windows below the names and the legend."""
    texts = [text.get_text() for text in picture.axes[0].texts]
    texts = [text.replace(" @\n", " @ ").partition("\n")[0] for text in texts]
    ways = [name for name, _ in WAYS.values()]
    return [text for text in texts if text not in (*LEGEND, *ways, SCALE, "⋯")]


def arcs(picture):
    """The shortcuts that are drawn: solid ("-") or dashed ("--")."""
    drawn = [patch for patch in picture.axes[0].patches if isinstance(patch, FancyArrowPatch)]
    return ["-" if patch.get_linestyle() == "-" else "--" for patch in drawn]


def test_a_network_is_drawn_with_the_sizes_of_its_definition():
    found = labels(viz.network_picture(models.lenet5(), (1, 32, 32)))
    expected = ["1 @ 32×32", "image", "6 @ 28×28", "conv1", "6 @ 14×14", "pool1", "16 @ 10×10"]
    expected += ["conv2", "16 @ 5×5", "pool2", "400", "flatten", "120", "fc1", "84", "fc2"]
    expected += ["10", "fc3"]
    assert found == expected
    words = viz.network_picture(models.alexnet(variant="paper"), (3, 227, 227)).alt
    assert "image 3 @ 227×227, conv1 11×11 /4 96 @ 55×55, pool1 3×3 /2 96 @ 27×27" in words


def test_every_residual_module_has_its_arc_dashed_where_it_is_a_projection():
    found = viz.network_picture(models.resnet18(), (3, 224, 224))
    assert arcs(found) == ["-", "-", "--", "-", "--", "-", "--", "-"]
    assert "layer2 2 modules 128 @ 28×28 (shortcuts: 1 projection and 1 identity)" in found.alt
    found = viz.network_picture(models.mobilenet_v2(), (3, 224, 224))
    assert arcs(found) == ["-"] * 10  # 17 modules, of which 7 change the shape
    deepest = viz.network_picture(models.resnet152(), (3, 224, 224))  # 3, 8, 36 and 3 modules
    assert len(arcs(deepest)) == 3 + 8 + 4 + 3  # of 36 the first three and the last
    assert not arcs(viz.network_picture(models.plain18(), (3, 224, 224)))


def test_modules_keep_their_names_and_flattening_is_shown_where_there_is_something_to_flatten():
    names = labels(viz.network_picture(models.googlenet(), (3, 224, 224)))
    assert {"inception3a", "inception4a–4c", "inception4d"} <= set(names)
    assert "flatten" not in names  # 1024 @ 1×1 is a vector already
    names = labels(viz.network_picture(models.vgg16(), (3, 224, 224)))
    assert names[names.index("flatten") - 1] == "25088"


@pytest.mark.parametrize(
    ("names", "together"),
    [
        (["inception4a", "inception4b", "inception4c"], "inception4a–4c"),
        (["conv3", "conv4"], "conv3–4"),
        (["conv9", "conv10"], "conv9–10"),
        (["conv1", "conv2", "conv1", "conv2"], ""),
        (["0", "2"], "0"),
        (["fc"], "fc"),
    ],
)
def test_neighbours_names_are_a_span(names, together):
    assert span(names) == together


def test_equal_neighbours_of_a_deep_network_are_one_block():
    found = labels(viz.network_picture(models.vgg16(), (3, 224, 224)))
    assert found.count("3× conv") == 3
    assert "512 @ 14×14" in found
    assert len(found) < 32
    found = labels(viz.network_picture(models.resnet50(), (3, 224, 224)))
    assert {"layer1", "layer4", "2048 @ 7×7"} <= set(found)


@pytest.mark.parametrize(
    "name", sorted(set(models.names()) - {"perceptron", "logistic_regression"})
)
@pytest.mark.sample(2)
def test_every_architecture_can_be_drawn(name):
    shape = next(fact.input_shape for fact in FACTS if fact.name == name)
    found = labels(viz.network_picture(getattr(models, name)(), shape))
    assert 4 <= len(found) <= 56


def test_receptive_fields_are_framed_in_the_middle_as_large_as_the_summary_says():
    photo = np.zeros((3, 227, 227), np.uint8)
    summary = models.alexnet(variant="paper").summary((3, 227, 227))
    picture = viz.receptive_fields_picture(photo, summary, ["conv1", "conv2", "fc6"])
    assert [axes.get_title("left") for axes in picture.axes] == [
        *("conv1: 11×11 px", "conv2: 51×51 px", "fc6: 355×355 px"),
    ]
    frames = [axes.patches[-1] for axes in picture.axes]
    assert [frame.get_width() for frame in frames] == [11, 51, 227]
    assert [frame.get_linestyle() for frame in frames] == ["-", "-", "--"]  # 355 is beyond it
    assert frames[0].get_x() == 107.5
    assert len(viz.receptive_fields_picture(photo, summary).axes) == 8
    with pytest.raises(ValueError, match="no layer 'conv9' that sees an image; there are conv1"):
        viz.receptive_fields_picture(photo, summary, ["conv9"])
    called = viz.receptive_fields_picture(photo, summary, ["fc6"], called={"fc6": "first"})
    assert called.axes[0].get_title("left") == "first: 355×355 px"


def test_a_slope_of_one_rises_by_45_degrees():
    for name, x in (("ReLU", 2.0), ("sigmoid", 0.0)):
        [axes] = viz.tangent_picture(name, x).axes
        right, up = axes.transData.transform((1, 1)) - axes.transData.transform((0, 0))
        assert np.isclose(right, up)


def test_activations_are_drawn_on_one_scale():
    picture = viz.activations_picture({"ReLU": ReLU(), "sigmoid": Sigmoid(), "tanh": Tanh()})
    assert len({axes.get_ylim() for axes in picture.axes}) == 1


def test_a_confusion_matrix_shades_its_mistakes_and_gives_each_classs_recall():
    [axes] = viz.confusion_picture(np.array([[8, 2], [0, 5]]), ["a", "b"]).axes
    shaded = np.asarray(axes.images[0].get_array())
    np.testing.assert_allclose(shaded, [[0, 0.2], [0, 0]])
    written = [text.get_text() for text in axes.texts]
    assert written[-3:] == ["80%", "100%", "recall"]


def test_photographs_keep_their_place_whatever_the_theme():
    """What a dark theme leaves alone are the photographs, and no diagram."""
    photo = np.zeros((3, 20, 40), np.uint8)
    two = viz.images_picture({"a": photo, "b": photo}, 2).photographs()
    assert two[0][2] < 0.5 <= two[1][0]
    for left, top, right, bottom in two:
        assert 0 <= left < right <= 1
        assert 0 < top < bottom <= 1
    assert viz.matrix(np.eye(3)).photographs() == []
    signed = viz.feature_maps_picture({"a": -np.ones((2, 5, 5))})
    grey = viz.feature_maps_picture({"a": np.ones((2, 5, 5))})
    assert (len(signed.photographs()), len(grey.photographs())) == (0, 1)
