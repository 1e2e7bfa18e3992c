"""Activation functions: elementwise but for Maxout, of any shape."""

from __future__ import annotations

import numpy as np

from cnnkit.arithmetic import share_of, wide
from cnnkit.initializers import constant
from cnnkit.layers.base import Layer, batch_of
from cnnkit.layers.blocks import elementwise
from cnnkit.layers.parameter import Parameter, Shape


class Step(Layer):
    """y = 1 where x > 0, else 0: Rosenblatt's neuron. Its gradient is 0 everywhere it has one."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        return (x > 0).astype(x.dtype)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        return np.zeros_like(dy)


class Sigmoid(Layer):
    """y = 1 / (1 + e⁻ˣ); dy/dx = y (1 − y)."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        self._y = sigmoid(x)
        return self._y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        return dy * self._y * (1 - self._y)


class Tanh(Layer):
    """y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ); dy/dx = 1 − y²."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        self._y = np.tanh(x)
        return self._y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        return dy * (1 - self._y**2)


class ScaledTanh(Layer):
    """y = scale · tanh(slope · x); dy/dx = slope (scale − y² / scale).

    With these defaults y(±1) = ±1, where the second derivative is largest, so that units work
    where they are most non-linear (LeCun et al., Gradient-Based Learning Applied to Document
    Recognition, 1998, appendix A).
    """

    def __init__(self, scale: float = 1.7159, slope: float = 2 / 3) -> None:
        if scale == 0:
            raise ValueError("ScaledTanh: scale must not be 0")
        self.scale, self.slope = scale, slope

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        self._y = self.scale * np.tanh(self.slope * x)
        return self._y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        return dy * self.slope * (self.scale - self._y**2 / self.scale)


class ReLU(Layer):
    """y = max(x, 0); dy/dx = 1 where x > 0, else 0 (also at 0, as in PyTorch)."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        return elementwise(lambda x, y: np.maximum(x, 0, out=y), x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        return elementwise(lambda x, dy, dx: np.multiply(dy, x > 0, out=dx), x, dy)


class ReLU6(Layer):
    """y = min(max(x, 0), 6); dy/dx = 1 where 0 < x < 6, else 0.

    Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10, 2010; MobileNet's activation.
    """

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        return elementwise(lambda x, y: np.clip(x, 0, 6, out=y), x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        return elementwise(lambda x, dy, dx: np.multiply(dy, (x > 0) & (x < 6), out=dx), x, dy)


class LeakyReLU(Layer):
    """y = x where x > 0, else negative_slope · x; dy/dx = 1 where x > 0, else negative_slope.

    Maas, Hannun, Ng, Rectifier Nonlinearities Improve Neural Network Acoustic Models, 2013.
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        return np.where(x > 0, x, self.negative_slope * x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        return np.where(x > 0, dy, self.negative_slope * dy)


class PReLU(Layer):
    """y = x where x > 0, else weight[c] · x: a leaky ReLU that learns its slope.

    One slope for all channels (`num_parameters=1`) or one for each channel of dim 1; it starts at
    `init`. dy/dweight[c] = x where x ≤ 0, else 0, summed over the channel. He et al., Delving Deep
    into Rectifiers, 2015, section 2.1.
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25) -> None:
        if num_parameters < 1:
            raise ValueError(f"PReLU: num_parameters must be at least 1, got {num_parameters}")
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter((num_parameters,), constant(init))

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        return np.where(x > 0, x, self._slope(x) * x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        dslope = np.where(x > 0, 0, wide(dy) * x)
        if self.num_parameters > 1:
            dslope = dslope.sum(axis=(0, *range(2, x.ndim)))
        self.weight.accumulate(dslope.sum().reshape(1) if self.num_parameters == 1 else dslope)
        return np.where(x > 0, dy, self._slope(x) * dy)

    def _slope(self, x: np.ndarray) -> np.ndarray:
        return self.weight.data.reshape(-1, *[1] * (x.ndim - 2))

    def output_shape(self, input_shape: Shape) -> Shape:
        if self.num_parameters > 1 and input_shape[:1] != (self.num_parameters,):
            raise ValueError(
                f"PReLU: expected {self.num_parameters} channels, an input of shape "
                f"(N, {self.num_parameters}, …); got {batch_of(input_shape)}"
            )
        return input_shape


class ELU(Layer):
    """y = x where x > 0, else alpha (eˣ − 1); dy/dx = 1 where x > 0, else alpha eˣ.

    Clevert, Unterthiner, Hochreiter, Fast and Accurate Deep Network Learning by Exponential Linear
    Units, 2016.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        return np.where(x > 0, x, self.alpha * np.expm1(np.minimum(x, 0)))

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        return np.where(x > 0, dy, dy * self.alpha * np.exp(np.minimum(x, 0)))


class SiLU(Layer):
    """y = x σ(x), also called Swish; dy/dx = σ(x) + x σ(x) (1 − σ(x)).

    At −∞ y is 0 and at ±∞ the gradient is dy times 0 or 1, where PyTorch's are NaN. Ramachandran,
    Zoph, Le, Searching for Activation Functions, 2017.
    """

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        self._s = sigmoid(x)
        return share_of(self._s, x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        return dy * (self._s + share_of(self._s * (1 - self._s), x))


class Maxout(Layer):
    """y[n, c, …] = max over g of x[n, c·group_size + g, …]: (N, C, …) → (N, C / group_size, …).

    The piece that won gets the gradient; among equal ones the first. Goodfellow et al., Maxout
    Networks, 2013, section 3.
    """

    def __init__(self, group_size: int) -> None:
        if group_size < 1:
            raise ValueError(f"Maxout: group_size must be at least 1, got {group_size}")
        self.group_size = group_size

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        return grouped(x, self.group_size).max(axis=2)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        groups = grouped(x, self.group_size)
        winners = np.expand_dims(groups.argmax(axis=2), 2)
        dx = np.zeros_like(groups)
        np.put_along_axis(dx, winners, np.expand_dims(dy, 2), axis=2)
        return dx.reshape(x.shape)

    def output_shape(self, input_shape: Shape) -> Shape:
        return grouped_shape(self, input_shape)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e⁻ˣ), for x < 0 as eˣ / (1 + eˣ), so that no exponential overflows."""
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(np.minimum(x, -x)))


def grouped(x: np.ndarray, group_size: int) -> np.ndarray:
    """(N, C, …) as (N, C / group_size, group_size, …)."""
    return x.reshape(len(x), x.shape[1] // group_size, group_size, *x.shape[2:])


def grouped_shape(layer: Layer, input_shape: Shape) -> Shape:
    """The shape, without the batch, when one channel is left of each `layer.group_size`."""
    size: int = layer.options()["group_size"]
    if not input_shape or input_shape[0] % size:
        raise ValueError(
            f"{type(layer).__name__}: expected an input of shape (N, C, …), C divisible by {size}; "
            f"got {batch_of(input_shape)}"
        )
    return input_shape[0] // size, *input_shape[1:]
