"""Trainings that go wrong: each by one mistake, and each with the sign that is said of it."""

import re
from dataclasses import asdict

import numpy as np
import pytest

import cnnkit
from cnnkit import explorers, viz
from cnnkit.explorers.clinic import EXAMINATIONS
from cnnkit.train import clinic
from cnnkit.train.clinic import CASES, PATIENTS, STEPS, Treatment, record

GUESSING = np.log(10)


def late(name):
    return record(name).losses[-20:].mean()


def share_right(name):
    return record(name).validation[-1, 1]


def test_each_case_is_the_healthy_one_with_one_thing_changed():
    healthy = asdict(Treatment())
    for name, case in CASES.items():
        changed = [key for key, value in asdict(case.treatment).items() if value != healthy[key]]
        assert len(changed) == (name != "healthy"), name


def test_the_letters_are_those_of_the_broken_ones():
    assert "".join(PATIENTS) == "ABCDEFGH"
    assert set(PATIENTS.values()) | {"healthy"} == set(CASES)


def test_a_healthy_training_begins_at_guessing_and_learns():
    found = record("healthy")
    assert found.losses.shape == (STEPS,)
    assert found.losses[0] == pytest.approx(GUESSING, abs=0.15)
    assert late("healthy") < 1
    assert share_right("healthy") > 0.8
    assert found.fed == pytest.approx((0, 1), abs=0.01)
    assert found.silent < 0.1
    assert found.wavering == 0


@pytest.mark.parametrize("name", CASES)
@pytest.mark.sample(2)
def test_every_training_stays_finite_so_that_its_chart_can_be_drawn(name):
    found = record(name)
    assert np.isfinite(found.losses).all()
    assert np.isfinite(found.validation).all()
    assert found.measured[-1] == len(found.losses)


def test_a_learning_rate_too_low_falls_straight_and_is_far_from_its_end():
    losses = record("learning rate too low").validation[:, 0]
    assert (np.diff(losses) < 0).all()
    assert losses[-1] > 2 > 5 * record("healthy").validation[-1, 0] - 1


def test_a_learning_rate_too_high_leaps_and_does_not_come_down():
    found = record("learning rate too high")
    assert found.losses[0] < 2.5 < 10 < found.losses[:10].max()
    assert late("learning rate too high") > 2
    assert found.fed == pytest.approx((0, 1), abs=0.01)


def test_without_normalisation_the_first_loss_is_far_above_guessing():
    found = record("forgotten normalisation")
    assert found.losses[0] > 3 * GUESSING
    assert found.fed[1] > 50
    assert found.silent > 0.99


def test_dead_units_let_no_gradient_pass_from_the_first_step_on():
    found = record("dead ReLUs")
    assert found.losses.max() < 2.6
    assert late("dead ReLUs") == pytest.approx(GUESSING, abs=0.05)
    assert found.silent == 1
    assert found.fed == pytest.approx((0, 1), abs=0.01)


def test_shuffled_labels_leave_the_accuracy_of_guessing_to_units_that_are_awake():
    assert share_right("shuffled labels") < 0.2
    assert 1.8 < late("shuffled labels") < GUESSING
    assert record("shuffled labels").silent < 0.1


def test_over_fitting_is_seen_in_the_distance_of_the_two_losses():
    found = record("over-fitting")
    assert late("over-fitting") < 0.3
    assert found.validation[-1, 0] > 4 * late("over-fitting")
    assert found.validation[:, 0].argmin() < len(found.validation) - 1


def test_only_asking_twice_tells_a_forgotten_eval_from_over_fitting():
    assert record("eval() forgotten").wavering > 0.1
    assert [record(name).wavering for name in CASES if name != "eval() forgotten"] == [0] * 8
    assert record("eval() forgotten").validation[-1, 0] > record("healthy").validation[-1, 0] + 0.1


def test_class_order_is_a_saw_and_favours_the_classes_that_came_last():
    found, healthy = record("data in class order"), record("healthy")
    assert set(found.first_labels) == {0}
    assert len(set(healthy.first_labels)) > 4
    assert found.losses[100:].std() > 2 * healthy.losses[100:].std()
    assert found.answers[7:].sum() > 2 * found.answers[:7].sum()


def test_charts_show_the_losses_as_they_were_and_say_how_far_one_leaves_the_picture():
    charts = {letter: record(name) for letter, name in PATIENTS.items()}
    picture = viz.charts_picture(charts)
    assert len(picture.axes) == 8
    for axes, (letter, chart) in zip(picture.axes, charts.items(), strict=True):
        guessing, training, validation = axes.lines
        assert guessing.get_ydata() == pytest.approx([GUESSING, GUESSING])
        np.testing.assert_array_equal(training.get_ydata(), chart.losses)
        np.testing.assert_array_equal(validation.get_ydata(), chart.validation[:, 0])
        assert axes.get_title(loc="left") == f"{letter}: {chart.validation[-1, 1]:.0%} right"
        leaves = chart.losses.max() > axes.get_ylim()[1]
        assert [text.get_text()[0] for text in axes.texts] == ["↑"] * int(leaves)
    assert f"E: the loss begins at {charts['E'].losses[0]:.2f}" in picture.alt
    with pytest.raises(ValueError, match="at least one chart"):
        viz.charts_picture({})


def test_the_clinic_examines_the_patient_that_it_shows_and_stays_with_it():
    explorer = explorers.clinic()
    assert explorer.step.label == "healthy"
    explorer.step.value = 1 + list(PATIENTS).index("C")
    for name, expected in {
        "what goes in": ["0.00", "1.00"],
        "units that are silent": ["100%"],
        "the same pictures twice": ["0%"],
    }.items():
        explorer.examination.value = name
        assert explorer.step.label == "C"
        assert re.findall(r"<b>([^<]+)</b>", explorer.sentence)[1:] == expected
    assert "Patient C." in explorer.sentence


def test_the_diagnosis_is_told_only_when_it_is_asked_for():
    for name in PATIENTS.values():
        for examination, told in EXAMINATIONS.items():
            tells = name.capitalize() in told(name, record(name))
            assert tells == (examination == "the diagnosis")
    explorer = explorers.clinic()
    explorer.step.value = 3
    assert "dead" not in explorer.still()["alt"] + explorer.sentence


def test_the_clinics_weights_depend_on_nobody_elses_seed():
    """An explorer trains while the kernel is idle, between two cells of a lecture."""
    seen = []
    for seed in (0, 1):
        cnnkit.manual_seed(seed)
        net = clinic._network(Treatment(), clinic._digits(Treatment())[0])
        net.train()
        seen.append(net(clinic._digits(Treatment())[1].images[:20].astype(np.float32)))
    np.testing.assert_array_equal(*seen)
