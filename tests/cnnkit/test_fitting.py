"""Curves and polynomials: what is drawn is what was computed, and the explorer says it."""

import re

import numpy as np
import pytest

from cnnkit import explorers, viz
from cnnkit.explorers.fitting import MOST, STRENGTHS, TRAINING, VALIDATION
from cnnkit.viz.fitting import mean_square, polynomial_fit, powers, sine


def test_a_fit_is_the_smallest_of_its_neighbours_with_the_penalty_and_without():
    rng = np.random.default_rng(0)

    def cost(w, strength):
        off = powers(TRAINING.x, len(w) - 1) @ w - TRAINING.y
        return (off**2).sum() + strength * (w[1:] ** 2).sum()  # the constant is free

    for degree, strength in ((0, 0.0), (3, 0.0), (3, 0.1), (9, 0.01), (9, 10.0)):
        w = polynomial_fit(TRAINING, degree, strength)
        for _ in range(20):
            beside = w + rng.normal(0, 0.01, w.shape)
            assert cost(w, strength) < cost(beside, strength)


def test_points_follow_the_law_with_the_noise_that_is_said():
    points = viz.noisy_sine(4000, seed=3)
    assert np.std(points.y - sine(points.x)) == pytest.approx(0.25, rel=0.05)
    assert points.x[[0, -1]].tolist() == [-1, 1]


def test_the_error_on_what_was_learned_falls_with_the_degree_and_rises_with_the_penalty():
    by_degree = [mean_square(polynomial_fit(TRAINING, d), TRAINING) for d in range(MOST + 1)]
    assert (np.diff(by_degree) <= 1e-12).all()
    by_strength = [mean_square(polynomial_fit(TRAINING, MOST, s), TRAINING) for s in STRENGTHS]
    assert (np.diff(by_strength) > 0).all()


def test_a_panel_draws_its_polynomial_and_both_kinds_of_points():
    w = polynomial_fit(TRAINING, 3)
    picture = viz.fits_picture({"cubic": w}, TRAINING, VALIDATION)
    unseen, law, curve, seen = picture.axes[0].lines
    np.testing.assert_allclose(curve.get_ydata(), np.polyval(w[::-1], curve.get_xdata()))
    np.testing.assert_array_equal(seen.get_ydata(), TRAINING.y)
    np.testing.assert_array_equal(unseen.get_ydata(), VALIDATION.y)
    np.testing.assert_allclose(law.get_ydata(), np.sin(np.pi * law.get_xdata()))
    assert f"cubic: mean square error {mean_square(w, TRAINING):.3g}" in picture.alt


def test_curves_are_drawn_as_given_and_told_in_words():
    x = np.arange(4)
    panels = {"one": {"a": [3, 1, 2, 5]}, "two": {"a": [0, 0, 1, 9], "b": [1, 1, 1, 1]}}
    picture = viz.lines_picture(x, panels, "epoch")
    assert [axes.get_ylabel() for axes in picture.axes] == ["one", "two"]
    drawn = [line for line in picture.axes[1].lines if len(line.get_xdata()) == 4]
    assert [line.get_ydata().tolist() for line in drawn] == list(panels["two"].values())
    assert "one: a goes from 3 to 5, lowest 1 at 1." in picture.alt


def test_a_legend_stands_where_there_are_other_curves():
    same = {"one": {"a": [1, 2]}, "two": {"a": [2, 1]}}
    other = {"one": {"a": [1, 2]}, "two": {"b": [2, 1]}}
    for panels, there in ((same, [True, False]), (other, [True, True])):
        axes = viz.lines_picture([0, 1], panels, "x").axes
        assert [each.get_legend() is not None for each in axes] == there


def test_curves_that_cannot_be_drawn_are_refused_in_words():
    with pytest.raises(ValueError, match="b: expected a value for each of 3 places"):
        viz.lines_picture([0, 1, 2], {"y": {"b": [1, 2]}}, "x")
    with pytest.raises(ValueError, match="at least one panel"):
        viz.lines_picture([0, 1, 2], {}, "x")
    with pytest.raises(ValueError, match="at least one curve of 'one'"):
        viz.lines_picture([0, 1, 2], {"one": {}}, "x")
    with pytest.raises(ValueError, match="at least one fit"):
        viz.fits_picture({}, TRAINING, VALIDATION)


@pytest.mark.parametrize(("degree", "strength"), [(0, 0), (9, 0), (9, 4)])
def test_the_overfitting_explorer_says_both_errors_of_what_it_draws(degree, strength):
    explorer = explorers.overfitting()
    explorer.degree.value, explorer.strength.value = degree, strength
    w = polynomial_fit(TRAINING, degree, STRENGTHS[strength])
    said = [float(number) for number in re.findall(r"<b>([\d.]+)</b>", explorer.sentence)]
    errors = [mean_square(w, points) for points in (TRAINING, VALIDATION)]
    assert said == pytest.approx(errors, abs=0.0005)
    assert f"degree {degree}" in explorer.still()["alt"]


def test_a_penalty_on_a_degree_too_high_does_better_than_the_right_degree_without():
    right = mean_square(polynomial_fit(TRAINING, 3), VALIDATION)
    wild = mean_square(polynomial_fit(TRAINING, MOST), VALIDATION)
    tamed = mean_square(polynomial_fit(TRAINING, MOST, 0.01), VALIDATION)
    assert tamed < right < wild
