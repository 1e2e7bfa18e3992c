import re

import numpy as np
import pytest
from cases import tie_free

from cnnkit.gradcheck import complex_step_gradient, gradcheck, numerical_gradient
from cnnkit.layers import (
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    HistoricalDropout,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    Softmax,
    Step,
)


class WrongInput(ReLU):
    def backward(self, dy):
        return dy * (self.recall(dy) > -0.5)


class WrongWeight(Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.weight.grad /= len(dy)
        return dx


class NoBias(Linear):
    def backward(self, dy):
        x = self.recall(dy)
        self.weight.accumulate(dy.T @ x)
        return dy @ self.weight.data


def test_a_right_layer_passes_and_stays_as_it_was():
    layer, x = Linear(3, 4), tie_free((5, 3), np.float32)
    layer(x)
    layer.backward(np.ones((5, 4), np.float32))
    grad = layer.weight.grad.copy()
    errors = gradcheck(layer, x)
    assert set(errors) == {"input", "weight", "bias"}
    assert max(errors.values()) < 1e-8
    assert layer.weight.data.dtype == np.float32
    assert np.array_equal(layer.weight.grad, grad)
    assert np.array_equal(x, tie_free((5, 3), np.float32))


def test_wrong_backward_passes_are_seen():
    assert gradcheck(WrongInput(), tie_free((3, 4)))["input"] > 1e-2
    errors = gradcheck(WrongWeight(3, 4), tie_free((5, 3)))
    assert errors["weight"] > 1e-2
    assert errors["input"] < 1e-8
    with pytest.raises(ValueError, match="backward gave no gradient for bias"):
        gradcheck(NoBias(3, 4), tie_free((5, 3)))


def test_overlapping_maxima_are_added():
    assert gradcheck(MaxPool2d(3, 1), tie_free((2, 2, 6, 5)))["input"] < 1e-8


def test_numerical_gradient_of_a_known_function():
    x = tie_free((2, 3))
    before = x.copy()
    assert np.allclose(numerical_gradient(lambda v: float((v**3).sum()), x), 3 * x**2, atol=1e-8)
    assert np.array_equal(x, before)
    with pytest.raises(TypeError, match="expected float64, got float32"):
        numerical_gradient(np.sum, x.astype(np.float32))


def test_the_complex_step_is_exact():
    x = tie_free((2, 3)).astype(complex)
    before = x.copy()
    gradient = complex_step_gradient(lambda v: (np.exp(v) / v).sum(), x)
    assert np.allclose(gradient, np.real(np.exp(x) * (x - 1) / x**2), rtol=1e-15)
    assert np.array_equal(x, before)
    with pytest.raises(TypeError, match="expected complex128, got float64"):
        complex_step_gradient(np.sum, x.real.copy())


def test_the_complex_step_sees_what_central_differences_cannot():
    class SlightlyWrong(Linear):
        def backward(self, dy):
            return super().backward(dy) * (1 + 1e-11)

    errors = gradcheck(SlightlyWrong(3, 4), tie_free((5, 3)), method="complex")
    assert 5e-12 < errors["input"] < 2e-11
    assert errors["weight"] < 1e-14


def test_the_report_says_which_gradient_is_wrong_where_and_by_how_much():
    class OneWrong(Linear):
        def backward(self, dy):
            dx = super().backward(dy)
            self.weight.grad[2, 1] += 3
            return dx

    report = gradcheck(OneWrong(3, 4), tie_free((5, 3)))
    wrong = next(row for row in report.rows if row.name == "weight")
    assert wrong.index == (2, 1)
    assert wrong.analytic - wrong.numerical == pytest.approx(3)
    assert wrong.error == report["weight"]
    lines = str(report).splitlines()
    assert lines[0].split() == ["gradient", "on", "error", "worst", "at", "analytic", "numerical"]
    assert "[2, 1]" in lines[2]
    assert f"{wrong.numerical:.6g}" in lines[2]
    assert report._repr_html_().count("<tr>") == 4


def test_a_gradient_that_is_nan_is_the_worst():
    class Broken(ReLU):
        def backward(self, dy):
            dx = super().backward(dy)
            dx[0, 2] = np.nan
            return dx

    [row] = gradcheck(Broken(), tie_free((3, 4))).rows
    assert row.index == (0, 2)
    assert np.isnan(row.error)


both_methods = pytest.mark.parametrize("method", ["central", "complex"])
CANCELLED = {
    "convolution before batch norm": (
        lambda: Sequential(Conv2d(3, 4, 3), BatchNorm2d(4)),
        tie_free((3, 3, 6, 5)),
        "0.bias",
    ),
    "pixels from 0 to 255": (
        lambda: Sequential(Conv2d(3, 4, 3), BatchNorm2d(4)),
        128 + 64 * tie_free((3, 3, 6, 5)),
        "0.bias",
    ),
    "large values that hardly differ": (
        lambda: Sequential(Conv2d(1, 2, 3), BatchNorm2d(2)),
        100 + tie_free((4, 1, 6, 5)),
        "0.bias",
    ),
    "linear before batch norm": (
        lambda: Sequential(Linear(5, 4), BatchNorm1d(4)),
        tie_free((6, 5)),
        "0.bias",
    ),
    "a single class": (lambda: Sequential(Linear(5, 1), Softmax()), tie_free((6, 5)), "0.weight"),
}


@both_methods
@pytest.mark.parametrize("case", CANCELLED.values(), ids=CANCELLED)
def test_gradients_that_are_zero_up_to_rounding_agree_and_the_report_says_so(case, method):
    build, x, name = case
    report = gradcheck(build(), x, method=method)
    assert max(report.values()) < 1e-5
    assert report[name] == 0
    assert f"{name}: zero up to rounding, by backward and by the numbers" in str(report)
    assert f"<p>{name}: zero up to rounding" in report._repr_html_()


@both_methods
def test_a_gradient_that_should_be_zero_and_is_not_is_seen(method):
    class AddsToTheBias(Sequential):
        def backward(self, dy):
            dx = super().backward(dy)
            self[0].bias.grad += 1e-5
            return dx

    net = AddsToTheBias(Conv2d(3, 4, 3), BatchNorm2d(4))
    report = gradcheck(net, tie_free((3, 3, 6, 5)), method=method)
    assert report["0.bias"] > 1e-2
    assert not report.hints


@both_methods
def test_a_gradient_that_is_missing_is_no_zero(method):
    class Stuck(Linear):
        def backward(self, dy):
            return super().backward(dy) * 0

    report = gradcheck(Stuck(3, 4), tie_free((5, 3)), method=method)
    assert report["input"] == pytest.approx(1)
    assert not report.hints


@both_methods
@pytest.mark.parametrize(
    ("layer", "x", "place"),
    [
        (ReLU(), [[1.0, 0.0, -1.0]], r"input: at \[0, 1\] there is a kink"),
        (MaxPool2d(2), [[[[0.0, 1.0], [1.0, 0.0]]]], r"input: at \[0, 0, (0, 1|1, 0)\] there is a"),
        (MaxPool2d(2), [[[[2.0, 2.0], [2.0, 2.0]]]], "there is a kink, with a slope of 0"),
    ],
    ids=["at 0", "two are equal", "all are equal"],
)
def test_a_kink_is_named_where_it_spoils_the_numbers(layer, x, place, method):
    report = gradcheck(layer, np.array(x), method=method)
    assert report["input"] > 1e-2
    [hint] = report.hints
    assert re.search(place, hint)
    assert hint in str(report)


def test_a_step_and_a_kink_that_is_only_near_are_named():
    assert "there is a kink" in str(gradcheck(Step(), np.array([[1.0, 0.0]])))
    assert "there is a kink" in str(gradcheck(ReLU(), np.array([[1.0, 5e-7]])))


@both_methods
def test_a_wrong_backward_pass_is_not_excused_as_a_kink(method):
    class Doubled(Linear):
        def backward(self, dy):
            return 2 * super().backward(dy)

    for layer in (Doubled(3, 4), Sequential(Doubled(3, 4), ReLU()), WrongInput()):
        assert not gradcheck(layer, tie_free((5, 3)), method=method).hints


@both_methods
@pytest.mark.parametrize("kind", [Dropout, HistoricalDropout])
def test_a_layer_that_draws_at_random_is_named_as_the_cause(kind, method):
    net = Sequential(Linear(3, 4), kind(0.5))
    report = gradcheck(net, tie_free((5, 3)), method=method)
    assert max(report.values()) > 1e-2
    [hint] = report.hints
    assert "draws at random" in hint
    assert "eval()" in hint
    report = gradcheck(net.eval(), tie_free((5, 3)), method=method)
    assert max(report.values()) < 1e-8
    assert not report.hints
