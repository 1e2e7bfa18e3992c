import numpy as np
import pytest
import torch
from cases import normal

from cnnkit import models
from cnnkit.layers import AvgPool2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential


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


@pytest.mark.parametrize(
    "net",
    [
        Sequential(Conv2d(1, 1, 3), Conv2d(1, 1, 3), Conv2d(1, 1, 3)),
        Sequential(Conv2d(1, 1, 3, dilation=2), ReLU(), AvgPool2d(2), Conv2d(1, 1, (3, 2))),
        Sequential(AvgPool2d(3, 2), Sequential(Conv2d(1, 1, 2, stride=2), AvgPool2d((1, 2)))),
    ],
    ids=["three 3×3", "dilated", "nested"],
)
def test_the_receptive_field_is_where_the_gradient_of_one_output_reaches(net):
    x = normal((1, 1, 24, 26))
    net.double()
    for layer in net:
        if isinstance(layer, ReLU):
            x = np.abs(x)
            net[0].weight.data = np.abs(net[0].weight.data)
            net[0].bias.data = np.abs(net[0].bias.data)
    y = net(x)
    dy = np.zeros_like(y)
    dy[0, 0, 1, 1] = 1
    rows, columns = np.nonzero(net.backward(dy)[0, 0])
    seen = (int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1)
    field = net.summary((1, 24, 26)).rows[-1].receptive_field
    assert (field if isinstance(field, tuple) else (field, field)) == seen


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
