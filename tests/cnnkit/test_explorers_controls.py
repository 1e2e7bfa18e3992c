"""What the explorers' controls are called, and what does not move when they are used."""

import re

import numpy as np
import pytest

from cnnkit import explorers, models
from cnnkit.explorers.sliding import CHOICES, IMAGE
from cnnkit.functional import correlate2d
from cnnkit.models.papernames import paper_names
from cnnkit.viz.kernels import KERNELS
from cnnkit.viz.steps import convolution_step, size_formula

CODE = re.compile(r"features|classifier|body|branch|layer\d|residual")
SETTINGS = [(k, s, p, d) for k in ("cross", "4×4, all ones") for s in (1, 3) for p in (0, 2)
            for d in (1, 2)]  # fmt: skip


def labels(explorer):
    return [step.label for step in explorer._steps]


def test_a_slider_says_what_it_stands_at():
    expected = {
        "convolution": "h[0, 0]",
        "backpropagation": "x",
        "optimizer": "step 0",
        "field": "conv1_1",
        "maps": "conv1",
        "perceptron": "pass 1, example 1",
        "adversarial": "2 of 255",
    }
    assert {name: explorers.ALL[name]().step.label for name in expected} == expected
    explorer = explorers.optimizer()
    assert explorer.lr.label == "0.1"
    explorer.step.value = 5
    assert explorer.step.label == "step 20"
    assert "After 20 steps" in explorer.sentence
    with pytest.raises(ValueError, match="stride: expected 1 to 3, got 4"):
        explorers.convolution().stride.value = 4


def test_layers_are_called_as_papers_call_them_and_each_once():
    for name, make in (("field", explorers.field), ("maps", explorers.maps)):
        explorer = make()
        networks = explorer.network if name == "field" else explorer.controls.network
        for title in networks.options:
            networks.value = title
            found = labels(explorer)
            assert len(set(found)) == len(found) == explorer.count, title
            assert not [label for label in found if CODE.search(label)], title


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vgg16", {"features.14": "conv3_3", "features.23": "pool4", "classifier.3": "fc7"}),
        ("vgg16_bn", {"features.20": "conv3_3", "features.21": "conv3_3"}),
        ("alexnet", {"features.10": "conv5", "features.12": "pool5", "classifier.1": "fc6"}),
        ("squeezenet1_1", {"features.4.expand_activation": "Fire 3 · expand",
                           "features.12.squeeze": "Fire 9 · squeeze", "classifier.1": "conv10"}),
        ("mobilenet_v2", {"features.3.body.1.0": "bottleneck 3 · depthwise"}),
        ("resnet50", {"layer2.1.residual.body.conv2": "conv3_2 · conv 2", "layer1.0": "conv2_1"}),
        ("googlenet", {"inception4a.branch2.1.conv": "inception 4a · 3×3"}),
        ("lenet5", {"conv1": "conv1"}),
    ],
)  # fmt: skip
def test_a_layer_has_the_name_that_its_paper_gives_it(name, expected):
    net = getattr(models, name)(**({"aux_logits": False} if name == "googlenet" else {}))
    found = paper_names(name, net)
    assert list(found) == [path for path, _ in net.named_layers()]
    assert {path: found[path] for path in expected} == expected


@pytest.mark.parametrize(("kernel", "stride", "padding", "dilation"), SETTINGS)
def test_the_formula_of_the_outputs_size_gives_its_size(kernel, stride, padding, dilation):
    explorer = explorers.convolution()
    explorer.padding.value, explorer.dilation.value = padding, dilation
    explorer.kernel.value, explorer.stride.value = kernel, stride
    if not explorer.count:
        assert "does not fit" in explorer.sentence
        return
    step = convolution_step(IMAGE, CHOICES[kernel], stride, padding, 0, dilation)
    window = dilation * (len(CHOICES[kernel]) - 1) + 1
    formula = size_formula(5, window, stride, padding)
    assert formula in explorer.sentence
    assert formula.endswith(f" = {len(step.output)}")
    whole = (
        formula.partition(" = ")[0]
        .replace("⌊", "int(")
        .replace("⌋", ")")
        .replace("·", "*")
        .replace("−", "-")
    )
    assert eval(whole) == len(step.output)


def test_the_size_is_said_as_it_is_computed():
    explorer = explorers.convolution()
    explorer.stride.value, explorer.padding.value = 2, 1
    assert "The output is 3×3: (5 + 2·1 − 3)/2 + 1 = 3." in explorer.sentence
    explorer.kernel.value = "4×4, all ones"
    assert "⌊(5 + 2·1 − 4)/2⌋ + 1 = 2." in explorer.sentence
    oblong = explorers.convolution(np.ones((6, 5)))
    assert "(6 + 2·0 − 3)/1 + 1 = 4 rows, (5 + 2·0 − 3)/1 + 1 = 3 columns." in oblong.sentence


def test_the_room_for_the_matrices_is_that_of_the_largest_setting():
    explorer = explorers.convolution()
    rooms, sizes = set(), []
    for kernel, stride, padding, dilation in SETTINGS:
        explorer.padding.value, explorer.dilation.value = padding, dilation
        explorer.kernel.value, explorer.stride.value = kernel, stride
        if not explorer.count:
            continue
        page = explorer.screen.frame["page"]
        rooms.add(tuple(re.findall(r"--high:(\d+);--wide:(\d+)", page)))
        sides = list(map(int, re.findall(r"--most:(\d+)px", page)))
        for room, table in zip(max(rooms), page.split("<table>")[1:], strict=True):
            rows = table.partition("</table>")[0].count("<tr>")
            columns = table.partition("</tr>")[0].count("<td")
            assert rows <= int(room[0])
            assert columns <= int(room[1])
        sizes.append(sides)
    assert len(rooms) == 1
    assert all(sides == sizes[0] for sides in sizes)


def test_the_kernel_explorer_is_read_and_set_from_the_notebook():
    explorer = explorers.kernel()
    assert explorer.kernel == KERNELS["vertical edges"].tolist()
    before = explorer.still()["png"]
    explorer.kernel = [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert explorer.still()["png"] != before
    for name, image in explorer.images.items():
        assert min(image.shape) == 160
        assert explorer.photos[name]["pixels"] == image.tobytes()
        assert correlate2d(image.astype(float)[:9, :9], np.ones((3, 3))).shape == (7, 7)
    with pytest.raises(ValueError, match="expected 3×3 finite numbers"):
        explorer.kernel = [[1.0]]
    with pytest.raises(ValueError, match="expected one of camera, cat"):
        explorer.photo = "dog"
    with pytest.raises(ValueError, match=r"3×3 to 320×320; got 2×5"):
        explorers.kernel(np.zeros((2, 5)))
    with pytest.raises(ValueError, match="grey values 0 … 255"):
        explorers.kernel(np.full((5, 5), -1.0))
    assert list(explorers.kernel(np.zeros((5, 7))).images) == ["image"]
