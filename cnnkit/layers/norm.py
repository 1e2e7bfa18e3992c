"""Normalisation: over the batch, over neighbouring channels, over one vector."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnkit.arithmetic import wide
from cnnkit.initializers import constant
from cnnkit.layers.base import Layer, batch_of
from cnnkit.layers.parameter import Buffer, Parameter, Shape
from cnnkit.layers.softmax import checked_dim


class BatchNorm(Layer):
    """y = weight[c] (x − mean[c]) / √(var[c] + eps) + bias[c], per channel c.

    In training mean and (biased) variance are the batch's, and the running ones move towards it,
    running ← (1 − momentum) running + momentum · batch, there with the unbiased variance; with
    momentum None they are the average of all batches. In use (`eval()`) the running ones stand in.
    Ioffe and Szegedy, Batch Normalization, 2015, algorithms 1 and 2.

    With x̂ = (x − mean) / √(var + eps), n values per channel and averages over them, in training
    dx = weight / √(var + eps) · (dy − mean(dy) − x̂ · mean(dy · x̂)).
    """

    dims: tuple[str, ...]  # what the shapes (N, C, …) of its inputs are called

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
    ) -> None:
        if num_features < 1:
            raise ValueError(f"{type(self).__name__}: num_features must be at least 1")
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.weight = Parameter((num_features,), constant(1)) if affine else None
        self.bias = Parameter((num_features,), constant(0)) if affine else None
        self.running_mean = Buffer((num_features,), constant(0))
        self.running_var = Buffer((num_features,), constant(1))
        self.num_batches_tracked = Buffer((), constant(0), np.int64)

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        dtype, x = x.dtype, wide(x)
        self._from_batch = self.training and len(x) > 0
        mean, var = wide(self.running_mean.data), wide(self.running_var.data)
        if self._from_batch:
            mean = self._average(x)
            var = self._average(np.square(x - self._spread(mean, x)))
            self._track(mean, var, x.size // self.num_features)
        self._mean, self._scale = mean, 1 / np.sqrt(var + self.eps)
        # y = scale x + shift: large maps are passed over twice instead of four times.
        scale, shift = self._scale, -mean * self._scale
        if self.weight is not None and self.bias is not None:
            scale, shift = scale * self.weight.data, shift * self.weight.data + self.bias.data
        y = x * self._spread(scale, x)
        y += self._spread(shift, x)
        return y.astype(dtype, copy=False)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = wide(self.recall(dy))
        dtype, dy = dy.dtype, wide(dy)
        axes = (0, *range(2, x.ndim))
        count = max(1, x.size // self.num_features)
        normal = x - self._spread(self._mean, x)
        normal *= self._spread(self._scale, x)
        dbias, dweight = dy.sum(axis=axes), (dy * normal).sum(axis=axes)
        scale = self._scale
        if self.weight is not None and self.bias is not None:
            self.weight.accumulate(dweight)
            self.bias.accumulate(dbias)
            scale = scale * self.weight.data
        if self._from_batch:
            normal *= self._spread(dweight / count, x)
            dy = dy - self._spread(dbias / count, x)
            dy -= normal
        return (dy * self._spread(scale, x)).astype(dtype, copy=False)

    def _average(self, x: np.ndarray) -> np.ndarray:
        return x.mean(axis=(0, *range(2, x.ndim)))

    def _spread(self, values: np.ndarray, x: np.ndarray) -> np.ndarray:
        """One value for each channel, to stand beside `x`."""
        return values.astype(x.dtype).reshape(-1, *[1] * (x.ndim - 2))

    def _track(self, mean: np.ndarray, var: np.ndarray, count: int) -> None:
        self.num_batches_tracked.data = self.num_batches_tracked.data + 1
        momentum = self.momentum
        if momentum is None:
            momentum = 1 / float(self.num_batches_tracked.data)
        unbiased = var * (count / (count - 1))
        for running, batch in ((self.running_mean, mean), (self.running_var, unbiased)):
            running.data = (1 - momentum) * running.data + momentum * batch

    def check(self, x: np.ndarray) -> None:
        super().check(x)
        if self.training and x.size == self.num_features:
            raise ValueError(
                f"{self}: expected more than one value per channel in training, got {x.shape}"
            )

    def output_shape(self, input_shape: Shape) -> Shape:
        allowed = [dims.replace("C", str(self.num_features)) for dims in self.dims]
        if (
            len(input_shape) not in [dims.count(",") for dims in self.dims]
            or input_shape[0] != self.num_features
        ):
            raise ValueError(
                f"{type(self).__name__}: expected an input of shape {' or '.join(allowed)}; "
                f"got {batch_of(input_shape)}"
            )
        return input_shape


class BatchNorm1d(BatchNorm):
    __doc__ = (BatchNorm.__doc__ or "").replace("per channel c", "per feature c: (N, C), (N, C, L)")
    dims = ("(N, C)", "(N, C, L)")


class BatchNorm2d(BatchNorm):
    __doc__ = (BatchNorm.__doc__ or "").replace("per channel c", "per channel c: (N, C, H, W)")
    dims = ("(N, C, H, W)",)


class LocalResponseNorm(Layer):
    """y[c] = x[c] / (k + (alpha / size) Σ_j x[j]²)^beta, j over `size` channels around c.

    j runs from c − ⌊size/2⌋ to c + ⌊(size − 1)/2⌋, within the channels. Krizhevsky, Sutskever,
    Hinton, ImageNet Classification with Deep Convolutional Neural Networks, 2012, section 3.3;
    there alpha multiplies the sum itself, so its 1e-4 is `alpha=5e-4` here, as PyTorch counts.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        if size < 1:
            raise ValueError(f"LocalResponseNorm: size must be at least 1, got {size}")
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        squares = self._around(np.square(wide(x)), self.size // 2)
        self._base = self.k + (self.alpha / self.size) * squares
        return (x * self._base**-self.beta).astype(x.dtype, copy=False)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        x = self.recall(dy)
        power = self._base**-self.beta
        # x[c] is in the sum of the outputs that it is around: the window, mirrored.
        mixed = self._around(wide(dy) * x * power / self._base, (self.size - 1) // 2)
        dx = dy * power - (2 * self.alpha * self.beta / self.size) * x * mixed
        return dx.astype(dy.dtype, copy=False)

    def _around(self, x: np.ndarray, before: int) -> np.ndarray:
        """Σ of `size` channels, the first standing `before` channels before each."""
        padded = np.zeros((len(x), x.shape[1] + self.size - 1, *x.shape[2:]), x.dtype)
        padded[:, before : before + x.shape[1]] = x
        total = np.zeros_like(x)
        for i in range(self.size):
            total += padded[:, i : i + x.shape[1]]
        return total

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) < 2:
            raise ValueError(
                f"LocalResponseNorm: expected an input of shape (N, C, …, L); "
                f"got {batch_of(input_shape)}"
            )
        return input_shape


class L2Normalize(Layer):
    """y = x / max(‖x‖₂, eps) along `dim`: vectors on the unit sphere, as FaceNet's embeddings are.

    Where ‖x‖ > eps, dx = (dy − y Σ_j dy_j y_j) / ‖x‖. Schroff, Kalenichenko, Philbin, FaceNet,
    2015, section 3.
    """

    def __init__(self, dim: int = 1, eps: float = 1e-12) -> None:
        self.dim = dim
        self.eps = eps

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        self._norm = np.sqrt(np.square(wide(x)).sum(axis=self.dim, keepdims=True))
        self._y = x / np.maximum(self._norm, self.eps)
        return self._y.astype(x.dtype, copy=False)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        along = (dy * self._y).sum(axis=self.dim, keepdims=True)
        within = np.where(self._norm > self.eps, self._y * along, 0)
        return ((dy - within) / np.maximum(self._norm, self.eps)).astype(dy.dtype, copy=False)

    def output_shape(self, input_shape: Shape) -> Shape:
        return checked_dim(self, self.dim, input_shape)


class Standardize(Layer):
    """y = (x − mean) / std: the preprocessing of a network, kept with it as buffers.

    `shape` is the mean's: (C,), one for each channel, or (C, H, W), a mean image. std has one value
    for each channel. Until they are set they change nothing.
    """

    def __init__(self, shape: Sequence[int]) -> None:
        self.shape = tuple(shape)
        if len(self.shape) not in (1, 3):
            raise ValueError(f"Standardize: expected a shape (C,) or (C, H, W), got {self.shape}")
        self.mean = Buffer(self.shape, constant(0))
        self.std = Buffer(self.shape[:1], constant(1))

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.remember(x)
        y = x - self.mean.data.reshape(self.shape if len(self.shape) == 3 else (-1, 1, 1))
        y /= self.std.data.reshape(-1, 1, 1)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall(dy)
        return dy / self.std.data.reshape(-1, 1, 1)

    def output_shape(self, input_shape: Shape) -> Shape:
        size = ("H", "W") if len(self.shape) == 1 else self.shape[1:]
        fits = input_shape == self.shape or len(self.shape) == 1
        if len(input_shape) != 3 or input_shape[0] != self.shape[0] or not fits:
            raise ValueError(
                f"Standardize: expected an input of shape {batch_of((self.shape[0], *size))}; got "
                f"{batch_of(input_shape)}"
            )
        return input_shape
