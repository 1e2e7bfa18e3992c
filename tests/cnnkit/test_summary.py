import tracemalloc

import numpy as np
import pytest
import torch
from cases import normal

from cnnkit import models
from cnnkit.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    Concat,
    Conv2d,
    ConvTranspose2d,
    Flatten,
    Linear,
    MaxPool2d,
    MaxUnpool2d,
    ReLU,
    Residual,
    Sequential,
    Upsample,
    ZeroPad2d,
)


def test_lenet5_has_the_published_parameters_and_multiply_adds():
    summary = models.lenet5().summary((1, 32, 32))
    assert summary.parameters == 61_706
    assert summary.macs == 416_520
    convolutions = [row for row in summary.rows if row.layer == "Conv2d"]
    assert [row.parameters for row in convolutions] == [156, 2416]
    assert [row.macs for row in convolutions] == [117_600, 240_000]
    assert summary.activation_bytes == sum(row.activation_bytes for row in summary.rows)
    assert summary.rows[0].activation_bytes == 6 * 28 * 28 * 4


def test_rows_are_what_running_gives():
    net = models.lenet5()
    kept = net.activations(np.zeros((1, 1, 32, 32), np.float32))
    rows = net.summary((1, 32, 32)).rows
    assert [row.name for row in rows] == list(kept)
    for row in rows:
        assert (1, *row.output_shape) == kept[row.name].data.shape
        assert row.activation_bytes == kept[row.name].data.nbytes
    doubled = net.double().summary((1, 32, 32))
    assert doubled.activation_bytes == 2 * sum(row.activation_bytes for row in rows)


def test_receptive_fields_of_lenet5():
    rows = models.lenet5().summary((1, 32, 32)).rows
    fields = {row.name: row.receptive_field for row in rows}
    assert [fields[name] for name in ("conv1", "pool1", "conv2", "pool2")] == [5, 6, 14, 16]
    assert fields["flatten"] == 16
    assert fields["fc1"] == fields["fc3"] == 32


def reached(net, input_shape, place):
    """Rows and columns of the input on which the output at `place` depends, by its gradient."""
    net.double()
    for _, layer in net.named_layers():
        if isinstance(layer, Conv2d | ConvTranspose2d):  # positive, so that nothing cancels
            layer.weight.data = np.abs(layer.weight.data) + 0.1
            layer.bias.data = np.abs(layer.bias.data)
    y = net(np.abs(normal((1, *input_shape))))
    dy = np.zeros_like(y)
    dy[0, :, place[0], place[1]] = 1
    rows, columns = np.nonzero(net.backward(dy)[0].sum(axis=0))
    return (rows.min(), rows.max()), (columns.min(), columns.max())


BODY = (Conv2d(1, 1, 3, padding=1), ReLU(), AvgPool2d(3, 1, 1))
NETS = {
    "three 3×3": Sequential(Conv2d(1, 1, 3), Conv2d(1, 1, 3), Conv2d(1, 1, 3)),
    "dilated": Sequential(Conv2d(1, 1, 3, dilation=2), ReLU(), AvgPool2d(2), Conv2d(1, 1, (3, 2))),
    "nested": Sequential(AvgPool2d(3, 2), Sequential(Conv2d(1, 1, 2, stride=2), AvgPool2d((1, 2)))),
    "padded": Sequential(ZeroPad2d((2, 0, 1, 0)), Conv2d(1, 1, 5, 2, 1), AvgPool2d(3, 1, 1)),
    "residual": Residual(Sequential(*BODY)),
    "concat": Sequential(Conv2d(1, 1, 3), Concat(Conv2d(1, 1, 1), Conv2d(1, 1, 5, padding=2))),
    "bilinear": Sequential(Upsample(scale_factor=2, mode="bilinear"), Conv2d(1, 1, 3)),
}


@pytest.mark.parametrize("name", NETS)
def test_the_receptive_field_is_where_the_gradient_of_one_output_reaches(name):
    row = NETS[name].summary((1, 24, 26)).rows[-1]
    fields, jumps, centres = (
        value if isinstance(value, tuple) else (value, value)
        for value in (row.receptive_field, row.jump, row.first_centre)
    )
    place = {"bilinear": (9, 8), "padded": (4, 5)}.get(name, (3, 2))
    for (first, last), field, jump, centre, i in zip(
        reached(NETS[name], (1, 24, 26), place), fields, jumps, centres, place, strict=True
    ):
        assert last - first + 1 == field
        middle = centre + i * jump
        # Of a map that was enlarged, fields are not symmetric: their middles are so on average.
        assert (first + last) / 2 == pytest.approx(middle, abs=0 if jump >= 1 else 0.5)


def test_a_transposed_convolution_and_upsampling_undo_the_jump():
    net = Sequential(
        Conv2d(1, 1, 4, 2, 1),
        ConvTranspose2d(1, 1, 4, 2, 1),
        MaxPool2d(2),
        Upsample(scale_factor=2),
    )
    rows = net.summary((1, 16, 16)).rows
    assert [row.jump for row in rows] == [2, 1, 2, 1]
    assert [row.first_centre for row in rows] == [0.5, 0, 0.5, 0]
    assert [row.receptive_field for row in rows] == [4, 6, 7, 7]
    pool = MaxPool2d((2, 3))
    unpooled = Sequential(pool, MaxUnpool2d(pool)).summary((1, 8, 9)).rows
    assert [row.jump for row in unpooled] == [(2, 3), 1]


def test_jump_and_first_centre_of_lenet5():
    rows = {row.name: row for row in models.lenet5().summary((1, 32, 32)).rows}
    names = ("conv1", "pool1", "conv2", "pool2", "fc1")
    assert [rows[name].jump for name in names] == [1, 2, 2, 4, 4]
    assert [rows[name].first_centre for name in names] == [2, 2.5, 6.5, 7.5, 15.5]


