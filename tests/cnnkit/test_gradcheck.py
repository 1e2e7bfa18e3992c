import numpy as np
import pytest
from cases import tie_free

from cnnkit.gradcheck import gradcheck, numerical_gradient
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
