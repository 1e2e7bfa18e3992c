"""Through many layers, a signal and its gradient do what theory says, and the explorer tells it."""

import numpy as np
import pytest

from cnnkit import explorers, viz
from cnnkit.explorers.signals import FACTORS
from cnnkit.viz.signals import BENDS, DEPTH, sized


def rate(sizes):
    """By which factor a size changes from layer to layer, on average."""
    return (sizes[-1] / sizes[0]) ** (1 / (DEPTH - 1))


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize(("bend", "kept"), [("none", 1.0), ("ReLU", np.sqrt(1 / 2))])
def test_each_layer_multiplies_signal_and_gradient_by_the_same_factor(bend, kept, factor):
    run = viz.signal_run(bend, factor)
    assert rate(run.outputs) == pytest.approx(factor * kept, rel=0.06)
    assert rate(run.gradients[::-1]) == pytest.approx(factor * kept, rel=0.06)


@pytest.mark.parametrize("bend", ["none", "tanh", "ReLU"])
def test_with_batch_normalisation_the_size_of_the_weights_does_not_matter(bend):
    runs = [viz.signal_run(bend, factor, normalised=True) for factor in FACTORS]
    for run in runs[1:]:
        np.testing.assert_allclose(run.outputs, runs[0].outputs, rtol=0.01)
        np.testing.assert_allclose(run.gradients, runs[0].gradients, rtol=0.05)


def test_behind_a_batch_normalisation_and_a_relu_the_gradient_grows_as_theory_says():
    """By π/(π − 1) of its square in each layer: Yang et al., A Mean Field Theory of Batch
    Normalization, 2019, section 4."""
    run = viz.signal_run("ReLU", 1.0, normalised=True)
    assert rate(run.gradients[::-1]) == pytest.approx(np.sqrt(np.pi / (np.pi - 1)), rel=0.05)


def test_the_picture_draws_both_sizes_on_a_scale_that_holds_them_all():
    for bend in BENDS:
        for factor in FACTORS:
            run = viz.signal_run(bend, factor)
            axes = viz.signals_picture(run, bend).axes[0]
            drawn = {line.get_label(): line.get_ydata() for line in axes.lines}
            np.testing.assert_array_equal(drawn["outputs →"], run.outputs)
            np.testing.assert_array_equal(drawn["← gradients"], run.gradients)
            low, high = axes.get_ylim()
            assert low < min(run.outputs.min(), run.gradients.min())
            assert max(run.outputs.max(), run.gradients.max()) < high


def test_the_explorer_says_what_fades_what_grows_and_what_stays():
    explorer = explorers.signals()
    explorer.factor.value = FACTORS.index(0.25)
    run = viz.signal_run("ReLU", 0.25)
    factor = sized(run.outputs[0] / run.outputs[-1])
    assert f"the signal fades by a factor of <b>{factor}</b>" in explorer.sentence
    assert "the gradient fades by a factor of" in explorer.sentence
    explorer.bend.value, explorer.factor.value = "none", FACTORS.index(4)
    assert "the signal grows by a factor of" in explorer.sentence
    explorer.norm.value = "with"
    assert "the signal stays alive" in explorer.sentence
    assert "with batch normalisation: from layer 1 to 20" in explorer.still()["alt"]


def test_sizes_far_from_one_are_said_as_powers_of_ten():
    assert [sized(v) for v in (0.5, 6.4e-16, 12_345.0)] == ["0.5", "6.4 · 10⁻¹⁶", "1.2 · 10⁴"]


def test_another_activation_is_refused_in_words():
    with pytest.raises(ValueError, match=r"expected one of ReLU, tanh, none; got 'sine'"):
        viz.signal_run("sine", 1.0)