def test_global_pooling_sees_everything():
    net = Sequential(Conv2d(1, 1, 3, 2), AdaptiveAvgPool2d(1), Flatten())
    row = net.summary((1, 15, 15)).rows[-1]
    assert (row.receptive_field, row.first_centre) == (15, 7)


@pytest.mark.parametrize(
    ("name", "parameters", "macs"),
    [
        ("vgg11", 132_863_336, 7_609_090_048),
        ("vgg16", 138_357_544, 15_470_264_320),
        ("vgg19", 143_667_240, 19_632_062_464),
    ],
)
def test_vgg_has_the_published_parameters_and_multiply_adds(name, parameters, macs):
    summary = getattr(models, name)().summary((3, 224, 224))
    assert (summary.parameters, summary.macs) == (parameters, macs)
    normalised = getattr(models, f"{name}_bn")()
    added = 2 * sum(r.output_shape[0] for r in summary.rows if r.layer == "Conv2d")
    assert normalised.summary((3, 224, 224)).parameters == parameters + added
    assert list(normalised.state_dict())[-6:] == [
        f"classifier.{i}.{kind}" for i in (0, 3, 6) for kind in ("weight", "bias")
    ]


def test_a_small_vgg_in_pytorch_gives_the_same_scores():
    net, x = models.vgg11_bn(num_classes=5).eval(), normal((1, 3, 32, 40), np.float32)
    theirs = net.to_torch()(torch.from_numpy(x)).detach().numpy()
    assert np.allclose(net(x), theirs, rtol=1e-4, atol=1e-5)


def test_counting_vgg16_allocates_nothing():
    tracemalloc.start()
    summary = models.vgg16().summary((3, 224, 224))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20  # the weights would take 553 MB
    assert (summary.parameters, summary.macs) == (138_357_544, 15_470_264_320)
    assert [row.receptive_field for row in summary.rows if row.layer == "MaxPool2d"] == [
        6,
        16,
        44,
        100,
        212,
    ]


@pytest.mark.parametrize(
    ("net", "layer", "field"),
    [
        (models.resnet50(), "layer4.2.relu", 427),
        (models.resnet50(variant="paper"), "layer4.2.relu", 483),
        (models.vgg16(), "features.30", 212),
    ],
    ids=["ResNet-50", "ResNet-50 of the paper", "VGG-16"],
)
def test_receptive_fields_before_global_pooling(net, layer, field):
    rows = net.summary((3, 224, 224)).rows
    row = next(row for row in rows if row.name == layer)
    assert (row.receptive_field, row.output_shape[1:]) == (field, (7, 7))
    assert rows[rows.index(row) + 1].layer == "AdaptiveAvgPool2d"


def test_a_field_that_is_not_square_is_height_and_width_and_vectors_have_none():
    rows = Sequential(Conv2d(1, 1, (1, 3)), Flatten(), Linear(30, 2)).summary((1, 5, 8)).rows
    assert [row.receptive_field for row in rows] == [(1, 3), (1, 3), (5, 8)]
    assert [row.receptive_field for row in Linear(3, 2).summary((3,)).rows] == [None]


def test_macs_are_the_products_that_the_loops_make():
    conv = Conv2d(4, 6, (3, 2), stride=2, padding=1, groups=2)
    channels, height, width = conv.output_shape((4, 9, 8))
    assert conv.macs((4, 9, 8)) == channels * height * width * 2 * 3 * 2
    assert Linear(7, 5).macs((7,)) == 35
    assert MaxPool2d(2).macs((1, 4, 4)) == 0


def test_a_transposed_convolution_multiplies_each_input_with_each_of_its_weights():
    assert ConvTranspose2d(32, 1, 3).macs((32, 1, 1)) == 288
    grouped = ConvTranspose2d(4, 8, 3, stride=2, groups=2)
    assert grouped.macs((4, 5, 5)) == 3600
    assert Sequential(grouped).summary((4, 5, 5)).macs == 3600


def test_parameters_agree_with_pytorch():
    net = models.lenet5(num_classes=7)
    theirs = sum(p.numel() for p in net.to_torch().parameters())
    assert net.summary((1, 32, 32)).parameters == theirs


def test_printed_it_is_an_aligned_table_with_totals():
    text = str(models.lenet5().summary((1, 32, 32)))
    lines = text.splitlines()
    assert len(lines) == 1 + 1 + 12 + 1 + 1
    assert lines[0].split()[0] == "name"
    assert lines[-1].split()[:3] == ["total", "61,706", "416,520"]
    end = lines[0].index("parameters") + len("parameters")
    assert all(line[end - 1] != " " and line[end] == " " for line in (lines[0], *lines[2:-2]))


def test_in_a_notebook_it_is_an_html_table():
    net = Sequential({"<b>": Linear(3, 2)})
    html = net.summary((3,))._repr_html_()
    assert html.startswith("<table>")
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def test_one_layer_has_a_table_too():
    (row,) = Linear(3, 2).summary((3,)).rows
    assert (row.name, row.layer, row.output_shape) == ("Linear", "Linear", (2,))


def test_models_are_listed_and_can_be_built_by_name():
    assert "lenet5" in models.names()
    for name in models.names():
        assert callable(getattr(models, name))


def test_lenet5_in_pytorch_gives_the_same_scores():
    net, x = models.lenet5(), normal((2, 1, 32, 32), np.float32)
    theirs = net.to_torch()(torch.from_numpy(x)).detach().numpy()
    assert np.allclose(net(x), theirs, rtol=1e-5, atol=1e-6)
