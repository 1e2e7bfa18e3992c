import numpy as np
import pytest
from cases import tie_free

from cnnkit.gradcheck import complex_step_gradient, gradcheck, numerical_gradient
from cnnkit.layers import Linear, MaxPool2d, ReLU


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
