"""The architecture workshop: what a definition says is what is built, drawn and counted."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_hex

from cnnkit import explorers, models, viz
from cnnkit.depth import depth
from cnnkit.explorers.workshop import FIGURES, figures
from cnnkit.layers import Conv2d, Residual
from cnnkit.models.facts import FACTS
from cnnkit.models.workshop import ENDS, MODULES, Definition
from cnnkit.viz.style import BLUE, ORANGE
from cnnkit.viz.winners import winners_picture
from tests.conftest import LONG


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.title)
def test_a_networks_depth_is_the_number_that_papers_call_it_by(fact):
    assert depth(getattr(models, fact.name)(**fact.options)) == fact.depth


@pytest.mark.parametrize("module", MODULES)
def test_a_network_has_the_stages_modules_widths_and_kernels_of_its_definition(module):
    definition = Definition(module, side=16, width=16, stages=3, modules=2, kernel=5)
    net = definition.build()
    shapes = {row.name: row.output_shape for row in net.summary((3, 16, 16)).rows}
    for stage, (width, side) in enumerate(((16, 16), (32, 8), (64, 4)), 1):
        assert len(net.children()[f"stage{stage}"]) == 2
        last = [shape for name, shape in shapes.items() if name.startswith(f"stage{stage}.")][-1]
        assert last == (width, side, side)
    sizes = {layer.weight.shape[-1] for layer in net.modules() if isinstance(layer, Conv2d)}
    assert 5 in sizes
    assert sizes <= {1, 3, 5, 7}  # the stem is 3×3, Inception has a larger filter beside
    y = net(np.random.default_rng(0).normal(size=(2, 3, 16, 16)).astype(np.float32))
    assert y.shape == (2, 1000)
    assert np.isfinite(y).all()


def test_a_definition_is_counted_as_one_does_it_by_hand():
    def convolution(channels, out_channels, size):  # with its batch normalisation
        return size**2 * channels * out_channels + 2 * out_channels

    stages = sum(convolution(*each, 3) for each in ((8, 8), (8, 8), (8, 16), (16, 16)))
    fact = Definition(side=16, width=8, stages=2).fact
    assert fact.parameters == convolution(3, 8, 3) + stages + 17 * 1000
    assert fact.depth == 1 + 4 + 1
    large = Definition(side=16, width=8, stages=2, end=ENDS[1]).fact
    assert large.parameters - fact.parameters == (
        (16 * 8 * 8 + 1) * 4096 + 4097 * 4096 + 4097 * 1000 - 17 * 1000
    )


def test_shortcuts_stand_where_the_module_has_them():
    def ways(module):
        net = Definition(module, modules=2).build()
        return sum(isinstance(layer, Residual) for layer in net.modules())

    assert {m: ways(m) for m in MODULES} == {
        "two convolutions": 0,
        "residual": 6,
        "bottleneck": 6,
        "Inception": 0,
        "depthwise separable": 0,
        "inverted residual": 4,  # none where the channels change
    }


@pytest.mark.parametrize("module", ["residual", "bottleneck", "Inception", "inverted residual"])
def test_a_stage_is_drawn_with_as_many_modules_as_the_definition_says(module):
    definition = Definition(module, modules=3)
    picture = viz.network_picture(definition.build(), definition.input_shape)
    for stage in (1, 2, 3):
        assert f"stage{stage} 3 modules" in picture.alt


def test_a_module_or_end_that_is_not_there_is_refused_with_those_that_are():
    for wrong in (Definition("capsule"), Definition(end="none")):
        with pytest.raises(ValueError, match=r"two convolutions.*global average.*got Definition"):
            wrong.build()


def test_the_workshop_says_what_the_last_change_did():
    explorer = explorers.workshop()
    assert explorer.before is None
    assert "× " not in explorer.sentence
    first, old = figures(explorer.definition), explorer.definition
    explorer.width.value += 1
    assert explorer.before == old
    assert explorer.definition.width == 2 * old.width
    now = figures(explorer.definition)
    for name, value, other in zip(FIGURES, now, first, strict=True):
        if "memory" not in name:
            row = f"{name}</th><td>{value:,}</td><td>{other:,}</td>"
            assert row in explorer.sentence
    assert f"× {now[1] / first[1]:.3g}" in explorer.sentence
    assert explorer.sentence.count("as before") == 2  # depth, and what a unit sees
    explorer.show()  # asked again without a change
    assert explorer.before == old
    assert explorer.fact.parameters == now[1]


def test_every_setting_of_the_workshop_can_be_had():
    explorer = explorers.workshop()
    sliders = (explorer.side, explorer.width, explorer.stages, explorer.modules, explorer.kernel)
    each = list(itertools.product(MODULES, ENDS, ("min", "max")))
    for module, end, limit in each if LONG else each[::3]:  # of each module one at least
        with explorer.hold_trait_notifications():
            explorer.module.value, explorer.end.value = module, end
            for slider in sliders:
                slider.value = getattr(slider, limit)
        assert explorer.screen.frame["page"].startswith("<svg")
        assert f"<td>{explorer.fact.parameters:,}</td>" in explorer.sentence


def test_the_winners_are_drawn_with_their_figures_and_ones_own_beside_them():
    own = Definition("residual").fact
    picture = models.table().winners(own)
    won = [f for f in sorted(FACTS, key=lambda f: f.year) if f.input_shape[-1] > 200 and f.error]
    assert len(picture.axes) == 4
    expected = [
        [fact.error or 0 for fact in (*won, own)],
        [fact.depth for fact in (*won, own)],
        [fact.parameters / 1e6 for fact in (*won, own)],
        [fact.macs / 1e9 for fact in (*won, own)],
    ]
    for axes, heights in zip(picture.axes, expected, strict=True):
        assert [bar.get_height() for bar in axes.patches] == heights
        colours = [to_hex(bar.get_facecolor()).upper() for bar in axes.patches]
        assert colours == [BLUE] * len(won) + [ORANGE]
    assert [text.get_text() for text in picture.axes[0].texts][-1] == "?"
    for fact in (*won, own):
        assert f"{fact.title} ({fact.year})" in picture.alt
    assert len(models.table().winners().axes[0].patches) == len(won)
    with pytest.raises(ValueError, match="at least one network with an error"):
        winners_picture([own])
