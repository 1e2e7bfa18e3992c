"""A module and a network are drawn from their definition."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from cnnkit import models, viz
from cnnkit.explorers.blocks import BLOCKS
from cnnkit.layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Concat,
    Conv2d,
    ConvTranspose2d,
    Linear,
    LPPool2d,
    ReLU,
    Residual,
    Sequential,
    SumPool2d,
)
from cnnkit.viz.units import block_units, describe


@pytest.mark.parametrize("name", BLOCKS)
def test_a_module_is_drawn_with_every_convolution_of_its_definition(name):
    build, shape = BLOCKS[name]
    block = build()
    rows = [row for row in block.summary(shape).rows if row.macs]
    units = block_units(block, shape)
    assert [unit.rows[0].name for unit in units if unit.macs] == [row.name for row in rows]
    assert units[-1].rows[-1].output_shape == block.output_shape(shape)
    places = {(unit.x, unit.y) for unit in units}
    assert len(places) == len(units)
    with pytest.raises(ValueError, match=f"a part from 0 to {len(units) - 1}"):
        viz.block_picture(block, shape, len(units))


def boxes(*layers, shape=(4, 8, 8)):
    return [unit.lines for unit in block_units(Sequential(*layers), shape)]


def test_a_layers_norm_and_activation_stand_in_its_box_but_not_those_of_a_branch():
    inner = Sequential(BatchNorm2d(4), ReLU(), Conv2d(4, 4, 3, padding=1))
    assert boxes(Conv2d(4, 4, 1), BatchNorm2d(4), ReLU()) == [["conv 1×1", "BN, ReLU", "4 @ 8×8"]]
    assert boxes(Conv2d(4, 4, 1), Residual(inner)) == [
        ["conv 1×1", "4 @ 8×8"],
        ["BN", "ReLU", "4 @ 8×8"],
        ["conv 3×3", "4 @ 8×8"],
        ["F(x) + x", "4 @ 8×8"],
    ]
    branches = Concat(Sequential(ReLU(), Conv2d(4, 2, 1)), Conv2d(4, 3, 1))
    assert [lines[0] for lines in boxes(Conv2d(4, 4, 1), branches)] == [
        *("conv 1×1", "ReLU", "conv 1×1", "conv 1×1", "concat"),
    ]


def test_a_branch_without_layers_leads_from_the_input_to_where_the_branches_meet():
    units = block_units(Concat(Sequential(), Conv2d(3, 4, 3, padding=1)), (3, 8, 8))
    assert [unit.lines[0] for unit in units] == ["conv 3×3", "concat"]
    assert units[1].loop is units[1]
    assert units[1].lines[-1] == "7 @ 8×8"


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (Conv2d(4, 4, 3, stride=(1, 2)), "conv 3×3, /1×2"),
        (Conv2d(4, 4, 3, groups=4), "depthwise 3×3"),
        (Conv2d(4, 4, 3, groups=2), "grouped 3×3"),
        (SumPool2d(2), "sum pool 2×2, /2"),
        (LPPool2d(2, 2), "L2 pool 2×2, /2"),
        (ConvTranspose2d(4, 4, 2, stride=2), "deconv 2×2, /2"),
        (AdaptiveAvgPool2d(1), "mean pool"),
        (Linear(4, 2), "Linear"),
    ],
)
def test_a_layer_is_described_in_a_few_words(layer, words):
    assert describe(layer) == words


def test_a_module_of_vectors_and_one_with_a_head_are_drawn_too():
    assert boxes(Linear(4, 2), ReLU(), shape=(4,)) == [["Linear", "ReLU", "2"]]
    with pytest.raises(ValueError, match="Auxiliary"):
        viz.block_picture(models.googlenet(aux_logits=True), (3, 224, 224))


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("bottleneck (ResNet-50)", ["reduce 1×1", "conv 3×3", "expand 1×1", "F(x) + x"]),
        ("inverted residual (MobileNet V2)",
         ["expand 1×1", "depthwise 3×3", "project 1×1", "F(x) + x"]),
        ("Fire (SqueezeNet)", ["squeeze 1×1", "expand 1×1", "expand 3×3", "concat"]),
        ("residual, half the side (ResNet-18)",
         ["conv 3×3, /2", "conv 3×3", "W 1×1, /2", "F(x) + Wx"]),
        ("Inception 3a (GoogLeNet)",
         ["conv 1×1", "reduce 1×1", "conv 3×3", "reduce 1×1", "conv 5×5", "max pool 3×3",
          "conv 1×1", "concat"]),
    ],
)  # fmt: skip
def test_a_module_says_what_its_convolutions_are_there_for(name, roles):
    build, shape = BLOCKS[name]
    assert [unit.lines[0] for unit in block_units(build(), shape)] == roles


@pytest.mark.parametrize("name", BLOCKS)
def test_a_bar_is_as_high_as_there_are_channels(name):
    build, shape = BLOCKS[name]
    bars = [p for p in viz.block_picture(build(), shape).axes[0].patches
            if isinstance(p, Rectangle)]  # fmt: skip
    channels = [shape[0], *(unit.channels for unit in block_units(build(), shape))]
    shares = [bar.get_height() / count for bar, count in zip(bars, channels, strict=True)]
    np.testing.assert_allclose(shares, shares[0])


def test_a_modules_alternative_text_says_what_leads_to_what():
    build, shape = BLOCKS["residual (ResNet-18)"]
    alt = viz.block_picture(build(), shape, 1).alt
    assert alt.startswith("A module taken apart; its input is 64 @ 56×56. 1: conv 3×3, BN, ReLU")
    assert "2 (framed): conv 3×3, BN, 64 @ 56×56, from 1" in alt
    assert "3: F(x) + x, ReLU, 64 @ 56×56, from 2 and the input" in alt


def test_what_a_module_does_not_take_is_refused():
    with pytest.raises(ValueError, match="expected"):
        viz.block_picture(models.resnet18().layer1[0], (3, 56, 56))


def test_googlenets_trunk_is_drawn_without_its_heads():
    shown = viz.network_picture(models.googlenet(), (3, 224, 224)).alt
    for part in ("conv1 7×7 /2 64 @ 112×112", "inception3a 256 @ 28×28", "inception5b 1024 @ 7×7"):
        assert part in shown
    assert shown.endswith("fc 1000.")
    assert "aux" not in shown


def test_neighbours_that_differ_in_their_windows_say_all_of_them():
    words = viz.network_picture(models.mobilenet_v1(), (3, 224, 224)).alt
    assert "11× conv 1×1, depthwise 3×3 512 @ 14×14" in words
    assert "4× conv 3×3 /2, 3×3 128 @ 28×28" in (
        viz.network_picture(models.plain18(), (3, 224, 224)).alt
    )


def test_a_network_that_makes_images_is_drawn_by_its_largest_maps():
    picture = viz.network_picture(models.dcgan_generator(), (100, 1, 1))
    assert picture.get_size_inches()[1] < 4
    assert "input 100 @ 1×1" in picture.alt
