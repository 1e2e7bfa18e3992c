"""A hidden layer that follows a curve, and histograms of units: drawn and said as computed."""

import re

import numpy as np
import pytest

from cnnkit import explorers, viz
from cnnkit.explorers.approximation import UNITS
from cnnkit.viz.approximation import BENT, CURVES, X
from cnnkit.viz.histograms import BINS, TOP, shares_of


@pytest.mark.parametrize("activation", BENT)
def test_what_the_units_add_is_what_the_network_answers(activation):
    run = viz.approximation_run("wave", 4, activation)
    rest = run.y - run.parts.sum(axis=1)  # the output's bias, the same at every place
    np.testing.assert_allclose(np.ptp(rest, axis=1), 0, atol=1e-12)
    errors = ((run.y - CURVES["wave"](X)) ** 2).mean(axis=1)
    np.testing.assert_allclose(run.errors, errors)
    assert run.errors[-1] < run.errors[0]


@pytest.mark.parametrize("curve", CURVES)
def test_without_a_bend_no_number_of_units_does_better_than_a_straight_line(curve):
    target = CURVES[curve](X)
    line = np.polyval(np.polyfit(X, target, 1), X)
    best = ((line - target) ** 2).mean()
    for units in (1, 32):
        assert (viz.approximation_run(curve, units, "none").errors >= best - 1e-12).all()
    for activation in ("ReLU", "tanh", "sigmoid"):
        assert viz.approximation_run(curve, 16, activation).errors[-1] < 0.3 * best


def test_two_rectified_units_are_a_corner():
    run = viz.approximation_run("corner", 2, "ReLU")
    assert run.errors[-1] < 1e-4
    assert run.worst[-1] == pytest.approx(np.abs(run.y[-1] - np.abs(X)).max())


def test_idle_units_are_those_that_bend_nothing():
    run = viz.approximation_run("step", 32, "ReLU")
    bent = [sum(np.ptp(part) > 1e-6 for part in parts) for parts in run.parts]
    assert (run.idle + bent == 32).all()
    assert run.idle[-1] > 0


def test_the_picture_draws_each_unit_the_curve_and_the_network():
    run = viz.approximation_run("ripple", 4, "tanh")
    picture = viz.approximation_picture(run, 7)
    *parts, curve, network = picture.axes[0].lines
    np.testing.assert_array_equal([line.get_ydata() for line in parts], run.parts[7])
    np.testing.assert_array_equal(curve.get_ydata(), CURVES["ripple"](X))
    np.testing.assert_array_equal(network.get_ydata(), run.y[7])
    assert picture.axes[1].lines[0].get_ydata().tolist() == run.errors[:8].tolist()
    assert f"After {run.moments[7]} steps 4 hidden units follow the ripple" in picture.alt


@pytest.mark.parametrize(("curve", "activation"), [("sine", "ReLU"), ("wave", "cosine")])
def test_an_unknown_curve_or_activation_is_refused_with_the_known_ones(curve, activation):
    with pytest.raises(ValueError, match=r"expected one of .*(wave|ReLU)"):
        viz.approximation_run(curve, 2, activation)


def test_the_approximation_explorer_says_the_error_of_what_it_draws_and_stays_at_its_step():
    explorer = explorers.approximation()
    explorer.step.value = 24
    for units, activation in ((8, "ReLU"), (1, "none"), (32, "sigmoid")):
        explorer.units.value = UNITS.index(units)
        explorer.activation.value = activation
        run = viz.approximation_run("wave", units, activation)
        assert explorer.step.value == 24
        [said] = re.findall(r"<b>([\d.]+)</b>", explorer.sentence)
        assert float(said) == pytest.approx(run.errors[-1], abs=5e-5)
        assert f"{units} hidden unit{'s' if units > 1 else ''}:" in explorer.sentence


def test_a_histogram_draws_the_shares_of_its_values_and_says_the_one_that_it_cuts():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(50, 40))
    rows = {"tanh": {"layer 1": np.tanh(z)}, "ReLU": {"layer 1": np.maximum(z, 0)}}
    picture = viz.histograms_picture(rows)
    for axes, layers in zip(picture.axes, rows.values(), strict=True):
        values = layers["layer 1"]
        shares, _ = shares_of(values, values.min(), values.max())
        np.testing.assert_allclose(axes.patches[0].get_data().values, shares)
        assert shares.sum() == pytest.approx(1)
        assert len(shares) == BINS
        said = [text.get_text().strip() for text in axes.texts]
        assert said == ([f"{shares.max():.0%}"] if shares.max() > TOP else [])
    assert picture.axes[1].texts, "half of the values of a ReLU are 0"
    assert "tanh: layer 1" in picture.alt


def test_histograms_that_cannot_be_compared_are_refused_in_words():
    one = np.zeros(3)
    with pytest.raises(ValueError, match=r"b: expected the layers \['x'\], got \['y'\]"):
        viz.histograms_picture({"a": {"x": one}, "b": {"y": one}})
    with pytest.raises(ValueError, match="at least one network"):
        viz.histograms_picture({})
    with pytest.raises(ValueError, match="at least one layer"):
        viz.histograms_picture({"a": {}})
